-- Traffic beside a spec: the program of load.c, which counts answers.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"

local load = {}
load.__index = load

--- Starts it: so many requests a second over these unix sockets, until it is stopped,
-- for two minutes at most.
function load.start(rate, sockets)
  local build = os.getenv "BUILD" or "build"
  local ok, text = haproxy.shell(("flock build/lock make --no-print-directory -s %s/load"):format(build))
  assert(ok, text)
  local file = os.tmpname()
  local command = "%s/load %d 120 %s >%s 2>&1 & echo $!"
  local _, pid = haproxy.shell(command:format(build, rate, table.concat(sockets, " "), file))
  return setmetatable({ pid = pid:match "%d+", file = file }, load)
end

--- Ends it; returns what it counted: seconds, sent, ok, failed, late (not sent in time), and
-- last_failure, a text.
function load:stop()
  haproxy.shell("kill -TERM " .. self.pid)
  local deadline = core.now() + 30
  local text
  repeat
    core.sleep(0.05)
    local file = assert(io.open(self.file))
    text = file:read "*a"
    file:close()
  until text:find("\n", 1, true) or core.now() > deadline
  os.remove(self.file)
  local counts = { last_failure = text:match "last_failure=([^\n]*)" or "it printed: " .. text }
  for name, value in text:gmatch "(%l+)=([%d.]+)" do
    counts[name] = tonumber(value)
  end
  return counts
end

return load
