-- A roll under traffic loses no request, and what breaks it off is told.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local load = require "spec.support.load"
local program = require "spec.support.program"

local raises = assertions.raises

local SERVERS = 10

-- An application: what it serves at /slow takes a while.
local application = [[
global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 1m
  timeout server 1m
  timeout tarpit 200ms
frontend app
  bind unix@%s/app%d.sock
  http-request tarpit deny_status 200 if { path /slow }
  http-request return status 200 content-type text/plain string hello
]]

-- `sticky`: clients that have the cookie of a server want that one.
local function config(sticky)
  local lines = {
    [[
defaults
  mode http
  timeout connect 5s
  timeout client 1m
  timeout server 1m
frontend www
  bind unix@{dir}/www{n}.sock backlog 1024
  default_backend app
backend app
  balance roundrobin
]],
    sticky and "  cookie place insert indirect nocache\n" or "",
  }
  for i = 1, SERVERS do
    local line = "  server a%d unix@{dir}/app%d.sock check inter 100ms cookie a%d\n"
    lines[#lines + 1] = line:format(i, i, i)
  end
  return table.concat(lines)
end

describe("a roll over 10 servers", function()
  local farm, hap, backend

  local function run(command)
    local ok, text = haproxy.shell(command)
    assert(ok, command .. ": " .. text)
    return text
  end

  -- The process behind a server.
  local function start(i)
    local file = ("%s/app%d"):format(farm.dir, i)
    haproxy.write(file .. ".cfg", application:format(farm.dir, i))
    run(("%s -D -p %s.pid -f %s.cfg"):format(farm.program, file, file))
  end

  local function kill(i)
    run(("kill -KILL $(cat %s/app%d.pid)"):format(farm.dir, i))
  end

  local FAST = { timeout = 60, interval = 0.05 }

  local function begin(sticky)
    farm = haproxy.start { processes = 2, origin = false, global = "  nbthread 2\n", config = config(sticky) }
    for i = 1, SERVERS do
      start(i)
    end
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 20, retry = 1, retry_interval = 0.2 }
    backend = hap:backend "app"
    for _, server in ipairs(backend:servers()) do
      server:wait_up(FAST)
    end
  end

  after_each(function()
    for i = 1, SERVERS do
      kill(i)
    end
    farm:stop()
  end)

  local function traffic(rate)
    return load.start(rate, { farm.dir .. "/www1.sock", farm.dir .. "/www2.sock" })
  end

  local function statuses()
    local found = {}
    for _, server in ipairs(backend:servers()) do
      for _, row in ipairs(server:stats_per_process()) do
        found[#found + 1] = row[2].status
      end
    end
    return found
  end

  local function check_counts(counts)
    assert.equal(0, counts.failed, counts.last_failure)
    assert.equal(counts.sent, counts.ok)
    -- A machine that is busy may send less, but it was traffic.
    assert.is_true(counts.ok > 300 * counts.seconds, ("%d in %g s"):format(counts.ok, counts.seconds))
    print(("# %d requests in %g s, %d failed, %d not sent in time"):format(
      counts.ok,
      counts.seconds,
      counts.failed,
      counts.late
    ))
  end

  it("loses no request of a thousand a second while each of them is killed and started", function()
    begin()
    local client = traffic(1000)
    core.sleep(0.5)
    local least = math.huge
    local report = backend:roll(function(server)
      local snapshot = hap:snapshot()
      for nb = 1, 2 do
        local up = 0
        for _, other in ipairs(snapshot:servers()) do
          up = up + (other:stats_per_process()[nb][2].status == "UP" and 1 or 0)
        end
        least = math.min(least, up)
      end
      local i = tonumber(server.name:match "%d+")
      kill(i)
      start(i)
    end, { min_up = SERVERS - 1, drain = FAST, wait_up = FAST })
    core.sleep(0.5)
    assert.equal(SERVERS, #report.done)
    assert.equal(SERVERS - 1, least)
    check_counts(client:stop())
  end)

  it("loses none of clients that come back to a server again and again", function()
    begin(true)
    local client = traffic(1000)
    core.sleep(0.5)
    -- In state drain it still gets requests.
    local busy = backend:server "a1"
    busy:setstate "drain"
    local before = busy.requests
    hap:wait_until(function(snapshot)
      return snapshot:server("a1")[1].requests > before + 10
    end)
    busy:setstate "ready"
    local report = backend:roll(function(server)
      local i = tonumber(server.name:match "%d+")
      kill(i)
      start(i)
    end, {
      servers = { "a1", "a2", "a3" },
      drain = { state = "maint", timeout = 60, interval = 0.05 },
      wait_up = FAST,
    })
    core.sleep(0.5)
    assert.equal(3, #report.done)
    check_counts(client:stop())
  end)

  it("ends with an error that says where it stands when a process is killed", function()
    begin()
    local client = traffic(200)
    local err = raises("RollFailed", nil, backend.roll, backend, function(server)
      if server.name == "a4" then
        farm:signal(2, "KILL")
      end
    end, { drain = FAST, wait_up = FAST })
    client:stop()
    assert.same({ "a1", "a2", "a3" }, err.report.done)
    assert.equal(6, #err.report.left)
    assert.equal("a4", err.report.failed[1].name)
    assert.is_true(err.cause:is "HAProxySocketError", tostring(err.cause))
    for _, words in ipairs {
      "a4 is not in maintenance: socket " .. farm.sockets[2],
      "taken by process 1",
      "done: a1, a2, a3; not begun: a5, a6, a7, a8, a9, a10",
    } do
      assert.truthy(err.message:find(words, 1, true), err.message)
    end
    -- In the process that lives it is.
    local one = haproxyadmin.HAProxy { socket_file = farm.sockets[1], timeout = 10 }
    assert.equal("MAINT", one:server("a4")[1].status)
    assert.equal("UP", one:server("a5")[1].status)
  end)

  -- Interrupts a program that rolls, once it has printed this word; what it printed.
  local function interrupt(word)
    local file = farm.dir .. "/roll.lua"
    haproxy.write(
      file,
      ([[
        local haproxyadmin = require "haproxyadmin"
        io.stdout:setvbuf "no"
        local hap = haproxyadmin.HAProxy { socket_dir = %q, timeout = 20 }
        local function never() return false end
        local result, err = hap:backend("app"):roll(function()
          print "running"
          hap:wait_until(never, { timeout = 60, interval = 0.05 })
        end, {
          drain = { timeout = 60, interval = 0.05, progress = function(now) print("draining " .. now.left) end },
          die = false,
        })
        print(err.name, err.message)
      ]]):format(farm:folder())
    )
    local lua, version = program.current()
    local command = "LUA_PATH='%s' LUA_CPATH='./%s' %s %s >%s/out 2>&1 & echo $!"
    local _, pid = haproxy.shell(
      command:format(package.path, program.build(version), lua, file, farm.dir)
    )
    local function printed()
      local out = io.open(farm.dir .. "/out")
      local text = out and out:read "*a" or ""
      if out then
        out:close()
      end
      return text
    end
    local deadline, sent = core.now() + 60, false
    while not printed():find "RollFailed[^\n]*\n" and core.now() < deadline do
      if printed():find(word, 1, true) and not sent then
        sent = true
        run("kill -INT " .. pid)
      end
      core.sleep(0.05)
    end
    return printed()
  end

  it("ends in a state that it tells when it is interrupted", function()
    begin()
    local text = interrupt "running"
    assert.matches("interrupted!", text)
    assert.matches("a1 is in maintenance; done: none; not begun: a2", text)
    assert.same({ "MAINT", "MAINT", "UP" }, { statuses()[1], statuses()[2], statuses()[3] })
    backend:server("a1"):setstate "ready"
    backend:server("a1"):wait_up(FAST)
    -- Sessions that last keep it waiting.
    local client = traffic(300)
    hap:wait_until(function(snapshot)
      return snapshot:server("a1")[1]:metric "scur" > 0
    end, FAST)
    text = interrupt "draining"
    client:stop()
    assert.matches("interrupted!", text)
    assert.matches("a1 is ready again; done: none; not begun: a2", text)
    for _, status in ipairs(statuses()) do
      assert.equal("UP", status)
    end
  end)
end)
