-- property.lua COUNT BACKEND SOCKET ...: reads one property of a live server,
-- COUNT times. Prints the seconds that one read took.

local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"

local count, backend = tonumber(arg[1]), arg[2]
local hap = haproxyadmin.HAProxy { sockets = { (table.unpack or unpack)(arg, 3) } } -- luacheck: compat
local server = hap:backend(backend):servers()[1]

local start = core.now()
for _ = 1, count do
  assert(server.requests)
end
print(("%.9f"):format((core.now() - start) / count))
