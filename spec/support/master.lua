-- A real master process with its worker in a temporary folder: its own socket, and a stats
-- socket of the worker's beside it.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"

local master = {}

local Master = {}
Master.__index = Master

master.config = [[
frontend www
  bind unix@{dir}/www.sock
  maxconn 100
  http-request set-header x-site %[path,map({dir}/sites.map,none)]
  default_backend app
backend app
  server s1 127.0.0.1:1 weight 10
  server s2 127.0.0.1:2 weight 20
]]

local function fill(text, values)
  return (text:gsub("{(%w+)}", values))
end

local function run(command)
  local ok, text = haproxy.shell(command)
  assert(ok, command .. ": " .. text)
  return text
end

--- Starts one. Options: config (the proxies), global (more lines), level ("admin"), files (more
-- of them, texts by name).
function master.start(options)
  options = options or {}
  local dir = haproxy.temporary_folder()
  local self = setmetatable({
    dir = dir,
    socket = dir .. "/master.sock",
    stats = dir .. "/worker.sock",
    file = dir .. "/haproxy.cfg",
  }, Master)
  -- A client that has sent a part of its request stays as long as a spec takes.
  local defaults = haproxy.defaults:gsub("timeout client 5s", "timeout client 5m")
  local config = "global\n  stats socket {dir}/worker.sock mode 600 level admin\n{global}"
    .. defaults
    .. (options.config or master.config)
  haproxy.write(dir .. "/sites.map", "/one first\n/two second\n")
  for name, text in pairs(options.files or {}) do
    haproxy.write(dir .. "/" .. name, text)
  end
  self.text = fill(config, { dir = dir, global = fill(options.global or "", { dir = dir }) })
  self:configure()
  self:launch(options.level or "admin")
  return self
end

--- Writes its configuration, changed by a function of the text if there is one.
function Master:configure(change)
  haproxy.write(self.file, change and change(self.text) or self.text)
end

--- Starts the program, also again.
function Master:launch(level)
  run(
    ("%s -W -D -p %s/pid -S %s,mode,600,level,%s -f %s </dev/null >%s/log 2>&1"):format(
      haproxy.program(),
      self.dir,
      self.socket,
      level or "admin",
      self.file,
      self.dir
    )
  )
  master.eventually(function()
    return self:workers()[1] and master.ask(self.stats, "show info\n"):find "Name: "
  end)
  self.pid = tonumber(master.ask(self.socket, "show proc\nquit\n"):match "(%d+) +master")
end

--- Sends text to a unix socket as it is and returns what comes until its end.
function master.ask(address, text, seconds)
  local native = require "haproxyadmin.transport.native"
  local deadline = native:now() + (seconds or 10)
  local connection = assert(native:open(address, deadline))
  assert(connection:send(text, deadline))
  local parts = {}
  repeat
    local bytes = connection:receive(deadline)
    parts[#parts + 1] = bytes
  until not bytes
  connection:close()
  return table.concat(parts)
end

--- Tries until a function returns something; that.
function master.eventually(fn, seconds)
  local deadline = core.now() + (seconds or 60)
  repeat
    local ok, value = pcall(fn)
    if ok and value then
      return value
    end
    core.sleep(0.02)
  until core.now() > deadline
  return fn()
end

-- The process ids of the workers, the one that serves first.
function Master:workers()
  local text = master.ask(self.socket, "show proc\nquit\n")
  local found = assert(require("haproxyadmin.replies.workers").parse(text), text)
  local pids = {}
  for i, row in ipairs(found.workers) do
    pids[i] = row.pid
  end
  return pids
end

--- Reloads by a signal, without waiting.
function Master:signal(name)
  haproxy.shell(("kill -%s %d"):format(name, self.pid))
end

--- Reloads and waits until another worker serves; its process id.
function Master:reload()
  local before = self:workers()[1]
  self:signal "USR2"
  return master.eventually(function()
    local now = self:workers()[1]
    return now ~= before and master.ask(self.socket, ("@!%d show info\nquit\n"):format(now), 2):find "Name: " and now
  end)
end

--- A client that a worker has: while it stays, an old worker does not end.
function Master:client()
  local native = require "haproxyadmin.transport.native"
  local connection = assert(native:open(self.dir .. "/www.sock", native:now() + 20))
  assert(connection:send("GET / HTTP/1.1\r\nHost: ", native:now() + 20))
  return connection
end

--- How many connections the master has: the system names each accepted one after the
-- listening socket, with the state 03.
function Master:connections()
  local count = 0
  for line in io.lines "/proc/net/unix" do
    local state, path = line:match "^%x+: %x+ %x+ %x+ %x+ (%x+) +%d+ (.+)$"
    count = count + (state == "03" and path:find(self.socket, 1, true) and 1 or 0)
  end
  return count
end

--- How many descriptors the master has open.
function Master:descriptors()
  local _, list = haproxy.shell(("ls /proc/%d/fd"):format(self.pid))
  local _, count = list:gsub("%d+", "")
  return count
end

function Master:stop()
  local pids = select(2, pcall(self.workers, self))
  haproxy.shell("kill -TERM " .. self.pid)
  for _, worker in ipairs(type(pids) == "table" and pids or {}) do
    haproxy.shell("kill -KILL " .. worker)
  end
  haproxy.shell("kill -KILL " .. self.pid)
  haproxy.shell("rm -rf " .. self.dir)
end

return master
