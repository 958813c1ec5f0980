local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local names, raises = assertions.names, assertions.raises

describe("HAProxy", function()
  local farm, hap

  setup(function()
    farm = haproxy.start { global = "  description four of them\n  node here\n" }
    farm:traffic(1, "www", 5)
    farm:traffic(2, "api", 3)
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
  end)

  teardown(function()
    farm:stop()
  end)

  it("lists in HAProxy's order", function()
    assert.same({ "www", "api" }, names(hap:frontends()))
    assert.same({ "app", "api_servers", "local_only" }, names(hap:backends()))
    assert.same({ "app1", "app2", "app3", "app1", "v6", "sock" }, names(hap:servers()))
    assert.same({ "app1", "v6" }, names(hap:servers "api_servers"))
    assert.same({ "api" }, names(hap:frontends "api"))
    assert.same({ "app" }, names(hap:backends "app"))
  end)

  it("prints the listing of the documentation", function()
    local lines = {}
    for _, backend in ipairs(hap:backends()) do
      lines[#lines + 1] = ("%s %d %s"):format(backend.name, backend.requests, table.concat(backend.process_nb, ","))
    end
    assert.same({ "app 5 1,2,3,4", "api_servers 3 1,2,3,4", "local_only 0 1,2,3,4" }, lines)
  end)

  it("finds by name", function()
    assert.equal("api", hap:frontend("api").name)
    assert.equal("app", hap:backend("app").name)
    local servers = hap:server "app1"
    assert.same({ "app", "api_servers" }, { servers[1].backendname, servers[2].backendname })
    assert.equal(1, #hap:server("app1", "api_servers"))
  end)

  it("says when there is nothing of that name", function()
    assert.same({}, names(hap:frontends "app"))
    assert.same({}, names(hap:backends "nosuch"))
    assert.same({}, names(hap:servers "nosuch"))
    assert.matches('no frontend "app"', raises("ValueError", "not_found", hap.frontend, hap, "app").message)
    raises("ValueError", "not_found", hap.backend, hap, "www")
    raises("ValueError", "not_found", hap.backend, hap, "2")
    raises("ValueError", "not_found", hap.backend, hap, "a b;show info")
    raises("ValueError", "not_found", hap.server, hap, "nosuch")
    raises("ValueError", "not_found", hap.server, hap, "app1", "nosuch")
    raises("ValueError", "bad_argument", hap.frontend, hap)
    raises("ValueError", "bad_argument", hap.frontend, hap, 5)
    raises("ValueError", "bad_argument", hap.backends, hap, "")
  end)

  it("has properties", function()
    assert.equal("four of them", hap.description)
    assert.equal("here", hap.nodename)
    assert.matches("^%d+/%d+/%d+$", hap.releasedate)
    assert.matches("^%d+%.%d+", hap.version)
    assert.matches("^%d+d %d+h%d+m%d+s$", hap.uptime)
    assert.is_true(hap.uptimesec >= 0)
    assert.equal(8, hap.requests)
    assert.is_true(hap.totalrequests >= 8)
    local pids = {}
    for i, info in ipairs(hap:info()) do
      pids[i] = info.Pid
    end
    assert.equal(4, #pids)
    assert.same(pids, hap.processids)
  end)

  it("sums what is per process", function()
    local sum = 0
    for _, info in ipairs(hap:info()) do
      sum = sum + info.Maxconn
    end
    assert.equal(sum, hap.maxconn)
    assert.equal(sum, hap:metric "Maxconn")
    assert.equal(sum / 4, hap:metric("Maxconn", { rule = "max" }))
    assert.is_true(hap:metric "Idle_pct" <= 100)
    raises("ValueError", "bad_argument", hap.metric, hap, "stot")
    raises("ValueError", "bad_argument", hap.metric, hap)
    raises("InconsistentData", "inconsistent", hap.metric, hap, "Pid")
  end)

  it("gives every metric of its list", function()
    local snapshot = hap:snapshot()
    local count = assertions.aggregated(haproxyadmin.HAPROXY_METRICS, snapshot:info(), function(name)
      return snapshot:metric(name)
    end)
    -- Rates are back at 0 after a second.
    assert.is_true(count >= 15, count)
    for _, name in ipairs(haproxyadmin.HAPROXY_METRICS) do
      assert.equal("number", type(hap:metric(name)), name)
    end
    assert.equal("here", hap:metric "node")
  end)

  local setters = {
    setmaxconn = { property = "maxconn", field = "Maxconn" },
    setratelimitconn = { property = "ratelimitconn", field = "ConnRateLimit" },
    setratelimitsess = { property = "ratelimitsess", field = "SessRateLimit" },
    setratelimitsslsess = { property = "ratelimitsslsess", field = "SslRateLimit" },
  }
  for method, expected in pairs(setters) do
    it("changes in every process by " .. method, function()
      assert.is_true(hap[method](hap, 77))
      for _, info in ipairs(hap:info()) do
        assert.equal(77, info[expected.field])
      end
      assert.equal(4 * 77, hap[expected.property])
      for _, wrong in ipairs { -1, "5", 1.5, true } do
        raises("ValueError", "bad_argument", hap[method], hap, wrong)
      end
      raises("ValueError", "bad_argument", hap[method], hap)
      assert.equal(4 * 77, hap[expected.property])
    end)
  end

  it("passes HAProxy's own limits on", function()
    local err = raises("CommandFailed", "bad_argument", hap.setmaxconn, hap, 10000000)
    assert.equal("set maxconn global 10000000", err.command)
  end)

  it("sends raw commands as they are", function()
    local answer = hap:command "show info;show stat 2 1 -1"
    assert.equal(4, #answer)
    assert.equal(3, answer[3][1])
    assert.matches("^Name: ", answer[3][2][1])
    assert.matches("^www,FRONTEND", answer[3][2][#answer[3][2]])
    assert.same({}, hap:command("disable frontend api")[1][2])
    assert.same({}, hap:command("enable frontend api")[1][2])
    assert.matches("^Unknown command", hap:command("nonsense")[2][2][1])
    raises("ValueError", "bad_argument", hap.command, hap)
    raises("ValueError", "bad_argument", hap.command, hap, "")
    raises("SocketTransportError", "closed", hap.command, hap, "quit")
  end)

  it("shows the last errors", function()
    assert.matches("^Total events captured", hap:errors()[4][2][1])
    assert.matches("^Total events captured", hap:errors(2)[1][2][1])
    raises("ValueError", "bad_argument", hap.errors, hap, "www")
  end)

  it("clears counters", function()
    assert.is_true(hap:clearcounters())
    assert.equal(8, hap.requests)
    assert.is_true(hap:clearcounters(true))
    assert.equal(0, hap.requests)
    raises("ValueError", "bad_argument", hap.clearcounters, hap, "all")
  end)

  it("gives the single processes", function()
    local processes = hap:processes()
    assert.equal(4, #processes)
    for i, process in ipairs(processes) do
      assert.equal(i, process.process_nb)
      assert.equal(farm.sockets[i], process.address)
      assert.equal(hap.processids[i], process.pid)
    end
  end)

  it("says when processes are not the same", function()
    farm:reload(3, function(config)
      return (config:gsub("node here", "node there"))
    end)
    local err = raises("InconsistentData", "inconsistent", function()
      return hap.nodename
    end)
    assert.same({ 3, "there" }, err.results[3])
    assert.equal("four of them", hap.description)
  end)

  it("returns nil and an error when it shall not die", function()
    local calm = haproxyadmin.HAProxy { socket_dir = farm:folder(), die = false, timeout = 10 }
    local value, err = calm:frontend "nosuch"
    assert.is_nil(value)
    assert.equal("not_found", err.code)
    value, err = calm:setmaxconn "many"
    assert.is_nil(value)
    assert.is_true(err:is "ValueError")
    raises("ValueError", "not_found", calm.frontend, calm, "nosuch", { die = true })
    value, err = hap:frontend("nosuch", { die = false })
    assert.is_nil(value)
    assert.is_true(err:is "ValueError")
  end)

  it("refuses options and arguments that it does not know", function()
    raises("ValueError", "bad_argument", hap.frontends, hap, { dei = false })
    raises("ValueError", "bad_argument", hap.frontends, hap, { die = "no" })
    raises("ValueError", "bad_argument", hap.frontends, hap, "www", "api")
    raises("ValueError", "bad_argument", hap.snapshot, hap, { partial = 1 })
    assert.matches("colon", raises("ValueError", "bad_argument", hap.frontends).message)
    raises("ValueError", "bad_argument", hap.frontends, {})
  end)

  it("is of no use after close", function()
    local other = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    local frontend = other:frontend "www"
    assert.is_true(other:close())
    assert.is_true(other:close())
    raises("ValueError", "bad_argument", other.frontends, other)
    raises("ValueError", "bad_argument", frontend.disable, frontend)
    local value, err = other:frontends { die = false }
    assert.is_nil(value)
    assert.is_true(err:is "ValueError")
    raises("ValueError", "bad_argument", function()
      return other.version
    end)
    assert.equal("OPEN", hap:frontend("www").status)
  end)
end)
