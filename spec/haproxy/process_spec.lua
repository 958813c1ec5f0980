local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local raises = assertions.raises

describe("Process", function()
  local farm, hap, second

  setup(function()
    farm = haproxy.start { processes = 2 }
    farm:traffic(2, "www", 3)
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    second = hap:processes()[2]
  end)

  teardown(function()
    farm:stop()
  end)

  it("says who it is", function()
    assert.equal(2, second.process_nb)
    assert.equal(farm.sockets[2], second.address)
    assert.equal(second:info().Pid, second.pid)
    assert.equal(("haproxyadmin.Process (2, %s)"):format(farm.sockets[2]), tostring(second))
  end)

  it("answers by itself", function()
    assert.same({ "10 (initial 10)" }, second:command "get weight app/app1")
    assert.same({}, second:command "set weight app/app1 5")
    assert.same({ "10 (initial 10)" }, hap:processes()[1]:command "get weight app/app1")
    assert.same({ "5 (initial 10)" }, second:command "get weight app/app1")
    raises("ValueError", "bad_argument", second.command, second)
  end)

  it("shows its info as numbers and texts", function()
    local info = second:info()
    assert.equal("HAProxy", info.Name)
    assert.equal("string", type(info.Version))
    assert.equal("number", type(info.Uptime_sec))
    assert.is_nil(info.description)
  end)

  it("shows its statistics, all or some", function()
    local rows = second:stats()
    assert.equal("www", rows[1].pxname)
    assert.equal("FRONTEND", rows[1].svname)
    assert.equal(3, rows[1].req_tot)
    assert.equal(2, #second:stats(-1, 1))
    assert.equal(3, #second:stats(4, 4))
    assert.equal("app2", second:stats(4, 4, 2)[1].svname)
    assert.same({}, second:stats(4711))
    for _, wrong in ipairs { "www", 1.5, -2 } do
      raises("ValueError", "bad_argument", second.stats, second, wrong)
    end
  end)

  it("returns an error where it shall not die", function()
    local value, err = second:stats("x", { die = false })
    assert.is_nil(value)
    assert.equal("ValueError", err.name)
  end)
end)
