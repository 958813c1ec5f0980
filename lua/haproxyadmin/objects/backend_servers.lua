--- A backend, however many processes serve it.
-- @classmod haproxyadmin.Backend

local added_servers = require "haproxyadmin.objects.added_servers"
local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local drain = require "haproxyadmin.objects.drain"
local errors = require "haproxyadmin.errors"
local members = require "haproxyadmin.objects.members"
local new_list = require "haproxyadmin.base.list"
local reading = require "haproxyadmin.runtime.reading"
local removal = require "haproxyadmin.objects.removal"
local run = require "haproxyadmin.runtime.run"
local status = require "haproxyadmin.replies.status"

local backend_servers = {}

-- ---- adding ----

local function add_server(self, context, _, given)
  if type(given) ~= "table" then
    return check.fail("server", "table of options", given)
  end
  local servers, err = added_servers.add(context, self, { given })
  return servers and servers[1], err
end

local function add_servers(self, context, _, list)
  if type(list) ~= "table" then
    return check.fail("servers", "sequence of tables", list)
  end
  local servers, err = added_servers.add(context, self, list)
  return servers and new_list(servers), err
end

-- ---- deleting ----

-- The options of what deletes servers, and their types.
backend_servers.options = { drain = "number", on_timeout = "string", timeout = "number", missing_ok = "boolean" }

-- Seconds that HAProxy gets to close idle connections to a server in maintenance.
local CLOSING = 5

-- The server of this name as it is now; false where there is none; or nil and an error.
local function find(self, context, name)
  local snapshot, err = reading.proxy(context, "backend", core.name(self), true)
  if not snapshot then
    return nil, err
  end
  return core.find(snapshot, "server", context, true, core.name(self), name) or false
end

-- Checks what deletes a server or a backend takes.
function backend_servers.check(options, name)
  local ok, err = check.text("name", name)
  if not ok then
    return nil, err
  elseif options.on_timeout ~= nil and options.on_timeout ~= "fail" and options.on_timeout ~= "kill" then
    return check.fail("on_timeout", "'fail' or 'kill'", options.on_timeout)
  end
  for _, key in ipairs { "drain", "timeout" } do
    local value = options[key]
    if value ~= nil and (value ~= value or value <= 0) then
      return check.fail(key, "number of seconds above 0", value)
    end
  end
  return true
end

-- The state that a server has in each process, by its number, as setstate names it.
local function states_of(server)
  local states = {}
  for _, row in ipairs(members.rows(server)) do
    if status.is_in_maintenance(row.status) then
      states[row.nb] = "maint"
    else
      states[row.nb] = row.status:match "^DRAIN" and "drain" or "ready"
    end
  end
  return states
end

local function set_states(context, server, states)
  return run.command(context, {}, "set server state", function(process)
    local state = states[process.nb]
    return state and { server = { core.proxy(server), core.name(server) }, state = state } or nil
  end, server)
end

-- Gives a server that no process has deleted the state back that it had; completes the
-- error.
local function give_back(context, server, states, err)
  if set_states(context, server, states) then
    err.message = err.message .. "; no process has deleted it, and it has its state back"
  else
    err.message = err.message .. "; no process has deleted it; it may be in maintenance where that failed"
  end
  return nil, err
end

-- The error of a server that is not deleted everywhere. Where no process did, it gets
-- back the state that it had.
local function not_deleted(context, server, states, gone, kept, last)
  local err = removal.why(kept[1], last)
  if #gone > 0 then
    err.message = ("%s; deleted in process %s, in maintenance in process %s"):format(
      err.message,
      removal.numbers(gone),
      removal.numbers(kept)
    )
  else
    return give_back(context, server, states, err)
  end
  return nil, err
end

local function kill(context, server)
  return run.command(context, {}, "shutdown sessions server", {
    server = { core.proxy(server), core.name(server) },
  }, server)
end

local function absent(self, options, name)
  if options.missing_ok then
    return false
  end
  local message = ("backend %s has no server %s"):format(core.name(self), check.quote(name))
  return nil, errors.new("ValueError", "not_found", message)
end

local MAINTENANCE = setmetatable({}, {
  __index = function()
    return "maint"
  end,
})

-- Drains the server, and puts it into maintenance, with its sessions ended if that was
-- asked for. `states`: those that it has.
local function put_out(context, server, options, states)
  if options.drain then
    local drained, err = drain.run(context, { server }, { timeout = options.drain, on_timeout = options.on_timeout })
    if not drained then
      return nil, err
    end
  end
  local ok, err = set_states(context, server, MAINTENANCE)
  if ok and options.on_timeout == "kill" then
    ok, err = kill(context, server)
  end
  if not ok then
    return give_back(context, server, states, err)
  end
  return true
end

