-- Serves what all processes count from HAProxy itself, as `haproxyadmin serve` does: the page,
-- /metrics for Prometheus, /healthz.
--
--    global
--      setenv STATISTICS_SOCKETS "/run/haproxy/admin1.sock /run/haproxy/admin2.sock"
--      lua-load /etc/haproxy/statistics.lua
--
--    frontend statistics
--      bind 127.0.0.1:8405
--      http-request use-service lua.statistics
--
-- The sockets are those of this process and of its siblings. The totals begin anew with
-- the process: let Prometheus ask one of them, and always the same.

local sockets = {}
for address in (os.getenv "STATISTICS_SOCKETS" or ""):gmatch "%S+" do
  sockets[#sockets + 1] = address
end

core.register_service("statistics", "http", require("haproxyadmin.web.applet").new {
  haproxy = { sockets = sockets },
})
