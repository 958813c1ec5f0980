--- All HAProxy processes that serve the same configuration.
-- @classmod haproxyadmin.HAProxy

local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.objects.class"
local core = require "haproxyadmin.core"
local drain = require "haproxyadmin.objects.drain"
local roll = require "haproxyadmin.objects.roll"
local wait = require "haproxyadmin.runtime.wait"
local wait_up = require "haproxyadmin.objects.wait_up"

local together = {}

-- Are these servers of the same HAProxy, at least one?
local function check_servers(context, servers)
  local ok, err = check.type("servers", servers, "table")
  if not ok then
    return nil, err
  elseif #servers == 0 then
    return check.fail("servers", "a sequence of servers", servers)
  end
  for i, server in ipairs(servers) do
    if core.kind(server) ~= "server" or class.context(server).identity ~= context.identity then
      return check.fail(("servers[%d]"):format(i), "a server of this HAProxy", server)
    end
  end
  return true
end

local function drain_them(_, context, options, servers)
  local ok, err = check_servers(context, servers)
  if ok then
    ok, err = drain.check(options)
  end
  if not ok then
    return nil, err
  end
  return drain.run(context, servers, options)
end

local function wait_until_up(_, context, options, servers)
  local ok, err = check_servers(context, servers)
  if not ok then
    return nil, err
  end
  return wait_up.run(context, servers, options)
end

local function roll_them(_, context, options, servers, fn)
  local ok, err = check_servers(context, servers)
  if not ok then
    return nil, err
  end
  return roll.many(context, options, servers, fn)
end

together.methods = {
  --- Drains several servers at once, of one backend or of several: as `Server:drain`, with
  -- one time for all of them.
  -- @function HAProxy:drain
  -- @tparam {Server,...} servers
  -- @tparam[opt] table options as `Server:drain` takes them; `progress` is told of the
  -- sessions of all
  -- @treturn table as `Server:drain`; `left` and `killed` are of all
  -- @raise as `Server:drain`
  drain = { arguments = 1, tables = true, call = drain_them, options = drain.options },
  --- Waits until every process says of each of the servers, of one backend or of several,
  -- that it is up: as `Server:wait_up`.
  -- @function HAProxy:wait_up
  -- @tparam {Server,...} servers
  -- @tparam[opt] table options as `Server:wait_up` takes them
  -- @treturn number the seconds that it took
  -- @raise as `Server:wait_up`
  wait_up = { arguments = 1, tables = true, call = wait_until_up, options = wait.options },
  --- Does something to servers of any backends, one after the other, while the others serve: as
  -- `Backend:roll`. With `group = "server"` servers of one name in several backends are one thing: out together,
  -- and in again together, and the function is called once for them.
  -- @function HAProxy:roll
  -- @tparam {Server,...} servers
  -- @tparam function fn is called with a Server, or the first of those of one name, and the sequence of
  -- all of these; it fails as in `Backend:roll`
  -- @tparam[opt] table options `group`: `"server"`; and those of `Backend:roll` but `servers` and `filter`. `min_up`
  -- holds in each backend
  -- @treturn table as `Backend:roll`; the names are `backend/server`, or with `group` those of servers
  -- @raise as `Backend:roll`
  roll = { arguments = 2, tables = true, call = roll_them, options = roll.options_of_many },
}

return together
