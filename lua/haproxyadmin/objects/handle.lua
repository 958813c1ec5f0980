--- What Frontend, Backend and Server have in common.
--
-- Such an object comes from a HAProxy object or from a Snapshot. One from HAProxy
-- is *live*: each read asks every process that has it for its row (`show stat
-- <iid> <type> <sid>`, management guide 9.1 and 9.3), in one exchange. One from a
-- Snapshot reads from it and asks nobody. `name`, `process_nb` and the ids are
-- known without asking.
--
-- A live object survives a reload of HAProxy: an id that moved is found again by
-- name, and an object that no process has any more raises `ValueError`
-- (`not_found`). Every metric of the object's kind is a property too: `object.bin`
-- is `object:metric("bin")`. A name that is neither raises `ValueError`.
--
-- `a == b` compares what two objects of the same sockets name, `tostring` names
-- the object; neither asks HAProxy.
-- @classmod haproxyadmin.Object

local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.objects.class"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local metrics = require "haproxyadmin.base.metrics"
local reading = require "haproxyadmin.runtime.reading"
local rows = require "haproxyadmin.runtime.rows"

local handle = {}

-- Processes whose values, a sequence of {nb, value}, are not one.
function handle.disagreement(values, what)
  local message = ("processes disagree on %s"):format(what)
  return nil, errors.new("InconsistentData", "inconsistent", message, { results = values })
end

local rules = { sum = true, avg = true, max = true, min = true, same = true }

-- Checks metric's arguments; returns the metric's number, or nil and an error.
function handle.metric_number(kind, name, rule)
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

local function read_metric(self, context, number, name, rule)
  if core.live(self) then
    local ok, err = reading.renew(context, self)
    if not ok then
      return nil, err
    end
  end
  local value, disagreed = core.metric(self, number, rule)
  if disagreed then
    return handle.disagreement(core.values(self, number, rule), ("%s of %s"):format(name, tostring(self)))
  end
  return value
end

local function metric_of(kind)
  local numbers = metrics.number[kind]
  return function(self, context, options, name)
    local number = numbers[name]
    if not number or options.rule then
      local ok, err = handle.metric_number(kind, name, options.rule)
      if not ok then
        return nil, err
      end
    end
    return read_metric(self, context, number, name, options.rule)
  end
end

--- A property that is a metric by a rule (nil: the metric's own).
function handle.metric(column, rule)
  return { column = column, rule = rule }
end

local function per_process(kind, column)
  local number = metrics.number[kind][column]
  return function(self, context)
    local ok, err = reading.fresh(context, self)
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

local function stats_per_process(self, context)
  local ok, err = reading.fresh(context, self)
  if not ok then
    return nil, err
  end
  return core.stats(self)
end

-- An object of a snapshot that has the state of servers gets that anew, too.
local function refresh(self, context)
  local with_state = core.state(self) ~= nil and core.kind(self) ~= "frontend"
  local ok, err = reading.renew(context, self, core.kind(self) == "backend" and not core.live(self))
  if not ok or not with_state then
    return ok, err
  end
  local state
  state, err = rows.read(context, "show servers state", core.proxy(self))
  if not state then
    return nil, err
  end
  core.hold_state(self, state)
  return true
end

-- An object that was made by its name alone has no ids before it is read.
local function first_id(place)
  return function(self, context)
    local id = core.places(self)[1][place]
    if id == nil and core.live(self) then
      local ok, err = reading.renew(context, self)
      if not ok then
        return nil, err
      end
      id = core.places(self)[1][place]
    end
    return id
  end
end

handle.sid = first_id(4)

-- Completes the class `name`, whose requests are `requests` (a column), with
-- more methods, properties, setters, and metrics: properties made by handle.metric.
-- `parts`: a sequence of more methods, which have a file of their own.
function handle.complete(name, requests, more)
  local kind = name:lower()
  local methods = class.methods({}, {
    --- A column of `show stat`, aggregated over the processes that report it
    -- (doc/metrics.md has the rules). A column that no process reports is 0; a text
    -- or code that no process reports is nil.
    -- @function Object:metric
    -- @tparam string name one of `haproxyadmin.FRONTEND_METRICS`, `BACKEND_METRICS`
    -- or `SERVER_METRICS`, or a text or code such as `mode`, on which the processes
    -- must agree
    -- @tparam[opt] table options `rule`: `sum`, `avg`, `max`, `min` or `same` instead
    -- of the metric's own rule
    -- @treturn number|string
    -- @raise `ValueError` (no such metric or rule; the object is gone),
    -- `InconsistentData`, `HAProxySocketError`
    metric = { arguments = 1, call = metric_of(kind), options = { rule = "string" } },
    --- Takes a new reading of the object. One of a Snapshot then reads from that.
    -- @function Object:refresh
    -- @treturn boolean true
    -- @raise `ValueError` (the object is gone), `HAProxySocketError`
    refresh = { call = refresh },
    --- The requests that each process counts (req_tot of a frontend, stot of the
    -- others).
    -- @function Object:requests_per_process
    -- @treturn {table,...} `{process_nb, n}` for each process that has the object
    -- @raise `ValueError` (the object is gone), `HAProxySocketError`
    requests_per_process = { call = per_process(kind, requests) },
    --- The whole row of each process.
    -- @function Object:stats_per_process
    -- @treturn {table,...} `{process_nb, {field = value}}` for each process that has
    -- the object; numbers as numbers, empty fields are left out
    -- @raise `ValueError` (the object is gone), `HAProxySocketError`
    stats_per_process = { call = stats_per_process },
  })
  class.methods(methods, more.methods)
  for _, part in ipairs(more.parts or {}) do
    class.methods(methods, part)
  end
  local properties = {
    --- Its name in HAProxy's configuration. Never asks HAProxy.
    -- @field Object.name
    name = core.name,
    --- Its proxy's id (a server's: its backend's) in the first process that has it, as
    -- of the last reading.
    -- @field Object.iid
    iid = first_id(3),
    --- The numbers of the processes that have it, a sequence, as of the last reading.
    -- @field Object.process_nb
    process_nb = core.process_nb,
  }
  -- core.peek takes a metric's number, or its code by another rule, or 0: the name.
  local peeks = { name = 0 }
  local function add_metric(key, column, rule)
    local number = metrics.number[kind][column]
    properties[key] = function(self, context)
      return read_metric(self, context, number, key, rule)
    end
    peeks[key] = rule and core.code(number, rule) or number
  end
  --- Its status in HAProxy's words: `OPEN`, `UP`, `DOWN`, `MAINT`, `DRAIN`,
  -- `no check`, ... (9.1, status). Raises `InconsistentData` where processes differ,
  -- `ValueError` (it is gone), `HAProxySocketError`.
  -- @field Object.status
  add_metric("status", "status")
  --- Its requests, summed over the processes: column req_tot of a frontend, stot of
  -- a backend or server. Raises `ValueError` (the object is gone), `HAProxySocketError`.
  -- @field Object.requests
  add_metric("requests", requests)
  for key, metric in pairs(more.metrics or {}) do
    add_metric(key, metric.column, metric.rule)
  end
  for key, getter in pairs(more.properties) do
    properties[key] = getter
  end
  for key, number in pairs(metrics.number[kind]) do
    if not properties[key] then
      peeks[key] = number
    end
  end
  --- Reads a property without raising.
  -- @function Object:get
  -- @tparam string property
  -- @return its value (which may be nil), or nil and the error
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
      return true, read_metric(self, class.context(self), number, key)
    end,
  }
end

return handle
