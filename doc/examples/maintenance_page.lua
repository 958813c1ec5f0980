-- Shows visitors of a site a page that says that it is being worked on, or the site again:
--
--   maintenance_page.lua SOCKETS FILE on HOST
--   maintenance_page.lua /run/haproxy /etc/haproxy/maintenance.acl on www.example.com
--
-- with this in the frontend; the file may be empty, but has to be there:
--
--   http-request return status 503 content-type text/html file /etc/haproxy/page.html
--     if { req.hdr(host),lower -f /etc/haproxy/maintenance.acl } !{ src 10.0.0.0/8 }
--
-- (in one line). Whoever comes from 10.0.0.0/8 sees the site all the time. What is on stays on
-- over a reload, since the file has it, too.

local haproxyadmin = require "haproxyadmin"

local sockets, file, switch, host = ...
if not host or (switch ~= "on" and switch ~= "off") then
  io.stderr:write "usage: maintenance_page.lua SOCKETS FILE on|off HOST\n"
  os.exit(2)
end

local acl = haproxyadmin.HAProxy({ socket_dir = sockets, timeout = 10 }):acl(file)
if switch == "on" then
  acl:put(host:lower())
elseif acl:lookup(host:lower()) then
  acl:del(host:lower())
end
acl:save(file)
