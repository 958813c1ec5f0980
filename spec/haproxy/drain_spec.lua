-- Server:drain and Server:wait_up on real processes, with real sessions.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"

local raises, column, in_vain, given_time =
  assertions.raises, assertions.column, assertions.in_vain, assertions.given_time

-- A session lasts as long as its client: the other side waits for a request.
local config = [[
defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
frontend hold
  mode http
  bind unix@{dir}/hold{n}.sock
  timeout http-request 1m
frontend door
  bind unix@{dir}/door{n}.sock
  default_backend app
backend app
  server held unix@{dir}/hold{n}.sock
  server other unix@{dir}/hold{n}.sock weight 0
frontend twin
  bind unix@{dir}/twin{n}.sock
  default_backend twin
backend twin
  server one unix@{dir}/hold{n}.sock
  server two unix@{dir}/hold{n}.sock
backend 3
  server one unix@{dir}/hold{n}.sock
backend checked
  server good unix@{dir}/hold{n}.sock check inter 100ms
  server bad unix@{dir}/nobody.sock check inter 100ms
  server tracking unix@{dir}/hold{n}.sock track checked/good
  server slow unix@{dir}/hold{n}.sock check inter 100ms slowstart 60s
]]

-- From 3.3 on a frontend and a backend may not have the same name.
if haproxy.version() >= 303 then
  config = config:gsub("frontend twin", "frontend another")
end

