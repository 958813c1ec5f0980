-- All statistics as JSON:
--
--    location /stats.json {
--      set $haproxy_sockets /run/haproxy;
--      content_by_lua_file stats.lua;
--    }

local cjson = require "cjson"
local haproxyadmin = require "haproxyadmin"

local ngx = rawget(_G, "ngx")

local hap = haproxyadmin.HAProxy { socket_dir = ngx.var.haproxy_sockets, retry = false }
local snapshot = hap:snapshot { partial = true }

local function metrics(object, names)
  local found = { processes = object.process_nb }
  for _, name in ipairs(names) do
    found[name] = object:metric(name)
  end
  return found
end

local document = { frontends = {}, backends = {}, failed = {} }

for _, frontend in ipairs(snapshot:frontends()) do
  document.frontends[frontend.name] = metrics(frontend, haproxyadmin.FRONTEND_METRICS)
end

for _, backend in ipairs(snapshot:backends()) do
  local entry = metrics(backend, haproxyadmin.BACKEND_METRICS)
  entry.servers = {}
  for _, server in ipairs(backend:servers()) do
    entry.servers[server.name] = metrics(server, haproxyadmin.SERVER_METRICS)
  end
  document.backends[backend.name] = entry
end

for i, entry in ipairs(snapshot.failed) do
  document.failed[i] = { address = entry[1], error = tostring(entry[2]) }
end

ngx.header.content_type = "application/json"
ngx.say(cjson.encode(document))
