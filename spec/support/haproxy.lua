-- Real HAProxy processes in a temporary folder, one stats socket each.

local core = require "haproxyadmin.core"

local haproxy = {}

local Farm = {}
Farm.__index = Farm

--- Runs a shell command; returns whether it succeeded and what it printed.
function haproxy.shell(command)
  local pipe = assert(io.popen(command .. " 2>&1; echo $?"))
  local output = pipe:read "*a"
  pipe:close()
  local text, status = output:match "^(.-)(%d+)\n$"
  return status == "0", text
end

local function run(command)
  local ok, text = haproxy.shell(command)
  if not ok then
    error(command .. ": " .. text, 2)
  end
  return (text:gsub("\n$", ""))
end

function haproxy.write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

function haproxy.temporary_folder()
  return run "mktemp -d"
end

--- The running Lua interpreter.
function haproxy.interpreter()
  return os.getenv "LUA" or "lua5.4"
end

--- The HAProxy under test: $HAPROXY, or the system's.
function haproxy.program()
  return os.getenv "HAPROXY" or "haproxy"
end

--- Its version as a number: 2.6 is 206.
function haproxy.version()
  local text = run(haproxy.program() .. " -v")
  local major, minor = text:match "version (%d+)%.(%d+)"
  return tonumber(major) * 100 + tonumber(minor)
end

--- The version of its Lua, "5.3" say.
function haproxy.lua_version()
  return run(haproxy.program() .. " -vv"):match "Built with Lua version : Lua (%d+%.%d+)"
end

local counter = 0

--- A loopback address that nobody else uses.
function haproxy.own_address()
  counter = counter + 1
  local pid = tonumber((run "echo $PPID")) or 0
  return ("127.%d.%d.%d"):format(1 + math.floor(pid / 250) % 250, 1 + pid % 250, counter % 250 + 1)
end

--- A TCP port that nobody listens on at 127.0.0.1 and ::1: the system chooses.
function haproxy.free_port()
  local socket = require "socket"
  local listener = assert((socket.tcp4 or socket.tcp)())
  assert(listener:bind("127.0.0.1", 0))
  local _, port = listener:getsockname()
  local other = assert(socket.tcp6())
  local free = other:bind("::1", tonumber(port))
  listener:close()
  other:close()
  return free and tonumber(port) or haproxy.free_port()
end

haproxy.defaults = [[
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
]]

-- The sample: two frontends, three backends, an ACL file, a map file, and an
-- origin that answers 200.
haproxy.sample = [[
frontend www
  bind unix@{dir}/www{n}.sock
  acl blocked path -f {dir}/blocked.acl
  http-request set-header x-site %[path,map({dir}/sites.map,none)]
  http-request deny if blocked
  default_backend app
frontend api
  bind unix@{dir}/api{n}.sock
  maxconn 100
  default_backend api_servers
backend app
  balance roundrobin
  server app1 {origin}:8001 weight 10 check inter 100ms
  server app2 {origin}:8001 weight 10
  server app3 {origin}:8001 weight 10 disabled
backend api_servers
  balance roundrobin
  server app1 {origin}:8001 weight 100
  server v6 [::1]:8001
backend local_only
  server sock unix@{dir}/origin.sock
]]

local origin_config = [[
frontend origin
  bind {origin}:8001
  bind unix@{dir}/origin.sock
  http-request return status 200 content-type text/plain string hello
]]

local function fill(text, values)
  return (text:gsub("{(%w+)}", values))
end

local function start_process(farm, name, config)
  local file, pid_file = farm.dir .. "/" .. name .. ".cfg", farm.dir .. "/" .. name .. ".pid"
  haproxy.write(file, config)
  run(("%s -D -p %s -f %s"):format(farm.program, pid_file, file))
  return { name = name, file = file, pid_file = pid_file }
end

