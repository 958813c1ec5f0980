local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local testing = require "haproxyadmin.testing"

local raises = assertions.raises

describe("several hosts", function()
  local farm, port

  setup(function()
    port = haproxy.free_port()
    farm = haproxy.start {
      processes = 2,
      origin = false,
      global = ("  stats socket ipv4@{n}:%d level admin\n"):format(port):gsub("{n}", "127.0.0.1{n}"),
      config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  default_backend app
backend app
  server s1 127.0.0.1:1 weight 10
]],
    }
  end)

  teardown(function()
    farm:stop()
  end)

  -- Process 1 by its socket, process 2 over TCP.
  local function addresses()
    return { local_one = farm.sockets[1], far = ("tcp@127.0.0.12:%d"):format(port) }
  end

  it("have names, in their natural order", function()
    local hap = haproxyadmin.HAProxy { sockets = addresses(), timeout = 10 }
    local list = hap:processes()
    assert.same({ "far", "local_one" }, { list[1].name, list[2].name })
    assert.same({ 1, 2 }, { list[1].process_nb, list[2].process_nb })
    assert.equal(addresses().far, list[1].address)
    assert.equal(("haproxyadmin.Process (1 (far), %s)"):format(addresses().far), tostring(list[1]))
    assert.is_true(hap:backend("app"):server("s1"):setweight(33))
    assert.equal(33, hap:backend("app"):server("s1").weight)
    assert.same({ 1, 2 }, hap:frontend("www").process_nb)
    assert.is_nil(haproxyadmin.HAProxy({ sockets = farm.sockets, timeout = 10 }):processes()[1].name)
  end)

  it("are named by errors", function()
    local err = assertions.in_limit(function(seconds)
      farm:signal(2, "CONT")
      local hap = haproxyadmin.HAProxy { sockets = addresses(), timeout = seconds, retry = false }
      local server = hap:backend("app"):server "s1"
      farm:signal(2, "STOP")
      local found = raises("SocketTimeout", "timeout", server.setweight, server, 5)
      farm:signal(2, "CONT")
      -- Which is named far.
      return assertions.only_failed(found, 1) and found
    end)
    assert.truthy(err.message:find("socket far (tcp@127.0.0.12", 1, true), err.message)
    assert.truthy(err.message:find("taken by process 2 (local_one)", 1, true), err.message)
    assert.equal("far", err.results[1].name)
  end)

  it("cost their own time only when they are away", function()
    local silent = testing.start { replies = {}, script = { "stall" } }
    local list = addresses()
    list.away = silent.address
    local snapshot = assertions.in_limit(function(seconds)
      local hap = haproxyadmin.HAProxy { sockets = list, timeout = seconds, retry = false }
      local started = core.now()
      local found = hap:snapshot { partial = true }
      assert.is_true(core.now() - started < 20 + seconds)
      return #found.failed == 1 and found
    end)
    assert.equal(1, #snapshot.failed)
    assert.truthy(snapshot.failed[1][2].message:find("away (", 1, true))
    assert.equal(2, #snapshot:processes())
    silent:stop()
  end)

  it("have names that are texts, all or none of them", function()
    for _, sockets in ipairs {
      { a = "/x", "/y" },
      { [""] = "/x" },
      { ["a\nb"] = "/x" },
      { a = "/x", b = "/x" },
      { a = 3 },
      {},
    } do
      raises("ValueError", "bad_argument", haproxyadmin.HAProxy, { sockets = sockets })
    end
  end)
end)
