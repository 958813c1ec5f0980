-- `haproxyadmin serve`, as it is installed ($PROGRAM), for as long as a spec wants it.

local assert = require "luassert"
local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"

local serving = {}

local Served = {}
Served.__index = Served

function serving.read(path)
  local file = io.open(path)
  local text = file and file:read "*a" or ""
  if file then
    file:close()
  end
  return text
end

--- Runs a command in the background, with its output in files of `place`; returns its pid.
function serving.background(command, place)
  local line = "%s >%s.out 2>%s.err </dev/null & echo $! >%s.pid"
  assert.is_true(haproxy.shell(line:format(command, place, place, place)), command)
  return (serving.read(place .. ".pid"):gsub("%s", ""))
end

--- Ends a process of ours.
function serving.stop(pid)
  haproxy.shell(("kill %s; for i in $(seq 200); do kill -0 %s 2>/dev/null || break; sleep 0.05; done"):format(pid, pid))
  haproxy.shell(("kill -KILL %s"):format(pid))
end

--- Serves what the sockets of a folder say, at a port of the system's choice.
function serving.start(socket_dir, options)
  local place = haproxy.temporary_folder() .. "/serve"
  local program = assert(os.getenv "PROGRAM", "make prometheus runs these specs")
  local pid = serving.background(
    ("%s serve --listen 127.0.0.1:0 --socket-dir %s %s"):format(program, socket_dir, options or ""),
    place
  )
  local port = assertions.eventually(function()
    return serving.read(place .. ".err"):match "serving http://127.0.0.1:(%d+)/"
  end, 60)
  return setmetatable({ port = port, pid = pid, place = place }, Served)
end

--- What it answers to a path.
function Served:get(path)
  local pipe = assert(io.popen(("curl -s --max-time 60 'http://localhost:%s%s'"):format(self.port, path)))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

function Served:stop()
  serving.stop(self.pid)
  haproxy.shell(("rm -r $(dirname %s)"):format(self.place))
end

return serving
