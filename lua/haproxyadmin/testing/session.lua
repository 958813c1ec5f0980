-- One connection to the fake HAProxy: the lines that come, the answers that HAProxy
-- would give. It runs in a coroutine that yields what it waits for, and until when.

local socket = require "socket"

local unmarked = require "haproxyadmin.testing.unmarked"

local session = {}

local CHUNK = 8192

-- ---- bytes ----

function session.pause(seconds)
  coroutine.yield("time", socket.gettime() + seconds)
end

--- Waits until the other side closes.
function session.hold(connection)
  repeat
    coroutine.yield "read"
    local _, err = connection.socket:receive(CHUNK)
  until err and err ~= "timeout"
end

--- Sends; false when the other side closed.
function session.send(connection, text)
  local from = 1
  while from <= #text do
    coroutine.yield "write"
    local last, err, some = connection.socket:send(text, from)
    if err and err ~= "timeout" then
      return false
    end
    from = (last or some) + 1
  end
  return true
end

local function note(connection, line)
  local received = connection.received
  if not received.command then
    received.command = line
  else
    received.more = received.more or {}
    table.insert(received.more, line)
  end
end

--- The next line, or nil when the other side closed, or sent none for
-- `connection.idle` seconds.
function session.receive(connection)
  local give_up = connection.idle and socket.gettime() + connection.idle
  while true do
    local line, rest = connection.text:match "^(.-)\n(.*)$"
    if line then
      connection.text = rest
      note(connection, (unmarked(line)))
      return line
    end
    coroutine.yield("read", give_up)
    local bytes, err, some = connection.socket:receive(CHUNK)
    connection.text = connection.text .. (bytes or some or "")
    local ended = err and err ~= "timeout" and not connection.text:find("\n", 1, true)
    if ended or (give_up and socket.gettime() >= give_up) then
      return nil
    end
  end
end

-- ---- answers ----

local unknown = "Unknown command: '%s'. Please enter one of the following commands only:\n  help\n"

--- A reply as HAProxy ends it.
function session.framed(text)
  text = text:gsub("\n*$", "")
  return text == "" and "\n" or text .. "\n\n"
end

-- "a;b" as {"a", "b"}; \; does not separate.
local function commands_of(line)
  local commands, command = {}, ""
  local escaped = false
  for character in line:gmatch "." do
    if character == ";" and not escaped then
      commands[#commands + 1] = command
      command = ""
    else
      command = command .. character
    end
    escaped = character == "\\" and not escaped
  end
  commands[#commands + 1] = command
  for i, text in ipairs(commands) do
    commands[i] = text:match "^%s*(.-)%s*$"
  end
  return commands
end

local function lookup(replies, line)
  if replies[line] then
    return replies[line]
  end
  for _, entry in ipairs(replies) do
    if line:match(entry[1]) then
      return entry[2]
    end
  end
end

-- What HAProxy does with commands of the connection itself. Each returns the reply.
local own = {}

function own.prompt(_, connection)
  connection.prompt = not connection.prompt
  return ""
end

function own.quit(_, connection)
  connection.over = true
end

own["show cli level"] = function(fake)
  return lookup(fake.replies, "show cli level") or fake.level
end

-- The commands of a line; a line that the replies know as a whole is one.
local function queued(fake, line)
  local text, mark = unmarked(line)
  if not lookup(fake.replies, text) then
    return commands_of(line)
  end
  return { text, mark }
end

local function reply_to(fake, connection, command)
  if own[command] then
    return own[command](fake, connection)
  end
  return lookup(fake.replies, command) or (command == "" and "") or unknown:format(command:match "^%S*")
end

--- The bytes of the next answer; nil when the connection is over. It is behind one
-- line, unless `prompt` was among its commands.
function session.answer(fake, connection)
  if #connection.queue == 0 then
    if connection.over or (connection.begun and not connection.prompt) then
      return nil
    end
    local line = session.receive(connection)
    if not line then
      return nil
    end
    connection.begun = true
    connection.queue = queued(fake, line)
  end
  local reply = reply_to(fake, connection, table.remove(connection.queue, 1))
  if connection.over then
    connection.queue = {}
    return nil
  end
  return session.framed(reply) .. (connection.prompt and "> " or "")
end

--- The answers to what is left of a line, or to the next one; nil as above.
function session.line_answer(fake, connection)
  local text = session.answer(fake, connection)
  while text and #connection.queue > 0 do
    text = text .. (session.answer(fake, connection) or "")
  end
  return text
end

--- Gives the next `count` answers (nil: all). False when the connection is over.
function session.serve(fake, connection, count)
  while count ~= 0 do
    local text = session.answer(fake, connection)
    if not text or not session.send(connection, text) then
      return false
    end
    count = count and count - 1
  end
  return true
end

return session
