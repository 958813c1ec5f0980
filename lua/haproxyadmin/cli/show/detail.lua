-- One object in full, for people: its values, and those that differ by process.

local core = require "haproxyadmin.core"
local duration = require "haproxyadmin.cli.base.duration"
local json = require "haproxyadmin.base.json_writer"
local metrics = require "haproxyadmin.base.metrics"
local output = require "haproxyadmin.cli.show.output"
local table_of = require "haproxyadmin.cli.show.table"
local terminal = require "haproxyadmin.cli.show.terminal"
local text = require "haproxyadmin.cli.base.text"

local detail = {}

-- The fields of an object that are not its name, in HAProxy's order, with each process's value.
local hidden = { pxname = true, svname = true, type = true, iid = true, sid = true, pid = true }

local durations = { lastchg = true, downtime = true }

local function as_text(name, value)
  if value == nil then
    return "-"
  elseif durations[name] and type(value) == "number" then
    return duration.write(value)
  elseif type(value) == "number" then
    return text.grouped(value)
  end
  return tostring(value)
end

-- The numbers of the metrics that any process has of an object, by name in order.
local function names_of(kind, rows)
  local seen, names = {}, {}
  for _, row in ipairs(rows) do
    for name in pairs(row[2]) do
      if not seen[name] and not hidden[name] and metrics.number[kind][name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
  table.sort(names)
  return names
end

--- The fields of an object of a snapshot: a sequence of {name =, value =, each = {value of each process}}.
function detail.fields(kind, object)
  local rows = core.stats(object)
  local found = {}
  for i, name in ipairs(names_of(kind, rows)) do
    local each = {}
    for place, row in ipairs(rows) do
      each[place] = row[2][name] == nil and "" or row[2][name]
    end
    found[i] = { name = name, value = core.metric(object, metrics.number[kind][name]), each = each, count = #rows }
  end
  return found, rows
end

-- The columns of detail.fields where there are processes of these numbers.
local function columns_of(rows)
  local list = {
    {
      title = "FIELD",
      get = function(field)
        return field.name
      end,
    },
    {
      title = "ALL",
      right = true,
      get = function(field)
        return as_text(field.name, field.value)
      end,
    },
  }
  for place, row in ipairs(#rows > 1 and rows or {}) do
    list[#list + 1] = {
      title = ("PROCESS %d"):format(row[1]),
      right = true,
      get = function(field)
        return as_text(field.name, field.each[place] ~= "" and field.each[place] or nil)
      end,
    }
  end
  return list
end

-- Those that say something: nobody looks for what is 0 everywhere.
local function telling(fields)
  local left = {}
  for _, field in ipairs(fields) do
    if field.value ~= 0 then
      left[#left + 1] = field
    end
  end
  return left
end

-- Prints an object for people, below a heading.
local function print_one(call, kind, object, heading, color)
  local all, rows = detail.fields(kind, object)
  local line = text.plain(heading)
  output.write(call.terminal.color and color and terminal.paint(line, color) or line, "\n")
  local wide = call.format == "wide"
  local options = { terminal = call.terminal, wide = wide, no_header = call.given.no_header }
  for _, drawn in ipairs((table_of.lines(columns_of(rows), wide and all or telling(all), options))) do
    output.write("  ", drawn, "\n")
  end
end

-- A record a field, for programs.
local function records(kind, objects, options)
  local items = {}
  for _, object in ipairs(objects) do
    for _, field in ipairs((detail.fields(kind, object))) do
      field.object = object
      items[#items + 1] = field
    end
  end
  local columns = {}
  for i, column in ipairs(options.columns) do
    columns[i] = {
      key = column.key,
      get = function(field)
        return column.get(field.object)
      end,
    }
  end
  for _, key in ipairs { "field", "value", "each" } do
    columns[#columns + 1] = {
      key = key,
      get = function(field)
        return field[key == "field" and "name" or key]
      end,
    }
  end
  return columns, items
end

-- An object of JSON for each: its names, its fields, and those of each process.
local function document(call, snapshot, kind, objects, options)
  local items = {}
  for i, object in ipairs(objects) do
    local members, values, each = {}, {}, {}
    for _, column in ipairs(options.columns) do
      members[#members + 1] = column.key
      members[#members + 1] = column.get(object)
    end
    for _, field in ipairs((detail.fields(kind, object))) do
      values[field.name] = field.value
    end
    for place, row in ipairs(core.stats(object)) do
      each[place] = json.object { "process", row[1], "fields", row[2] }
    end
    members[#members + 1], members[#members + 2] = "fields", values
    members[#members + 1], members[#members + 2] = "processes", json.list(each)
    items[i] = json.object(members)
  end
  output.document("items", json.list(items), call:frame(snapshot))
end

--- Prints objects with all of their fields. `options`: `heading(object, total)`, which returns a line and a
-- colour, `name(object)`, and the `columns` of their names.
function detail.print(call, snapshot, kind, objects, options)
  if call.format == "json" then
    document(call, snapshot, kind, objects, options)
  elseif call.format == "table" or call.format == "wide" then
    for i, object in ipairs(objects) do
      if i > 1 then
        output.write "\n"
      end
      print_one(call, kind, object, options.heading(object, #snapshot:processes()))
    end
  else
    local columns, items = records(kind, objects, options)
    call:items(columns, items, {
      name = function(field)
        return options.name(field.object)
      end,
    })
  end
end

return detail
