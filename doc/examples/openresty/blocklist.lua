-- Makes an ACL of HAProxy's equal to the list that is posted, in every process:
--
--    lua_package_path "/etc/nginx/haproxy/?.lua;;"; # for haproxies.lua and token.lua
--    lua_shared_dict haproxy 1m;
--    location = /blocklist {
--      set $haproxy_sockets "/run/haproxy/admin1.sock /run/haproxy/admin2.sock";
--      set $haproxy_token "a long secret";
--      set $haproxy_acl "/etc/haproxy/blocked.acl"; # as HAProxy's configuration has it
--      client_body_in_file_only clean;
--      client_max_body_size 64m;
--      content_by_lua_file /etc/nginx/haproxy/blocklist.lua;
--    }
--
--    curl -X POST -H 'Authorization: Bearer a long secret' --data-binary @list .../blocklist
--    curl -X POST -H 'Authorization: Bearer a long secret' .../blocklist
--
-- The list has a key a line, as HAProxy's own files. Without one the entries are
-- those of the ACL's file again. nginx writes what is posted to a file, so that it is
-- read in pieces, however long it is.

local haproxies = require "haproxies"
local haproxyadmin = require "haproxyadmin"
local token = require "token"

local ngx = rawget(_G, "ngx")

token.demand()
ngx.req.read_body()

-- Seconds after which another may begin, should a worker end in the middle.
local LONGEST = 300

local name = ngx.var.haproxy_acl
local shared, lock = ngx.shared.haproxy, "lock " .. name
-- Two lists at once would become one.
if not shared:add(lock, true, LONGEST) then
  return token.finish(409, "another list is on its way")
end

local statuses = { not_found = 404, bad_argument = 400, timeout = 504 }

local opened, hap = pcall(haproxies, ngx.var.haproxy_sockets)
local ok, result = pcall(function()
  return opened and hap:acl(name):load(ngx.req.get_body_file() or name)
end)
shared:delete(lock)
if not opened then
  return token.finish(502, tostring(hap))
elseif ok then
  return token.finish(200, tostring(result))
elseif not haproxyadmin.is_error(result) then
  error(result, 0)
end
-- Its message tells the line that is wrong, or which processes have which list.
return token.finish(statuses[result.code] or 502, result.message)
