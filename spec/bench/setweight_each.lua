-- setweight_each.lua FOLDER COUNT: sets the weight of the first COUNT servers one by
-- one, on connections that are kept; prints the seconds that one took.

local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"

local hap = haproxyadmin.HAProxy { socket_dir = arg[1], timeout = 120, keep = true }
local count = tonumber(arg[2])
local servers = hap:servers()
assert(#servers >= count)

local start = core.now()
for i = 1, count do
  assert(servers[i]:setweight(10))
end
print(("%.9f"):format((core.now() - start) / count))
