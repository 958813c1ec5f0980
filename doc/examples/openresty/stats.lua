-- All statistics as JSON, read anew for each request:
--
--    lua_package_path "/etc/nginx/haproxy/?.lua;;"; # haproxies.lua, exact_json.lua
--    location /stats.json {
--      set $haproxy_sockets "/run/haproxy/admin1.sock /run/haproxy/admin2.sock";
--      content_by_lua_file /etc/nginx/haproxy/stats.lua;
--    }
--
-- A process that does not answer stands in `failed`; 503 when none does.

local haproxies = require "haproxies"
local haproxyadmin = require "haproxyadmin"
local json = require "exact_json"

local ngx = rawget(_G, "ngx")

local function metrics(object, names)
  local found = { processes = json.array(object.process_nb) }
  for _, name in ipairs(names) do
    found[name] = object:metric(name)
  end
  return found
end

local function failure(entry)
  return { address = entry[1], error = tostring(entry[2]) }
end

local function document()
  local snapshot = haproxies(ngx.var.haproxy_sockets):snapshot { partial = true }
  local found = { frontends = {}, backends = {}, failed = json.array {} }
  for _, frontend in ipairs(snapshot:frontends()) do
    found.frontends[frontend.name] = metrics(frontend, haproxyadmin.FRONTEND_METRICS)
  end
  for _, backend in ipairs(snapshot:backends()) do
    local entry = metrics(backend, haproxyadmin.BACKEND_METRICS)
    entry.servers = {}
    for _, server in ipairs(backend:servers()) do
      entry.servers[server.name] = metrics(server, haproxyadmin.SERVER_METRICS)
    end
    found.backends[backend.name] = entry
  end
  for i, entry in ipairs(snapshot.failed) do
    found.failed[i] = failure(entry)
  end
  return found
end

local ok, found = pcall(document)
ngx.header.content_type = "application/json"
if not ok then
  ngx.status = 503
  found = { error = tostring(found) }
end
ngx.say(json.encode(found))
