-- Takes a server out of the balance and back again:
--
--    lua_package_path "/etc/nginx/haproxy/?.lua;;"; # for haproxies.lua and token.lua
--    location /servers/ {
--      set $haproxy_sockets "/run/haproxy/admin1.sock /run/haproxy/admin2.sock";
--      set $haproxy_token "a long secret";
--      content_by_lua_file /etc/nginx/haproxy/drain.lua;
--    }
--
--    curl -X POST -H 'Authorization: Bearer a long secret' .../servers/app/app1/drain
--    curl -X POST -H 'Authorization: Bearer a long secret' .../servers/app/app1/ready
--
-- The secret is taken from that header alone: what stands in a URL is logged.

local haproxies = require "haproxies"
local haproxyadmin = require "haproxyadmin"
local token = require "token"

local ngx = rawget(_G, "ngx")

token.demand()

local states = { drain = "drain", ready = "ready" }
local backend, name, verb = ngx.var.uri:match "/([^/]+)/([^/]+)/(%a+)$"
if not states[verb] then
  return token.finish(404, "/<backend>/<server>/drain or /ready")
end

local opened, hap = pcall(haproxies, ngx.var.haproxy_sockets)
if not opened then
  return token.finish(502, tostring(hap))
end

local statuses = { not_found = 404, bad_argument = 400, timeout = 504 }

local ok, result = pcall(function()
  local server = hap:server(name, backend)[1]
  server:setstate(states[verb])
  return server
end)
if ok then
  return token.finish(200, ("%s/%s is %s"):format(backend, name, result:get "status" or "changed"))
elseif not haproxyadmin.is_error(result) then
  error(result, 0)
end
-- Its message tells which processes took the command, if any did.
return token.finish(statuses[result.code] or 502, result.message)
