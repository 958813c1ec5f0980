-- The entries of a crt-list: "<file>:<line> [options] filters".

local crt_lists = {}

-- HAProxy ends some options with a NUL.
local function without_nul(line)
  return (line:gsub("%z", ""))
end

local function words(text)
  local found = {}
  for word in text:gmatch "%S+" do
    found[#found + 1] = word
  end
  return found
end

local function entry_of(line)
  local file, number, rest = line:match "^(.-):(%d+) (.*)$"
  if not file then
    file, number = line:match "^(.*):(%d+)$"
    rest = ""
  end
  if not file then
    return nil
  end
  local options, filters = rest:match "^%[(.-)%]%s*(.*)$"
  return {
    file = file,
    line = tonumber(number),
    options = options,
    filters = words(filters or rest),
  }
end

--- The entries of the lines of `show ssl crt-list -n <file>`, in HAProxy's order: a sequence of
-- {file =, line =, options =, filters = {...}}.
function crt_lists.entries(lines)
  local found = {}
  for i = 2, #lines do
    found[#found + 1] = entry_of(without_nul(lines[i]))
  end
  return found
end

--- What an entry is, wherever it stands: the line of a crt-list's file.
function crt_lists.line_of(entry)
  local parts = { entry.file }
  if entry.options then
    parts[#parts + 1] = ("[%s]"):format(entry.options)
  end
  for _, filter in ipairs(entry.filters or {}) do
    parts[#parts + 1] = filter
  end
  return table.concat(parts, " ")
end

return crt_lists