local function read_pids(process)
  local pids = {}
  for line in io.lines(process.pid_file) do
    pids[#pids + 1] = line
  end
  return pids
end

--- Starts processes. Options: processes (4), config (the sample's proxies; or a function
-- of the process's number), files (more files in its folder: name = text),
-- global (more lines), level ("admin"), origin (true), program.
function haproxy.start(options)
  options = options or {}
  local dir = haproxy.temporary_folder()
  local farm = setmetatable({
    dir = dir,
    program = options.program or haproxy.program(),
    origin = haproxy.own_address(),
    sockets = {},
    processes = {},
  }, Farm)
  run("mkdir " .. dir .. "/stats")
  haproxy.write(dir .. "/blocked.acl", "/blocked\n/admin\n")
  haproxy.write(dir .. "/sites.map", "/one first\n/two second\n")
  for name, text in pairs(options.files or {}) do
    haproxy.write(dir .. "/" .. name, text)
  end
  if options.origin ~= false then
    local values = { dir = dir, origin = farm.origin }
    table.insert(farm.processes, start_process(farm, "origin", haproxy.defaults .. fill(origin_config, values)))
  end
  for n = 1, options.processes or 4 do
    local socket = ("%s/stats/admin%d.sock"):format(dir, n)
    farm.sockets[n] = socket
    local values = { dir = dir, origin = farm.origin, n = tostring(n), socket = socket }
    local global = ("global\n  stats socket %s mode 600 level %s\n"):format(socket, options.level or "admin")
    local proxies = options.config or haproxy.sample
    if type(proxies) == "function" then
      proxies = proxies(n)
    end
    local config = global .. (options.global or "") .. haproxy.defaults .. proxies
    table.insert(farm.processes, start_process(farm, "p" .. n, fill(config, values)))
  end
  return farm
end

--- The folder of the stats sockets.
function Farm:folder()
  return self.dir .. "/stats"
end

--- Sends requests to one process's frontend.
function Farm:traffic(process, frontend, count, path)
  run(
    ("curl -s -o /dev/null --max-time 30 --unix-socket %s/%s%d.sock 'http://site%s?[1-%d]'"):format(
      self.dir,
      frontend,
      process,
      path or "/",
      count
    )
  )
end

function Farm:process(n)
  return self.processes[#self.processes - #self.sockets + n]
end

-- The states of a process's threads, as the kernel has them. A thread may end between being
-- listed and being read.
local function thread_states(pid)
  local states = {}
  local tasks = ("/proc/%s/task"):format(pid)
  for _, task in ipairs(core.list(tasks) or {}) do
    local file = io.open(("%s/%s/stat"):format(tasks, task))
    if file then
      local text = file:read "*a"
      states[#states + 1] = text and text:match "%) (%a)"
      file:close()
    end
  end
  return table.concat(states)
end

-- A signal stops a process's threads one after the other; one that still runs
-- would answer.
local function is_stopped(pid)
  return not thread_states(pid):find "[^T]"
end

--- Sends a signal to one of the processes; returns once STOP has stopped it.
function Farm:signal(n, name)
  for _, pid in ipairs(read_pids(self:process(n))) do
    haproxy.shell(("kill -%s %s"):format(name, pid))
    local deadline = core.now() + 30
    while name == "STOP" and not is_stopped(pid) and core.now() < deadline do
      core.sleep(0.01)
    end
  end
end

-- Has a process ended, with all of its threads? Whoever has to take note of that may not
-- have done so yet.
local function is_dead(pid)
  return not thread_states(pid):find "[^ZX]"
end

--- Ends one process at once and waits until it is gone.
function Farm:kill(n)
  self:signal(n, "KILL")
  for _, pid in ipairs(read_pids(self:process(n))) do
    local deadline = core.now() + 30
    while not is_dead(pid) and core.now() < deadline do
      core.sleep(0.001)
    end
  end
end

--- Starts process n anew with another configuration, as a reload does: the new
-- process takes the sockets over, the old one ends.
function Farm:reload(n, change)
  local process = self:process(n)
  local file = assert(io.open(process.file))
  local config = file:read "*a"
  file:close()
  if change then
    config = change(config)
    haproxy.write(process.file, config)
  end
  local old = read_pids(process)
  run(
    ("%s -D -p %s -f %s -sf %s"):format(
      self.program,
      process.pid_file,
      process.file,
      table.concat(old, " ")
    )
  )
end

function Farm:stop()
  for _, process in ipairs(self.processes) do
    for _, pid in ipairs(read_pids(process)) do
      haproxy.shell("kill -KILL " .. pid)
    end
  end
  haproxy.shell("rm -rf " .. self.dir)
end

return haproxy
