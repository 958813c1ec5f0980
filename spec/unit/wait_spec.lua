local assertions = require "spec.support.assertions"
local haproxyadmin = require "haproxyadmin"
local table_transport = require "spec.support.table_transport"

local raises = assertions.raises

-- Time passes only when somebody waits.
describe("waiting", function()
  local transport, processes, hap

  before_each(function()
    processes = {}
    for _, address in ipairs { "/a", "/b" } do
      processes[address] = table_transport.process "2.6"
    end
    transport = table_transport.new(processes)
    hap = haproxyadmin.HAProxy { sockets = { "/a", "/b" }, transport = transport, timeout = 1 }
  end)

  local function never()
    return false
  end

  it("returns at once what holds already", function()
    local slept = transport.slept
    assert.equal(
      "app",
      hap:wait_until(function(snapshot)
        return snapshot:backend("app").name
      end)
    )
    assert.equal(slept, transport.slept)
  end)

  it("looks again every interval, at a fresh snapshot each time", function()
    local seen = {}
    local value = hap:wait_until(function(snapshot)
      seen[#seen + 1] = snapshot
      return #seen == 4 and "done"
    end, { interval = 2 })
    assert.equal("done", value)
    assert.are_not.equal(seen[1], seen[2])
    assert.equal(3 * 2, transport.slept)
  end)

  it("ends by its deadline and says what it saw", function()
    local count, before = 0, transport.time
    local err = raises("WaitTimeout", "timeout", hap.wait_until, hap, function()
      count = count + 1
      return nil, "number " .. count
    end, { timeout = 3, interval = 1 })
    assert.is_true(err:is "HAProxyBaseError")
    assert.is_false(err:is "HAProxySocketError")
    assert.is_nil(err.cause)
    assert.truthy(err.message:find("waited 3 s for .*last seen: number " .. count .. "$"), err.message)
    assert.is_true(transport.time - before <= 3, transport.time - before)
    -- The last look is near the end.
    assert.is_true(transport.time - before >= 2, transport.time - before)
    assert.is_true(count >= 3 and count <= 5, count)
  end)

  it("looks twice where the interval is longer than the time", function()
    local count = 0
    raises("WaitTimeout", "timeout", hap.wait_until, hap, function()
      count = count + 1
    end, { timeout = 1, interval = 50 })
    assert.equal(2, count)
  end)

  it("goes on over readings that fail", function()
    local whole = processes["/b"]
    processes["/b"] = nil
    local looks = 0
    local sleep = transport.sleep
    transport.sleep = function(self, seconds)
      looks = looks + 1
      processes["/b"] = looks >= 3 and whole or nil
      return sleep(self, seconds)
    end
    local count = 0
    assert.is_true(hap:wait_until(function()
      count = count + 1
      return true
    end, { interval = 1 }))
    assert.equal(1, count)
    assert.equal(3, looks)
  end)

  it("gives each reading no more time than is left, and tells of the last one's error", function()
    processes["/b"] = function()
      return nil, { code = "timeout" }
    end
    local before = transport.time
    local err = raises("WaitTimeout", "timeout", hap.wait_until, hap, never, { timeout = 2.5, interval = 1 })
    assert.is_true(transport.time - before <= 2.6, transport.time - before)
    assert.equal("SocketTimeout", err.cause.name)
    assert.truthy(err.message:find("the last reading failed: socket /b did not answer in time", 1, true))
  end)

  it("takes the answer of a process that ends for none", function()
    local info = processes["/b"] "show info"
    local ending = info:gsub("\nStopping: 0", "\nStopping: 1")
    assert.are_not.equal(info, ending)
    local asked = 0
    processes["/b"] = table_transport.process("2.6", {
      ["show info"] = function()
        asked = asked + 1
        return asked < 3 and ending or info
      end,
    })
    local count = 0
    assert.is_true(hap:wait_until(function()
      count = count + 1
      return true
    end))
    assert.same({ 1, 3 }, { count, asked })
    asked = -100
    local err = raises("WaitTimeout", "timeout", hap.wait_until, hap, never, { timeout = 1 })
    assert.equal("in_use", err.cause.code)
  end)

  it("ends at once for what will not change", function()
    local before = transport.slept
    raises("ValueError", "bad_argument", hap.wait_until, hap, function()
      hap:close()
      return false
    end, { timeout = 5, interval = 0.5 })
    assert.equal(before + 0.5, transport.slept)
  end)

  it("raises what the function raises, and the object goes on", function()
    local ok, err = pcall(hap.wait_until, hap, function()
      error({ mine = true }, 0)
    end)
    assert.same({ false, { mine = true } }, { ok, err })
    raises("ValueError", "not_found", hap.wait_until, hap, function(snapshot)
      return snapshot:backend "nosuch"
    end)
    assert.equal("app", hap:backend("app").name)
  end)

  it("checks its arguments, and then sends nothing", function()
    local before = transport.exchanges
    raises("ValueError", "bad_argument", hap.wait_until, hap)
    raises("ValueError", "bad_argument", hap.wait_until, hap, "text")
    for _, wrong in ipairs { 0, -1, 0 / 0, "1" } do
      local err = raises("ValueError", "bad_argument", hap.wait_until, hap, never, { timeout = wrong })
      assert.matches("'?timeout'?", err.message)
      raises("ValueError", "bad_argument", hap.wait_until, hap, never, { interval = wrong })
    end
    raises("ValueError", "bad_argument", hap.wait_until, hap, never, { tiemout = 1 })
    local value, err = hap:wait_until(never, { timeout = 0.1, die = false })
    assert.is_nil(value)
    assert.equal("WaitTimeout", err.name)
    assert.is_true(transport.exchanges > before)
  end)
end)
