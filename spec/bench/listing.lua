-- listing.lua FOLDER: the listing by snapshot: all processes are read once.

local haproxyadmin = require "haproxyadmin"

local hap = haproxyadmin.HAProxy { socket_dir = arg[1], timeout = 120 }
local snapshot = hap:snapshot()

for _, frontend in ipairs(snapshot:frontends()) do
  print(frontend.name, frontend.requests, table.concat(frontend.process_nb, ","))
end
for _, backend in ipairs(snapshot:backends()) do
  print(backend.name, backend.requests, table.concat(backend.process_nb, ","))
  for _, server in ipairs(backend:servers()) do
    print("", server.name, server.requests)
  end
end