-- Deletes a server of a backend: Backend:del_server.
function backend_servers.del_server(self, context, options, name)
  local ok, err = backend_servers.check(options, name)
  if not ok then
    return nil, err
  end
  local args = { server = { core.name(self), name } }
  ok, err = removal.is_possible(context, "server", args)
  if not ok then
    return nil, err
  end
  local server
  server, err = find(self, context, name)
  if not server then
    if server == false then
      return absent(self, options, name)
    end
    return nil, err
  end
  local states = states_of(server)
  ok, err = put_out(context, server, options, states)
  if not ok then
    return nil, err
  end
  local gone, kept, last = removal.run(context, "server", args, context.processes, options.timeout or CLOSING)
  if #kept > 0 then
    return not_deleted(context, server, states, gone, kept, last)
  end
  return true
end

-- A command on the backend in every process.
local function on_backend(name)
  return function(self, context, options)
    return run.command(context, options, name, { backend = core.name(self) }, self)
  end
end

backend_servers.methods = {
  --- Lets requests come to it: `publish backend` (9.3; level admin; HAProxy 3.4 and later).
  -- @function Backend:publish
  -- @treturn boolean true
  -- @raise `CommandFailed` (`unsupported`, `not_found`, `permission`; `in_use`: the
  -- configuration disables it), `MultipleCommandResults`, `HAProxySocketError`
  publish = { call = on_backend "publish backend", batch = true },
  --- Lets no more requests come to it; those that it has go on: `unpublish backend` (9.3;
  -- level admin; HAProxy 3.4 and later). Its status ends in `(UNPUB)` then.
  -- @function Backend:unpublish
  -- @treturn boolean true
  -- @raise as `Backend:publish`
  unpublish = { call = on_backend "unpublish backend", batch = true },
  --- Adds a server in every process: `add server`, then `enable health`, `enable agent` and
  -- `enable server` (9.3; level admin; HAProxy 2.5 and later; 2.4 in its experimental mode,
  -- which is switched on, and without checks). Where a process refuses, or
  -- fails, the others delete it again, and the error's message says so. Only backends whose
  -- algorithm is dynamic take servers: roundrobin, leastconn, first, random, and hashes with
  -- `hash-type consistent`; settings of `default-server` do not hold for them.
  -- @function Backend:add_server
  -- @tparam table server `name`; `address`: an IPv4 or IPv6 address, or the path of a unix
  -- socket; `port`; `enable` (true): false leaves it in maintenance, its checks stopped; and
  -- every keyword that HAProxy's `server` line may have here: `check = true`, `weight = 20`,
  -- `sni = "..."`, `["agent-check"] = true`. HAProxy's keyword `port`, that of checks, is
  -- `["check-port"]`
  -- @treturn Server
  -- @raise `ValueError` (an option that cannot be right; nothing was sent), `CommandFailed`
  -- (`unsupported`: a process's version does not take such a keyword, or the backend no
  -- servers; `exists`; `permission`; `failed`), `MultipleCommandResults`,
  -- `HAProxySocketError`
  add_server = { arguments = 1, tables = true, call = add_server },
  --- Adds many servers in few exchanges: all of them in every process, or none in any.
  -- @function Backend:add_servers
  -- @tparam {table,...} servers each as `Backend:add_server` takes it
  -- @treturn List of Server
  -- @raise as `Backend:add_server`
  add_servers = { arguments = 1, tables = true, call = add_servers },
  --- Deletes a server in every process: `del server` (9.3; level admin; HAProxy 2.4 and
  -- later), one that was added at run time or, from 2.5 on, one of the configuration, if
  -- nothing there refers to it. It is put into maintenance, and deleted when it has no
  -- connection any more; idle ones HAProxy closes. Where no process deletes it, it gets back the state
  -- that it had; where only some do, the error's message names them, and it stays in
  -- maintenance in the others.
  -- @function Backend:del_server
  -- @tparam string name
  -- @tparam[opt] table options `drain`: seconds in which sessions may end by themselves,
  -- as `Server:drain` waits for it; `on_timeout`: what becomes of those that are left:
  -- `"fail"` (the default: an error) or `"kill"`, which ends them, without `drain` at once;
  -- `timeout` (5): seconds until it may be deleted, behind that; `missing_ok = true`: that
  -- there is none is no error
  -- @treturn boolean true; false where there is none
  -- @raise `ValueError` (`not_found`), `WaitTimeout` (sessions are left behind `drain`; it
  -- stays in state drain then), `CommandFailed` (`in_use`: it has connections, or the
  -- configuration refers to it; `unsupported`, `permission`), `MultipleCommandResults`,
  -- `HAProxySocketError`
  del_server = {
    arguments = 1,
    call = backend_servers.del_server,
    options = backend_servers.options,
  },
}

return backend_servers
