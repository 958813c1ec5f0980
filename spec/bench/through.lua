-- through.lua socket|master property|snapshot COUNT ADDRESS [keep]: reads a property of a live
-- server, or all of a process, COUNT times, through the worker's own socket or the
-- master's, each on a connection of its own or on one that is kept. Prints the seconds that
-- one read took.

local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"

local what, count = arg[2], tonumber(arg[3])
local hap = haproxyadmin.HAProxy {
  [arg[1] == "master" and "master" or "socket_file"] = arg[4],
  timeout = 20,
  keep = arg[5] == "keep",
}
local server = what == "property" and hap:backends()[1]:servers()[1]

local start = core.now()
for _ = 1, count do
  assert(server and server.requests or hap:snapshot())
end
print(("%.9f"):format((core.now() - start) / count))
