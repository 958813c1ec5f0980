-- A transport of one's own, whole: the sockets of cqueues, all processes side by
-- side. `doc/transports.md` walks through it.

local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local socket = require "cqueues.socket"
local new_transport = require "haproxyadmin.transport.stream"

local codes = {
  [errno.ENOENT] = "not_found",
  [errno.ECONNREFUSED] = "refused",
  [errno.EACCES] = "permission",
  [errno.ETIMEDOUT] = "timeout",
  [errno.EPIPE] = "closed",
  [errno.ECONNRESET] = "closed",
}

local function failed(number)
  return nil, codes[number] or "failed", errno.strerror(number)
end

local driver = { now = cqueues.monotime, sleep = cqueues.sleep }

function driver.together(functions)
  local controller = cqueues.new()
  for _, fn in ipairs(functions) do
    controller:wrap(fn)
  end
  local ok, words = controller:loop()
  controller:close()
  assert(ok, words)
end

function driver.connect(address, timeout)
  local stream
  if address.kind == "tcp" then
    stream = socket.connect(address.host, address.port)
  else
    stream = socket.connect { path = (address.kind == "abns" and "\0" or "") .. address.host }
  end
  -- An error is returned, not raised; no byte waits in a buffer.
  stream:onerror(function(_, _, number)
    return number
  end)
  stream:setmode("bn", "bn")
  local ok, number = stream:connect(math.max(timeout, 0))
  if not ok then
    stream:close()
    return failed(number)
  end
  return stream
end

function driver.send(stream, line, timeout)
  stream:settimeout(timeout)
  local ok, number = stream:write(line)
  if not ok then
    return failed(number)
  end
  return true
end

function driver.receive(stream, timeout)
  stream:settimeout(timeout)
  local bytes, number = stream:read(-65536)
  if bytes then
    return bytes
  elseif number then
    -- Else a stream that is asked again and again, as one that is followed, is given up.
    stream:clearerr()
    return failed(number)
  end
  return nil, "closed"
end

function driver.close(stream)
  stream:close()
end

local transport = new_transport(driver)

-- cqueues' sockets tell a reset as the end of the stream. A reply of a single
-- line that is broken off right behind it may then be taken for whole.
transport.hides_resets = true

return transport