describe("draining", function()
  local farm, hap, server, clients

  setup(function()
    farm = haproxy.start { processes = 2, origin = false, config = config }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    server = hap:server("held", "app")[1]
  end)

  teardown(function()
    farm:stop()
  end)

  local function sessions()
    return server:metric "scur"
  end

  -- Opens sessions at the doors of these processes.
  local function open(...)
    local expected = sessions() + select("#", ...)
    for _, n in ipairs { ... } do
      clients[#clients + 1] = assert(native:open(("%s/door%d.sock"):format(farm.dir, n), core.now() + 10))
    end
    assertions.eventually(function()
      return sessions() == expected
    end)
  end

  before_each(function()
    clients = {}
    assert(server:setstate "ready")
  end)

  after_each(function()
    for _, client in ipairs(clients) do
      client:close()
    end
    assertions.eventually(function()
      return sessions() == 0
    end)
    for _, backend in ipairs(hap:backends()) do
      for _, each in ipairs(backend:servers()) do
        each:setstate "ready"
      end
    end
  end)

  -- Drains it while its sessions do not end.
  local function drain_in_vain(on_timeout)
    local result, ok = given_time(function(seconds)
      return server:drain { timeout = seconds, interval = 0.1, on_timeout = on_timeout }
    end)
    assert.is_true(ok, tostring(result))
    return result
  end

  it("is over at once where there are no sessions", function()
    local result = server:drain()
    assert.equal(0, result.left)
    assert.equal(0, result.killed)
    assert.is_true(result.waited >= 0 and result.waited < 10, result.waited)
    assert.same({ "DRAIN", "DRAIN" }, column(hap, "app", "held", "status"))
  end)

  it("waits for the sessions of every process, and not less", function()
    open(1, 2, 2)
    local seen = {}
    local result = server:drain {
      timeout = 60,
      interval = 0.02,
      progress = function(now)
        seen[#seen + 1] = now
        if #seen % 3 == 0 and clients[1] then
          table.remove(clients):close()
        end
      end,
    }
    assert.equal(0, result.left)
    assert.is_true(#seen >= 9, #seen)
    assert.equal(3, seen[1].left)
    assert.same({ { 1, 1 }, { 2, 2 } }, seen[1].results)
    for i = 2, #seen do
      assert.is_true(seen[i].left <= seen[i - 1].left)
      assert.is_true(seen[i].waited >= seen[i - 1].waited)
    end
    assert.equal(0, seen[#seen].left)
    assert.is_true(result.waited >= seen[#seen].waited)
    assert.is_nil(clients[1])
  end)

  it("drains servers of several backends at once, and counts the sessions of all", function()
    open(1, 2)
    local both = { server, hap:server("one", "twin")[1], hap:server("two", "twin")[1] }
    local err = in_vain(function(seconds)
      hap:drain(both, { timeout = seconds, interval = 0.1 })
    end)
    assert.matches("servers app/held, twin/one, twin/two stay in state drain$", err.message)
    assert.same({ { 1, 1 }, { 2, 1 } }, err.results)
    for _, each in ipairs { { "app", "held" }, { "twin", "one" }, { "twin", "two" } } do
      assert.same({ "DRAIN", "DRAIN" }, column(hap, each[1], each[2], "status"))
    end
    local result = given_time(function(seconds)
      return hap:drain(both, { timeout = seconds, interval = 0.1, on_timeout = "kill" })
    end)
    assert.equal(2, result.killed, tostring(result))
    assert.equal(0, sessions())
    err = in_vain(function(seconds)
      hap:wait_up(both, { timeout = seconds, interval = 0.1 })
    end)
    assert.matches("seen: app/held in process 1: DRAIN, app/held in process 2: DRAIN, twin/one in", err.message)
    for _, each in ipairs(both) do
      each:setstate "ready"
    end
    assert.is_true(hap:wait_up(both, { timeout = 20 }) < 20)
  end)

  it("drains nothing that is not a list of its own servers", function()
    local message = raises("ValueError", "bad_argument", hap.drain, hap, { "app/held" }).message
    assert.equal("argument 'servers[1]': a server of this HAProxy expected, got string \"app/held\"", message)
    raises("ValueError", "bad_argument", hap.drain, hap, {})
    raises("ValueError", "bad_argument", hap.wait_up, hap, "app/held")
    assert.same({ "no check", "no check" }, column(hap, "app", "held", "status"))
  end)

  it("fails when the time is over, and says what is left", function()
    open(1, 2, 2)
    local err = in_vain(function(seconds)
      server:drain { timeout = seconds, interval = 0.1 }
    end)
    assert.matches("sessions of server app/held to end; last seen: process 1: 1, process 2: 2", err.message)
    assert.matches("server app/held stays in state drain$", err.message)
    assert.same({ { 1, 1 }, { 2, 2 } }, err.results)
    assert.same({ "DRAIN", "DRAIN" }, column(hap, "app", "held", "status"))
    assert.equal(3, sessions())
  end)

  it("keeps the sessions that are left, or ends them, where that is asked for", function()
    open(1, 2)
    local result = drain_in_vain "keep"
    assert.equal(2, result.left)
    assert.equal(0, result.killed)
    assert.equal(2, sessions())
    result = drain_in_vain "kill"
    assert.equal(0, result.left)
    assert.equal(2, result.killed)
    assert.equal(0, sessions())
    assert.same({ "DRAIN", "DRAIN" }, column(hap, "app", "held", "status"))
  end)

  it("reads once more where its time ends in the middle of a reading", function()
    local late, slow
    -- Its clock and a reading that is slow; the others are the native transport's.
    local transport = {
      now = function()
        return core.now() + late
      end,
      sleep = function(_, seconds)
        native:sleep(seconds)
      end,
      exchange = function(_, requests, deadline)
        if slow then
          slow, late = false, late + 100
          for _, request in ipairs(requests) do
            request.code, request.sent = "timeout", true
          end
        else
          native:exchange(requests, deadline - late)
        end
      end,
    }
    local function drain(on_timeout)
      late, slow = 0, false
      local own = haproxyadmin.HAProxy { sockets = farm.sockets, timeout = 10, retry = false, transport = transport }
      return own:server("held", "app")[1]:drain {
        timeout = 60,
        interval = 0.02,
        on_timeout = on_timeout,
        progress = function()
          slow = late == 0
        end,
      }
    end
    open(1, 2)
    assert.matches("the last reading failed", raises("WaitTimeout", "timeout", drain, "fail").message)
    assert.equal(2, drain("keep").left)
    local result = drain "kill"
    assert.same({ 2, 0 }, { result.killed, result.left })
    assert.equal(0, sessions())
  end)

  it("leaves a process in maintenance in it, and waits for its sessions", function()
    open(1, 2)
    hap:processes()[2]:command "set server app/held state maint"
    local result = drain_in_vain "keep"
    assert.equal(2, result.left)
    assert.same({ "DRAIN", "MAINT" }, column(hap, "app", "held", "status"))
    hap:processes()[1]:command "set server app/held state maint"
    result = drain_in_vain "kill"
    assert.equal(2, result.killed)
    assert.same({ "MAINT", "MAINT" }, column(hap, "app", "held", "status"))
  end)

  it("puts it into maintenance instead where that is asked for, and breaks no session off", function()
    open(1, 2)
    local seen = {}
    local result = server:drain {
      state = "maint",
      timeout = 60,
      interval = 0.02,
      progress = function(now)
        seen[#seen + 1] = now.left
        if #seen > 2 and clients[1] then
          table.remove(clients):close()
        end
      end,
    }
    assert.equal(0, result.left)
    assert.same({ 2, 2 }, { seen[1], seen[2] })
    assert.same({ "MAINT", "MAINT" }, column(hap, "app", "held", "status"))
  end)

  it("tells when somebody sets the state meanwhile", function()
    open(2)
    local err = raises("InconsistentData", "inconsistent", server.drain, server, {
      interval = 0.02,
      progress = function()
        hap:processes()[2]:command "set server app/held state ready"
      end,
    })
    assert.matches("app/held was drained and is no check in process 2", err.message)
  end)

  it("drains again what a reload set ready", function()
    open(2)
    local reloaded = false
    local result = server:drain {
      timeout = 60,
      interval = 0.05,
      progress = function()
        if not reloaded then
          reloaded = true
          farm:reload(2)
        end
      end,
    }
    -- What the process that ends still carries is in no statistics.
    assert.equal(0, result.left)
    assert.same({ "DRAIN", "DRAIN" }, column(hap, "app", "held", "status"))
  end)

  it("lets what its function raises through, and the state stays", function()
    open(1)
    local ok, err = pcall(server.drain, server, {
      progress = function()
        error({ mine = true }, 0)
      end,
    })
    assert.same({ false, { mine = true } }, { ok, err })
    assert.same({ "DRAIN", "DRAIN" }, column(hap, "app", "held", "status"))
  end)

  it("finds servers of backends whose names mean something else, too", function()
    for _, name in ipairs { "twin", "3" } do
      local one = hap:server("one", name)[1]
      assert.equal(0, one:drain().left)
      assert.same({ "DRAIN", "DRAIN" }, column(hap, name, "one", "status"))
      one:setstate "ready"
      assert.is_true(one:wait_up() >= 0)
    end
    local report = hap:backend("twin"):roll(function(one)
      return one.status == "MAINT"
    end)
    assert.same({ "one", "two" }, report.done)
  end)

  it("works over kept connections", function()
    local keeping = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10, keep = true }
    open(2)
    local kept = keeping:server("held", "app")[1]
    local result = kept:drain {
      timeout = 60,
      interval = 0.02,
      progress = function()
        local client = table.remove(clients)
        if client then
          client:close()
        end
      end,
    }
    assert.equal(0, result.left)
    kept:setstate "ready"
    assert.is_true(kept:wait_up() >= 0)
    keeping:close()
  end)

  it("works on the objects of a snapshot", function()
    local taken = hap:snapshot():server("held", "app")[1]
    assert.equal(0, taken:drain().left)
    assert.equal("no check", taken.status)
    assert.equal("DRAIN", server.status)
  end)

  it("checks its arguments, and then sends nothing", function()
    for _, wrong in ipairs {
      { on_timeout = "explode" },
      { on_timeout = true },
      { state = "ready" },
      { timeout = 0 },
      { interval = -1 },
      { progress = "text" },
      { timout = 1 },
    } do
      raises("ValueError", "bad_argument", server.drain, server, wrong)
    end
    assert.same({ "no check", "no check" }, column(hap, "app", "held", "status"))
  end)

  describe("and waiting until it is up", function()
    local function status(name)
      return hap:server(name, "checked")[1].status
    end

    it("is over at once where there are no checks, or its weight is 0", function()
      assert.is_true(server:wait_up() >= 0)
      assert.is_true(hap:server("other", "app")[1]:wait_up() >= 0)
    end)

    it("waits for a check that passes", function()
      for _, name in ipairs { "good", "tracking", "slow" } do
        local checked = hap:server(name, "checked")[1]
        checked:wait_up { timeout = 20, interval = 0.02 }
        assert.equal("UP", status(name))
      end
    end)

    -- HAProxy calls a server UP that has just left maintenance: "UP 1/3".
    it("does not believe a server that has left maintenance before a check has passed", function()
      local bad = hap:server("bad", "checked")[1]
      bad:setstate "maint"
      bad:setstate "ready"
      local err = in_vain(function(seconds)
        bad:wait_up { timeout = seconds, interval = 0.02 }
      end)
      assert.matches("server checked/bad to be up; last seen: process 1: [%u 1/3]+, process 2: [%u 1/3]+", err.message)
      assert.equal(2, #err.results)
    end)

    it("waits while it is drained, in maintenance, or somebody says that it is not", function()
      local good, tracking = hap:server("good", "checked")[1], hap:server("tracking", "checked")[1]
      local function is_not_up(object, expected)
        local err = in_vain(function(seconds)
          object:wait_up { timeout = seconds, interval = 0.02 }
        end)
        assert.matches("process 1: " .. expected, err.message)
      end
      good:setstate "drain"
      is_not_up(good, "DRAIN")
      good:setstate "maint"
      is_not_up(good, "MAINT")
      is_not_up(tracking, "MAINT %(via checked/good%)")
      good:setstate "ready"
      assert.is_true(good:wait_up { interval = 0.02 } >= 0)
      -- Nobody checks this one, who would say something else.
      hap:command "set server app/held health stopping"
      hap:processes()[2]:command "set server app/held health up"
      is_not_up(server, "NOLB, process 2: no check")
      hap:command "set server app/held health up"
      assert.is_true(server:wait_up() >= 0)
    end)

    it("ends at once where the server is gone", function()
      local other = haproxyadmin.HAProxy { sockets = { farm.sockets[1] }, timeout = 10 }
      local gone = other:server("other", "app")[1]
      farm:reload(1, function(text)
        return (text:gsub("  server other [^\n]*\n", ""))
      end)
      raises("ValueError", "not_found", gone.wait_up, gone)
      raises("ValueError", "not_found", gone.drain, gone)
      -- The other process still has it.
      local both = hap:server("other", "app")[1]
      assert.is_true(both:wait_up() >= 0)
      assert.equal(0, both:drain().left)
    end)
  end)
end)
