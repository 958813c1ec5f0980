-- Server:drain and Server:wait_up on real processes, with real sessions.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"

local raises, column = assertions.raises, assertions.column

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
    local err = raises("WaitTimeout", "timeout", hap.drain, hap, both, { timeout = 0.2, interval = 0.1 })
    assert.matches("servers app/held, twin/one, twin/two stay in state drain$", err.message)
    assert.same({ { 1, 1 }, { 2, 1 } }, err.results)
    for _, each in ipairs { { "app", "held" }, { "twin", "one" }, { "twin", "two" } } do
      assert.same({ "DRAIN", "DRAIN" }, column(hap, each[1], each[2], "status"))
    end
    assert.equal(2, hap:drain(both, { timeout = 0.2, interval = 0.1, on_timeout = "kill" }).killed)
    assert.equal(0, sessions())
    err = raises("WaitTimeout", "timeout", hap.wait_up, hap, both, { timeout = 0.2, interval = 0.1 })
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
    local err = raises("WaitTimeout", "timeout", server.drain, server, { timeout = 0.3, interval = 0.1 })
    assert.matches("sessions of server app/held to end; last seen: process 1: 1, process 2: 2", err.message)
    assert.matches("server app/held stays in state drain$", err.message)
    assert.same({ { 1, 1 }, { 2, 2 } }, err.results)
    assert.same({ "DRAIN", "DRAIN" }, column(hap, "app", "held", "status"))
    assert.equal(3, sessions())
  end)

  it("keeps the sessions that are left, or ends them, where that is asked for", function()
    open(1, 2)
    local result = server:drain { timeout = 0.2, interval = 0.1, on_timeout = "keep" }
    assert.equal(2, result.left)
    assert.equal(0, result.killed)
    assert.equal(2, sessions())
    result = server:drain { timeout = 0.2, interval = 0.1, on_timeout = "kill" }
    assert.equal(0, result.left)
    assert.equal(2, result.killed)
    assert.equal(0, sessions())
    assert.same({ "DRAIN", "DRAIN" }, column(hap, "app", "held", "status"))
  end)

  it("leaves a process in maintenance in it, and waits for its sessions", function()
    open(1, 2)
    hap:processes()[2]:command "set server app/held state maint"
    local result = server:drain { timeout = 0.2, interval = 0.1, on_timeout = "keep" }
    assert.equal(2, result.left)
    assert.same({ "DRAIN", "MAINT" }, column(hap, "app", "held", "status"))
    hap:processes()[1]:command "set server app/held state maint"
    result = server:drain { timeout = 0.2, interval = 0.1, on_timeout = "kill" }
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
      local err = raises("WaitTimeout", "timeout", bad.wait_up, bad, { timeout = 0.5, interval = 0.02 })
      assert.matches("server checked/bad to be up; last seen: process 1: [%u 1/3]+, process 2: [%u 1/3]+", err.message)
      assert.equal(2, #err.results)
    end)

    it("waits while it is drained, in maintenance, or somebody says that it is not", function()
      local good, tracking = hap:server("good", "checked")[1], hap:server("tracking", "checked")[1]
      local function is_not_up(object, expected)
        local _, err = object:wait_up { timeout = 0.1, interval = 0.02, die = false }
        assert.equal("WaitTimeout", err and err.name)
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
      local other = haproxyadmin.HAProxy { sockets = { farm.sockets[1] } }
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
