-- Loaded by HAProxy: a service whose paths are the names of checks. It answers
-- with a line for each.

local hadm = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"
local suite = require "spec.support.transport_suite"
local transport = require "haproxyadmin.transport.haproxy"

local folder = os.getenv "STATS_FOLDER"

local function open(sockets, options)
  local all = { sockets = sockets, transport = transport, retry = false, timeout = 20 }
  for key, value in pairs(options or {}) do
    all[key] = value
  end
  return haproxyadmin.HAProxy(all)
end

local farm = {}
for i = 1, 3 do
  farm[i] = ("%s/stats/admin%d.sock"):format(folder, i)
end

local checks = {}

local lines

local function report(ok, text)
  lines[#lines + 1] = (ok and "ok " or "not ok ") .. text
end

local function refusal()
  local _, err = open(farm, { die = false })
  return err and err.message or ""
end

local early = { refusal() }

core.register_init(function()
  early[2] = refusal()
end)

function checks.early()
  for i, place in ipairs { "body", "register_init" } do
    local said = early[i]:find("not while HAProxy starts", 1, true)
    report(said, "refuses a call in " .. place .. ": " .. early[i])
  end
end

function checks.reads()
  local hap = open(farm)
  report(#hap:info() == 3, "info of all processes")
  report(hap.uptimesec >= 0, "property")
  report(hap:backend("app").requests == 0, "property of an object")
  report(hap:snapshot():server("app1")[1].name == "app1", "snapshot")
  report(hap:setmaxconn(321) and hap.maxconn == 3 * 321, "command")
  report(hap:add_map(folder .. "/sites.map", "/three", "third") == true, "a command for each process")
  report(#hap:show_map(folder .. "/sites.map") == 3, "lines")
  local _, err = hap:frontend("none", { die = false })
  report(err and err.name == "ValueError", "error")
end

-- Without a transport it is the one of this host: the native one would block the
-- process that is asked.
function checks.chosen()
  local hap = haproxyadmin.HAProxy { sockets = farm, retry = false, timeout = 5 }
  report(#hap:info() == 3, "no transport was named")
end

-- More than a buffer of HAProxy's, from itself too.
function checks.long_replies()
  local hap = open(farm)
  local file = folder .. "/sites.map"
  local value = ("x"):rep(500)
  hap:clear_map(file)
  for i = 1, 300 do
    hap:add_map(file, "/key" .. i, value)
  end
  report(#hap:show_map(file) == 300, "150 KB from each process")
end

-- What every transport must pass.
function checks.suite()
  local env = dofile(folder .. "/env.lua")
  env.transport, env.now = transport, hadm.now
  for _, result in ipairs(suite.run(env)) do
    report(result[2], result[1] .. " " .. (result[3] or ""))
  end
end

function checks.addresses()
  local all = { os.getenv "STATS_IPV4", os.getenv "STATS_IPV6", os.getenv "STATS_NAME" }
  for _, address in ipairs(all) do
    report(#open({ address }):info() == 1, address)
  end
  local hap = open(all)
  -- An IPv4 address that is written as an IPv6 one cannot be told for certain.
  report(#hap:info() == 2 and #hap.passed_over == 1, "IPv4 and abstract sockets of one process")
end

-- The error for this address in a partial snapshot.
local function failure(address)
  return open({ farm[1], address }):snapshot({ partial = true }).failed[1][2]
end

function checks.failures()
  report(failure(folder .. "/none.sock").code == "not_found", "not there")
  report(failure("tcp@127.255.255.254:9").code == "refused", "refused")
end

function checks.stalled()
  local ticks, stop = 0, false
  core.register_task(function()
    while not stop do
      ticks = ticks + 1
      core.msleep(10)
    end
  end)
  -- A time limit that the processes that answer can keep, and tasks have time within.
  local err, meanwhile, snapshot
  for _, seconds in ipairs { 0.5, 5, 25 } do
    local hap = open(farm, { timeout = seconds })
    local before = ticks
    err = select(2, hap:info { die = false })
    meanwhile = ticks - before
    snapshot = hap:snapshot { partial = true, die = false }
    if meanwhile >= 5 and snapshot and #snapshot.failed == 1 then
      break
    end
  end
  report(err and err.name == "SocketTimeout", "deadline: " .. tostring(err))
  report(meanwhile >= 5, ("tasks ran %d times meanwhile"):format(meanwhile))
  report(snapshot and #snapshot.failed == 1 and #snapshot:processes() == 2, "partial snapshot")
  stop = true
end

-- Its client does not wait for the end.
function checks.abandoned()
  open(farm, { timeout = 2 }):info { die = false }
end

function checks.descriptors()
  collectgarbage()
  collectgarbage()
  report(true, ("%d descriptors"):format(#hadm.list "/proc/self/fd"))
end

local built

function checks.build()
  built = open(farm)
  report(built:setmaxconn(200), "object for a sample fetch")
end

-- Sample fetches may not wait: HAProxy ends them.
core.register_fetches("asking", function()
  return tostring(built:setmaxconn(123, { die = false }))
end)

function checks.unchanged()
  report(built.maxconn == 3 * 200, "a sample fetch sent nothing: " .. built.maxconn)
end

core.register_service("checks", "http", function(applet)
  lines = {}
  local mine = lines
  local ok, err = pcall(checks[applet.path:sub(2)])
  if not ok then
    mine[#mine + 1] = "not ok " .. tostring(err)
  end
  applet:set_status(200)
  applet:start_response()
  applet:send(table.concat(mine, "\n") .. "\n")
end)
