-- What a client sends on one connection, as requests one after the other. It reads no
-- socket and no clock: bytes are fed to it, with the time at which they came.

local head = require "haproxyadmin.web.head"

local framing = {}

--- Bytes of a head and of a body; seconds that a head (from the connection's begin, or its
-- first byte), a body, and the pause between two requests may take.
framing.limits = { head = 8192, body = 65536, head_seconds = 10, body_seconds = 10, idle_seconds = 75 }

local Framing = {}
Framing.__index = Framing

--- A connection that began at `now`. `limits`: those that differ from `framing.limits`.
function framing.new(now, limits)
  return setmetatable({
    limits = setmetatable(limits or {}, { __index = framing.limits }),
    buffer = "",
    -- Up to here the buffer holds no end of a head.
    looked = 0,
    deadline = now + (limits or framing.limits).head_seconds,
  }, Framing)
end

--- Takes what came.
function Framing:feed(bytes, now)
  if self.buffer == "" and self.idle then
    self.deadline = now + self.limits.head_seconds
    self.idle = nil
  end
  self.buffer = self.buffer .. bytes
end

--- The next request may come from now on.
function Framing:rest(now)
  self.idle = self.buffer == ""
  self.deadline = now + (self.idle and self.limits.idle_seconds or self.limits.head_seconds)
end

--- Has nothing of a request come?
function Framing:is_idle()
  return self.buffer == "" and not self.request
end

local function broken(status, words)
  return false, status, words
end

-- The head, if it is all there.
function Framing:take_head()
  -- Some clients send an empty line behind a body.
  if not self.skipped and self.buffer:sub(1, 2) == "\r\n" then
    self.buffer, self.looked, self.skipped = self.buffer:sub(3), 0, true
  end
  local from, to = self.buffer:find("\r\n\r\n", math.max(self.looked - 3, 1), true)
  local length = from and from - 1 or #self.buffer
  if length > self.limits.head then
    return broken(431, "the head is too large")
  elseif not from then
    -- A head whose lines end in LF alone would have no end.
    if self.buffer:find("[^\r]\n", math.max(self.looked - 1, 1)) or self.buffer:sub(1, 1) == "\n" then
      return broken(400, "a line does not end in CR LF")
    end
    self.looked = #self.buffer
    return nil
  end
  local text = self.buffer:sub(1, from - 1)
  self.buffer, self.looked, self.skipped = self.buffer:sub(to + 1), 0, false
  local request, status, words = head.parse(text)
  if not request then
    return broken(status, words)
  elseif request.length > self.limits.body then
    return broken(413, "the body is too large")
  end
  return request
end

--- The next request, with its `body`; nil where it is not all there; or false, the status
-- to answer with, and words, where nothing that comes can be understood any more.
function Framing:next(now)
  if not self.request then
    local request, status, words = self:take_head()
    if not request then
      return request, status, words
    end
    self.request = request
    self.deadline = now + self.limits.body_seconds
  end
  local request = self.request
  if #self.buffer < request.length then
    return nil
  end
  request.body, self.buffer = self.buffer:sub(1, request.length), self.buffer:sub(request.length + 1)
  self.request = nil
  return request
end

--- Whether the client has to be told, once, that its body may come.
function Framing:asks_to_continue()
  local request = self.request
  local waits = request ~= nil and request.waits and self.buffer == ""
  if waits then
    request.waits = false
  end
  return waits
end

return framing
