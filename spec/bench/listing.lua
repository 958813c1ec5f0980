-- listing.lua FOLDER snapshot|live|kept print|write: the listing by snapshot (all
-- processes are read once) or with live objects (each value asks HAProxy; kept: on
-- connections that are kept). Lines are written by print, which flushes each, or by
-- io.write.

local haproxyadmin = require "haproxyadmin"

local write = print
if arg[3] == "write" then
  function write(first, second, third)
    io.write(first, "\t", second, "\t", third, "\n")
  end
end

local hap = haproxyadmin.HAProxy { socket_dir = arg[1], timeout = 120, keep = arg[2] == "kept" or nil }
local source = arg[2] == "snapshot" and hap:snapshot() or hap

for _, frontend in ipairs(source:frontends()) do
  write(frontend.name, frontend.requests, table.concat(frontend.process_nb, ","))
end
for _, backend in ipairs(source:backends()) do
  write(backend.name, backend.requests, table.concat(backend.process_nb, ","))
  for _, server in ipairs(backend:servers()) do
    write("", server.name, server.requests)
  end
end
