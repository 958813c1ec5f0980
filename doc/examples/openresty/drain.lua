-- Takes a server out of the balance and back again:
--
--    location /servers/ {
--      set $haproxy_sockets /run/haproxy;
--      set $haproxy_token "a long secret";
--      content_by_lua_file drain.lua;
--    }
--
--    curl -X POST -H 'Authorization: Bearer a long secret' .../servers/app/app1/drain
--    curl -X POST -H 'Authorization: Bearer a long secret' .../servers/app/app1/ready

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
  return finish(401, "not allowed")
elseif ngx.req.get_method() ~= "POST" then
  return finish(405, "POST it")
end

local states = { drain = "drain", ready = "ready" }
local backend, name, verb = ngx.var.uri:match "/([^/]+)/([^/]+)/(%a+)$"
if not states[verb] then
  return finish(404, "/<backend>/<server>/drain or /ready")
end

local hap, err = haproxyadmin.HAProxy { socket_dir = ngx.var.haproxy_sockets, die = false }
local servers, ok
if hap then
  servers, err = hap:server(name, backend)
end
if servers then
  ok, err = servers[1]:setstate(states[verb])
end
if ok then
  return finish(200, ("%s/%s is %s"):format(backend, name, servers[1].status))
end
return finish(err.code == "not_found" and 404 or 502, err.message)
