-- Farms of many servers: backends b1, b2, ... of ten servers s1 to s10 each.

local haproxy = require "support.haproxy"

local farm = { SERVERS_PER_BACKEND = 10 }

local function config(servers, options, more)
  local lines = { "frontend www\n  bind unix@{dir}/www{n}.sock\n  default_backend b1\n" }
  for backend = 1, servers / farm.SERVERS_PER_BACKEND do
    lines[#lines + 1] = ("backend b%d\n"):format(backend)
    for server = 1, farm.SERVERS_PER_BACKEND do
      lines[#lines + 1] = ("  server s%d 127.0.0.1:%d weight 10 %s\n"):format(server, 8000 + server, options)
    end
  end
  return table.concat(lines) .. (more or "")
end

--- Starts `processes` HAProxy processes that have `servers` servers each; `options`
-- stand in each server's line, `more` is the configuration of more proxies.
function farm.start(servers, processes, options, more)
  return haproxy.start {
    processes = processes,
    config = config(servers, options or "", more),
    global = "  maxconn 100\n",
    origin = false,
  }
end

return farm
