-- HAProxy:watch on real processes.

local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local raises = assertions.raises

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  default_backend app
backend app
  server a1 127.0.0.1:1 weight 10
  server a2 127.0.0.1:1 weight 10
]]

describe("watching", function()
  local farm, hap

  before_each(function()
    farm = haproxy.start { processes = 2, origin = false, config = config }
    hap = haproxyadmin.HAProxy {
      socket_dir = farm:folder(),
      timeout = 10,
      retry = 100,
      retry_interval = 0.05,
    }
  end)

  after_each(function()
    farm:stop()
  end)

  -- Watches with these actions, one behind each reading; nil, false or a missing one ends
  -- it. What was told of changes, as texts.
  local function watch(actions, options)
    local told, count = {}, 0
    local all = {
      interval = 0.02,
      on_change = function(change)
        for _, each in ipairs(change.changes) do
          told[#told + 1] = ("%s %s %d %s: %s -> %s"):format(
            change.kind,
            change.name,
            each.process_nb,
            each.field,
            tostring(each.from),
            tostring(each.to)
          )
        end
      end,
      on_snapshot = function(snapshot)
        count = count + 1
        if not actions[count] then
          return false
        end
        actions[count](snapshot)
      end,
    }
    for key, value in pairs(options or {}) do
      all[key] = value
    end
    assert.is_true(hap:watch(all))
    return told, count
  end

  local function nothing() end

  it("tells nothing where nothing changes, and ends when a function returns false", function()
    local told, count = watch { nothing, nothing, nothing }
    assert.same({}, told)
    assert.equal(4, count)
  end)

  it("tells what changed, in which process", function()
    local told = watch {
      function()
        hap:server("a1")[1]:setweight(20)
        hap:processes()[2]:command "set server app/a2 state maint"
      end,
      function()
        hap:frontend("www"):setmaxconn(7)
        hap:processes()[2]:command "set server app/a2 state ready"
      end,
      nothing,
    }
    local slim = told[4]:match "slim: (%d+)"
    assert.same({
      "server a1 1 weight: 10 -> 20",
      "server a1 2 weight: 10 -> 20",
      "server a2 2 status: no check -> MAINT",
      ("frontend www 1 slim: %s -> 7"):format(slim),
      ("frontend www 2 slim: %s -> 7"):format(slim),
      "server a2 2 status: MAINT -> no check",
    }, told)
  end)

  it("gives the object, and its backend", function()
    local seen
    watch({
      function()
        hap:server("a1")[1]:setweight(20)
      end,
      nothing,
    }, {
      on_change = function(change, snapshot)
        seen = change
        assert.equal(20, snapshot:server("a1")[1].weight)
      end,
    })
    assert.equal("app", seen.backend)
    assert.equal(20, seen.object.weight)
    assert.equal(hap:server("a1")[1], seen.object)
  end)

  it("tells of a reload, by pid and start time, and of what it changed", function()
    local reloads = {}
    local before = hap.processids
    local told = watch({
      function()
        hap:server("a1")[1]:setweight(20)
      end,
      function()
        farm:reload(2, function(text)
          return (text:gsub("server a2[^\n]*", "server a3 127.0.0.1:1"))
        end)
      end,
      nothing,
      nothing,
    }, {
      on_reload = function(process, snapshot)
        reloads[#reloads + 1] = process
        assert.equal(2, #snapshot:processes())
      end,
    })
    assert.equal(1, #reloads)
    local reload = reloads[1]
    assert.equal(2, reload.process_nb)
    assert.equal(farm.sockets[2], reload.address)
    assert.equal(before[2], reload.before.pid)
    assert.equal(hap.processids[2], reload.pid)
    assert.equal(hap.version, reload.version)
    assert.same({
      "server a1 1 weight: 10 -> 20",
      "server a1 2 weight: 10 -> 20",
      "server a1 2 weight: 20 -> 10",
      "server a2 2 present: true -> false",
      "server a3 2 present: false -> true",
    }, told)
  end)

  it("tells who does not answer, goes on with the others, and compares when it is back", function()
    hap = haproxyadmin.HAProxy { sockets = farm.sockets, timeout = 2, retry = false }
    local failures = {}
    local told = watch({
      function()
        hap:processes()[2]:command "set server app/a2 state maint"
        farm:signal(2, "STOP")
        hap:server("a1", { die = false })
      end,
      function(snapshot)
        assert.equal(1, #snapshot:processes())
        haproxyadmin.HAProxy({ socket_file = farm.sockets[1], timeout = 10 }):server("a1")[1]:setweight(20)
      end,
      function()
        farm:signal(2, "CONT")
        hap = haproxyadmin.HAProxy { sockets = farm.sockets, timeout = 10 }
        hap:wait_until(function()
          return true
        end)
      end,
      nothing,
    }, {
      on_error = function(err)
        failures[#failures + 1] = err.code
      end,
    })
    assert.is_true(#failures >= 2, #failures)
    assert.equal("timeout", failures[1])
    assert.equal("server a1 1 weight: 10 -> 20", told[1])
    assert.equal("server a2 2 status: no check -> MAINT", told[2])
  end)

  it("raises what fails where nobody wants to be told of errors, and what a function raises", function()
    hap = haproxyadmin.HAProxy {
      sockets = { farm.sockets[1], farm.dir .. "/nobody.sock" },
      timeout = 10,
      retry = false,
    }
    raises("SocketConnectionError", nil, hap.watch, hap, { on_snapshot = nothing })
    local _, err = hap:watch { interval = 0.02, on_snapshot = nothing, die = false }
    assert.equal("SocketConnectionError", err.name)
    local ok, mine = pcall(hap.watch, hap, {
      on_error = function()
        error({ mine = true }, 0)
      end,
      on_change = nothing,
      interval = 0.02,
    })
    assert.same({ false, { mine = true } }, { ok, mine })
    assert.is_true(hap:watch {
      on_reload = nothing,
      interval = 0.02,
      on_error = function()
        return false
      end,
    })
    farm:signal(1, "KILL")
    -- Of nobody there is no snapshot at all.
    assert.is_true(hap:watch {
      on_reload = nothing,
      interval = 0.02,
      on_error = function()
        return false
      end,
    })
  end)

  it("ends when the object is closed", function()
    assert.is_true(hap:watch {
      on_snapshot = function()
        hap:close()
      end,
    })
  end)

  it("checks its arguments", function()
    for _, wrong in ipairs {
      {},
      { on_error = nothing },
      { on_change = 5 },
      { on_change = nothing, interval = 0 },
      { on_change = nothing, intervall = 1 },
    } do
      raises("ValueError", "bad_argument", hap.watch, hap, wrong)
    end
    raises("ValueError", "bad_argument", hap.watch, hap)
  end)
end)
