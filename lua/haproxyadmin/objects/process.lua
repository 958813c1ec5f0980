--- One HAProxy process behind one socket.
-- @classmod haproxyadmin.Process

local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.objects.class"
local commands = require "haproxyadmin.commands"
local core = require "haproxyadmin.core"
local one_process = require "haproxyadmin.objects.one_process"
local reading = require "haproxyadmin.runtime.reading"
local record = require "haproxyadmin.runtime.process"

local function stats(self, context, _, iid, type, sid)
  local numbers = {}
  local given = { iid = iid, type = type, sid = sid }
  for _, name in ipairs { "iid", "type", "sid" } do
    local err
    numbers[name], err = check.integer(name, given[name] or -1, -1, check.LARGEST)
    if not numbers[name] then
      return nil, err
    end
  end
  local line, err = commands.encode(commands.find "show stat", numbers)
  if not line then
    return nil, err
  end
  local snapshot
  snapshot, err = reading.rows(context, self._process, line)
  return snapshot and core.rows(snapshot)[1], err
end

local meta = {
  __name = "haproxyadmin.Process",
  __tostring = function(self)
    local number = record.number(self.process_nb, self.name)
    return ("haproxyadmin.Process (%s, %s)"):format(number, self.address)
  end,
}

meta.__index = class.methods({}, {
  --- Sends a raw command to this process alone.
  -- @function Process:command
  -- @tparam string text as `HAProxy:command` takes it
  -- @treturn {string,...} the lines of the answer
  -- @raise `ValueError`, `HAProxySocketError`
  command = { arguments = 1, call = one_process.command },
  --- Every field of `show info` (management guide 9.3).
  -- @function Process:info
  -- @treturn table name = value, numbers as numbers; empty fields are left out
  -- @raise `HAProxySocketError`
  info = { call = one_process.info },
  --- Rows of `show stat` (9.1 and 9.3), in HAProxy's order.
  -- @function Process:stats
  -- @tparam[opt=-1] integer iid a proxy's id, -1 for all
  -- @tparam[opt=-1] integer type 1 frontends, 2 backends, 4 servers, or a sum
  -- of these, -1 for all
  -- @tparam[opt=-1] integer sid a server's id, -1 for all
  -- @treturn {table,...} a row each: field = value, without empty fields
  -- @raise `ValueError`, `HAProxySocketError`
  stats = { arguments = 3, call = stats },
})

return function(context, process, pid)
  return class.keep(
    setmetatable({
      --- Its number.
      -- @field Process.process_nb
      process_nb = process.nb,
      --- Its PID when the object was made.
      -- @field Process.pid
      pid = pid,
      --- Its socket's address.
      -- @field Process.address
      address = process.address,
      --- What the caller calls it, where he gave the sockets names; else nil.
      -- @field Process.name
      name = process.name,
      --- What tells it from its successor: how often this object had met another process
      -- in its place; behind a master's socket how many reloads the master had seen when it
      -- started this worker.
      -- @field Process.generation
      generation = process.generation,
      _process = process,
    }, meta),
    context
  )
end
