-- Makes a map equal to a file, in every process, and shows what that changes:
--
--    lua sync_map.lua FOLDER MAP FILE [dry]
--
-- FOLDER has the stats sockets, MAP is the map's file as HAProxy's configuration
-- has it, FILE has a key and a value a line, as HAProxy's own files. `dry`: nothing is
-- changed.

local haproxyadmin = require "haproxyadmin"

local folder, name, file, dry = arg[1], arg[2], arg[3], arg[4]
if not file or dry and dry ~= "dry" then
  io.stderr:write "usage: sync_map.lua FOLDER MAP FILE [dry]\n"
  os.exit(2)
end

local hap = haproxyadmin.HAProxy { socket_dir = folder, die = false }
local map, err = hap:map(name)
local plan
if map then
  plan, err = map:load(file, { dry_run = dry ~= nil })
end
if not plan then
  io.stderr:write(tostring(err), "\n")
  os.exit(1)
end

for process_nb, what, key, value in plan:changes() do
  print(process_nb, what, key, value)
end
print(plan)
