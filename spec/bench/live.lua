-- live.lua FOLDER: the listing with live objects: each value asks HAProxy.

local haproxyadmin = require "haproxyadmin"

local hap = haproxyadmin.HAProxy { socket_dir = arg[1], timeout = 120 }

for _, frontend in ipairs(hap:frontends()) do
  print(frontend.name, frontend.requests, table.concat(frontend.process_nb, ","))
end
for _, backend in ipairs(hap:backends()) do
  print(backend.name, backend.requests, table.concat(backend.process_nb, ","))
  for _, server in ipairs(backend:servers()) do
    print("", server.name, server.requests)
  end
end
