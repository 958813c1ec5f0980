--- A Trace: one of the sources that HAProxy can trace, in all processes.
--
-- HAProxy's levels, verbosities and events differ by source and version; what it does
-- not know it refuses (`not_found`).
-- @classmod haproxyadmin.Trace

local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.objects.class"
local marked = require "haproxyadmin.runtime.marked"
local new_list = require "haproxyadmin.base.list"
local parse = require "haproxyadmin.replies.traces"
local run = require "haproxyadmin.runtime.run"

-- In the order in which they are sent: what starts comes last.
local SETTINGS = { "sink", "level", "verbosity", "lock", "event", "stop", "pause", "start" }

local known = {}
for _, name in ipairs(SETTINGS) do
  known[name] = "string"
end

local function set(self, context, options, settings)
  local ok, err = check.type("settings", settings, "table")
  if ok then
    ok, err = check.options(settings, known)
  end
  if not ok then
    return nil, err
  elseif next(settings) == nil then
    return check.fail("settings", "a table with at least one setting", settings)
  end
  for _, name in ipairs(SETTINGS) do
    local value = settings[name]
    if value ~= nil then
      ok, err = run.command(context, options, "trace " .. name, { source = self._identity, value = value })
      if not ok then
        return nil, err
      end
    end
  end
  return true
end

local function events(self, context)
  local requests, err = run.read(context, "show trace", { source = self._identity })
  if not requests then
    return nil, err
  end
  local found = {}
  for _, request in ipairs(requests) do
    for _, event in ipairs(parse.events(marked.lines(request))) do
      event.process_nb = request.process.nb
      found[#found + 1] = event
    end
  end
  return found
end

local function field(name)
  return function(self)
    return rawget(self, name)
  end
end

local make = class.of_tables {
  name = "Trace",
  describe = field "_identity",
  methods = class.methods({}, {
    --- Sets what is traced, and where it goes: `trace <source> <setting> <value>` for each
    -- (management guide 9.3, "trace"; level operator; HAProxy 2.2 and later), one after
    -- the other: sink, level, verbosity, lock, event, stop, pause, start. The first that fails
    -- ends it.
    -- @function Trace:set
    -- @tparam table settings of these: `sink` (a ring, or `none`), `level` (`error`, `user`,
    -- `proto`, `state`, `data`, `developer`), `verbosity`, `lock`, `event` (a name, behind `+`
    -- or `-`), `start`, `pause`, `stop` (`now`, or an event)
    -- @treturn boolean true
    -- @raise `ValueError`, `CommandFailed` (`permission`, `not_found`, `bad_argument`),
    -- `MultipleCommandResults`, `HAProxySocketError`
    set = { arguments = 1, tables = true, call = set },
    --- The events of this source: `show trace <source>` (9.3).
    -- @function Trace:events
    -- @treturn {table,...} one an event and process: `name`, and `report`, `start`, `stop`,
    -- `pause`: does it do that?
    -- @raise `CommandFailed` (`not_found`), `HAProxySocketError`
    events = { call = events },
  }),
  --- A property, without raising.
  -- @function Trace:get
  -- @tparam string property
  -- @return[1] its value
  -- @return[2] nil
  -- @treturn[2] Error
  properties = {
    --- Its name: `h1`, `stream`, ...
    -- @field Trace.name
    name = field "_identity",
    --- What it is, in words.
    -- @field Trace.description
    description = field "_description",
    --- Of each process, when it was read: a sequence of {process_nb =, state =, sink =,
    -- dropped =}; `state` is `"stopped"`, `"waiting"` or `"running"`, `sink` nil for none, `dropped`
    -- the number of events that found no room.
    -- @field Trace.processes
    processes = field "_processes",
  },
}

local function traces(_, context)
  local requests, err = run.read(context, "show trace", {})
  if not requests then
    return nil, err
  end
  local found, by_name = {}, {}
  for _, request in ipairs(requests) do
    for _, own in ipairs(parse.sources(marked.lines(request))) do
      local trace = by_name[own.source]
      if not trace then
        trace = make(context, { _identity = own.source, _description = own.description, _processes = {} })
        by_name[own.source] = trace
        found[#found + 1] = trace
      end
      table.insert(rawget(trace, "_processes"), {
        process_nb = request.process.nb,
        state = own.state,
        sink = own.sink,
        dropped = own.dropped,
      })
    end
  end
  return new_list(found)
end

local function stop_traces(_, context, options)
  return run.command(context, options, "trace 0", {})
end

return { all = traces, stop = stop_traces }
