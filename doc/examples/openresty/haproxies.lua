-- The HAProxy processes that $HAPROXY_SOCKETS names: one object for all requests
-- of a worker. It is built while nginx starts, and asks nobody before the first
-- request does.

local haproxyadmin = require "haproxyadmin"

local sockets = {}
for address in (os.getenv "HAPROXY_SOCKETS" or ""):gmatch "%S+" do
  sockets[#sockets + 1] = address
end

return haproxyadmin.HAProxy { sockets = sockets, retry = false, timeout = 1 }
