-- The HAProxy object of a worker, for all its requests: it is built with the
-- first one, and knows the sockets by their addresses. It holds no connection,
-- so that HAProxy may be reloaded, and no reading, so that each is new.
--
-- Addresses are named one by one (`sockets`), not by their folder: a process that
-- is down when the object is built is not left out then, but told each time.

local haproxyadmin = require "haproxyadmin"

local kept = {}

--- The object for these addresses, with spaces between them; raises while no
-- process is there.
return function(addresses)
  if not kept[addresses] then
    local sockets = {}
    for address in addresses:gmatch "%S+" do
      sockets[#sockets + 1] = address
    end
    -- A reload takes HAProxy no longer than these tries.
    kept[addresses] = haproxyadmin.HAProxy { sockets = sockets, retry = 2, retry_interval = 0.1 }
  end
  return kept[addresses]
end
