local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local master = require "spec.support.master"
local util = require "luassert.util"

local raises = assertions.raises

describe("through a master's socket", function()
  local m, hap

  setup(function()
    m = master.start()
  end)

  teardown(function()
    m:stop()
  end)

  before_each(function()
    m:configure()
    hap = haproxyadmin.HAProxy { master = m.socket, timeout = 10, retry_interval = 0.1 }
    assert.is_true(hap:backend("app"):server("s1"):setweight(10))
  end)

  it("the processes are the workers", function()
    local process = hap:processes()[1]
    assert.equal(1, #hap:processes())
    assert.equal(m:workers()[1], process.pid)
    assert.equal(m.socket, process.address)
    assert.equal(0, process.generation)
    assert.equal(process.pid, hap.processids[1])
    assert.truthy(tostring(hap):find(m.socket, 1, true))
  end)

  it("everything is as through the worker's own socket", function()
    local own = haproxyadmin.HAProxy { socket_file = m.stats, timeout = 10 }
    assert.equal(own.version, hap.version)
    local server = hap:backend("app"):server "s1"
    assert.is_true(server:setweight(33))
    assert.equal(33, own:backend("app"):server("s1").weight)
    assert.equal(33, server.weight)
    assert.equal(#own:snapshot():servers(), #hap:snapshot():servers())
    -- Some columns are seconds, and go on between two readings.
    assertions.eventually(function()
      local rows = own:processes()[1]:stats(-1, 4, -1)
      return #rows == 2 and util.deepcompare(rows, hap:processes()[1]:stats(-1, 4, -1))
    end)
  end)

  it("raw commands run in the worker, and nowhere else", function()
    local answers = hap:command "get weight app/s2;get weight app/s1"
    assert.same({ { 1, { "20 (initial 20)", "", "10 (initial 10)" } } }, answers)
    assert.same({ "20 (initial 20)" }, hap:processes()[1]:command "get weight app/s2")
    for _, text in ipairs { "@master show proc", "get weight app/s2; @1 show info", "@", "x\n @!1 show info" } do
      local err = raises("ValueError", "bad_argument", hap.command, hap, text)
      assert.truthy(err.message:find("another process", 1, true))
    end
    assert.truthy(hap:command("show proc")[1][2][1]:find "^Unknown command")
  end)

  it("a batch larger than a line is run to its end", function()
    local server = hap:backend("app"):server "s1"
    assert.is_true(hap:batch(function(b)
      for i = 1, 1500 do
        b:setweight(server, i % 250)
      end
    end))
    assert.equal(1500 % 250, server.weight)
  end)

  it("maps are read, changed and filled", function()
    local map = hap:map(m.dir .. "/sites.map")
    assert.same({ ["/one"] = "first", ["/two"] = "second" }, (map:totable()))
    assert.is_true(map:put("/three", "a;b @1 <<"))
    local wanted = { ["/one"] = "other" }
    for i = 1, 3000 do
      wanted["/k" .. i] = ("value %d of the map ; @1"):format(i)
    end
    for _, mode in ipairs(haproxy.version() >= 204 and { "diff", "replace" } or { "diff" }) do
      map:sync(wanted, { mode = mode })
      local own = haproxyadmin.HAProxy { socket_file = m.stats, timeout = 10 }
      assert.same(wanted, (own:map(m.dir .. "/sites.map"):totable()))
      wanted["/k1"] = "changed"
      map:sync(wanted, { mode = mode })
      assert.same(wanted, (map:totable()))
    end
  end)

  it("lists and refusals are whole", function()
    assert.equal(1, #hap:errors())
    raises("CommandFailed", "not_found", hap.clear_map, hap, "/not/there")
    local err = raises("CommandFailed", "bad_argument", hap.setmaxconn, hap, 2 ^ 31 - 1)
    assert.truthy(err.message)
  end)

  it("a reload is found, by objects that were there before", function()
    local server, process = hap:backend("app"):server "s1", hap:processes()[1]
    assert.is_true(server:setweight(77))
    local pid = m:reload()
    assert.equal(10, server.weight)
    assert.same({ pid }, hap.processids)
    assert.is_true(server:setweight(5))
    assert.equal(5, server.weight)
    assert.equal(process.generation + 1, hap:processes()[1].generation)
  end)

  it("an old worker gets no commands", function()
    local client = m:client()
    assert.is_true(hap:backend("app"):server("s1"):setweight(22))
    local before = m:workers()[1]
    local pid = m:reload()
    assert.is_true(hap:backend("app"):server("s1"):setweight(44))
    assert.equal("22 (initial 10)\n\n", master.ask(m.socket, ("@!%d get weight app/s1\nquit\n"):format(before)))
    assert.equal("44 (initial 10)\n\n", master.ask(m.socket, ("@!%d get weight app/s1\nquit\n"):format(pid)))
    client:close()
  end)

  it("what a reload that failed has left is found", function()
    local pid = m:workers()[1]
    local reloads = master.ask(m.socket, "show proc\nquit\n"):match "master%D+0? *(%d+)"
    m:configure(function(text)
      return text .. "\nnonsense here\n"
    end)
    m:signal "USR2"
    master.eventually(function()
      local now = master.ask(m.socket, "show proc\nquit\n"):match "master%D+0? *(%d+)"
      return now ~= reloads
    end)
    assert.same({ pid }, hap.processids)
    assert.is_true(hap:backend("app"):server("s1"):setweight(12))
    assert.equal(12, hap:backend("app"):server("s1").weight)
    assert.same({ pid }, haproxyadmin.HAProxy({ master = m.socket, timeout = 10 }).processids)
  end)

  it("no connection stays on the master", function()
    local native = require "haproxyadmin.transport.native"
    local open = assert(native:open(m.socket, native:now() + 20))
    assert(open:send("show proc\n", native:now() + 20))
    assert(open:receive(native:now() + 20))
    assert.equal(1, m:connections())
    open:close()
    for _ = 1, 25 do
      assert.equal("app", hap:backend("app").name)
    end
    assert.is_true(master.eventually(function()
      return m:connections() == 0
    end))
  end)

  -- How many connections the master has in the end.
  local function assert_connections(count)
    assertions.eventually(function()
      return m:connections() == count
    end)
  end

  it("one connection is kept where that is asked for, and no other worker is met on it", function()
    local kept = haproxyadmin.HAProxy { master = m.socket, timeout = 10, retry_interval = 0.1, keep = true }
    local server = kept:backend("app"):server "s1"
    for weight = 31, 40 do
      assert.is_true(server:setweight(weight))
      assert.equal(weight, server.weight)
    end
    assert_connections(1)
    local generation = kept:processes()[1].generation
    -- What is asked otherwise has a connection of its own.
    assert.equal(2, #kept:snapshot():servers())
    assert.is_true(kept:batch(function(b)
      b:setweight(server, 41)
      b:setweight(server, 42)
    end))
    assert.equal(42, server.weight)
    for _ = 1, 2 do
      local client = m:client()
      local pid = m:reload()
      assert.equal(10, server.weight)
      assert.is_true(server:setweight(44))
      assert.equal(44, server.weight)
      local process = kept:processes()[1]
      assert.equal(pid, process.pid)
      assert.is_true(process.generation > generation)
      generation = process.generation
      client:close()
    end
    assert_connections(1)
    assert.is_true(server:setweight(10))
    kept:close()
    assert_connections(0)
    raises("ValueError", "bad_argument", server.setweight, server, 1)
  end)

  -- What a kept connection is trusted for.
  it("a reload breaks off every connection", function()
    local native = require "haproxyadmin.transport.native"
    local open = assert(native:open(m.socket, native:now() + 20))
    assert(open:send("prompt\n", native:now() + 20))
    assert(open:receive(native:now() + 20))
    m:reload()
    local bytes, code = open:receive(native:now() + 60)
    open:close()
    assert.is_nil(bytes)
    assert.is_true(code == "closed" or code == "reset", code)
  end)

  it("what is no master's socket is told", function()
    local err = raises("ValueError", "failed", haproxyadmin.HAProxy, { master = m.stats })
    assert.truthy(err.message:find("no master's", 1, true))
    raises("ValueError", "not_found", haproxyadmin.HAProxy, { master = m.dir .. "/nobody.sock" })
    raises("ValueError", "bad_argument", haproxyadmin.HAProxy, { master = m.socket, socket_file = m.stats })
  end)

  it("ten clients that hold a master's connections are an error in time", function()
    local native = require "haproxyadmin.transport.native"
    local held = {}
    for i = 1, 10 do
      held[i] = assert(native:open(m.socket, native:now() + 20))
    end
    local hasty = haproxyadmin.HAProxy
    local started = native:now()
    local err = raises("ValueError", "timeout", hasty, { master = m.socket, timeout = 0.5 })
    assert.is_true(native:now() - started < 20)
    assert.truthy(err.message:find("ten connections", 1, true))
    for i = 1, 10 do
      held[i]:close()
    end
  end)
end)

describe("a worker that dies while an old one is there", function()
  -- Some versions of the master go on then, and end otherwise.
  it("leaves nobody who serves, until there is another one", function()
    local m = master.start { global = "  master-worker no-exit-on-failure\n" }
    local client, old = m:client(), m:workers()[1]
    local pid = m:reload()
    local function one(keep)
      return assertions.eventually(function()
        return (haproxyadmin.HAProxy { master = m.socket, timeout = 1, retry = false, keep = keep, die = false })
      end)
    end
    local hap, kept = one(false), one(true)
    haproxy.shell("kill -KILL " .. pid)
    assertions.eventually(function()
      local answers, workers = pcall(m.workers, m)
      return not (answers and workers[1] == pid)
    end)
    for _, done in ipairs { { hap:setmaxconn(50) }, { kept:get "version" } } do
      assert.is_nil(done[1])
      assert.is_true(haproxyadmin.is_error(done[2], "HAProxySocketError"), tostring(done[2]))
    end
    raises("ValueError", nil, haproxyadmin.HAProxy, { master = m.socket, timeout = 10 })
    local own = haproxyadmin.Master { socket = m.socket, timeout = 10, die = false }
    local list = own and own:workers() or {}
    assert.is_true(#list == 0 or list[1].pid == old and not list[1].current)
    client:close()
    -- Where the master has ended, too, somebody starts it.
    if not (list[1] and own:reload { timeout = 60 }) then
      m:launch()
    end
    for i, self in ipairs { hap, kept } do
      assertions.eventually(function()
        return self:backend("app"):server("s1"):setweight(50 + i)
      end)
      local weight = haproxyadmin.HAProxy({ socket_file = m.stats, timeout = 10 }):backend("app"):server("s1").weight
      assert.equal(50 + i, weight)
    end
    m:stop()
  end)
end)

describe("a master's socket of a low level", function()
  it("is told from one that is high enough", function()
    local m = master.start { level = "operator" }
    local hap = haproxyadmin.HAProxy { master = m.socket, timeout = 10 }
    local err = raises("CommandFailed", "permission", hap.setmaxconn, hap, 100)
    m:stop()
    assert.truthy(err.message:find("-S " .. m.socket .. ",level,admin", 1, true))
  end)
end)
