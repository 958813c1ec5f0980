--- LuaSocket, and TLS by LuaSec: for stats sockets on other machines.
--
--    local luasocket = require "haproxyadmin.transport.luasocket"
--    local hap = haproxyadmin.HAProxy{
--      sockets = { "tcp@lb1.example.net:9999", "tcp@lb2.example.net:9999" },
--      transport = luasocket.new{
--        tls = { cafile = "ca.pem", certificate = "me.pem", key = "me.key" },
--      },
--    }
--
-- It blocks the calling thread until the deadline at the latest. LuaSocket's
-- resolver knows no deadline: give IP addresses where that matters.
-- @module haproxyadmin.transport.luasocket

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local library = require "haproxyadmin.transport.library"
local new_transport = require "haproxyadmin.transport.stream"
local tls = require "haproxyadmin.transport.tls"

local socket = library("luasocket", "socket", "lua-socket", "luasocket")
local unix = library("luasocket", "socket.unix", "lua-socket", "luasocket")

local CHUNK = 65536

-- A unix socket whose backlog is full: nothing tells when it has room again.
local BACKLOG_PAUSE = 0.01

-- ---- waiting: each exchange is a coroutine, select wakes them ----

-- Waits until the stream is ready ("r" or "w"), or just until then where it is
-- nil. False once the deadline has passed.
local function wait(stream, events, deadline)
  return coroutine.yield(stream, events, deadline)
end

local function go_on(tasks, task, ready)
  local ok, stream, events, deadline = coroutine.resume(task.routine, ready)
  if not ok then
    error(stream, 0)
  elseif coroutine.status(task.routine) == "dead" then
    tasks[task] = nil
  else
    task.stream, task.events, task.deadline = stream, events, deadline
    tasks[task] = true
  end
end

local function select_ready(tasks)
  local awaited = { r = {}, w = {} }
  local first = math.huge
  for task in pairs(tasks) do
    first = math.min(first, task.deadline)
    if task.stream then
      table.insert(awaited[task.events], task.stream)
    end
  end
  local r, w = socket.select(awaited.r, awaited.w, math.max(first - core.now(), 0))
  return { r = r, w = w }
end

local function together(functions)
  local tasks = {}
  for _, fn in ipairs(functions) do
    go_on(tasks, { routine = coroutine.create(fn) })
  end
  while next(tasks) do
    local ready = select_ready(tasks)
    local due = {}
    for task in pairs(tasks) do
      local is_ready = task.stream and ready[task.events][task.stream] ~= nil
      if is_ready or core.now() >= task.deadline then
        due[task] = is_ready or false
      end
    end
    for task, is_ready in pairs(due) do
      go_on(tasks, task, is_ready)
    end
  end
end

-- ---- streams ----

-- LuaSocket's words, where they say more than that something failed.
local codes = {
  ["closed"] = "closed",
  ["reset"] = "reset",
  ["timeout"] = "timeout",
  ["connection refused"] = "refused",
  ["Network is unreachable"] = "refused",
  ["No route to host"] = "refused",
  ["No such file or directory"] = "not_found",
  ["Not a directory"] = "not_found",
  ["permission denied"] = "permission",
  ["Permission denied"] = "permission",
  ["Operation not permitted"] = "permission",
  ["Protocol wrong type for socket"] = "foreign",
}

local function failure(words)
  return nil, codes[words] or "failed", words
end

-- A socket that select can wait for.
local function usable(stream)
  if stream:getfd() < socket._SETSIZE then
    stream:settimeout(0)
    return stream
  end
  stream:close()
  return nil, "failed", "more descriptors are open than select can wait for"
end

-- LuaSocket closes a socket that could not be connected: each try has its own.
local function connect_unix(path, deadline)
  local stream, code, ok, words
  repeat
    stream, code, words = usable(unix.stream())
    if not stream then
      return nil, code, words
    end
    ok, words = stream:connect(path)
    if ok then
      return stream
    end
    stream:close()
    if words == "timeout" then
      wait(nil, nil, math.min(core.now() + BACKLOG_PAUSE, deadline))
    end
  until words ~= "timeout" or core.now() >= deadline
  return failure(words)
end

local function connect_to(endpoint, port, deadline)
  local stream, code, words = usable(assert(endpoint.family == "inet6" and socket.tcp6() or socket.tcp4()))
  if not stream then
    return nil, code, words
  end
  local ok
  ok, words = stream:connect(endpoint.addr, port)
  if words == "timeout" and wait(stream, "w", deadline) then
    -- Asked once more, it tells how it went.
    ok, words = stream:connect(endpoint.addr, port)
  end
  if ok or words == "already connected" then
    return stream
  end
  stream:close()
  return failure(words)
end

