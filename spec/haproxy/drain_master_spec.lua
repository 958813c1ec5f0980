-- Server:drain through a master's socket: the sessions of old workers count where they are
-- asked for.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local master = require "spec.support.master"
local native = require "haproxyadmin.transport.native"

local config = [[
frontend hold
  bind unix@{dir}/hold.sock
  timeout client 1m
  timeout http-request 1m
frontend www
  mode tcp
  bind unix@{dir}/www.sock
  timeout client 1m
  default_backend app
backend app
  mode tcp
  timeout server 1m
  server s1 unix@{dir}/hold.sock weight 10
]]

describe("draining through a master's socket", function()
  it("waits for old workers where their sessions count", function()
    local m = master.start { config = config }
    local client = assert(native:open(m.dir .. "/www.sock", core.now() + 10))
    finally(function()
      client:close()
      m:stop()
    end)
    local function open(workers)
      return haproxyadmin.HAProxy { master = m.socket, workers = workers, timeout = 10, retry_interval = 0.1 }
    end
    local hap = open "current"
    hap:wait_until(function(snapshot)
      return snapshot:server("s1")[1]:metric "scur" == 1
    end, { interval = 0.05 })
    assert.truthy(m:reload())
    -- The new worker has none.
    assert.equal(0, hap:server("s1")[1]:drain({ interval = 0.05 }).left)
    hap:server("s1")[1]:setstate "ready"
    -- Up to 2.4 an old worker shows none of its proxies.
    if haproxy.version() < 205 then
      return
    end
    local left = {}
    local result = open("all"):server("s1")[1]:drain {
      timeout = 60,
      interval = 0.05,
      progress = function(now)
        left[#left + 1] = now.left
        if #left == 3 then
          client:close()
        end
      end,
    }
    assert.equal(0, result.left)
    assert.same({ 1, 1, 1 }, { left[1], left[2], left[3] })
    assert.equal("DRAIN", hap:server("s1")[1].status)
  end)
end)
