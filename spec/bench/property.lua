-- property.lua new|kept COUNT BACKEND SOCKET ...: reads one property of a live
-- server, COUNT times, each on new connections or on ones that are kept. Prints the
-- seconds that one read took.

local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"

local count, backend = tonumber(arg[2]), arg[3]
local hap = haproxyadmin.HAProxy {
  sockets = { (table.unpack or unpack)(arg, 4) }, -- luacheck: compat
  keep = arg[1] == "kept" or nil,
}
local server = hap:backend(backend):servers()[1]

local start = core.now()
for _ = 1, count do
  assert(server.requests)
end
print(("%.9f"):format((core.now() - start) / count))
