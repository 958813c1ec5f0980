-- Columns that are metrics of frontends, backends and servers.

local core = require "haproxyadmin.core"
local duration = require "haproxyadmin.cli.base.duration"
local metrics = require "haproxyadmin.base.metrics"
local text = require "haproxyadmin.cli.base.text"

local fields = {}

-- What each process has, where they do not agree.
local function differing(object, number, rule)
  local values = {}
  for i, entry in ipairs(core.values(object, number, rule)) do
    values[i] = entry[2] == nil and "" or entry[2]
  end
  return values
end

-- A mean of weights says nothing.
local rules = { weight = "same" }

-- A function that reads a metric of an object of a snapshot.
local function getter(kind, key)
  local number, rule = metrics.number[kind][key], rules[key]
  return function(object)
    local value, disagreed = core.metric(object, number, rule)
    if disagreed then
      return nil, differing(object, number, rule)
    end
    return value
  end
end

local function bytes(value)
  return text.short(value)
end

-- How some fields are shown to people.
local shows = {
  bin = bytes,
  bout = bytes,
  lastchg = duration.write,
  downtime = duration.write,
}

local units = { qtime = "ms", ctime = "ms", rtime = "ms", ttime = "ms" }

-- A status as a colour: what serves, what does not, what somebody took out.
function fields.color(status)
  if status:match "^UP" or status == "OPEN" then
    return "green"
  elseif status:match "^DOWN" or status == "STOP" then
    return "red"
  elseif status:match "^DRAIN" or status:match "^MAINT" or status:match "^NOLB" or status == "PAUSED" then
    return "yellow"
  end
end

--- The column of a metric of a kind, "server" say; nil where it has none of this name. `more`: other
-- fields of the column.
function fields.column(kind, key, more)
  if not metrics.number[kind][key] then
    return nil
  end
  local column = { key = key, title = key:upper(), get = getter(kind, key), show = shows[key] }
  column.listed = { key = key, what = "metric", metric = metrics.number[kind][key], rule = rules[key] }
  column.right = rules[key] ~= nil or metrics.rule[key] ~= "same"
  if units[key] then
    column.show = function(value)
      return text.grouped(value) .. units[key]
    end
  elseif key == "status" then
    column.color = fields.color
  end
  for name, value in pairs(more or {}) do
    column[name] = value
  end
  return column
end

--- A function that makes a column of a metric's name, for what a list has no column of.
function fields.of(kind)
  return function(key)
    return fields.column(kind, key)
  end
end

--- The column of a name: of a proxy ("proxy"), or of a server ("name").
function fields.name(key, what)
  return {
    key = key,
    title = key:upper(),
    get = what == "proxy" and core.proxy or core.name,
    listed = { key = key, what = what },
    names = true,
  }
end

--- The column of the processes that have it, of so many.
function fields.processes(total)
  return {
    key = "processes",
    listed = { key = "processes", what = "processes" },
    title = "PROC",
    get = core.process_nb,
    show = function(numbers)
      return ("%d/%d"):format(#numbers, total)
    end,
    color = function(numbers)
      return #numbers < total and "yellow" or nil
    end,
  }
end

return fields
