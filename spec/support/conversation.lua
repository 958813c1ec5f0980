-- A connection that is kept, byte by byte: what is sent, what comes.

local core = require "haproxyadmin.core"
local socket = require "socket"
local unix = require "socket.unix"

local new_unix = type(unix) == "table" and unix.stream or unix

-- Seconds in which the other side does what it is expected to, and in which it would do what it
-- is not.
local PATIENCE, MOMENT = 20, 0.1

local Conversation = {}
Conversation.__index = Conversation

local conversation = {}

--- Connects to a unix socket.
function conversation.open(path)
  local self = setmetatable({ socket = assert(new_unix()), ended = false }, Conversation)
  assert(self.socket:connect(path))
  self.socket:settimeout(0)
  return self
end

-- What comes within so many seconds, up to the first pause.
local function read(self, seconds)
  if self.ended or #socket.select({ self.socket }, nil, seconds) == 0 then
    return ""
  end
  local bytes, err, some = self.socket:receive(8192)
  self.ended = err ~= nil and err ~= "timeout"
  return bytes or some
end

--- Sends; what came then: until that is as much as `expected`, a text, or what it, a function of
-- the text, wants, or until the other side closes; and what more there is in a moment.
function Conversation:ask(text, expected)
  assert(self.socket:send(text))
  local came, deadline = "", core.now() + PATIENCE
  local function is_enough()
    if type(expected) == "function" then
      return expected(came)
    end
    return #came >= #expected
  end
  while not self.ended and not is_enough() and core.now() < deadline do
    came = came .. read(self, PATIENCE)
  end
  local more
  repeat
    more = read(self, MOMENT)
    came = came .. more
  until more == ""
  return came
end

--- Does the other side leave it open?
function Conversation:is_open()
  read(self, MOMENT)
  return not self.ended
end

--- Does the other side close it?
function Conversation:closes()
  local deadline = core.now() + PATIENCE
  while not self.ended and core.now() < deadline do
    read(self, PATIENCE)
  end
  return self.ended
end

function Conversation:close()
  self.socket:close()
end

return conversation
