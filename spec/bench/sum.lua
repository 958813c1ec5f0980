-- sum.lua FOLDER: one metric summed over all servers of a snapshot: object by
-- object, with the list already there and without, and by snapshot:sum. Prints
-- the fields a second of each.

local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"

local hap = haproxyadmin.HAProxy { socket_dir = arg[1], timeout = 120 }
local snapshot = hap:snapshot()
local servers = snapshot:servers()
local fields = #servers * #hap:processes()

local function rate(sum)
  local total = sum()
  local rounds = 0
  local start = core.now()
  repeat
    sum()
    rounds = rounds + 1
  until core.now() - start > 0.3
  return fields * rounds / (core.now() - start), total
end

local function add(list)
  local total = 0
  for _, server in ipairs(list) do
    total = total + server.stot
  end
  return total
end

local loop, a = rate(function()
  return add(servers)
end)
local whole, b = rate(function()
  return add(snapshot:servers())
end)
local sum, c = rate(function()
  return snapshot:sum("server", "stot")
end)
assert(a == b and b == c)
print(("%.0f %.0f %.0f"):format(loop, whole, sum))
