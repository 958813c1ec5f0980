--- OpenResty, nginx with lua-nginx-module: cosockets, all processes at once in
-- light threads. A connection ends with the request that made it, however that
-- ends; one that is not kept is closed behind its exchange.
--
-- Where nginx runs Lua without cosockets (`init_by_lua`, `log_by_lua`, ...) an
-- object can be built: its sockets are looked at with the first call that is
-- made in another phase. A call made there is a ValueError.
-- @module haproxyadmin.transport.ngx

local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local new_transport = require "haproxyadmin.transport.stream"

local ngx = rawget(_G, "ngx")

if type(ngx) ~= "table" or not ngx.socket then
  local message = "transport 'ngx' works in nginx with lua-nginx-module (Debian: libnginx-mod-http-lua) only"
  error(errors.new("ValueError", "unsupported", message), 0)
end

local RECEIVED = 65536

-- Nothing else of a cosocket brings what has come so far, byte for byte and as
-- soon as there is any.
local TOO_OLD = "transport 'ngx' needs cosockets with 'receiveany': lua-nginx-module 0.10.14 or later"

-- A unix socket whose backlog is full says so at once: seconds to the next try.
local BACKLOG_PAUSE = 0.01

-- The phases that have cosockets (lua-nginx-module, ngx.socket.tcp).
local phases = {
  rewrite = true,
  server_rewrite = true,
  access = true,
  content = true,
  timer = true,
  preread = true,
  ssl_cert = true,
  ssl_session_fetch = true,
  ssl_client_hello = true,
}

-- What nginx says in words, in the order in which it is looked for.
local words_of = {
  { "refused", "refused" },
  { "timeout", "timeout" },
  { "timed out", "timeout" },
  { "no such file", "not_found" },
  { "could not be resolved", "not_found" },
  { "permission denied", "permission" },
  { "closed", "closed" },
  { "reset", "reset" },
  { "broken pipe", "closed" },
}

local function failed(words)
  words = words:lower()
  for _, entry in ipairs(words_of) do
    if words:find(entry[1], 1, true) then
      return nil, entry[2], words
    end
  end
  return nil, "failed", words
end

-- nginx counts milliseconds, and takes 0 for its default.
local function milliseconds(seconds)
  return math.max(math.ceil(math.min(seconds, 86400) * 1000), 1)
end

local driver = {}

-- nginx counts a timeout from the time that it last looked at; ngx.now() is the
-- time of day, which somebody may set.
function driver.now()
  ngx.update_time()
  return core.now()
end

-- A timer of no time runs out before nginx has looked at anything else.
local SHORTEST = 0.001

function driver.sleep(seconds)
  ngx.sleep(math.max(seconds, SHORTEST))
end

-- The first function runs in the caller's own thread.
function driver.together(functions)
  local threads = {}
  for i = 2, #functions do
    threads[i - 1] = assert(ngx.thread.spawn(functions[i]))
  end
  if functions[1] then
    functions[1]()
  end
  for _, thread in ipairs(threads) do
    local ok, err = ngx.thread.wait(thread)
    if not ok then
      error(err, 0)
    end
  end
end

local function connect(socket, address)
  if address.kind == "unix" then
    return socket:connect("unix:" .. address.host)
  elseif address.kind == "abns" then
    return nil, "nginx knows no abstract sockets"
  elseif address.host:find(":", 1, true) then
    return socket:connect("[" .. address.host .. "]", address.port)
  end
  return socket:connect(address.host, address.port)
end

function driver.connect(address, timeout)
  local deadline = driver.now() + timeout
  while true do
    local socket = ngx.socket.tcp()
    if not socket.receiveany then
      return nil, "unsupported", TOO_OLD
    end
    socket:settimeout(milliseconds(deadline - driver.now()))
    local ok, words = connect(socket, address)
    if ok then
      return socket
    elseif not words:find("temporarily unavailable", 1, true) then
      return failed(words)
    elseif driver.now() + BACKLOG_PAUSE >= deadline then
      return failed "timeout"
    end
    ngx.sleep(BACKLOG_PAUSE)
  end
end

-- Calls a method of a cosocket. It belongs to the request that made it; nginx
-- raises an error where another one, or a phase without cosockets, uses it.
local function use(socket, method, ...)
  local ok, result, words = pcall(socket[method], socket, ...)
  if ok then
    return result, words
  elseif tostring(result):find "bad request" or tostring(result):find "API disabled" then
    return nil, "closed"
  end
  error(result, 0)
end

-- Is the stream this request's, and open? Nothing is sent.
function driver.alive(socket)
  return use(socket, "send", "") ~= nil
end

function driver.send(socket, line, timeout)
  socket:settimeout(milliseconds(timeout))
  local sent, words = use(socket, "send", line)
  if not sent then
    return failed(words)
  end
  return true
end

function driver.receive(socket, timeout)
  socket:settimeout(milliseconds(timeout))
  local bytes, words = use(socket, "receiveany", RECEIVED)
  if not bytes then
    return failed(words)
  end
  return bytes
end

function driver.close(socket)
  use(socket, "close")
end

local transport = new_transport(driver)

--- May nginx's current phase wait? An object that is built where it may not
-- looks at its sockets with its first call where it may.
-- @treturn boolean
function transport:ready() -- luacheck: no self
  return phases[ngx.get_phase()] == true
end

local exchange = transport.exchange

local function refusal()
  return ("nginx's phase '%s' has no cosockets: make the call in a timer (ngx.timer.at), or "
    .. "build the object with transport = \"native\", which blocks the worker"):format(ngx.get_phase())
end

function transport:exchange(requests, deadline)
  if self:ready() then
    return exchange(self, requests, deadline)
  end
  local words = refusal()
  for _, request in ipairs(requests) do
    request.code, request.words = "unsupported", words
  end
end

local open = transport.open

-- Opens a connection, which is this request's: in another one everything fails
-- with code `closed`, and nothing is sent.
function transport:open(address, deadline)
  if self:ready() then
    return open(self, address, deadline)
  end
  return nil, "unsupported", refusal()
end

return transport