local function connect_tcp(host, port, deadline)
  local endpoints = socket.dns.getaddrinfo(host)
  if not endpoints then
    return nil, "not_found"
  end
  local stream, code, words
  for _, endpoint in ipairs(endpoints) do
    stream, code, words = connect_to(endpoint, port, deadline)
    if stream or code == "timeout" then
      break
    end
  end
  return stream, code, words
end

-- Some bytes, or nil and LuaSocket's words, which are "closed" for a reset too:
-- so what comes without TLS is taken from the descriptor, and behind TLS a
-- connection that was reset has nobody at its other end.
local function receive(stream)
  local fd = stream:getfd()
  if not stream.dohandshake then
    local bytes, code = core.receive(fd)
    return bytes or nil, bytes == false and "timeout" or code
  end
  local whole, words, part = stream:receive(CHUNK)
  local bytes = whole or part
  if bytes and #bytes > 0 then
    return bytes
  end
  return nil, words == "closed" and not core.has_peer(fd) and "reset" or words
end

local function place(host, port)
  return ("%s %s"):format(host, port)
end

-- TLS, where there are settings, is for TCP; a unix socket has its file's mode. `plain`: a set
-- of places that have none either.
local function new_driver(settings, plain)
  local driver = { now = core.now, sleep = core.sleep, together = together }

  function driver.connect(address, timeout)
    local deadline = core.now() + timeout
    if address.kind == "unix" then
      return connect_unix(address.host, deadline)
    elseif address.kind == "abns" then
      return nil, "failed", "LuaSocket has no abstract sockets"
    end
    local stream, code, words = connect_tcp(address.host, address.port, deadline)
    if not stream or not settings or plain[place(address.host, address.port)] then
      return stream, code, words
    end
    local secure, broken
    secure, code, words, broken = tls.start(settings, stream, address.host, function(waiting, events)
      return wait(waiting, events, deadline)
    end)
    if not secure then
      broken:close()
    end
    return secure, code, words
  end

  function driver.send(stream, line, timeout)
    local deadline = core.now() + timeout
    local sent = 0
    while sent < #line do
      local last, words, so_far = stream:send(line, sent + 1)
      sent = last or so_far or sent
      if words == "closed" then
        -- What the peer said before it closed is still to be read.
        return true
      elseif words and words ~= "timeout" and words ~= "wantwrite" and words ~= "wantread" then
        return failure(words)
      elseif words and not wait(stream, words == "wantread" and "r" or "w", deadline) then
        return nil, "timeout"
      end
    end
    return true
  end

  function driver.receive(stream, timeout)
    local deadline = core.now() + timeout
    while true do
      local bytes, words = receive(stream)
      if bytes then
        return bytes
      elseif words ~= "timeout" and words ~= "wantread" and words ~= "wantwrite" then
        return failure(words)
      elseif not wait(stream, words == "wantwrite" and "w" or "r", deadline) then
        return nil, "timeout"
      end
    end
  end

  -- Between exchanges nothing comes but the end.
  function driver.alive(stream)
    local bytes, words = receive(stream)
    return not bytes and (words == "timeout" or words == "wantread" or words == "wantwrite")
  end

  function driver.close(stream)
    stream:close()
  end

  return driver
end

-- The transport named "luasocket": no TLS.
local luasocket = new_transport(new_driver())

-- The places that these addresses are, as a set; or nil and an error.
local function places_of(addresses)
  local places = {}
  for i, text in ipairs(addresses) do
    local kind, host, port
    if type(text) == "string" then
      kind, host, port = core.address(text)
    end
    if kind ~= "tcp" then
      return check.fail(("plain[%d]"):format(i), "address of TCP", text)
    end
    places[place(host, port)] = true
  end
  return places
end

--- Makes a transport with TLS on its TCP connections. Certificates and keys are
-- files in PEM form. `tls` takes:
--
-- * `cafile`, `capath`: the authorities whose signatures are trusted; one of
--   them is needed unless `verify` is false
-- * `certificate`, `key`, `password`: the client's own certificate
-- * `server_name`: whom the servers' certificates must be for, and the name
--   that they are asked for; without it, the host in each socket's address
-- * `verify`: false trusts any server (default true)
-- * `ciphers`: OpenSSL's list, for TLS 1.2
--
-- TLS 1.2 is the oldest that is spoken.
-- @tparam table options `tls`; `plain`: a sequence of addresses of TCP, as the HAProxy object has
-- them, on which no TLS is spoken
-- @treturn table a transport
-- @raise `ValueError`
function luasocket.new(options)
  local ok, err = check.type("options", options, "table")
  if ok then
    ok, err = check.options(options, { tls = "table", plain = "table" })
  end
  if ok then
    ok, err = check.type("tls", options.tls, "table")
  end
  local plain
  if ok then
    plain, err = places_of(options.plain or {})
  end
  if not plain then
    error(err, 0)
  end
  local settings
  settings, err = tls.settings(options.tls)
  if not settings then
    error(err, 0)
  end
  return new_transport(new_driver(settings, plain))
end

return luasocket
