-- What `show table` says: a line for each stick table.

local tables = {}

--- The tables of an answer's lines, in HAProxy's order: {name =, type =, size =, used =}.
function tables.of(lines)
  local found = {}
  for _, line in ipairs(lines) do
    local name, kind, size, used = line:match "^# table: (.*), type: (%S+), size:(%d+), used:(%d+)"
    if name then
      found[#found + 1] = { name = name, type = kind, size = tonumber(size), used = tonumber(used) }
    end
  end
  return found
end

return tables
