-- What Frontend, Backend and Server have in common.

local check = require "haproxyadmin.check"
local class = require "haproxyadmin.class"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local metrics = require "haproxyadmin.metrics"
local reading = require "haproxyadmin.reading"

local object = {}

--- The value on which all processes agree, or nil and InconsistentData.
-- `values`: sequence of {nb, value}.
function object.agreed(values, what)
  for i = 2, #values do
    if values[i][2] ~= values[1][2] then
      local message = ("processes disagree on %s"):format(what)
      return nil, errors.new("InconsistentData", "inconsistent", message, { results = values })
    end
  end
  return values[1] and values[1][2]
end

-- A column that all processes must agree on.
local function agreed_column(column)
  return function(self, state)
    local ok, err = reading.fresh(state, self)
    if not ok then
      return nil, err
    end
    local number = metrics.number[core.kind(self)][column]
    return object.agreed(core.values(self, number), ("%s of %s"):format(column, tostring(self)))
  end
end
object.agreed_column = agreed_column

local rules = { sum = true, avg = true, max = true, min = true, same = true }

--- Checks metric's arguments; returns the metric's number, or nil and an error.
function object.metric_number(kind, name, rule)
  if type(name) ~= "string" then
    return check.fail("name", "the name of a metric", name)
  end
  local number = metrics.number[kind][name]
  if not number then
    return check.fail("name", "the name of a " .. kind .. "'s metric", name)
  elseif rule ~= nil and not rules[rule] then
    return check.fail("rule", "'sum', 'avg', 'max', 'min' or 'same'", rule)
  end
  return number
end

local function read_metric(self, state, number, name, rule)
  if core.live(self) then
    local ok, err = reading.renew(state, self)
    if not ok then
      return nil, err
    end
  end
  local value, disagreed = core.metric(self, number, rule)
  if disagreed == true then
    return object.agreed(core.values(self, number), ("%s of %s"):format(name, tostring(self)))
  end
  return value
end

local function metric_of(kind)
  local numbers = metrics.number[kind]
  return function(self, state, options, name)
    local number = numbers[name]
    if not number or options.rule then
      local ok, err = object.metric_number(kind, name, options.rule)
      if not ok then
        return nil, err
      end
    end
    return read_metric(self, state, number, name, options.rule)
  end
end

--- A property that is a metric.
function object.metric_property(kind, name)
  local number = metrics.number[kind][name]
  return function(self, state)
    return read_metric(self, state, number, name)
  end
end

local function per_process(kind, column)
  local number = metrics.number[kind][column]
  return function(self, state)
    local ok, err = reading.fresh(state, self)
    if not ok then
      return nil, err
    end
    local values = core.values(self, number)
    for _, entry in ipairs(values) do
      entry[2] = entry[2] or 0
    end
    return values
  end
end

local function stats_per_process(self, state)
  local ok, err = reading.fresh(state, self)
  if not ok then
    return nil, err
  end
  return core.stats(self)
end

local function refresh(self, state)
  return reading.renew(state, self, core.kind(self) == "backend" and not core.live(self))
end

local function first_id(place)
  return function(self)
    return core.places(self)[1][place]
  end
end

object.sid = first_id(4)

--- The processes that have the object, as state.processes has them.
function object.processes(state, self)
  local processes = {}
  for i, place in ipairs(core.places(self)) do
    processes[i] = state.processes[place[1]]
  end
  return processes
end

--- Completes the class `name`, whose requests are `requests` (a column), with
-- more methods, properties and setters.
function object.complete(name, requests, more)
  local kind = name:lower()
  local methods = class.methods({}, {
    metric = { 1, metric_of(kind), { rule = "string" } },
    refresh = { 0, refresh },
    requests_per_process = { 0, per_process(kind, requests) },
    stats_per_process = { 0, stats_per_process },
  })
  class.methods(methods, more.methods)
  local properties = {
    name = core.name,
    iid = first_id(3),
    process_nb = core.process_nb,
    status = agreed_column("status"),
    requests = object.metric_property(kind, requests),
  }
  for key, getter in pairs(more.properties) do
    properties[key] = getter
  end
  -- Metrics are read by their number, the name by 0.
  local peeks = { name = 0, requests = metrics.number[kind][requests] }
  for key, number in pairs(metrics.number[kind]) do
    if not properties[key] then
      peeks[key] = number
    end
  end
  return class.complete {
    name = name,
    peeks = peeks,
    methods = methods,
    properties = properties,
    setters = more.setters,
    fallback = function(self, key)
      local number = metrics.number[kind][key]
      if not number then
        return false
      end
      return true, read_metric(self, class.state(self), number, key)
    end,
  }
end

return object
