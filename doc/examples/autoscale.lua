-- Makes the servers of a backend those of a list: one address and port a line, on the
-- standard input. HAProxy 2.5 and later.
--
--   my-cloud list-instances | autoscale.lua SOCKETS BACKEND
--
-- The servers that it added, and no others, it deletes when the list does not have them any
-- more, once their sessions have ended.

local haproxyadmin = require "haproxyadmin"

local sockets, name = ...
local backend = haproxyadmin.HAProxy({ socket_dir = sockets, timeout = 10 }):backend(name)
local wanted, missing = {}, {}
for line in io.lines() do
  wanted["auto-" .. line:gsub("[%[%]]", "")] = line
end
for server, line in pairs(wanted) do
  if not backend:servers():contains(server) then
    local address, port = line:match "^%[?(.-)%]?:(%d+)$"
    table.insert(missing, { name = server, address = address, port = tonumber(port), check = true })
  end
end
backend:add_servers(missing)
for _, server in ipairs(backend:servers()) do
  if server.name:match "^auto%-" and not wanted[server.name] then
    backend:del_server(server.name, { drain = 60, on_timeout = "kill" })
  end
end
