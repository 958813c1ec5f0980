local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local raises = assertions.raises

describe("over a reload", function()
  local farm, hap

  before_each(function()
    farm = haproxy.start { processes = 2 }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), retry = 5, retry_interval = 0.1, timeout = 10 }
  end)

  after_each(function()
    farm:stop()
  end)

  local function reload(change)
    farm:reload(1, change)
    farm:reload(2, change)
  end

  -- A proxy in front of the others moves every id, and a server in front of the
  -- others those of the servers.
  local function insert(config)
    config = config:gsub("frontend www", "backend first\n  server s 127.0.0.1:1\nfrontend www")
    return (config:gsub("server app1 ", "server app0 127.0.0.1:9\n  server app1 ", 1))
  end

  it("an object whose id moved is found again", function()
    local frontend, backend = hap:frontend "www", hap:backend "app"
    local server = backend:server "app2"
    local iid, sid = server.iid, server.sid
    reload(insert)
    farm:traffic(1, "www", 4)
    assert.equal(4, frontend.requests)
    assert.equal(4, backend.requests)
    assert.equal(1, hap:processes()[2].generation)
    assert.equal("no check", server.status)
    assert.equal(iid + 1, server.iid)
    assert.equal(sid + 1, server.sid)
    assert.is_true(server:setweight(44))
    assert.equal(44, server.weight)
    assert.equal(4, #backend:servers())
    assert.equal("app0", backend:server("app0").name)
  end)

  it("an id that moved in one process only is no mix-up", function()
    local server = hap:backend("app"):server "app2"
    farm:reload(2, insert)
    assert.is_true(server:setweight(7))
    assert.same({ { 1, 0 }, { 2, 0 } }, server:requests_per_process())
    local stats = server:stats_per_process()
    assert.same({ 2, 3 }, { stats[1][2].sid, stats[2][2].sid })
    assert.equal(7, server.weight)
  end)

  it("an object that is gone says so", function()
    local server = hap:backend("app"):server "app3"
    local frontend = hap:frontend "api"
    local backend = hap:backend "local_only"
    reload(function(config)
      config = config:gsub("  server app3[^\n]*\n", "")
      config = config:gsub("frontend api.-backend app\n", "backend app\n")
      return (config:gsub("backend local_only.*$", ""))
    end)
    for _, object in ipairs { server, frontend, backend } do
      local err = raises("ValueError", "not_found", function()
        return object.status
      end)
      assert.matches("gone", err.message)
      raises("ValueError", "not_found", object.refresh, object)
    end
    raises("ValueError", "not_found", backend.servers, backend)
    raises("CommandFailed", "not_found", server.setstate, server, "drain")
    raises("CommandFailed", "not_found", frontend.disable, frontend)
  end)

  it("an object that is gone from one process is the others'", function()
    local server = hap:backend("app"):server "app3"
    farm:reload(2, function(config)
      return (config:gsub("  server app3[^\n]*\n", ""))
    end)
    assert.equal("MAINT", server.status)
    assert.same({ 1 }, server.process_nb)
    assert.is_true(server:setstate "ready")
  end)
end)
