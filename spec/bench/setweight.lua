-- setweight.lua FOLDER COUNT: sets the weight of the first COUNT servers in one
-- batch; prints the seconds that this took.

local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"

local hap = haproxyadmin.HAProxy { socket_dir = arg[1], timeout = 120 }
local count = tonumber(arg[2])
local servers = hap:servers()
assert(#servers >= count)

local start = core.now()
assert(hap:batch(function(batch)
  for i = 1, count do
    batch:setweight(servers[i], 10)
  end
end))
print(("%.9f"):format(core.now() - start))
