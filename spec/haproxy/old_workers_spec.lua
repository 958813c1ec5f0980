local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local master = require "spec.support.master"

local raises = assertions.raises

describe("old workers", function()
  local m, own, clients

  before_each(function()
    m = master.start { global = "  maxconn 1000\n" }
    own = haproxyadmin.Master { socket = m.socket, timeout = 10 }
    clients = {}
  end)

  after_each(function()
    for _, client in ipairs(clients) do
      client:close()
    end
    m:stop()
  end)

  local function all()
    return haproxyadmin.HAProxy { master = m.socket, workers = "all", timeout = 10 }
  end

  -- A worker that carries sessions is replaced.
  local function replace(count)
    for _ = 1, count do
      clients[#clients + 1] = m:client()
    end
    -- They are counted a moment after they came.
    local hap = haproxyadmin.HAProxy { master = m.socket, timeout = 10 }
    master.eventually(function()
      return hap:frontend("www").scur == count
    end)
    assert.equal(count, hap:frontend("www").scur)
    assert.is_true(own:reload({ timeout = 60 }).success)
  end

  -- Up to 2.4 an old worker shows none of its proxies.
  local shows = haproxy.version() >= 205

  it("count in sums, and set no limits", function()
    local hap = all()
    local www, server = hap:frontend "www", hap:backend("app"):server "s1"
    local maxconn, slim = hap.maxconn, www.slim
    assert.is_true(server:setweight(99))
    replace(3)
    assert.equal(2, #hap:processes())
    assert.same({ 1, 0 }, { hap:processes()[1].generation, hap:processes()[2].generation })
    assert.equal(own:workers()[1].pid, hap.processids[1])
    assert.equal(own:workers()[2].pid, hap.processids[2])
    assert.equal(maxconn, hap.maxconn)
    assert.equal(slim, www.slim)
    -- The configuration's again, whatever the old one has.
    assert.equal(10, server.weight)
    assert.equal("OPEN", www.status)
    local snapshot = hap:snapshot()
    assert.equal(slim, snapshot:frontend("www").slim)
    assert.equal(shows and 3 or 0, snapshot:frontend("www").scur)
    assert.equal(shows and 3 or 0, www.scur)
    assert.equal(shows and 3 or 0, snapshot:sum("frontend", "scur"))
    -- No series stands twice in what Prometheus gets, and old workers are no processes of their own there.
    local text, series = "", {}
    for piece in snapshot:exposition() do
      text = text .. piece
    end
    for name in text:gmatch "\n([^#\n][^\n]*) %S+" do
      assert.is_nil(series[name], name)
      series[name] = true
    end
    assert.is_true(series.haproxy_process_nbproc)
    assert.matches("\nhaproxy_process_nbproc 1\n", text)
    assert.matches("\nhaproxyadmin_processes{state=\"up\"} 1\n", text)
    assert.matches(("\nhaproxy_frontend_current_sessions{proxy=\"www\"} %d\n"):format(shows and 3 or 0), text)
    assert.is_true(hap:metric "CumConns" >= 3)
    assert.equal(0, haproxyadmin.HAProxy({ master = m.socket, timeout = 10 }):frontend("www").scur)
  end)

  it("get no commands", function()
    replace(1)
    local hap = all()
    assert.equal(2, #hap:processes())
    assert.is_true(hap:backend("app"):server("s1"):setweight(55))
    assert.equal(1, #hap:command "show info")
    local list = own:workers()
    assert.same({ "55 (initial 10)" }, list[1]:command "get weight app/s1")
    assert.same({ "10 (initial 10)" }, list[2]:command "get weight app/s1")
    assert.is_true(hap:batch(function(b)
      b:setweight(hap:backend("app"):server "s1", 56)
    end))
    assert.same({ "10 (initial 10)" }, list[2]:command "get weight app/s1")
  end)

  it("are forgotten when they have ended, and a snapshot keeps what they said", function()
    replace(1)
    local hap = all()
    local www, snapshot = hap:frontend "www", hap:snapshot()
    haproxy.shell("kill -KILL " .. own:workers()[2].pid)
    assert.is_true(master.eventually(function()
      return #hap:processes() == 1
    end))
    assert.equal(0, www.scur)
    assert.equal("OPEN", www.status)
    assert.equal(2, #snapshot:processes())
    assert.equal(shows and 1 or 0, snapshot:frontend("www").scur)
  end)

  it("are a matter of masters only", function()
    raises("ValueError", "bad_argument", haproxyadmin.HAProxy, { master = m.socket, workers = "some" })
    raises("ValueError", "bad_argument", haproxyadmin.HAProxy, { socket_file = m.stats, workers = "all" })
  end)
end)
