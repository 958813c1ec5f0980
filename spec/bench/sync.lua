-- sync.lua FOLDER MAP FILE MODE CHANGES: makes a map equal to a file, and fails where it did
-- not add or change so many entries of each process.

local haproxyadmin = require "haproxyadmin"

local folder, name, file, mode, changes = arg[1], arg[2], arg[3], arg[4], tonumber(arg[5])
local hap = haproxyadmin.HAProxy { socket_dir = folder, timeout = 60 }
local plan = hap:map(name):sync({ file = file }, { mode = mode })
local sum = plan.added + plan.changed
-- The plan's numbers are those of all processes.
assert(plan.mode == mode and sum == changes * #hap.processids, tostring(plan))
