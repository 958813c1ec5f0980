-- values.lua FOLDER COLUMN ...: what a read of each property of a snapshot's servers
-- costs beside `requests`, a sum. Prints a ratio for each: the median of rounds in
-- which all are read, in turns.

local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"

local ROUNDS = 31

-- Some may have been checked by now, by one process earlier than by another, and then
-- the processes disagree on them.
local function agreed(server)
  for i = 2, #arg do
    if not pcall(server.get, server, arg[i]) or server:get(arg[i]) == nil then
      return false
    end
  end
  return true
end

local servers = {}
for _, server in ipairs(haproxyadmin.HAProxy({ socket_dir = arg[1], timeout = 120 }):snapshot():servers()) do
  if agreed(server) then
    servers[#servers + 1] = server
  end
end
assert(#servers > 0)

local function read(key)
  local start = core.now()
  for _, server in ipairs(servers) do
    assert(server[key])
  end
  return core.now() - start
end

local ratios = {}
for _ = 1, ROUNDS do
  local sum = read "requests"
  for i = 2, #arg do
    ratios[i] = ratios[i] or {}
    table.insert(ratios[i], read(arg[i]) / sum)
  end
end
for i = 2, #arg do
  table.sort(ratios[i])
  io.write(("%.4f "):format(ratios[i][(ROUNDS + 1) / 2]))
end
io.write "\n"
