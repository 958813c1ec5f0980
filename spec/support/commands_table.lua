-- Writes doc/commands.md: each command of the table of commands, and the methods whose
-- documents name it.

local commands = require "haproxyadmin.commands"

local HEAD = [[
# Commands

Every command of HAProxy's that the module sends, made from its table of commands
(`lua/haproxyadmin/commands/`) and the methods' documents by `make commands`. *Level* is the one that
the stats socket needs; *since* the first HAProxy version that has the command: an older one gets
`CommandFailed` with code `unsupported`, and nothing is sent. What has no method stands in
[raw.md](raw.md), with the reason.

| command | methods | level | since |
| --- | --- | --- | --- |
]]

-- The document of each function: {name, text} pairs, in the order of the files.
local function documents()
  local found = {}
  local files = io.popen "find lua -name '*.lua' | LC_ALL=C sort"
  for file in files:lines() do
    local lines = {}
    for line in io.lines(file) do
      if line:find "^%s*%-%-" then
        lines[#lines + 1] = line:gsub("^%s*%-%-%-? ?", "")
      else
        local text = table.concat(lines, " ")
        local name = text:match "@function ([%w_:.]+)"
        if name then
          found[#found + 1] = { name, text }
        end
        lines = {}
      end
    end
  end
  files:close()
  return found
end

local function words_of(row)
  return (row.line or row.name):gsub("%s*[%[<].*$", "")
end

local function names(text, row)
  local words = words_of(row)
  for quoted in text:gmatch "`([^`]+)`" do
    if quoted == row.name or quoted == words or quoted:sub(1, #words + 1) == words .. " " then
      return true
    end
  end
  return false
end

-- The methods that a command is sent by. What another class has by the same name is
-- documented with the first.
local function methods_of(row, list)
  local found = {}
  for _, document in ipairs(list) do
    if names(document[2], row) then
      found[#found + 1] = ("`%s`"):format(document[1])
    end
  end
  return found
end

local function level_of(row)
  if type(row.level) ~= "table" then
    return row.level
  end
  local text = row.level[1]
  for since, level in pairs(row.level) do
    if since ~= 1 then
      text = ("%s, from %s on %s"):format(text, since, level)
    end
  end
  return text
end

local function since_of(row)
  local parts = { row.since }
  for _, range in ipairs(row.avoid or {}) do
    parts[#parts + 1] = ("not %s"):format(range.from == range.to and range.from or range.from .. " to " .. range.to)
  end
  return table.concat(parts, ", ")
end

local commands_table = {}

--- The document, and the names of the commands that no method's document names.
function commands_table.text()
  local sorted, list, nameless = {}, documents(), {}
  for name in pairs(commands.all()) do
    sorted[#sorted + 1] = name
  end
  table.sort(sorted)
  local lines = { HEAD }
  for _, name in ipairs(sorted) do
    local row = commands.find(name)
    local methods = methods_of(row, list)
    if #methods == 0 then
      nameless[#nameless + 1] = name
    end
    local line = (row.line or name):gsub("|", "\\|")
    local cells = { "`" .. line .. "`", table.concat(methods, ", "), level_of(row), since_of(row) }
    lines[#lines + 1] = "| " .. table.concat(cells, " | ") .. " |\n"
  end
  return table.concat(lines), nameless
end

--- Writes it.
function commands_table.write()
  local file = assert(io.open("doc/commands.md", "w"))
  file:write((commands_table.text()))
  file:close()
end

return commands_table
