-- A program: in_loop.lua NAME. Calls inside the event loop of this name, with
-- the transport of the same name, and prints a line for each check.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local farms = require "spec.support.transport_farms"
local haproxyadmin = require "haproxyadmin"
local suite = require "spec.support.transport_suite"

local name = arg[1]

-- Each runs `main(spawn, sleep)` in its loop until it returns.
local loops = {}

function loops.cqueues(main)
  local cqueues = require "cqueues"
  local controller = cqueues.new()
  controller:wrap(main, function(fn)
    controller:wrap(fn)
  end, cqueues.sleep)
  assert(controller:loop())
end

function loops.luv(main)
  local uv = require "luv"
  local function spawn(fn)
    coroutine.wrap(fn)()
  end
  local function sleep(seconds)
    local timer, routine = uv.new_timer(), coroutine.running()
    timer:start(math.ceil(seconds * 1000), 0, function()
      timer:close()
      assert(coroutine.resume(routine))
    end)
    coroutine.yield()
  end
  coroutine.wrap(main)(spawn, sleep)
  uv.run()
end

function loops.copas(main)
  local copas = require "copas"
  local transport = require "haproxyadmin.transport.copas"
  local finished = false
  copas.addthread(function()
    main(copas.addthread, function(seconds)
      transport:sleep(seconds)
    end)
    finished = true
  end)
  while not finished do
    copas.step()
  end
end

-- ---- the checks ----

local failed = false

local function report(ok, text)
  failed = failed or not ok
  print((ok and "ok " or "not ok ") .. text)
end

local function descriptors()
  collectgarbage()
  collectgarbage()
  return #core.list "/proc/self/fd"
end

local function open(farm, options)
  local all = { socket_dir = farm:folder(), transport = name, retry = false, timeout = 20 }
  for key, value in pairs(options or {}) do
    all[key] = value
  end
  return haproxyadmin.HAProxy(all)
end

local function reads(farm)
  local hap = open(farm)
  report(#hap:info() == 3, "info of all processes")
  report(hap:backend("app"):get "requests" == 0, "property by get")
  report(hap:snapshot():server("app1")[1].name == "app1", "snapshot")
  report(hap:setmaxconn(321) and hap:get "maxconn" == 3 * 321, "command")
  -- A plain Lua 5.1 cannot wait behind a metamethod.
  if not (_VERSION == "Lua 5.1" and not rawget(_G, "jit")) then
    report(hap.maxconn == 3 * 321, "property by index")
    report(hap:frontends()[1].requests == 0, "property of an object")
  end
  local _, err = hap:frontend("none", { die = false })
  report(err and err.name == "ValueError", "error")
end

local function stalls(farm, spawn, sleep)
  local ticks, stop = 0, false
  spawn(function()
    while not stop do
      ticks = ticks + 1
      sleep(0.01)
    end
  end)
  -- A time limit that the processes that answer can keep, and the loop has time within.
  local err, meanwhile, snapshot
  for _, seconds in ipairs { 1, 5, 25 } do
    farm:signal(2, "CONT")
    local hap = open(farm, { timeout = seconds })
    farm:signal(2, "STOP")
    local before = ticks
    err = select(2, hap:info { die = false })
    meanwhile = ticks - before
    snapshot = hap:snapshot { partial = true, die = false }
    if meanwhile >= 10 and snapshot and #snapshot.failed == 1 then
      break
    end
  end
  report(err and err.name == "SocketTimeout", "deadline")
  report(meanwhile >= 10, ("the loop ran %d times while a process stalled"):format(meanwhile))
  report(snapshot and #snapshot.failed == 1 and #snapshot:processes() == 2, "partial snapshot")
  farm:signal(2, "CONT")
  stop = true
end

local function side_by_side(farm, spawn, sleep)
  local hap = open(farm, { timeout = 1 })
  local order = {}
  farm:signal(1, "STOP")
  for i = 1, 2 do
    spawn(function()
      order[#order + 1] = "begin"
      local _, err = hap:info { die = false }
      order[#order + 1] = err and err.code or i
    end)
  end
  while #order < 4 do
    sleep(0.05)
  end
  farm:signal(1, "CONT")
  report(table.concat(order, " ") == "begin begin timeout timeout", "two calls at once")
end

local function retries(farm, spawn, sleep)
  local address = farm.dir .. "/late.sock"
  local hap
  spawn(function()
    local late = haproxyadmin.HAProxy {
      sockets = { farm.sockets[1], address },
      transport = name,
      retry = 0,
      retry_interval = 0.05,
    }
    hap = late:info()
  end)
  sleep(0.2)
  local waited = hap == nil
  assert(os.rename(farm.sockets[2], address))
  for _ = 1, 1200 do
    if hap then
      break
    end
    sleep(0.05)
  end
  assert(os.rename(address, farm.sockets[2]))
  report(waited and hap and #hap == 2, "a retry waits in the loop")
end

-- What every transport must pass. A plain Lua 5.1 cannot wait behind the
-- metamethods that it reads properties by.
local function shared(started)
  started.env.transport = name
  started.env.now = core.now
  for _, result in ipairs(suite.run(started.env)) do
    report(result[2], result[1] .. " " .. (result[3] or ""))
  end
end

local farm = haproxy.start { processes = 3 }
local started = farms.start()
local ok, err = pcall(loops[name], function(spawn, sleep)
  reads(farm)
  local before = descriptors()
  reads(farm)
  stalls(farm, spawn, sleep)
  side_by_side(farm, spawn, sleep)
  retries(farm, spawn, sleep)
  if not (_VERSION == "Lua 5.1" and not rawget(_G, "jit")) then
    shared(started)
  end
  report(descriptors() <= before, "no descriptor is left")
end)
if not ok then
  report(false, tostring(err))
end
if name == "cqueues" then
  report(#open(farm):info() == 3, "outside of its loop it blocks")
else
  local _, refusal = open(farm, { die = false })
  local mends = { copas = "given to copas.addthread", luv = "given to coroutine.wrap" }
  local said = refusal
    and refusal.code == "unsupported"
    and refusal.message:find(("transport '%s' waits in a "):format(name), 1, true)
    and refusal.message:find(mends[name], 1, true)
  report(said, "refuses a call outside of its coroutines")
end
farm:stop()
started:stop()
os.exit(failed and 1 or 0)
