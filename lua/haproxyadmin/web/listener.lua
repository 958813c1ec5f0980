-- The site on a socket of its own, by libuv. What a client may cost is bounded: bytes and
-- time of a request, connections, and what is made before it is taken.

local answer = require "haproxyadmin.web.answer"
local core = require "haproxyadmin.core"
local framing = require "haproxyadmin.web.framing"
local protected = require "haproxyadmin.base.protected"

local listener = {}

--- How many connections there may be, and how many answers at a time to what is heavy; seconds
-- in which a client has to take a piece, and the whole of an answer; for answers that are under
-- way when the listener ends; and between two looks for those whose time is over.
listener.limits = {
  connections = 512,
  heavy = 8,
  piece_seconds = 20,
  answer_seconds = 120,
  farewell_seconds = 5,
  sweep_seconds = 0.5,
}

local Listener = {}
Listener.__index = Listener

local function now()
  return core.now()
end

local function close(self, client)
  if self.clients[client] then
    self.clients[client] = nil
    self.count = self.count - 1
    client.handle:close()
  end
  if self.ending and self.count == 0 then
    self:finish()
  end
end

local advance

-- Sends what is left of an answer, piece by piece: the next is made when this one was taken.
local function send(self, client)
  local ok, text = pcall(client.texts)
  if not ok then
    self.log("an answer broke off: " .. tostring(text))
    return close(self, client)
  elseif text then
    client.piece_deadline = now() + self.limits.piece_seconds
    return client.handle:write(text, function(err)
      if err then
        close(self, client)
      elseif self.clients[client] then
        send(self, client)
      end
    end)
  end
  client.texts, client.piece_deadline, client.heavy = nil, nil, nil
  if not client.keep or self.ending then
    -- What the client still sends is not read, and closing then would take back what was
    -- sent: its end is told first.
    client.farewell = now() + 1
    return client.handle:shutdown(function()
      client.handle:read_start(function(err, bytes)
        if err or not bytes then
          close(self, client)
        end
      end)
    end)
  end
  client.since = now()
  client.framing:rest(client.since)
  return advance(self, client)
end

local function respond(self, client, request, status, headers, body)
  client.answer_deadline = now() + self.limits.answer_seconds
  client.texts, client.keep = answer.texts(request, status, headers, body, os.time())
  send(self, client)
end

-- A sentence as an answer.
local function tell(self, client, request, status, words)
  local headers = { ["content-type"] = "text/plain; charset=utf-8", ["x-content-type-options"] = "nosniff" }
  respond(self, client, request, status, headers, words .. "\n")
end

-- Are as many heavy requests being answered as may be?
local function is_full(self)
  local count = 0
  for client in pairs(self.clients) do
    count = count + (client.heavy and 1 or 0)
  end
  return count >= self.limits.heavy
end

local function serve(self, client, request)
  if self.is_heavy and self.is_heavy(request) then
    if is_full(self) then
      return tell(self, client, request, 503, "too many of these are being answered")
    end
    client.heavy = true
  end
  client.busy = true
  request.remote = client.remote
  -- What the handler waits for goes on in this coroutine; nobody waits for its end.
  protected.start(function()
    local status, headers, body = self.handle(request)
    client.busy = false
    if self.clients[client] then
      respond(self, client, request, status, headers, body)
    end
  end)
end

local function stop_reading(client)
  if client.reading then
    client.reading = false
    client.handle:read_stop()
  end
end

local function receive(self, client)
  return function(err, bytes)
    if err or not bytes then
      return close(self, client)
    end
    client.framing:feed(bytes, now())
    advance(self, client)
  end
end

