-- What the fake HAProxy does with a connection: see haproxyadmin.testing.

local session = require "haproxyadmin.testing.session"

local behaviours = {}

local function first_bytes(text, at)
  return text:sub(1, at >= 0 and at or #text + at)
end

function behaviours.answer(fake, connection, options)
  connection.idle = options.idle
  session.serve(fake, connection)
end

function behaviours.reply(_, connection, options)
  if session.receive(connection) then
    session.send(connection, options[2])
  end
end

function behaviours.stall(fake, connection, options)
  if session.serve(fake, connection, options.after or 0) then
    session.answer(fake, connection)
    session.hold(connection)
  end
end

function behaviours.drip(fake, connection, options)
  local text = session.answer(fake, connection)
  while text do
    for byte in text:gmatch "." do
      if not session.send(connection, byte) then
        return
      end
      session.pause(options.pause or 0.01)
    end
    text = session.answer(fake, connection)
  end
end

function behaviours.cut(fake, connection, options)
  if session.serve(fake, connection, options.after or 0) then
    local text = session.line_answer(fake, connection)
    session.send(connection, first_bytes(text or "", options.at or 0))
  end
end

behaviours["close"] = function(fake, connection, options)
  local after = options.after or 0
  if after == 0 then
    session.receive(connection)
  else
    session.serve(fake, connection, after)
  end
end

function behaviours.reset(fake, connection, options)
  local at = options.at or 0
  if fake.tcp then
    local text = session.line_answer(fake, connection)
    session.send(connection, first_bytes(text or "", at))
    connection.socket:setoption("linger", { on = true, timeout = 0 })
  else
    -- Closing while there is something unread resets a unix socket.
    coroutine.yield "read"
    session.send(connection, ("x"):rep(at))
  end
end

function behaviours.garbage(_, connection)
  if session.receive(connection) then
    local bytes, seed = {}, 1
    for i = 1, 3000 do
      seed = (seed * 1103 + 12345) % 65536
      bytes[i] = string.char(math.floor(seed / 256))
    end
    session.send(connection, table.concat(bytes) .. "\255")
  end
end

function behaviours.endless(_, connection, options)
  local text = options.text or "0x55d0c0de0000 endless entry\n"
  text = text:rep(math.ceil(8192 / #text))
  if session.receive(connection) then
    repeat
      local open = session.send(connection, text)
    until not open
  end
end

function behaviours.http(_, connection)
  if session.receive(connection) then
    session.send(
      connection,
      "HTTP/1.0 400 Bad request\r\ncache-control: no-cache\r\nconnection: close\r\ncontent-type: text/html\r\n\r\n"
        .. "<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n</body></html>\n"
    )
  end
end

function behaviours.smtp(_, connection)
  session.send(connection, "220 mail.example.com ESMTP ready\r\n")
  while session.receive(connection) do
    session.send(connection, "500 5.5.1 Command unrecognized\r\n")
  end
end

function behaviours.silence(_, connection)
  session.hold(connection)
end

function behaviours.die(fake, connection)
  session.serve(fake, connection, 1)
  fake.script, fake.place = { "refuse" }, 1
  fake:prepare()
end

return behaviours
