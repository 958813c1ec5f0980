--- The native transport: the core's own sockets, all processes polled together.
-- It blocks the calling thread until the deadline at the latest.
--
-- Every transport has these three functions.
-- @module haproxyadmin.transport.native

local core = require "haproxyadmin.core"

local native = {}

--- The transport's clock, which only goes forward.
-- @treturn number seconds
function native:now() -- luacheck: no self
  return core.now()
end

--- Waits.
-- @tparam number seconds
function native:sleep(seconds) -- luacheck: no self
  core.sleep(seconds)
end

--- Sends every request's line to its address and feeds its reply, all at once.
-- A request that fails gets `code`, `words` (the system's) and `sent` (HAProxy
-- may have run the line); nothing is raised.
-- @tparam table requests sequence of `{address =, line =, reply =}`
-- @tparam number deadline seconds on the transport's own clock
function native:exchange(requests, deadline) -- luacheck: no self
  core.fanout(requests):run(deadline)
end

return native
