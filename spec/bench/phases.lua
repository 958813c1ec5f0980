-- phases.lua FOLDER: where the listing by snapshot spends its time: prints the
-- seconds of each of its phases, in the order of the report's table.

local core = require "haproxyadmin.core"

local phases, last = {}, core.now()

local function phase()
  local now = core.now()
  phases[#phases + 1] = now - last
  last = now
end

local haproxyadmin = require "haproxyadmin"
phase() -- loading the module, its C part excepted
local hap = haproxyadmin.HAProxy { socket_dir = arg[1], timeout = 120 }
phase() -- opening

local join, joining = core.snapshot, nil
function core.snapshot(...) -- luacheck: ignore 122
  local start = core.now()
  local snapshot, place = join(...)
  joining = core.now() - start
  return snapshot, place
end
local snapshot = hap:snapshot()
phase()
phases[#phases] = phases[#phases] - joining -- the exchange
phases[#phases + 1] = joining

local lists = {}
for i, backend in ipairs(snapshot:backends()) do
  lists[i] = backend:servers()
end
phase() -- the objects
local names, requests = {}, {}
for _, list in ipairs(lists) do
  for _, server in ipairs(list) do
    names[#names + 1] = server.name
  end
end
phase() -- a text of each
for _, list in ipairs(lists) do
  for _, server in ipairs(list) do
    requests[#requests + 1] = server.requests
  end
end
phase() -- a sum of each
for i, name in ipairs(names) do
  io.write("", "\t", name, "\t", requests[i], "\n")
end
phase()
for i, name in ipairs(names) do
  print("", name, requests[i])
end
phase()

for i, seconds in ipairs(phases) do
  phases[i] = ("%.9f"):format(seconds)
end
io.stderr:write(table.concat(phases, " "), "\n")
