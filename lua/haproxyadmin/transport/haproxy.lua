--- Inside HAProxy (`lua-load`), in services, actions and tasks: a call lets
-- HAProxy go on meanwhile, the asked socket's own process too.
--
-- The core's own sockets carry the bytes, not `core.tcp`: that one stops in
-- replies of more than a buffer (HAProxy 2.6, 3.0), and its time limits leave
-- out who answers byte by byte, or half a line (3.0, 3.2).
-- @module haproxyadmin.transport.haproxy

local errors = require "haproxyadmin.errors"
local stepped = require "haproxyadmin.transport.stepped"

local host = core

if type(host) ~= "table" or type(host.msleep) ~= "function" then
  local message = "transport 'haproxy' works in Lua that HAProxy has loaded (lua-load), and this is not HAProxy"
  error(errors.new("ValueError", "unsupported", message), 0)
end

-- HAProxy waits for no descriptors but its own: these are looked at again and
-- again, without a pause at first, as most answers come at once; then after a
-- hundredth of the time that has gone by.
local AT_ONCE, LONGEST = 0.005, 0.01

local function wait(seconds, descriptors, waited)
  if #descriptors > 0 then
    if waited < AT_ONCE then
      return host.yield()
    end
    seconds = math.min(seconds, waited / 100, LONGEST)
  end
  host.msleep(math.max(math.ceil(seconds * 1000), 1))
end

-- While HAProxy starts nothing wakes who waits. This file is loaded then, or,
-- where a coroutine loads it, by a service.
local started = coroutine.isyieldable() -- luacheck: ignore 143
if not started then
  host.register_task(function()
    started = true
  end)
end

local function refusal()
  if not started then
    return "transport 'haproxy' works in services, actions and tasks, not while HAProxy starts"
  end
  -- Where HAProxy lets nobody wait (sample fetches, converters), it ends the
  -- function here, before anything is sent; a `yield` it would ignore there.
  host.msleep(0)
end

return stepped { wait = wait, refusal = refusal }
