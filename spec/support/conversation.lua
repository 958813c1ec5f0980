-- A connection that is kept, byte by byte: what is sent, what comes.

local socket = require "socket"
local unix = require "socket.unix"

local new_unix = type(unix) == "table" and unix.stream or unix

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

-- What comes until nothing does for a tenth of a second, or the other side closes.
local function read(self, patience)
  local text = ""
  while not self.ended and #socket.select({ self.socket }, nil, patience) > 0 do
    local bytes, err, some = self.socket:receive(8192)
    text = text .. (bytes or some)
    self.ended = err ~= nil and err ~= "timeout"
    patience = 0.1
  end
  return text
end

--- Sends; what came then. `patience`: how long to wait for the first byte (5 s).
function Conversation:ask(text, patience)
  assert(self.socket:send(text))
  return read(self, patience or 5)
end

--- Has the other side not closed, within so many seconds (0.1)?
function Conversation:is_open(patience)
  read(self, patience or 0.1)
  return not self.ended
end

function Conversation:close()
  self.socket:close()
end

return conversation
