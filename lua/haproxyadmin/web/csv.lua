-- The tables of the page as CSV (RFC 4180): one header for all kinds, a row each.

local json = require "haproxyadmin.base.json_writer"

local csv = {}

-- A spreadsheet would take a text that begins so for a formula.
local FORMULA = "^[=+@\t\r-]"

local function cell(value)
  local kind = type(value)
  if value == nil or value == json.null then
    return ""
  elseif kind == "table" then
    -- A disagreement: each value, and the processes that have it.
    value = json.encode(value)
  elseif kind == "number" then
    return json.encode(value)
  end
  value = tostring(value)
  if value:find(FORMULA) then
    value = "'" .. value
  end
  if value:find '[",\r\n]' then
    value = '"' .. value:gsub('"', '""') .. '"'
  end
  return value
end

local kinds = { "frontend", "backend", "server" }

-- The names of all columns, each once, behind those that every row begins with.
local function columns_of(found)
  local names, known = {}, { backend = true, name = true }
  for _, kind in ipairs(kinds) do
    for _, name in ipairs(found[kind .. "s"].columns) do
      if not known[name] then
        known[name] = true
        names[#names + 1] = name
      end
    end
  end
  return names
end

local function row_of(kind, columns, row, names)
  local values = {}
  for place, name in ipairs(columns) do
    values[name] = row[place]
  end
  local proxy = kind == "server" and values.backend or values.name
  local cells = { kind, cell(proxy), kind == "server" and cell(values.name) or "" }
  for _, name in ipairs(names) do
    cells[#cells + 1] = cell(values[name])
  end
  return table.concat(cells, ",")
end

--- The frontends, backends and servers of a state.
function csv.encode(found)
  local names = columns_of(found)
  local lines = { table.concat({ "kind", "proxy", "server" }, ",") .. "," .. table.concat(names, ",") }
  for _, kind in ipairs(kinds) do
    local tables = found[kind .. "s"]
    for _, row in ipairs(tables.rows) do
      lines[#lines + 1] = row_of(kind, tables.columns, row, names)
    end
  end
  return table.concat(lines, "\r\n") .. "\r\n"
end

return csv
