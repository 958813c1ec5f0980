local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local raises, column, times = assertions.raises, assertions.column, assertions.times

describe("Frontend", function()
  local farm, hap, www

  setup(function()
    farm = haproxy.start()
    farm:traffic(1, "www", 5)
    farm:traffic(3, "www", 2)
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    www = hap:frontend "www"
  end)

  teardown(function()
    farm:stop()
  end)

  it("has a name, ids and processes", function()
    assert.equal("www", www.name)
    assert.equal(2, www.iid)
    assert.same({ 1, 2, 3, 4 }, www.process_nb)
    assert.equal("haproxyadmin.Frontend (www)", tostring(www))
  end)

  it("sums over the processes", function()
    assert.equal(7, www.requests)
    assert.equal(7, www:metric "req_tot")
    assert.same({ { 1, 5 }, { 2, 0 }, { 3, 2 }, { 4, 0 } }, www:requests_per_process())
  end)

  it("shows all statistics of each process", function()
    local stats = www:stats_per_process()
    assert.equal(4, #stats)
    assert.equal(3, stats[3][1])
    assert.equal(2, stats[3][2].req_tot)
    assert.equal("FRONTEND", stats[3][2].svname)
    assert.is_nil(stats[3][2].qcur)
  end)

  it("is stopped, started and stopped again in every process", function()
    assert.equal("OPEN", www.status)
    assert.is_true(www:disable())
    if haproxy.version() ~= 204 then
      assert.is_true(www.status == "PAUSED" or www.status == "STOP")
    end
    assert.is_true(www:disable())
    assert.is_true(www:enable())
    assert.same(times(4, "OPEN"), column(hap, "www", "FRONTEND", "status"))
    assert.is_true(www:enable())
  end)

  it("is enabled where only one process was disabled", function()
    assert.same({}, hap:processes()[2]:command "disable frontend www")
    if haproxy.version() ~= 204 then
      raises("InconsistentData", "inconsistent", function()
        return www.status
      end)
    end
    assert.is_true(www:enable())
    assert.equal("OPEN", www.status)
  end)

  it("takes another maxconn in every process", function()
    assert.is_true(www:setmaxconn(123))
    assert.same(times(4, 123), column(hap, "www", "FRONTEND", "slim"))
    assert.equal(492, www.maxconn)
    for _, wrong in ipairs { -1, 1.5, "10", true } do
      raises("ValueError", "bad_argument", www.setmaxconn, www, wrong)
    end
    raises("ValueError", "bad_argument", www.setmaxconn, www)
    assert.equal(492, www.maxconn)
  end)

  it("is shut down for good", function()
    local api = hap:frontend "api"
    assert.is_true(api:shutdown())
    if haproxy.version() > 202 then
      assert.same(times(4, "STOP"), column(hap, "api", "FRONTEND", "status"))
    else
      raises("ValueError", "not_found", api.refresh, api)
    end
    assert.is_true(api:shutdown())
    local err = raises("CommandFailed", "in_use", api.enable, api)
    assert.equal("enable frontend api", err.command)
    assert.equal(4, #err.results)
    assert.matches("previously shut down", err.results[4][2])
  end)

  it("aggregates by another rule when told to", function()
    assert.equal(5, www:metric("req_tot", { rule = "max" }))
    assert.equal(0, www:metric("req_tot", { rule = "min" }))
    assert.equal(1, www:metric("req_tot", { rule = "avg" }))
    local err = raises("InconsistentData", "inconsistent", www.metric, www, "req_tot", { rule = "same" })
    assert.same({ 1, 5 }, err.results[1])
    raises("ValueError", "bad_argument", www.metric, www, "req_tot", { rule = "median" })
    raises("ValueError", "bad_argument", www.metric, www, "nosuch")
    raises("ValueError", "bad_argument", www.metric, www, "qcur")
    raises("ValueError", "bad_argument", www.metric, www)
  end)

  it("gives every metric of its list", function()
    local taken = hap:snapshot():frontend "www"
    local rows = assertions.rows(taken:stats_per_process())
    for _, read in ipairs {
      function(name) return taken:metric(name) end,
      function(name) return taken[name] end,
    } do
      local count = assertions.aggregated(haproxyadmin.FRONTEND_METRICS, rows, read)
      assert.is_true(count > 10, count)
    end
    for _, name in ipairs(haproxyadmin.FRONTEND_METRICS) do
      assert.equal("number", type(www:metric(name)), name)
    end
    assert.equal("http", www:metric "mode")
  end)
end)
