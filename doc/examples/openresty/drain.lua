-- Takes a server out of the balance and back again:
--
--    lua_package_path "/etc/nginx/haproxy/?.lua;;"; # for haproxies.lua
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

local ngx = rawget(_G, "ngx")

-- As long for a wrong token as for the right one.
local function same(a, b)
  if #a ~= #b then
    return false
  end
  local differences = 0
  for i = 1, #a do
    if a:byte(i) ~= b:byte(i) then
      differences = differences + 1
    end
  end
  return differences == 0
end

local function finish(status, text)
  ngx.status = status
  ngx.header.content_type = "text/plain"
  ngx.say(text)
  return ngx.exit(status)
end

local token = ngx.var.haproxy_token
local given = ngx.var.http_authorization or ""
if not token or token == "" or not same(given, "Bearer " .. token) then
  ngx.header.www_authenticate = "Bearer"
  return finish(401, "not allowed")
elseif ngx.req.get_method() ~= "POST" then
  ngx.header.allow = "POST"
  return finish(405, "POST it")
end

local states = { drain = "drain", ready = "ready" }
local backend, name, verb = ngx.var.uri:match "/([^/]+)/([^/]+)/(%a+)$"
if not states[verb] then
  return finish(404, "/<backend>/<server>/drain or /ready")
end

local opened, hap = pcall(haproxies, ngx.var.haproxy_sockets)
if not opened then
  return finish(502, tostring(hap))
end

local statuses = { not_found = 404, bad_argument = 400, timeout = 504 }

local ok, result = pcall(function()
  local server = hap:server(name, backend)[1]
  server:setstate(states[verb])
  return server
end)
if ok then
  return finish(200, ("%s/%s is %s"):format(backend, name, result:get "status" or "changed"))
elseif not haproxyadmin.is_error(result) then
  error(result, 0)
end
-- Its message tells which processes took the command, if any did.
return finish(statuses[result.code] or 502, result.message)
