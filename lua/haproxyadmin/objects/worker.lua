--- A Worker: one process of a master's, as the master told of it. What it says of itself
-- does not change any more; `Master:workers` tells it anew.
-- @classmod haproxyadmin.Worker

local class = require "haproxyadmin.objects.class"
local one_process = require "haproxyadmin.objects.one_process"
local record = require "haproxyadmin.runtime.process"

local function told(name)
  return function(self)
    return self._row[name]
  end
end

local make = class.of_tables {
  name = "Worker",
  describe = function(self)
    local row = self._row
    return ("%d, %s"):format(row.pid, row.current and "current" or "old")
  end,
  methods = class.methods({}, {
    --- Sends a raw command to this worker alone, also to an old one (management guide 9.4:
    -- `@!<pid>` before it).
    -- @function Worker:command
    -- @tparam string text as `HAProxy:command` takes it; no part of it may begin with `@`
    -- @treturn {string,...} the lines of the answer
    -- @raise `ValueError`, `HAProxySocketError` (`not_found`: the worker is gone)
    command = { arguments = 1, call = one_process.command },
    --- Every field of its `show info` (management guide 9.3).
    -- @function Worker:info
    -- @treturn table name = value, numbers as numbers; empty fields are left out
    -- @raise `HAProxySocketError` (`not_found`: the worker is gone)
    info = { call = one_process.info },
  }),
  --- Reads a property without raising.
  -- @function Worker:get
  -- @tparam string property
  -- @return its value, or nil and the error
  properties = {
    --- Its process id.
    -- @field Worker.pid
    pid = told "pid",
    --- How many reloads the master had seen when it started this worker.
    -- @field Worker.generation
    generation = told "generation",
    --- How long it had been running, in seconds.
    -- @field Worker.uptime
    uptime = told "uptime",
    --- Its HAProxy's version, a text.
    -- @field Worker.version
    version = told "version",
    --- Does it serve? An old one carries the sessions that it had when it was replaced.
    -- @field Worker.current
    current = told "current",
  },
}

return function(context, row)
  local process = record.worker(context.master.address, row)
  process.member = true
  return make(context, { _row = row, _process = process, _identity = row.pid })
end
