local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local raises = assertions.raises

describe("Snapshot", function()
  local farm, hap, snapshot

  setup(function()
    farm = haproxy.start()
    farm:traffic(1, "www", 6)
    farm:traffic(2, "www", 3)
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), retry = false, timeout = 10 }
    snapshot = hap:snapshot()
  end)

  teardown(function()
    farm:stop()
  end)

  it("has what HAProxy has", function()
    for _, method in ipairs { "frontends", "backends", "servers" } do
      local live, taken = hap[method](hap), snapshot[method](snapshot)
      assert.equal(#live, #taken)
      for i, object in ipairs(live) do
        assert.equal(object, taken[i])
        assert.equal(object.requests, taken[i].requests)
        assert.same(object:stats_per_process()[1][2].pxname, taken[i]:stats_per_process()[1][2].pxname)
      end
    end
    assert.equal(9, snapshot:frontend("www").requests)
    assert.equal("app", snapshot:backend("app").name)
    assert.equal(3, #snapshot:backend("app"):servers())
    assert.equal("app2", snapshot:backend("app"):server("app2").name)
    assert.equal(2, #snapshot:servers "api_servers")
    assert.equal(2, #snapshot:server "app1")
    assert.equal(1, #snapshot:server("app1", "app"))
    assert.equal(4, #snapshot:info())
    assert.equal(farm.sockets[2], snapshot:processes()[2].address)
    assert.is_true(snapshot:metric "CumReq" >= 9)
  end)

  it("says when there is nothing of that name", function()
    raises("ValueError", "not_found", snapshot.frontend, snapshot, "nosuch")
    raises("ValueError", "not_found", snapshot.backend, snapshot, "www")
    raises("ValueError", "not_found", snapshot.server, snapshot, "nosuch")
    raises("ValueError", "bad_argument", snapshot.frontend, snapshot)
    assert.equal(0, #snapshot:servers "nosuch")
  end)

  it("says when it was taken", function()
    assert.is_true(math.abs(os.time() - snapshot.time) < 60)
    assert.same({}, snapshot.failed)
    assert.equal("haproxyadmin.Snapshot (processes: 4)", tostring(snapshot))
  end)

  it("sums over all objects of a kind", function()
    assert.equal(9, snapshot:sum("frontend", "req_tot"))
    assert.equal(9, snapshot:sum("server", "stot"))
    assert.equal(9, snapshot:sum("backend", "stot"))
    raises("ValueError", "bad_argument", snapshot.sum, snapshot, "listener", "stot")
    raises("ValueError", "bad_argument", snapshot.sum, snapshot, "server", "req_rate")
    raises("ValueError", "bad_argument", snapshot.sum, snapshot, "server")
  end)

  it("stays as it is, unless an object is refreshed", function()
    local server = snapshot:server("app2")[1]
    local other = snapshot:server("app2")[1]
    assert.is_true(server:setweight(33))
    assert.equal(10, server.weight)
    assert.is_true(server:refresh())
    assert.equal(33, server.weight)
    assert.equal(10, other.weight)
    local backend = snapshot:backend "app"
    assert.is_true(backend:refresh())
    assert.equal(33, backend:server("app2").weight)
    assert.is_true(server:setweight(10))
    assert.equal(33, server.weight)
  end)

  it("takes no longer than asked", function()
    local patient = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 60, retry = 5, retry_interval = 60 }
    farm:signal(2, "STOP")
    local found = assertions.in_limit(function(limit)
      local begun = core.now()
      local taken = patient:snapshot { partial = true, timeout = limit }
      raises("SocketTimeout", "timeout", patient.snapshot, patient, { timeout = limit })
      local seconds = core.now() - begun
      assert.is_true(seconds >= 2 * limit and seconds < 2 * limit + 40, seconds)
      return #taken.failed == 1 and taken
    end)
    farm:signal(2, "CONT")
    assert.equal(2, found.failed[1].process_nb)
    raises("ValueError", "bad_argument", patient.snapshot, patient, { timeout = 0 })
  end)

  it("needs no HAProxy any more, and tells who failed", function()
    farm:kill(3)
    assert.equal(9, snapshot:frontend("www").requests)
    assert.equal("no check", snapshot:server("app2")[1].status)
    raises("SocketConnectionError", "refused", hap.snapshot, hap)
    local partial = hap:snapshot { partial = true }
    assert.equal(1, #partial.failed)
    assert.equal(farm.sockets[3], partial.failed[1][1])
    assert.equal(3, partial.failed[1].process_nb)
    assert.is_true(partial.failed[1][2]:is "SocketConnectionError")
    assert.equal(9, partial:frontend("www").requests)
    assert.same({ 1, 2, 4 }, partial:frontend("www").process_nb)
    assert.equal(3, #partial:info())
    assert.equal(4, partial:processes()[3].process_nb)
    local server = partial:server("app2")[1]
    local err = raises("SocketConnectionError", "refused", server.setweight, server, 44)
    assert.equal(4, #err.results)
    raises("CommandFailed", "unsupported", server.setport, server, 44)
    assert.is_true(server:refresh())
    assert.equal(44, server.weight)
    for _, n in ipairs { 1, 2, 4 } do
      farm:kill(n)
    end
    raises("SocketConnectionError", "refused", hap.snapshot, hap, { partial = true })
    local object = snapshot:frontend "www"
    raises("SocketConnectionError", "refused", object.refresh, object)
    assert.equal(9, object.requests)
  end)
end)
