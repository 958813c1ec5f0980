--- A backend, however many processes serve it.
--
-- Beside what is listed here it has everything of `haproxyadmin.Object`.
-- @classmod haproxyadmin.Backend

local backend_servers = require "haproxyadmin.objects.backend_servers"
local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local new_list = require "haproxyadmin.base.list"
local handle = require "haproxyadmin.objects.handle"
local reading = require "haproxyadmin.runtime.reading"
local roll = require "haproxyadmin.objects.roll"

-- A reading that has the backend's servers, by way of the backend itself.
local function with_servers(self, context)
  if core.live(self) then
    return reading.renew(context, self, true)
  end
  return true
end

local function servers(self, context, _, name)
  if name ~= nil then
    local ok, err = check.text("name", name)
    if not ok then
      return nil, err
    end
  end
  local ok, err = with_servers(self, context)
  if not ok then
    return nil, err
  end
  return new_list(core.siblings(self, name))
end

local function server(self, context, options, name)
  local ok, err = check.text("name", name)
  if not ok then
    return nil, err
  end
  local list
  list, err = servers(self, context, options, name)
  if not list then
    return nil, err
  elseif not list[1] then
    local message = ("backend %s has no server %s"):format(core.name(self), check.quote(name))
    return nil, errors.new("ValueError", "not_found", message)
  end
  return list[1]
end

local function roll_it(self, context, options, fn)
  return roll.run(self, context, options, fn)
end

return handle.complete("Backend", "stot", {
  parts = { backend_servers.methods },
  methods = {
    --- Its servers, in HAProxy's order: one `show stat` of this backend.
    -- @function Backend:servers
    -- @tparam[opt] string name only the server of this name
    -- @treturn List of Server; empty when there is none
    -- @raise `ValueError` (the backend is gone), `HAProxySocketError`
    servers = { arguments = 1, call = servers },
    --- One of its servers.
    -- @function Backend:server
    -- @tparam string name
    -- @treturn Server
    -- @raise `ValueError` (`not_found`), `HAProxySocketError`
    server = { arguments = 1, call = server },
    --- Does something to each of its servers, one after the other, while the others serve: waits
    -- until enough others are up, drains the server, puts it into maintenance, calls the
    -- function, sets it to drain again until its health checks pass, then ready, and
    -- waits until it is up (`set server ... state`, 9.3, "set server"; `show stat`, 9.1; level
    -- admin). `Server:drain` and `Server:wait_up` say what that means. A server whose `fall` is 1
    -- is said to be down before its checks (`set server ... health down`), so that they have
    -- to bring it up.
    --
    -- Servers that are not in service in every process at their turn (down, in
    -- maintenance, drained) are passed over, left as they are, and told.
    --
    -- What fails leaves a server in a state that is told: before the function was
    -- called it is set ready again, from then on it is left in maintenance. The same holds for
    -- what the function raises, for Ctrl-C, and for a process that dies. On a plain Lua
    -- 5.1, inside a coroutine, what the function raises goes through as it is; the server is
    -- in maintenance then.
    -- @function Backend:roll
    -- @tparam function fn is called with each Server, which is in maintenance and without
    -- sessions. It fails by raising, or by returning false, or nil and an error
    -- @tparam[opt] table options
    --
    -- `at_once` (1): how many servers are out at once, or `"N%"` of those that are rolled, one at
    -- least;
    --
    -- `min_up` (1): how many other servers must be up in every process, before a server is
    -- drained and until it is; backup servers and those of weight 0 do not count;
    --
    -- `drain`, `wait_up`: options for these two; `wait_up` holds for each waiting: for others,
    -- for the checks, and until it is up;
    --
    -- `on_error`: `stop` (default), or `continue` with the next server and raise at the end;
    -- `max_failures`: so many servers may fail before it stops;
    --
    -- `on_up`: a function that is called with each Server when it is up again, and fails as `fn` does; the next one
    -- begins behind it;
    --
    -- `servers`: only these, a sequence of names or Servers; `filter`: only those for
    -- which this function, called with the Server, returns true;
    --
    -- `taken_out`: names of those that a roll before has left in maintenance, as its report has them: they are not
    -- passed over, but begun with the function;
    --
    -- `progress`: a function that is called with a table: `server`, its name; `step`: `drain`,
    -- `run`, `back`, `done`, `failed` or `passed over`; `done` and `total`, numbers
    -- @treturn table sequences `done` and `left` (not begun) of names; `passed_over` of
    -- `{name =, why =}`; `failed` of `{name =, state =, err =}`
    -- @raise `ValueError` (nothing was done); `RollFailed`: its message says where everything
    -- stands, `err.report` too, and `err.cause` is the first error
    roll = { arguments = 1, call = roll_it, options = roll.options },
  },
  properties = {},
})
