local assertions = require "spec.support.assertions"
local haproxyadmin = require "haproxyadmin"
local table_transport = require "spec.support.table_transport"

local raises = assertions.raises

describe("a batch", function()
  local transport, processes, hap

  before_each(function()
    processes = { ["/a"] = table_transport.process "2.6", ["/b"] = table_transport.process "2.6" }
    transport = table_transport.new(processes)
    hap = haproxyadmin.HAProxy { sockets = { "/a", "/b" }, transport = transport, retry = false }
    transport.received = {}
  end)

  -- The commands that one process received.
  local function received(address)
    local list = {}
    for _, entry in ipairs(transport.received) do
      if entry[1] == address then
        list[#list + 1] = entry[2]
      end
    end
    return list
  end

  local silent = function()
    return nil, { code = "timeout" }
  end

  it("asks the process that a partial snapshot is without, too", function()
    local real = processes["/b"]
    processes["/b"] = silent
    local server = hap:snapshot({ partial = true }):server("app1")[1]
    processes["/b"] = real
    transport.received = {}
    assert.is_true(hap:batch(function(b)
      b:setweight(server, 7)
    end))
    assert.same({ { "/a", "set weight app/app1 7" }, { "/b", "set weight app/app1 7" } }, transport.received)
    processes["/b"] = silent
    local err = raises("SocketTimeout", "timeout", hap.batch, hap, function(b)
      b:setweight(server, 8)
    end)
    assert.same({ true, false }, { err.results[1].ok, err.results[2].ok })
  end)

  it("joins commands to few lines, in order", function()
    local exchanges = transport.exchanges
    assert.is_true(hap:batch(function(b)
      for i = 1, 1000 do
        b:add_map("/m", "key" .. i, i)
      end
    end))
    local list = received "/a"
    assert.equal(1000, #list)
    assert.equal("add map /m key1 1", list[1])
    assert.equal("add map /m key1000 1000", list[1000])
    assert.is_true(transport.exchanges - exchanges < 5)
  end)

  it("deletes all entries of a key before what stands behind it, on versions that delete one at a time", function()
    local entries = { k = 5 }
    processes["/b"] = table_transport.process("3.4", {
      ["del map /m k"] = function()
        if entries.k == 0 then
          return "Key not found.\n"
        end
        entries.k = entries.k - 1
        return ""
      end,
      ["add map /m k new"] = function()
        assert.equal(0, entries.k)
        entries.k = entries.k + 1
        return ""
      end,
    })
    hap = haproxyadmin.HAProxy { sockets = { "/a", "/b" }, transport = transport, retry = false }
    transport.received = {}
    assert.is_true(hap:batch(function(b)
      b:add_map("/m", "before", 1)
      b:del_map("/m", "k")
      b:add_map("/m", "k", "new")
    end))
    assert.equal(1, entries.k)
    assert.same({ "add map /m before 1", "del map /m k", "add map /m k new" }, received "/a")
  end)

  it("gives up a process that never has the last entry of a key", function()
    processes["/b"] = table_transport.process "3.4"
    hap = haproxyadmin.HAProxy { sockets = { "/a", "/b" }, transport = transport, retry = false, timeout = 1 }
    local before = transport.time
    raises("SocketTimeout", "timeout", hap.batch, hap, function(b)
      b:del_acl("/a", "x")
    end)
    raises("SocketTimeout", "timeout", hap.del_map, hap, "/a", "x")
    assert.is_true(transport.time - before < 2.1)
  end)

  it("refuses a reference, an unknown command and a stranger's object", function()
    raises("ValueError", "bad_argument", hap.batch, hap, function(b)
      b:del_map("/m", "0x1f")
    end)
    raises("ValueError", "bad_argument", hap.batch, hap, function(b)
      b:frontends()
    end)
    raises("ValueError", "bad_argument", hap.batch, hap, function(b)
      b:setmaxconn(5)
    end)
    local other = haproxyadmin.HAProxy { sockets = { "/a" }, transport = transport }
    local server = other:backend("app"):server "app1"
    transport.received = {}
    raises("ValueError", "bad_argument", hap.batch, hap, function(b)
      b:setweight(server, 1)
    end)
    assert.same({}, transport.received)
  end)

  it("gives a process that stopped answering nothing more", function()
    processes["/b"] = silent
    local long = ("x"):rep(9000)
    local err = raises("SocketTimeout", "timeout", hap.batch, hap, function(b)
      for _ = 1, 4 do
        b:add_map("/m", "k", long)
      end
    end)
    assert.equal(4, #err.outcomes)
    assert.equal(1, #received "/b")
    assert.equal(4, #received "/a")
  end)

  describe("as a plan", function()
    it("tells what would be sent to whom, and sends nothing", function()
      local server = hap:server("app1", "app")[1]
      transport.received = {}
      local plan = hap:plan(function(b)
        b:setweight(server, 7)
        b:setstate(server, "drain")
      end)
      assert.same({}, transport.received)
      assert.equal(4, plan.commands)
      assert.equal(1, plan.exchanges)
      assert.is_false(plan:is_empty())
      local lines = { "set weight app/app1 7", "set server app/app1 state drain" }
      assert.same({ { process_nb = 1, commands = lines }, { process_nb = 2, commands = lines } }, plan.processes)
      assert.equal(
        "4 commands in 1 exchange\nprocesses 1, 2:\n  set weight app/app1 7\n  set server app/app1 state drain",
        tostring(plan)
      )
    end)

    it("counts the exchanges that a batch takes", function()
      local long = ("x"):rep(9000)
      local function fn(b)
        for _ = 1, 4 do
          b:add_map("/m", "k", long)
        end
      end
      local plan, exchanges = hap:plan(fn), transport.exchanges
      assert.is_true(hap:batch(fn))
      assert.equal(plan.exchanges, transport.exchanges - exchanges)
      for n, address in ipairs { "/a", "/b" } do
        assert.same(received(address), plan.processes[n].commands)
      end
    end)

    it("is empty where nothing is asked for", function()
      local plan = hap:plan(function() end)
      assert.is_true(plan:is_empty())
      assert.equal("0 commands in 0 exchanges", tostring(plan))
    end)

    it("refuses what a batch refuses", function()
      raises("ValueError", "bad_argument", hap.plan, hap, function(b)
        b:del_map("/m", "0x1f")
      end)
      raises("ValueError", "bad_argument", hap.plan, hap, 1)
      assert.has_error(function()
        hap:plan(function()
          error "mine"
        end)
      end)
    end)
  end)
end)
