-- All statistics as JSON, read anew for each request:
--
--    lua_package_path "/etc/nginx/haproxy/?.lua;;"; # for haproxies.lua
--    location /stats.json {
--      set $haproxy_sockets "/run/haproxy/admin1.sock /run/haproxy/admin2.sock";
--      content_by_lua_file /etc/nginx/haproxy/stats.lua;
--    }
--
-- A process that does not answer stands in `failed`; 503 when none does. The
-- JSON is dkjson's (Debian's package lua-dkjson, the rock dkjson).

local haproxies = require "haproxies"
local haproxyadmin = require "haproxyadmin"
local json = require "dkjson"

local ngx = rawget(_G, "ngx")

-- An object even when it is empty.
local function map()
  return setmetatable({}, { __jsontype = "object" })
end

-- LuaJIT's numbers are exact to 2^53, but it writes 14 digits.
local function exact(number)
  if number < 1e14 then
    return number
  end
  return setmetatable({}, {
    __tojson = function()
      return ("%.0f"):format(number)
    end,
  })
end

local function metrics(object, names)
  local found = { processes = object.process_nb }
  for _, name in ipairs(names) do
    found[name] = exact(object:metric(name))
  end
  return found
end

local function failure(entry)
  return { address = entry[1], error = tostring(entry[2]) }
end

local function document()
  local snapshot = haproxies(ngx.var.haproxy_sockets):snapshot { partial = true }
  local found = { frontends = map(), backends = map(), failed = {} }
  for _, frontend in ipairs(snapshot:frontends()) do
    found.frontends[frontend.name] = metrics(frontend, haproxyadmin.FRONTEND_METRICS)
  end
  for _, backend in ipairs(snapshot:backends()) do
    local entry = metrics(backend, haproxyadmin.BACKEND_METRICS)
    entry.servers = map()
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
