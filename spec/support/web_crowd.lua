-- Many clients at once who do not behave: web_crowd.lua PORT COUNT SEED. Some send nothing, some
-- a part of a request, some go on sending slowly, some take nothing of their answer, some send what
-- is none. Prints how many there were and the seconds in which the server had closed them all.

local uv = require "luv"

local port, count, state = arg[1], tonumber(arg[2]), tonumber(arg[3])

local function random(n)
  state = (state * 16807) % 2147483647
  return state % n + 1
end

local GET = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
local POST = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nbody"

local bits = { "\r\n", "\r\n\r\n", "\n", "\0", " ", ":", "%00", "\255", "Content-Length: 7\r\n", "HTTP/1.1", "GET " }

local function mutated(text)
  for _ = 1, random(5) do
    local place = random(#text)
    text = text:sub(1, place - 1) .. bits[random(#bits)] .. text:sub(place + random(5) - 1)
  end
  return text
end

local texts = {
  function()
    return ""
  end,
  function()
    return GET:sub(1, random(#GET - 1))
  end,
  function()
    return POST
  end,
  function()
    return GET
  end,
  function()
    return (GET:rep(random(20)))
  end,
  function()
    return mutated(GET .. POST .. GET)
  end,
  function()
    return ("x"):rep(random(100000))
  end,
}

-- Some of them write to what was closed.
uv.new_signal():start("sigpipe", function() end)

local begun = uv.hrtime()
local closed, failed = 0, 0

local function tell()
  if closed + failed == count then
    print(("%d %.1f"):format(count, (uv.hrtime() - begun) / 1e9))
    io.stdout:flush()
    os.exit(0)
  end
end

local function finish(client)
  if not client:is_closing() then
    client:close()
    closed = closed + 1
    tell()
  end
end

-- A byte now and then, until the server has had enough.
local function dribble(client)
  local timer = uv.new_timer()
  timer:start(100, 100, function()
    if client:is_closing() or not client:write "x" then
      timer:close()
    end
  end)
end

for i = 1, count do
  local client = uv.new_tcp()
  client:connect("127.0.0.1", port, function(err)
    if err then
      -- Where there is no room it is closed at once.
      failed = failed + 1
      client:close()
      return tell()
    end
    local text = texts[i % #texts + 1]()
    if text ~= "" then
      client:write(text)
    end
    client:read_start(function(wrong, bytes)
      if wrong or not bytes then
        finish(client)
      end
    end)
    if i % 10 == 0 then
      dribble(client)
    end
  end)
end

local deadline = uv.new_timer()
deadline:start(20000, 0, function()
  print(("%d of %d were closed, %d refused"):format(closed, count, failed))
  os.exit(1)
end)
uv.run()
