--- One HAProxy process behind one socket.
-- @classmod haproxyadmin.Process

local call = require "haproxyadmin.runtime.send"
local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.base.class"
local command = require "haproxyadmin.runtime.command"
local core = require "haproxyadmin.core"
local reading = require "haproxyadmin.runtime.reading"

local function one(self, line, kind)
  return { { process = self._process, line = line, kind = kind } }
end

local function run(self, state, _, text)
  local ok, err = check.text("text", text)
  if not ok then
    return nil, err
  end
  local requests = one(self, text .. "\n", "text")
  call.send(state, requests, state.retry)
  if requests[1].code then
    return reading.tell(requests, 1, call.failure(requests[1]))
  end
  return requests[1].reply:lines()
end

local function info(self, state)
  local snapshot, err = reading.send(state, one(self, "show info\n", "info"))
  return snapshot and core.info((core.info_text(snapshot, 1))), err
end

local function stats(self, state, _, iid, type, sid)
  local numbers = {}
  for i, name in ipairs { "iid", "type", "sid" } do
    local value = ({ iid or -1, type or -1, sid or -1 })[i]
    local err
    numbers[i], err = check.integer(name, value, -1)
    if not numbers[i] then
      return nil, err
    end
  end
  local line, err = command.encode {
    { "words", "show stat" },
    { "number", numbers[1] },
    { "number", numbers[2] },
    { "number", numbers[3] },
  }
  if not line then
    return nil, err
  end
  local snapshot
  snapshot, err = reading.send(state, one(self, line, "stat"))
  return snapshot and core.rows(snapshot)[1], err
end

local meta = {
  __name = "haproxyadmin.Process",
  __tostring = function(self)
    return ("haproxyadmin.Process (%d, %s)"):format(self.process_nb, self.address)
  end,
}

meta.__index = class.methods({}, {
  --- Sends a raw command to this process alone.
  -- @function Process:command
  -- @tparam string text as `HAProxy:command` takes it
  -- @treturn {string,...} the lines of the answer
  -- @raise `ValueError`, `HAProxySocketError`
  command = { 1, run },
  --- Every field of `show info` (management guide 9.3).
  -- @function Process:info
  -- @treturn table name = value, numbers as numbers; empty fields are left out
  -- @raise `HAProxySocketError`
  info = { 0, info },
  --- Rows of `show stat` (9.1 and 9.3), in HAProxy's order.
  -- @function Process:stats
  -- @tparam[opt=-1] integer iid a proxy's id, -1 for all
  -- @tparam[opt=-1] integer type 1 frontends, 2 backends, 4 servers, or a sum
  -- of these, -1 for all
  -- @tparam[opt=-1] integer sid a server's id, -1 for all
  -- @treturn {table,...} a row each: field = value, without empty fields
  -- @raise `ValueError`, `HAProxySocketError`
  stats = { 3, stats },
})

return function(state, process, pid)
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
      _process = process,
    }, meta),
    state
  )
end
