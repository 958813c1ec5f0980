-- A real nginx with one worker, in a temporary folder, on a unix socket.

local haproxy = require "spec.support.haproxy"

local nginx = {}

local Nginx = {}
Nginx.__index = Nginx

local module_lines = [[
load_module {modules}/ndk_http_module.so;
load_module {modules}/ngx_http_lua_module.so;
]]

local folder_lines = [[
  client_body_temp_path {dir}/body;
  proxy_temp_path {dir}/proxy;
  fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi;
  scgi_temp_path {dir}/scgi;
]]

local config = [[
{modules}
{user}
worker_processes 1;
pid {dir}/nginx.pid;
error_log {dir}/error.log info;
events { worker_connections 4096; }
http {
  access_log off;
  {folders}
  lua_package_path "{root}/lua/?.lua;{root}/lua/?/init.lua;{root}/?.lua;;";
  lua_package_cpath "{root}/build/luajit/?.so;;";
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

--- Builds the module for LuaJIT and makes a folder. What is returned has what a
-- configuration needs to know of this machine: root (the project's folder), and
-- the lines user, modules and folders (those of `http`).
function nginx.prepare()
  run "make -s LUA_VERSION=luajit"
  local modules = run "nginx -V 2>&1 | tr ' ' '\\n' | sed -n 's/^--modules-path=//p'"
  local self = setmetatable({ dir = haproxy.temporary_folder(), root = run "pwd" }, Nginx)
  -- The worker must reach the farm's folders as the specs do.
  self.user = run "id -u" == "0" and "user root;" or ""
  self.modules = module_lines:gsub("{modules}", modules)
  self.folders = folder_lines:gsub("{dir}", self.dir)
  return self
end

--- Runs nginx with this configuration; `environment` is put before the command.
function Nginx:run(text, environment)
  haproxy.write(self.dir .. "/nginx.conf", text)
  run(("%s nginx -p %s -e %s/error.log -c %s/nginx.conf"):format(environment or "", self.dir, self.dir, self.dir))
end

--- Starts nginx with these blocks and one worker.
function nginx.start(http, server)
  local self = nginx.prepare()
  self.http, self.server = http, server
  self:run((config:gsub("{(%w+)}", self)))
  return self
end

--- One request; returns the status and the body.
function Nginx:get(path, options)
  local text = run(
    ("curl -s --max-time 60 %s -w '\\n%%{http_code}\\n' --unix-socket %s/http.sock 'http://nginx%s' || true"):format(
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
  haproxy.shell(("for i in $(seq 50); do kill -0 %s || break; sleep 0.1; done"):format(pid))
  haproxy.shell("kill -KILL " .. pid)
  haproxy.shell("rm -rf " .. self.dir)
end

return nginx
