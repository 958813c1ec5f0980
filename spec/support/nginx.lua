-- A real nginx in a temporary folder, on a unix socket.

local haproxy = require "spec.support.haproxy"
local program = require "spec.support.program"

local nginx = {}

local Nginx = {}
Nginx.__index = Nginx

local config = [[
load_module {modules}/ndk_http_module.so;
load_module {modules}/ngx_http_lua_module.so;
{user}
worker_processes {workers};
pid {dir}/nginx.pid;
error_log {dir}/error.log info;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path {dir}/body;
  proxy_temp_path {dir}/proxy;
  fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi;
  scgi_temp_path {dir}/scgi;
  lua_package_path "{root}/lua/?.lua;{root}/lua/?/init.lua;{root}/?.lua;{root}/doc/examples/openresty/?.lua;;";
  lua_package_cpath "{root}/{cpath};;";
  lua_socket_log_errors off;
  lua_shared_dict haproxy 1m;
  {http}
  server {
    listen unix:{dir}/http.sock;
    {server}
  }
}
]]

local function run(command)
  local ok, text = haproxy.shell(command)
  if not ok then
    error(command .. ": " .. text, 2)
  end
  return (text:gsub("\n$", ""))
end

--- Builds the module for LuaJIT and starts nginx with these blocks, and one
-- worker or more.
function nginx.start(http, server, workers)
  local dir = haproxy.temporary_folder()
  local modules = run "nginx -V 2>&1 | tr ' ' '\\n' | sed -n 's/^--modules-path=//p'"
  -- The worker must reach the farm's folders as the specs do.
  local user = run "id -u" == "0" and "user root;" or ""
  local values = {
    user = user,
    workers = tostring(workers or 1),
    dir = dir,
    root = run "pwd",
    modules = modules,
    cpath = program.build "luajit",
    http = http,
    server = server,
  }
  local text = config:gsub("{(%w+)}", values)
  haproxy.write(dir .. "/nginx.conf", text)
  local self = setmetatable({ dir = dir }, Nginx)
  run(("nginx -p %s -e %s/error.log -c %s/nginx.conf"):format(dir, dir, dir))
  return self
end

--- One request; returns the status and the body.
function Nginx:get(path, options)
  local text = run(
    ("curl -s --max-time 300 %s -w '\\n%%{http_code}\\n' --unix-socket %s/http.sock 'http://nginx%s' || true"):format(
      options or "",
      self.dir,
      path
    )
  )
  local body, status = text:match "^(.*)\n(%d+)$"
  return tonumber(status), body
end

function Nginx:pid()
  return run("cat " .. self.dir .. "/nginx.pid")
end

--- The worker's process id.
function Nginx:worker()
  local pid = self:pid()
  return run(("tr ' ' '\\n' </proc/%s/task/%s/children | tail -n 1"):format(pid, pid))
end

--- How many descriptors the worker has open.
function Nginx:descriptors()
  return tonumber((run(("ls /proc/%s/fd | wc -l"):format(self:worker()))))
end

function Nginx:reload()
  run("kill -HUP " .. self:pid())
end

function Nginx:log()
  return run("cat " .. self.dir .. "/error.log")
end

function Nginx:stop()
  local pid = self:pid()
  haproxy.shell("kill -QUIT " .. pid)
  haproxy.shell(("for i in $(seq 200); do kill -0 %s || break; sleep 0.1; done"):format(pid))
  haproxy.shell("kill -KILL " .. pid)
  haproxy.shell("rm -rf " .. self.dir)
end

return nginx
