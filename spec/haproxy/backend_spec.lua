local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local names, raises = assertions.names, assertions.raises

describe("Backend", function()
  local farm, hap, app

  setup(function()
    farm = haproxy.start()
    farm:traffic(1, "www", 6)
    farm:traffic(2, "www", 2)
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    app = hap:backend "app"
  end)

  teardown(function()
    farm:stop()
  end)

  it("has a name, an id and processes", function()
    assert.equal("app", app.name)
    assert.equal(4, app.iid)
    assert.same({ 1, 2, 3, 4 }, app.process_nb)
    assert.equal("haproxyadmin.Backend (app)", tostring(app))
    assert.equal("UP", app.status)
  end)

  it("sums over the processes", function()
    assert.equal(8, app.requests)
    assert.same({ { 1, 6 }, { 2, 2 }, { 3, 0 }, { 4, 0 } }, app:requests_per_process())
    assert.equal("app", app:stats_per_process()[4][2].pxname)
  end)

  it("averages what a sum would make no sense of", function()
    assert.equal(2, app:metric "act")
    assert.equal(20, app:metric "weight")
  end)

  it("has servers", function()
    assert.same({ "app1", "app2", "app3" }, names(app:servers()))
    assert.same({ "app2" }, names(app:servers "app2"))
    assert.same({}, names(app:servers "nosuch"))
    assert.is_true(app:servers():contains "app3")
    assert.equal("app", app:server("app1").backendname)
    assert.matches('no server "nosuch"', raises("ValueError", "not_found", app.server, app, "nosuch").message)
    raises("ValueError", "bad_argument", app.server, app)
    raises("ValueError", "bad_argument", app.server, app, 7)
    raises("ValueError", "bad_argument", app.servers, app, "")
  end)

  it("gives every metric of its list", function()
    local taken = hap:snapshot():backend "app"
    local rows = assertions.rows(taken:stats_per_process())
    local count = assertions.aggregated(haproxyadmin.BACKEND_METRICS, rows, function(name)
      return taken:metric(name)
    end)
    assert.is_true(count > 10, count)
    for _, name in ipairs(haproxyadmin.BACKEND_METRICS) do
      assert.equal("number", type(app:metric(name)), name)
    end
    assert.equal("roundrobin", app:metric "algo")
  end)
end)
