-- What the library puts behind a raw command, to see where its answer ends. Nobody
-- who reads what was received, or who gives replies, needs to know.
local MARK = ";show cli level"

-- The line without the mark, and whether it had one.
return function(line)
  if line:sub(-#MARK) == MARK then
    return line:sub(1, -#MARK - 1), true
  end
  return line, false
end
