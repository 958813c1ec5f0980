-- A server's address and port: column addr of `show stat`, which every process
-- that has the server may have set to another one.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local metrics = require "haproxyadmin.base.metrics"
local reading = require "haproxyadmin.runtime.reading"
local request = require "haproxyadmin.runtime.request"
local run = require "haproxyadmin.runtime.run"

local address = {
  -- The command that sets it.
  row = "set server addr",
}

-- In each process: {nb, address, port}. An address that HAProxy does not print
-- (level user, a unix socket) is left out.
local function by_process(server)
  local found = {}
  for i, entry in ipairs(core.values(server, metrics.number.server.addr)) do
    local host, port
    if entry[2] then
      host, port = core.split_address(entry[2])
    end
    found[i] = { entry[1], host or entry[2], port }
  end
  return found
end

-- ---- until it is in force ----

-- What an answer says that changes: host, port; nil what stays.
local function promised(answer)
  return answer:match "IP changed from '.-' to '(.-)'", tonumber((answer:match "port changed from '.-' to '(%d+)'"))
end

-- The servers that change, and for each the {host, port} to come in each process.
local function promises_of(changes)
  local servers, promises, place = {}, {}, {}
  for _, change in ipairs(changes) do
    local server, nb, answer = change[1], change[2], change[3]
    local host, port = promised(answer)
    if host or port then
      local key = tostring(server)
      if not place[key] then
        place[key] = #servers + 1
        servers[place[key]], promises[place[key]] = server, {}
      end
      local before = promises[place[key]][nb] or {}
      promises[place[key]][nb] = { host or before[1], port or before[2] }
    end
  end
  return servers, promises
end

local function is_kept(promises, server)
  for _, entry in ipairs(by_process(server)) do
    local promise = promises[entry[1]] or {}
    if (promise[1] or entry[2]) ~= entry[2] or (promise[2] or entry[3]) ~= entry[3] then
      return false
    end
  end
  return true
end

local function are_kept(promises, servers)
  for i, server in ipairs(servers) do
    if server and not is_kept(promises[i], server) then
      return false
    end
  end
  return true
end

--- From HAProxy 2.9 on a task of HAProxy's own changes addresses, some moments
-- after the answer (server_atomic_sync in src/server.c). A read must not find the
-- old one by then, nor the next change start from it: this waits, `timeout` at
-- most. Somebody else may have set another one meanwhile. `changes`: a sequence of
-- {server, process's number, answer}.
function address.settle(context, changes)
  local servers, promises = promises_of(changes)
  if not servers[1] then
    return
  end
  local transport = context.transport
  local deadline, pause = transport:now() + context.timeout, 0.001
  local function left()
    return deadline - transport:now()
  end
  while left() > 0 do
    local now = reading.look(context, servers, left())
    if not now or are_kept(promises, now) then
      return
    end
    transport:sleep(math.max(math.min(pause, left()), 0))
    pause = pause * 2
  end
end

-- Collects the answers to the commands that set the server's address.
local function settle_own(server, context, requests)
  local changes = {}
  for _, self in ipairs(requests) do
    if not self.code then
      changes[#changes + 1] = { server, self.process.nb, request.answer(self) }
    end
  end
  address.settle(context, changes)
end

local function set(server, context, options, args)
  return run.command(context, options, address.row, args, server, function(requests)
    settle_own(server, context, requests)
  end)
end

-- ---- what Server has ----

function address.set(server, context, options, host, port)
  if type(host) ~= "string" or not core.is_ip(host) then
    return check.fail("address", "IPv4 or IPv6 address", host)
  end
  if port ~= nil then
    local err
    port, err = check.port("port", port)
    if not port then
      return nil, err
    end
  end
  return set(server, context, options, {
    server = { core.proxy(server), core.name(server) },
    address = host,
    port = port,
  })
end

-- The address of the server in each process, by number; or nil and an error where one
-- has none that a port could be set with.
local function hosts_of(server)
  local hosts = {}
  for _, entry in ipairs(by_process(server)) do
    local host = entry[2]
    if not host or not core.is_ip(host) then
      local message = ("process %d shows no IP address of %s"):format(entry[1], tostring(server))
      return nil, errors.new("CommandFailed", "unsupported", message)
    end
    hosts[entry[1]] = host
  end
  return hosts
end

-- Every process that the object knows of must be known to have an address, or none.
local function check_known(server, context)
  local having = core.having(server)
  for _, process in ipairs(context.processes) do
    if having[process.slot] == nil then
      local message = ("the address of %s in process %d is not known"):format(tostring(server), process.nb)
      return nil, errors.new("CommandFailed", "unsupported", message)
    end
  end
  return true
end

-- HAProxy takes a port only with an address: each process keeps its own.
function address.setport(server, context, options, port)
  local value, err = check.port("port", port)
  if not value then
    return nil, err
  end
  local ok
  ok, err = reading.renew(context, server)
  if ok then
    ok, err = check_known(server, context)
  end
  if not ok then
    return nil, err
  end
  local hosts
  hosts, err = hosts_of(server)
  if not hosts then
    return nil, err
  end
  local name = { core.proxy(server), core.name(server) }
  return set(server, context, options, function(process)
    local host = hosts[process.nb]
    return host and { server = name, address = host, port = value }
  end)
end

return address
