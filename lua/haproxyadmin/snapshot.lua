--- A Snapshot: what all processes answered at one time. Its objects read from
-- it and do not ask HAProxy again (`object:refresh()` takes a new reading of
-- that object); their commands go to HAProxy.
--
-- Fields: `time` (`os.time()` when it was taken) and `failed`, a sequence of
-- `{address, err}`: the processes that a partial snapshot is without.
-- @classmod haproxyadmin.Snapshot

local call = require "haproxyadmin.call"
local class = require "haproxyadmin.class"
local command = require "haproxyadmin.command"
local errors = require "haproxyadmin.errors"
local reading = require "haproxyadmin.reading"
local view = require "haproxyadmin.view"

-- When each snapshot was taken and whom it is without.
local taken = setmetatable({}, { __mode = "k" })

class.complete {
  name = "Snapshot",
  methods = class.methods(
    {},
    view.methods(function(self)
      return self
    end, false)
  ),
  properties = {
    time = function(self)
      return taken[self].time
    end,
    failed = function(self)
      return taken[self].failed
    end,
  },
}

-- A partial snapshot of nothing says nothing.
local function nobody(requests, failed)
  local first = failed[1][2]
  return reading.tell(
    requests,
    1,
    errors.new(first.name, first.code, first.message, { socket_file = first.socket_file })
  )
end

--- Reads all processes. `partial`: a process that fails is told, not an error.
return function(state, partial)
  local requests = command.requests(state, "show info;show stat\n", "reading")
  for _, request in ipairs(requests) do
    request.safe = true
  end
  call.send(state, requests, state.retry)
  local whole, failed = {}, {}
  for i, request in ipairs(requests) do
    local err = reading.error(request)
    if not err then
      whole[#whole + 1] = request
    elseif partial then
      failed[#failed + 1] = { request.address, err }
    else
      return reading.tell(requests, i, err)
    end
  end
  if #whole == 0 then
    return nobody(requests, failed)
  end
  local snapshot, err = reading.snapshot(state, whole)
  if not snapshot then
    return nil, err
  end
  taken[snapshot] = { time = os.time(), failed = failed }
  return snapshot
end