-- Goes on with what the client has sent. While an answer is under way nothing more is read.
function advance(self, client)
  local request, status, words = client.framing:next(now())
  if request then
    stop_reading(client)
    return serve(self, client, request)
  elseif request == false then
    stop_reading(client)
    return tell(self, client, nil, status, words)
  end
  if client.framing:asks_to_continue() then
    client.handle:write "HTTP/1.1 100 Continue\r\n\r\n"
  end
  if self.ending and client.framing:is_idle() then
    return close(self, client)
  elseif not client.reading then
    client.reading = true
    client.handle:read_start(receive(self, client))
  end
end

-- Makes room for another: whoever has waited longest without sending a request goes. False
-- where all are being answered.
local function make_room(self)
  local longest
  for client in pairs(self.clients) do
    if client.reading and (not longest or client.since < longest.since) then
      longest = client
    end
  end
  if not longest then
    return false
  end
  close(self, longest)
  return true
end

local function accept(self)
  local handle = self.uv.new_tcp()
  if not self.socket:accept(handle) then
    return handle:close()
  elseif self.count >= self.limits.connections and not make_room(self) then
    return handle:close()
  end
  local peer = handle:getpeername()
  local client = {
    handle = handle,
    framing = framing.new(now(), self.limits.request),
    remote = peer and peer.ip,
    since = now(),
  }
  self.clients[client] = true
  self.count = self.count + 1
  handle:nodelay(true)
  advance(self, client)
end

local function is_late(client, at)
  if client.farewell then
    return at > client.farewell
  elseif client.texts then
    return at > client.piece_deadline or at > client.answer_deadline
  end
  return not client.busy and at > client.framing.deadline
end

-- Ends those whose time is over.
local function sweep(self)
  local at = now()
  if self.ending and at > self.ending then
    for client in pairs(self.clients) do
      close(self, client)
    end
  end
  local late = {}
  for client in pairs(self.clients) do
    if is_late(client, at) then
      late[#late + 1] = client
    end
  end
  for _, client in ipairs(late) do
    local told = client.reading and not client.framing:is_idle()
    if told then
      stop_reading(client)
      tell(self, client, nil, 408, "this took too long")
    else
      close(self, client)
    end
  end
end

--- Stops taking requests; answers that are under way are sent, for some seconds. `done` is
-- called when all is closed.
function Listener:stop(done)
  self.done = done
  self.ending = now() + self.limits.farewell_seconds
  self.socket:close()
  local idle = {}
  for client in pairs(self.clients) do
    if client.reading then
      idle[#idle + 1] = client
    end
  end
  for _, client in ipairs(idle) do
    close(self, client)
  end
  if self.count == 0 then
    self:finish()
  end
end

function Listener:finish()
  if not self.finished then
    self.finished = true
    self.timer:close()
    self.pipe_signal:close()
    self.done()
  end
end

--- Listens. `options`: `uv` (the module luv), `host` (an address), `port`, `handle` (a
-- site's), `is_heavy(request)` (of the site's, if any), `log(words)`, `limits` (those that
-- differ; `request` has those of `framing.limits`). Returns the listener, whose `port` is the
-- one that the system chose for port 0; or nil and words.
function listener.new(options)
  local uv = options.uv
  local self = setmetatable({
    uv = uv,
    handle = options.handle,
    is_heavy = options.is_heavy,
    log = options.log,
    limits = setmetatable(options.limits or {}, { __index = listener.limits }),
    clients = {},
    count = 0,
    socket = uv.new_tcp(),
  }, Listener)
  local ok, err = self.socket:bind(options.host, options.port)
  if ok then
    ok, err = self.socket:listen(1024, function(failure)
      if not failure then
        accept(self)
      end
    end)
  end
  if not ok then
    self.socket:close()
    return nil, err
  end
  self.port = self.socket:getsockname().port
  -- Who writes to a client that has gone would be ended by the system otherwise.
  self.pipe_signal = uv.new_signal()
  self.pipe_signal:start("sigpipe", function() end)
  self.timer = uv.new_timer()
  local pause = math.ceil(self.limits.sweep_seconds * 1000)
  self.timer:start(pause, pause, function()
    sweep(self)
  end)
  return self
end

return listener
