-- servers_state.lua FOLDER ROWS COUNT: reads the state of all servers COUNT times, and prints
-- the seconds that one reading took and its processor seconds. Fails where there are not so
-- many rows.

local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"

local hap = haproxyadmin.HAProxy { socket_dir = arg[1], timeout = 120 }
local count = tonumber(arg[3])

local start, clock = core.now(), os.clock()
for _ = 1, count do
  local rows = hap:servers_state()
  assert(#rows == tonumber(arg[2]) and rows[#rows].srv_name)
end
print(("%.9f %.9f"):format((core.now() - start) / count, (os.clock() - clock) / count))
