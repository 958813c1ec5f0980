--- Makes a transport of a host's own sockets.
--
-- A *driver* is a table of functions, and all that a host has to bring:
--
-- * `now()`: seconds on a clock that goes forward
-- * `sleep(seconds)`
-- * `together(functions)`: runs them side by side, returns when all have ended
-- * `connect(address, timeout)`: a stream; or nil, a code, the system's words.
--   The address is `{kind = "unix"|"abns"|"tcp", host =, port =}`, `host` the
--   path or name of the first two
-- * `send(stream, line, timeout)`: true; or nil, a code, words
-- * `receive(stream, timeout)`: some bytes, as soon as there are any; or nil, a
--   code (`closed` at the end of the stream, `reset` where it was broken off),
--   words
-- * `close(stream)`
-- * `alive(stream)`, if a host can tell: false when nothing can be sent any more
--   on a stream that was kept
--
-- The other codes are those of `err.code`: `refused`, `not_found`, `permission`,
-- `timeout`, `failed`.
-- @module haproxyadmin.transport.stream

local core = require "haproxyadmin.core"

-- A reset is not the end of a stream, but nobody above tells them apart.
local function fail(request, code, words)
  request.code, request.words = code == "reset" and "closed" or code, words
end

local function left(driver, deadline)
  return math.max(deadline - driver.now(), 0)
end

-- Feeds the reply until it is complete, or something is wrong.
local function read(driver, stream, request, deadline)
  local done, code, words
  local turns = request.reply:turns()
  repeat
    local bytes
    bytes, code, words = driver.receive(stream, left(driver, deadline))
    if bytes then
      done, code = request.reply:feed(bytes)
      if done == false and request.reply:turns() ~= turns then
        -- It has more to ask on this stream.
        turns = request.reply:turns()
        bytes, code, words = driver.send(stream, request.reply:line(), left(driver, deadline))
        done = bytes and done
      end
    elseif code == "closed" then
      done, code = request.reply:finish()
    else
      done = nil
    end
  until done ~= false or driver.now() >= deadline
  if done == false then
    fail(request, "timeout")
  elseif done == nil then
    fail(request, code, words)
  end
end

local function exchange_on(driver, stream, request, deadline)
  -- How much of a line arrived cannot be told when sending it fails.
  request.sent = true
  local ok, code, words = driver.send(stream, request.line, left(driver, deadline))
  if ok then
    read(driver, stream, request, deadline)
  else
    fail(request, code, words)
  end
end

local function parse(text)
  local kind, host, port = core.address(text)
  return { kind = kind, host = host, port = port }
end

local function exchange_once(driver, request, deadline)
  local stream, code, words = driver.connect(parse(request.address), deadline - driver.now())
  if not stream then
    return fail(request, code, words)
  end
  exchange_on(driver, stream, request, deadline)
  driver.close(stream)
end

-- ---- connections that are kept ----

local Connection = {}
Connection.__index = Connection

-- May this process use it, and no exchange has failed on it?
local function usable(connection)
  return connection.stream ~= nil and not connection.spoilt and connection.pid == core.pid()
end

-- What one of the driver's functions returns. It may wait inside of `together`
-- only.
local function call(driver, name, a, b, c)
  local result, code, words
  driver.together {
    function()
      result, code, words = driver[name](a, b, c)
    end,
  }
  return result, code, words
end

function Connection:send(bytes, deadline)
  local driver, stream = self.driver, self.stream
  if not usable(self) or (driver.alive and not driver.alive(stream)) then
    return nil, "closed", "closed"
  end
  return call(driver, "send", stream, bytes, left(driver, deadline))
end

function Connection:receive(deadline)
  if not usable(self) then
    return nil, "closed", "closed"
  end
  return call(self.driver, "receive", self.stream, left(self.driver, deadline))
end

function Connection:close()
  local stream = self.stream
  self.stream = nil
  if stream then
    self.driver.close(stream)
  end
end

local function exchange_kept(driver, request, deadline)
  local connection = request.connection
  if connection.busy then
    error("connection: another exchange uses it", 0)
  end
  local alive = driver.alive
  if not usable(connection) or (alive and not alive(connection.stream)) then
    request.sent = false
    return fail(request, "closed", "closed")
  end
  connection.busy = true
  exchange_on(driver, connection.stream, request, deadline)
  connection.busy = false
  connection.spoilt = request.code ~= nil
end

local function exchange_one(driver, request, deadline)
  local exchange = request.connection and exchange_kept or exchange_once
  return exchange(driver, request, deadline)
end

--- Makes a transport: `exchange`, `open`, `now` and `sleep`, as the native one
-- has.
-- The module itself is this function.
-- @function stream
-- @tparam table driver
-- @treturn table for HAProxy's option `transport`
return function(driver)
  -- An exchange sends what its session asks in the middle of it.
  local transport = { goes_on = true }

  function transport:now() -- luacheck: no self
    return driver.now()
  end

  function transport:sleep(seconds) -- luacheck: no self
    driver.sleep(seconds)
  end

  function transport:exchange(requests, deadline) -- luacheck: no self
    local exchanges = {}
    for i, request in ipairs(requests) do
      exchanges[i] = function()
        exchange_one(driver, request, deadline)
      end
    end
    driver.together(exchanges)
  end

  function transport:open(address, deadline) -- luacheck: no self
    local stream, code, words = call(driver, "connect", parse(address), deadline - driver.now())
    if not stream then
      return nil, code, words
    end
    return setmetatable({ driver = driver, stream = stream, pid = core.pid() }, Connection)
  end

  return transport
end
