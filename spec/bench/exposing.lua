-- exposing.lua FOLDER WORK COUNT: does a work COUNT times, and prints the seconds that it took
-- once, its processor seconds, and the bytes that came of it. The works: `scrape` reads all
-- processes, counts, and writes all metrics; `snapshot` reads only, and its bytes are what was read;
-- `count` counts what was read before, and `write`, `each`, `json`, `records` and `csv` write it.

local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"

local hap = haproxyadmin.HAProxy { socket_dir = arg[1], timeout = 120 }
local work, count = arg[2], tonumber(arg[3])
local totals = haproxyadmin.totals()
local snapshot = hap:snapshot()

local function length(pieces)
  local bytes = 0
  for piece in pieces do
    bytes = bytes + #piece
  end
  return bytes
end

local works = {}

function works.scrape()
  local taken = hap:snapshot()
  totals:take(taken)
  return length(taken:exposition { totals = totals })
end

function works.snapshot()
  return core.bytes(hap:snapshot())
end

function works.count()
  totals:take(snapshot)
  return core.bytes(snapshot)
end

function works.write()
  return length(snapshot:exposition())
end

function works.each()
  return length(snapshot:exposition { process = "*" })
end

function works.json()
  return length(snapshot:json { kind = "server" })
end

function works.records()
  return length(snapshot:json { kind = "server", form = "records" })
end

function works.csv()
  return length(snapshot:csv { kind = "server" })
end

local best, least, bytes
works[work]()
for _ = 1, count do
  collectgarbage()
  local start, clock = core.now(), os.clock()
  bytes = works[work]()
  local wall, cpu = core.now() - start, os.clock() - clock
  best, least = math.min(best or wall, wall), math.min(least or cpu, cpu)
end
print(("%.9f %.9f %d"):format(best, least, bytes))
