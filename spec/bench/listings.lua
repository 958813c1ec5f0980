-- listings.lua FOLDER WHAT ROWS COUNT: reads a stick table's `entries` or `sums`, adding one
-- counter of each up, or the `sessions`, COUNT times, and prints the seconds that one reading
-- took and its processor seconds. Fails where there are not so many.

local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"

local hap = haproxyadmin.HAProxy { socket_dir = arg[1], timeout = 120 }
local what, rows, count = arg[2], tonumber(arg[3]), tonumber(arg[4])

local function add(iterator)
  local found, total = 0, 0
  for entry in iterator do
    found, total = found + 1, total + entry.http_req_cnt
  end
  assert(total > 0)
  return found
end

local works = {
  entries = function()
    return add(hap:table("clients"):entries())
  end,
  sums = function()
    return add(hap:table("clients"):sums())
  end,
  sessions = function()
    local sessions = hap:sessions()
    return sessions[#sessions].age and #sessions
  end,
}

local start, clock = core.now(), os.clock()
for _ = 1, count do
  local found = works[what]()
  assert(found == rows, found)
end
print(("%.9f %.9f"):format((core.now() - start) / count, (os.clock() - clock) / count))
