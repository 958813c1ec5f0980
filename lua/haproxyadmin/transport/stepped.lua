--- Makes a transport of a host's own way to wait for descriptors.
--
-- The core's sockets carry the bytes, so that its reader receives them without
-- a detour; the host only says when to go on. A *waiter* is a table:
--
-- * `wait(seconds, descriptors, waited)`: returns as soon as one of the
--   descriptors, a sequence of `{fd, "r"}` or `{fd, "w"}`, is ready to be read
--   or written, and after `seconds` at the latest. It may return early. The
--   descriptors are closed behind the host's back afterwards: it must not go on
--   watching them. `waited`: seconds since the exchange began
-- * `refusal()`: where the host cannot wait, a sentence that says so; else nil
-- @module haproxyadmin.transport.stepped

local core = require "haproxyadmin.core"
local kept = require "haproxyadmin.transport.kept"

local function refuse(requests, words)
  for _, request in ipairs(requests) do
    request.code, request.words = "unsupported", words
  end
end

--- Makes a transport: `exchange`, `open`, `now` and `sleep`, as the native one
-- has.
-- The module itself is this function.
-- @function stepped
-- @tparam table waiter
-- @treturn table for HAProxy's option `transport`
return function(waiter)
  -- An exchange sends what its session asks in the middle of it.
  local transport = { goes_on = true }

  local function run(fanout, deadline)
    local start = core.now()
    while not fanout:step(deadline) do
      local seconds, descriptors = fanout:waits(deadline)
      waiter.wait(seconds, descriptors, core.now() - start)
    end
  end

  -- How its connections wait.
  local function wait(connection, events, deadline, waited)
    local words = waiter.refusal()
    if words then
      return "unsupported", words
    end
    waiter.wait(math.max(deadline - core.now(), 0), { { connection:fd(), events } }, waited)
  end

  function transport:now() -- luacheck: no self
    return core.now()
  end

  function transport:sleep(seconds) -- luacheck: no self
    local deadline = core.now() + seconds
    repeat
      waiter.wait(math.max(deadline - core.now(), 0), {}, 0)
    until core.now() >= deadline
  end

  function transport:exchange(requests, deadline) -- luacheck: no self
    local words = waiter.refusal()
    if words then
      return refuse(requests, words)
    end
    run(core.fanout(requests), deadline)
  end

  function transport:open(address, deadline) -- luacheck: no self
    local words = waiter.refusal()
    if words then
      return nil, "unsupported", words
    end
    local request = { address = address }
    run(core.fanout { request }, deadline)
    return kept.finish(request, wait)
  end

  return transport
end
