-- A server's address and port: column addr of `show stat`, which every process
-- that has the server may have set to another one.

local check = require "haproxyadmin.base.check"
local command = require "haproxyadmin.runtime.command"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local metrics = require "haproxyadmin.base.metrics"
local object = require "haproxyadmin.objects.handle"
local reading = require "haproxyadmin.runtime.reading"

local address = {}

local function check_port(port)
  return check.integer("port", port, 1, 65535)
end

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

-- `set server <backend>/<server> addr <host> [port <port>]`, or nil and an error.
local function encode(server, host, port)
  local parts = {
    { "words", "set server" },
    { "server", core.proxy(server), core.name(server) },
    { "words", "addr" },
    { "address", host, "address" },
  }
  if port then
    parts[5] = { "words", "port" }
    parts[6] = { "number", port, "port" }
  end
  return command.encode(parts)
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
function address.settle(state, changes)
  local servers, promises = promises_of(changes)
  local transport = state.transport
  local deadline, pause = transport:now() + state.timeout, 0.001
  local limited = setmetatable({}, { __index = state })
  local function left()
    limited.timeout = deadline - transport:now()
    return limited.timeout
  end
  while servers[1] and left() > 0 do
    local now = reading.look(limited, servers)
    if not now or are_kept(promises, now) then
      return
    end
    transport:sleep(math.max(math.min(pause, left()), 0))
    pause = pause * 2
  end
end

local function send(server, state, requests)
  command.send(state, requests)
  local ok, err = command.judge(requests, command.succeeded "address")
  if ok and state.defers then
    local changes = {}
    for i, request in ipairs(requests) do
      changes[i] = { server, request.process.nb, request.reply:text() }
    end
    address.settle(state, changes)
  end
  return ok, err
end

-- ---- what Server has ----

function address.set(server, state, _, host, port)
  if type(host) ~= "string" or not core.is_ip(host) then
    return check.fail("address", "IPv4 or IPv6 address", host)
  end
  if port ~= nil then
    local ok, err = check_port(port)
    if not ok then
      return nil, err
    end
    port = ok
  end
  local line, err = encode(server, host, port)
  if not line then
    return nil, err
  end
  local processes = object.processes(state, server)
  if state.collect then
    state.collect(line, "address", processes, server)
    return true
  end
  return send(server, state, command.requests(state, line, "text", processes))
end

-- HAProxy takes a port only with an address: each process keeps its own.
function address.setport(server, state, _, port)
  local value, err = check_port(port)
  if not value then
    return nil, err
  end
  local ok
  ok, err = reading.renew(state, server)
  if not ok then
    return nil, err
  elseif state.missing then
    local message = ("a partial snapshot does not know the address of %s in every process"):format(tostring(server))
    return nil, errors.new("CommandFailed", "unsupported", message)
  end
  local processes = object.processes(state, server)
  local requests = {}
  for i, entry in ipairs(by_process(server)) do
    if not entry[3] then
      local message = ("process %d shows no IP address of %s"):format(entry[1], tostring(server))
      return nil, errors.new("CommandFailed", "unsupported", message)
    end
    local line
    line, err = encode(server, entry[2], value)
    if not line then
      return nil, err
    end
    requests[i] = { process = processes[i], line = line, kind = "text" }
  end
  return send(server, state, requests)
end

return address
