--- The native transport: the core's own sockets, all processes polled together.
-- It blocks the calling thread until the deadline at the latest.
--
-- Every transport has these four functions.
-- @module haproxyadmin.transport.native

local core = require "haproxyadmin.core"
local kept = require "haproxyadmin.transport.kept"

-- An exchange sends what its session asks in the middle of it.
local native = { goes_on = true }

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
-- may have run a command of it); nothing is raised for that.
--
-- A request with a `connection`, which `open` returned, is sent on that one and
-- leaves it open, also when it fails. One exchange at a time uses a connection;
-- after one that failed it can only be closed.
-- @tparam table requests sequence of `{address =, line =, reply =[, connection =]}`
-- @tparam number deadline seconds on the transport's own clock
-- @tparam[opt] boolean breaks of this transport alone: it also ends when Ctrl-C was noted, as at the deadline, in a
-- program that notes it
function native:exchange(requests, deadline, breaks) -- luacheck: no self
  core.exchange(requests, deadline, breaks)
end

--- Opens a connection that stays. Beside being exchanged on, it has three
-- methods:
--
-- * `send(bytes, deadline)`: true; or nil, a code, words
-- * `receive(deadline)`: at least one byte; or nil, a code, words. The code is
--   `closed` at the end of the stream, `reset` where it was broken off, `timeout`
-- * `close()`: may be called again
--
-- It is the process's that opened it: in a child that inherited it everything
-- fails with code `closed`, and nothing is sent.
-- @tparam string address
-- @tparam number deadline
-- @treturn[1] userdata the connection
-- @return[2] nil
-- @treturn[2] string a code
-- @treturn[2] ?string the system's words
function native:open(address, deadline) -- luacheck: no self
  local request = { address = address }
  core.exchange({ request }, deadline)
  return kept.finish(request)
end

return native
