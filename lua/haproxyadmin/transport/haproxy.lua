--- Inside HAProxy (`lua-load`): HAProxy's own sockets, for services, actions
-- and tasks. Other traffic goes on meanwhile, that of the asked socket's own
-- process too.
--
-- HAProxy's sockets know no host names: TCP addresses must be IP addresses. Up
-- to HAProxy 3.0 they may stall in a reply of more than 16 KB: a call then ends
-- by its deadline with `SocketTimeout`; 3.2 reads replies of any size.
-- @module haproxyadmin.transport.haproxy

local errors = require "haproxyadmin.errors"
local hadm = require "haproxyadmin.core"
local new_transport = require "haproxyadmin.transport.stream"

local host = core

if type(host) ~= "table" or type(host.tcp) ~= "function" then
  local message = "transport 'haproxy' works in Lua that HAProxy has loaded (lua-load), and this is not HAProxy"
  error(errors.new("ValueError", "unsupported", message), 0)
end

local driver = { now = hadm.now }

function driver.sleep(seconds)
  host.msleep(math.ceil(seconds * 1000))
end

-- One task of HAProxy's for each function but the first, which the caller's own
-- runs. HAProxy 2.6 has nothing to wait for tasks with but time.
function driver.together(functions)
  local left, failure = #functions, nil
  local function run(fn)
    local ok, err = pcall(fn)
    left = left - 1
    failure = failure or not ok and err or nil
  end
  for i = 2, #functions do
    host.register_task(function()
      run(functions[i])
    end)
  end
  run(functions[1])
  while left > 0 do
    host.msleep(1)
  end
  if failure then
    error(failure, 0)
  end
end

local function written(address)
  if address.kind ~= "tcp" then
    return address.kind .. "@" .. address.host
  elseif address.host:find(":", 1, true) then
    return ("ipv6@[%s]:%d"):format(address.host, address.port)
  end
  return ("ipv4@%s:%d"):format(address.host, address.port)
end

-- May the caller write to the file? Groups besides the main one are not known.
local function writable(file)
  local user, group = hadm.caller()
  local place = file.owner == user and 64 or file.group == group and 8 or 1
  return user == 0 or math.floor(file.mode / place / 2) % 2 == 1
end

-- HAProxy says no more than that it cannot connect.
local function reason(address)
  if address.kind ~= "unix" then
    return "refused"
  end
  local file, code = hadm.path(address.host)
  if not file then
    return code
  end
  return writable(file) and "refused" or "permission"
end

-- A limit that HAProxy reaches looks like the end of the stream, so it must not
-- come before the deadline; and HAProxy's clock may lag behind.
local LAG = 0.05

local function limit(socket, timeout)
  socket:settimeout(math.max(timeout, 0) + LAG)
end

function driver.connect(address, timeout)
  local deadline = hadm.now() + timeout
  local socket = host.tcp()
  limit(socket, timeout)
  local found, ok, words = pcall(socket.connect, socket, written(address))
  if found and ok then
    return socket
  end
  socket:close()
  if not found then
    -- An address that HAProxy cannot read.
    return nil, "failed", ok
  elseif hadm.now() >= deadline then
    return nil, "timeout"
  end
  return nil, reason(address), words
end

function driver.send(socket, line, timeout)
  local deadline = hadm.now() + timeout
  limit(socket, timeout)
  local sent = socket:send(line)
  if sent == #line then
    return true
  end
  return nil, hadm.now() >= deadline and "timeout" or "closed"
end

-- A line at a time: HAProxy waits for as much as it is asked for, and keeps its
-- time limit only where that is little.
function driver.receive(socket, timeout)
  local deadline = hadm.now() + timeout
  limit(socket, timeout)
  local line, words, part = socket:receive "*l"
  if line then
    return line .. "\n"
  elseif part and #part > 0 then
    return part
  end
  return nil, hadm.now() >= deadline and "timeout" or "closed", words
end

function driver.close(socket)
  socket:close()
end

local transport = new_transport(driver)
local exchange = transport.exchange

-- While HAProxy starts there are no sockets yet, and nothing wakes who waits.
-- This file is loaded then, or, where a coroutine loads it, by a service.
local started = coroutine.isyieldable() -- luacheck: ignore 143
if not started then
  host.register_task(function()
    started = true
  end)
end

function transport:exchange(requests, deadline)
  if started then
    return exchange(self, requests, deadline)
  end
  for _, request in ipairs(requests) do
    request.code = "failed"
    request.words = "transport 'haproxy' works in services, actions and tasks, not while HAProxy starts"
  end
end

return transport
