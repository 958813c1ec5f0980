-- columns.lua FOLDER: five columns of every server, from a snapshot.

local haproxyadmin = require "haproxyadmin"

local snapshot = haproxyadmin.HAProxy({ socket_dir = arg[1], timeout = 120 }):snapshot()
for _, s in ipairs(snapshot:servers()) do
  io.write(s.name, "\t", s.status, "\t", s.weight, "\t", s.requests, "\t", s.address, "\n")
end
