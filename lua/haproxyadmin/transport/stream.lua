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
--   code (`closed` at the end of the stream), words
-- * `close(stream)`
--
-- The codes are those of `err.code`: `refused`, `not_found`, `permission`,
-- `timeout`, `closed`, `failed`.
-- @module haproxyadmin.transport.stream

local core = require "haproxyadmin.core"

local function fail(request, code, words)
  request.code, request.words = code, words
end

-- Feeds the reply until it is complete, or something is wrong.
local function read(driver, stream, request, deadline)
  local done, code, words
  repeat
    local bytes
    bytes, code, words = driver.receive(stream, math.max(deadline - driver.now(), 0))
    if bytes then
      done, code = request.reply:feed(bytes)
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

local function exchange_one(driver, request, deadline)
  local kind, host, port = core.address(request.address)
  local address = { kind = kind, host = host, port = port }
  local stream, code, words = driver.connect(address, deadline - driver.now())
  if not stream then
    return fail(request, code, words)
  end
  -- How much of a line arrived cannot be told when sending it fails.
  request.sent = true
  local ok
  ok, code, words = driver.send(stream, request.line, math.max(deadline - driver.now(), 0))
  if ok then
    read(driver, stream, request, deadline)
  else
    fail(request, code, words)
  end
  driver.close(stream)
end

--- Makes a transport: `exchange`, `now` and `sleep`, as the native one has.
-- The module itself is this function.
-- @function stream
-- @tparam table driver
-- @treturn table for HAProxy's option `transport`
return function(driver)
  local transport = {}

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

  return transport
end
