-- A transport of one's own, as small as one can be: LuaSocket's unix sockets,
-- one process after the other. `doc/transports.md` walks through it.

local core = require "haproxyadmin.core"
local new_transport = require "haproxyadmin.transport.stream"
-- Of LuaSocket, `socket` itself sees to it that a peer that hangs up raises no
-- signal.
require "socket"
local new_socket = require "socket.unix"

local driver = {}

-- Seconds on a clock that only goes forward.
driver.now = core.now

driver.sleep = core.sleep

-- Side by side would be better: then one deadline is enough for all.
function driver.together(functions)
  for _, fn in ipairs(functions) do
    fn()
  end
end

-- What the host says in words, as codes.
local codes = {
  ["connection refused"] = "refused",
  ["No such file or directory"] = "not_found",
  ["permission denied"] = "permission",
  timeout = "timeout",
  closed = "closed",
}

local function failed(words)
  return nil, codes[words] or "failed", words
end

function driver.connect(address, timeout)
  if address.kind ~= "unix" then
    return nil, "failed", "this transport knows unix sockets only"
  end
  local socket = new_socket.stream and new_socket.stream() or new_socket()
  socket:settimeout(timeout)
  local ok, words = socket:connect(address.host)
  if not ok then
    socket:close()
    return failed(words)
  end
  return socket
end

function driver.send(socket, line, timeout)
  socket:settimeout(timeout)
  local ok, words = socket:send(line)
  if not ok then
    return failed(words)
  end
  return true
end

-- Whatever is there, as soon as anything is: the rest of a piece that was not
-- filled comes with the error.
function driver.receive(socket, timeout)
  socket:settimeout(timeout)
  local first, words = socket:receive(1)
  if not first then
    return failed(words)
  end
  socket:settimeout(0)
  local whole, _, part = socket:receive(65535)
  return first .. (whole or part)
end

function driver.close(socket)
  socket:close()
end

return new_transport(driver)
