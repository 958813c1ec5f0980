local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local testing = require "haproxyadmin.testing"

local raises, column, times = assertions.raises, assertions.column, assertions.times

describe("Server", function()
  local farm, hap, server

  setup(function()
    farm = haproxy.start()
    farm:traffic(1, "api", 4)
    farm:traffic(4, "www", 4)
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    server = hap:backend("app"):server "app2"
  end)

  teardown(function()
    farm:stop()
  end)

  local function column_of(object, name)
    return column(hap, object.backendname, object.name, name)
  end

  it("has names, ids and processes", function()
    assert.equal("app2", server.name)
    assert.equal("app", server.backendname)
    assert.equal(2, server.sid)
    assert.equal(4, server.iid)
    assert.same({ 1, 2, 3, 4 }, server.process_nb)
    assert.equal("haproxyadmin.Server (app/app2)", tostring(server))
  end)

  it("sums over the processes", function()
    local api = hap:server("app1", "api_servers")[1]
    assert.equal(4, api.requests + hap:server("v6", "api_servers")[1].requests)
    assert.equal(2, server.requests)
    assert.same({ { 1, 0 }, { 2, 0 }, { 3, 0 }, { 4, 2 } }, server:requests_per_process())
    assert.equal(2, server:stats_per_process()[4][2].stot)
  end)

  it("tells how checks went, and nothing where there are none", function()
    local checked = hap:server("app1", "app")[1]
    assertions.eventually(function()
      return table.concat(column_of(checked, "check_status")) == ("L4OK"):rep(4)
        and table.concat(column_of(checked, "status")) == ("UP"):rep(4)
    end)
    assert.equal("L4OK", checked.check_status)
    assert.equal("UP", checked.status)
    assert.is_nil(checked.check_code)
    assert.is_nil(server.check_status)
    assert.is_nil(server.check_code)
    assert.is_nil(server.last_status)
    assert.is_nil(server.last_agent_check)
    assert.equal("no check", server.status)
  end)

  it("tells how the last check went while the next one is under way", function()
    local checking = haproxy.start {
      processes = 2,
      global = "  spread-checks 50\n",
      config = [[
frontend slow
  bind {origin}:8002
  timeout tarpit 200ms
  http-request tarpit deny_status 200
backend checked
  option httpchk
  timeout check 2s
  server slow {origin}:8002 check inter 300ms
]],
    }
    finally(function()
      checking:stop()
    end)
    local all = haproxyadmin.HAProxy { socket_dir = checking:folder(), timeout = 10 }
    -- Some while after the start: one process is checking just now, the other is not.
    local slow, said
    assertions.eventually(function()
      slow = all:snapshot():server("slow")[1]
      said = {}
      for _, entry in ipairs(slow:stats_per_process()) do
        said[entry[2].check_status] = true
      end
      return said["L7OK"] and said["* L7OK"]
    end)
    assert.equal("L7OK", slow.check_status)
    assert.equal("L7OK", slow:metric "check_status")
  end)

  -- HAProxy 2.9 and later answer before they have set an address. Which version answers
  -- is known for sure only after the next reload, so that each is looked at.
  it("waits until HAProxy shows the address", function()
    local row = ("show stat %d 4 %d"):format(server.iid, server.sid)
    local replies = {}
    for _, line in ipairs { "show info", "show stat -1 4 -1", row } do
      replies[line] = table.concat(hap:processes()[1]:command(line), "\n")
    end
    local host, port = server.address, server.port
    local function start(version)
      replies["show info"] = replies["show info"]:gsub("\nVersion: [^\n]*", "\nVersion: " .. version)
      local fake = testing.start { replies = replies }
      finally(function()
        fake:stop()
      end)
      local one = haproxyadmin.HAProxy { socket_file = fake.address, timeout = 10 }
      return fake, one:servers():get "app2", one
    end
    local function answer(text)
      return { "reply", text .. "\n\n" }
    end
    local said = "IP changed from '%s' to '127.0.0.9', port changed from '%d' to '99' by 'stats socket command'"
    local changed = answer(said:format(host, port))
    local function renewed(line)
      return answer((replies[line]:gsub("%f[%d]" .. host .. ":" .. port, "127.0.0.9:99")))
    end

    local fake, late, one = start "3.0.11"
    local also = one:servers():get "app3"
    fake:script { changed, "answer", "answer", renewed(row) }
    assert.is_true(late:setaddress("127.0.0.9", 99))
    assert.equal(4, #fake:received())
    -- What another one set meanwhile, or cannot be read, is no error.
    fake:script { changed, "answer" }
    assert.is_true(late:setaddress("127.0.0.9", 99))
    fake:script { changed, "close" }
    assert.is_true(late:setaddress("127.0.0.9", 99))
    assert.equal(2, #fake:received())
    -- Nothing to wait for.
    fake:script { answer "nothing changed" }
    assert.is_true(late:setaddress(host, port))
    assert.equal(1, #fake:received())
    -- Two servers in a batch: all are looked at.
    fake:script { answer(changed[2] .. said:format(host, port)), "answer", renewed "show stat -1 4 -1" }
    assert.is_true(one:batch(function(b)
      b:setaddress(late, "127.0.0.9", 99)
      b:setaddress(also, "127.0.0.9", 99)
    end))
    local received = fake:received()
    fake:stop()
    assert.equal(3, #received)
    assert.equal("show stat -1 4 -1", received[3].command)

    local other, early = start "2.8.0"
    other:script { changed, renewed(row) }
    assert.is_true(early:setaddress("127.0.0.9", 99))
    assert.equal(2, #other:received())
  end)

  it("takes all five states, in every process", function()
    local expected = { enable = "no check", ready = "no check", disable = "MAINT", maint = "MAINT", drain = "DRAIN" }
    for _, state in ipairs { "disable", "enable", "maint", "ready", "drain", "ready" } do
      assert.is_true(server:setstate(state))
      assert.same(times(4, expected[state]), column_of(server, "status"))
      assert.equal(expected[state], server.status)
    end
    assert.matches("'enable'", raises("ValueError", "bad_argument", server.setstate, server, "up").message)
    raises("ValueError", "bad_argument", server.setstate, server)
    assert.equal("no check", server.status)
  end)

  it("takes weights from 0 to 256, and relative ones", function()
    for _, weight in ipairs { 0, 1, 256, 20 } do
      assert.is_true(server:setweight(weight))
      assert.same(times(4, weight), column_of(server, "weight"))
      assert.equal(weight, server.weight)
    end
    assert.is_true(server:setweight "50%")
    assert.same(times(4, 5), column_of(server, "weight"))
    assert.is_true(server:setweight "100%")
    for _, wrong in ipairs { -1, 257, 1.5, "20", "x%", "-5%", "%", "5%;show info", true, {} } do
      raises("ValueError", "bad_argument", server.setweight, server, wrong)
    end
    assert.equal(10, server.weight)
  end)

  it("takes another address, and says so when it has it already", function()
    local before = server.address
    assert.is_true(server:setaddress "127.0.0.9")
    assert.same(times(4, "127.0.0.9:8001"), column_of(server, "addr"))
    assert.is_true(server:setaddress "127.0.0.9")
    assert.is_true(server:setaddress("127.0.0.8", 99))
    assert.same(times(4, "127.0.0.8:99"), column_of(server, "addr"))
    assert.equal("127.0.0.8", server.address)
    assert.equal(99, server.port)
    assert.is_true(server:setport(100))
    assert.is_true(server:setport(100))
    assert.equal(100, server.port)
    server.address = before
    server.port = 8001
    assert.same(times(4, before .. ":8001"), column_of(server, "addr"))
  end)

  it("takes IPv6 addresses", function()
    local v6 = hap:server("v6")[1]
    assert.equal("::1", v6.address)
    assert.equal(8001, v6.port)
    assert.is_true(v6:setaddress("2001:db8::7", 81))
    assert.equal("2001:db8::7", v6.address)
    assert.is_true(v6:setport(82))
    assert.same(times(4, "[2001:db8::7]:82"), column_of(v6, "addr"))
  end)

  it("keeps the address of each process when the port changes", function()
    for i, process in ipairs(hap:processes()) do
      process:command(("set server app/app3 addr 127.0.1.%d port %d"):format(i, i))
    end
    local third = hap:server("app3")[1]
    assertions.eventually(function()
      return table.concat(column_of(third, "addr"), " ") == "127.0.1.1:1 127.0.1.2:2 127.0.1.3:3 127.0.1.4:4"
    end)
    raises("InconsistentData", "inconsistent", function()
      return third.address
    end)
    local err = raises("InconsistentData", "inconsistent", function()
      return third.port
    end)
    assert.same({ 2, 2 }, err.results[2])
    third.port = 77
    assert.equal(77, third.port)
    assert.same({ "127.0.1.1:77", "127.0.1.2:77", "127.0.1.3:77", "127.0.1.4:77" }, column_of(third, "addr"))
    assert.is_true(third:setaddress("127.0.1.1", 5))
    assert.same(times(4, "127.0.1.1:5"), column_of(third, "addr"))
  end)

  it("refuses what is no address and no port", function()
    for _, wrong in ipairs {
      "",
      "host.example",
      "1.2.3",
      "1.2.3.256",
      "1.2.3.4:80",
      "[::1]",
      ":::",
      "1.1.1.1 port 9",
    } do
      raises("ValueError", "bad_argument", server.setaddress, server, wrong)
    end
    raises("ValueError", "bad_argument", server.setaddress, server, "127.0.0.1", 0)
    for _, wrong in ipairs { 0, 65536, -1, "80 ", "0x50", "", 1.5 } do
      raises("ValueError", "bad_argument", server.setport, server, wrong)
    end
    raises("ValueError", "bad_argument", function()
      server.address = "nonsense"
    end)
    raises("ValueError", "bad_argument", function()
      server.name = "other"
    end)
  end)

  it("has an address and no port where its port is an offset; a port can be set", function()
    local other = haproxy.start {
      processes = 2,
      origin = false,
      config = "backend b\n  server s 127.0.0.1:-1000\n",
    }
    finally(function()
      other:stop()
    end)
    local one = haproxyadmin.HAProxy({ socket_dir = other:folder(), timeout = 10 }):backend("b"):server "s"
    assert.same({ "127.0.0.1" }, { one.address, one.port })
    local snapshot = haproxyadmin.HAProxy({ socket_dir = other:folder(), timeout = 10 }):snapshot()
    assert.same({ "127.0.0.1" }, { snapshot:servers()[1].address, snapshot:servers()[1].port })
    assert.is_true(one:setport(80))
    assert.same({ "127.0.0.1", 80 }, { one.address, one.port })
  end)

  it("has no port to change on a unix socket", function()
    local sock = hap:server("sock")[1]
    assert.equal("unix", sock.address)
    assert.is_nil(sock.port)
    raises("CommandFailed", "unsupported", sock.setport, sock, 80)
    raises("CommandFailed", "unsupported", sock.setaddress, sock, "127.0.0.1")
  end)

  it("ends its sessions", function()
    assert.is_true(server:shutdown())
  end)

  it("is told from others by what it names", function()
    assert.equal(server, hap:server("app2")[1])
    assert.equal(server, hap:snapshot():server("app2")[1])
    assert.are_not.equal(hap:server("app1", "app")[1], hap:server("app1", "api_servers")[1])
    assert.is_false(server == hap:backend "app")
    assert.is_false(server == "app2")
  end)

  it("has no other properties", function()
    local err = raises("ValueError", "bad_argument", function()
      return server.wieght
    end)
    assert.matches("wieght", err.message)
    local value
    value, err = server:get "wieght"
    assert.is_nil(value)
    assert.is_true(err:is "ValueError")
    assert.equal(10, server:get "weight")
  end)

  it("gives every metric of its list", function()
    local taken = hap:snapshot():server("app1", "app")[1]
    local rows = assertions.rows(taken:stats_per_process())
    local count = assertions.aggregated(haproxyadmin.SERVER_METRICS, rows, function(name)
      return taken:metric(name)
    end)
    assert.is_true(count > 10, count)
    for _, name in ipairs(haproxyadmin.SERVER_METRICS) do
      assert.equal("number", type(server:metric(name)), name)
    end
  end)

  it("refuses a weight that the algorithm does not take", function()
    local config = "backend static\n  balance static-rr\n  server s1 127.0.0.1:1\n"
    local other = haproxy.start { processes = 1, origin = false, config = config }
    local static = haproxyadmin.HAProxy({ socket_file = other.sockets[1], timeout = 10 }):server("s1")[1]
    local ok, err = static:setweight(5, { die = false })
    other:stop()
    assert.is_nil(ok)
    assert.equal("CommandFailed", err.name)
    assert.equal("bad_argument", err.code)
  end)
end)
