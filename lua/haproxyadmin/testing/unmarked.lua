-- What the library puts behind a command, to see where its answer ends. Nobody
-- who reads what was received, or who gives replies, needs to know.
local MARKS = { "show cli level", "show info" }

-- The line without the mark, and which one it had, or nil.
return function(line)
  for _, mark in ipairs(MARKS) do
    if #line > #mark and line:sub(-#mark - 1) == ";" .. mark then
      return line:sub(1, -#mark - 2), mark
    end
  end
  return line, nil
end
