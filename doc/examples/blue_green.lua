-- Moves the traffic of a backend from its blue servers to its green ones, or back, and looks
-- at what the new ones answer:
--
--   blue_green.lua SOCKETS BACKEND FROM TO [SECONDS]
--   blue_green.lua /run/haproxy app blue green 60
--
-- The servers' names begin with blue and green. In four steps, so many seconds apart, the
-- weight of the ones goes up to what the configuration says, and that of the others down to 0.
-- Where more than one in a hundred of the new servers' answers is an error (5xx), the
-- weights go back to what they were.

local haproxyadmin = require "haproxyadmin"

local sockets, name, from, to, seconds = ...
if not to then
  io.stderr:write "usage: blue_green.lua SOCKETS BACKEND FROM TO [SECONDS]\n"
  os.exit(2)
end
local pause = tonumber(seconds) or 60

local hap = haproxyadmin.HAProxy { socket_dir = sockets, timeout = 10 }
local backend = hap:backend(name)

local function is_of(server, colour)
  return server.name:sub(1, #colour) == colour
end

-- All weights in one exchange.
local function shift(percent)
  local servers = backend:servers()
  hap:batch(function(batch)
    for _, server in ipairs(servers) do
      if is_of(server, to) then
        batch:setweight(server, percent .. "%")
      elseif is_of(server, from) then
        batch:setweight(server, (100 - percent) .. "%")
      end
    end
  end)
end

-- What the new servers have answered by then: all, and errors.
local function counted(snapshot)
  local all, bad = 0, 0
  for _, server in ipairs(snapshot:backend(name):servers()) do
    if is_of(server, to) then
      all, bad = all + server.requests, bad + server.hrsp_5xx
    end
  end
  return all, bad
end

for _, percent in ipairs { 10, 25, 50, 100 } do
  shift(percent)
  local all, bad = counted(hap:snapshot())
  local over = os.time() + pause
  -- Ends when the time is over, or there are too many errors.
  local requests, errors = 0, 0
  local fine = hap:wait_until(function(snapshot)
    local all_now, bad_now = counted(snapshot)
    requests, errors = all_now - all, bad_now - bad
    local too_many = errors > requests / 100
    return (too_many and "no") or (os.time() >= over and "yes")
  end, { timeout = pause + 60 })
  print(("%s %d%%: %d requests, %d errors"):format(to, percent, requests, errors))
  if fine == "no" then
    shift(0)
    io.stderr:write("too many errors: ", from, " has all the traffic again\n")
    os.exit(1)
  end
end
