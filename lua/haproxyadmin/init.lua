--- haproxyadmin manages HAProxy over its Runtime API (the "stats socket"). One
-- object stands for a frontend, a backend or a server however many HAProxy
-- processes serve it: statistics are aggregated, commands go to all of them.
--
--    local haproxyadmin = require "haproxyadmin"
--    local hap = haproxyadmin.HAProxy{ socket_dir = "/run/haproxy" }
--    for _, backend in ipairs(hap:backends()) do
--      print(backend.name, backend.requests)
--    end
-- @module haproxyadmin

local errors = require "haproxyadmin.errors"
local metrics = require "haproxyadmin.metrics"

require "haproxyadmin.frontend"
require "haproxyadmin.backend"
require "haproxyadmin.server"

local new = require "haproxyadmin.haproxy"

return {
  --- "haproxyadmin x.y.z"
  _VERSION = "haproxyadmin 0.1.0",

  HAProxy = new,
  new = new,

  STATE_ENABLE = "enable",
  STATE_DISABLE = "disable",
  STATE_READY = "ready",
  STATE_DRAIN = "drain",
  STATE_MAINT = "maint",
  VALID_STATES = { "enable", "disable", "ready", "drain", "maint" },

  HAPROXY_METRICS = metrics.names.process,
  FRONTEND_METRICS = metrics.names.frontend,
  BACKEND_METRICS = metrics.names.backend,
  SERVER_METRICS = metrics.names.server,
  METRICS_SUM = metrics.sum,
  METRICS_AVG = metrics.avg,

  errors = errors,
  is_error = errors.is_error,
  utils = require "haproxyadmin.utils",
}
