local assertions = require "spec.support.assertions"
local haproxyadmin = require "haproxyadmin"
local table_transport = require "spec.support.table_transport"

local raises = assertions.raises

describe("sending", function()
  local transport, processes

  before_each(function()
    processes = {}
    for _, address in ipairs { "/a", "/b" } do
      processes[address] = table_transport.process "2.6"
    end
    transport = table_transport.new(processes)
  end)

  local function object(options)
    options.sockets, options.transport = { "/a", "/b" }, transport
    return haproxyadmin.HAProxy(options)
  end

  -- Seconds that a call takes on the transport's clock.
  local function seconds(fn, ...)
    local before = transport.time
    fn(...)
    return transport.time - before
  end

  it("ends by (retry + 1) * timeout + retry * retry_interval, whatever fails", function()
    local hap = object { retry = 2, retry_interval = 2, timeout = 1 }
    for _, failure in ipairs {
      { code = "timeout", sent = false },
      { code = "closed", sent = false },
      { code = "truncated" },
      { code = "timeout" },
    } do
      processes["/b"] = function()
        return nil, failure
      end
      local took = seconds(function()
        assert.is_nil((hap:info { die = false }))
      end)
      assert.is_true(took <= 7.01, ("%s: %s"):format(failure.code, took))
    end
  end)

  it("shares its repetitions among all reasons", function()
    local hap = object { retry = 2, retry_interval = 2, timeout = 1 }
    local server = hap:backend("app"):server "app1"
    local answers, count = { "Proxy is disabled.\n", nil, "Proxy is disabled.\n", nil }, 0
    processes["/b"] = function()
      count = count + 1
      if answers[count] then
        return answers[count]
      end
      return nil, { code = "timeout", sent = false }
    end
    local took = seconds(function()
      raises(nil, nil, server.setweight, server, 10)
    end)
    assert.is_true(took <= 7.01, took)
    assert.equal(3, count)
  end)

  it("does not ask a process for ever that stays as it is", function()
    local hap = object { retry = 0, retry_interval = 2 }
    local server = hap:backend("app"):server "app1"
    for _, address in ipairs { "/a", "/b" } do
      processes[address] = function()
        return "Proxy is disabled.\n"
      end
    end
    local err = raises("CommandFailed", "in_use", server.setweight, server, 10)
    assert.equal("Proxy is disabled.", err.results[1][2])
    assert.equal(2 * 2, transport.slept)
  end)

  it("asks a process again that was at work on something else, within the same time", function()
    local hap = object { retry = 2, retry_interval = 2, timeout = 1 }
    local locked = "Can't show!\nOperations on certificates are currently locked!\n"
    local count = 0
    processes["/a"] = function()
      return "# filename\n/x.pem\n"
    end
    processes["/b"] = function()
      count = count + 1
      return count < 4 and locked or "# filename\n/x.pem\n"
    end
    assert.same({ 1, 2 }, hap:certificates()[1].process_nb)
    assert.equal(4, count)
    processes["/b"] = function()
      return locked
    end
    local took = seconds(function()
      local err = raises("MultipleCommandResults", "inconsistent", hap.certificates, hap)
      assert.equal("in_use", err.results[2].code)
    end)
    assert.is_true(took <= 1.01, took)
  end)

  it("does not send again what may have run", function()
    local hap = object { retry = 2 }
    transport.received = {}
    processes["/b"] = function()
      return nil, { code = "truncated" }
    end
    local err = raises("SocketTransportError", "truncated", hap.setmaxconn, hap, 5)
    assert.matches("may have run", err.message)
    assert.same({ { "/a", "set maxconn global 5" }, { "/b", "set maxconn global 5" } }, transport.received)
    assert.equal(0, transport.slept)
  end)

  it("sends again what reads, and what did not arrive", function()
    local hap = object { retry = 1, retry_interval = 3 }
    local real, count = processes["/b"], 0
    processes["/b"] = function(...)
      count = count + 1
      if count % 2 == 1 then
        return nil, { code = "closed", sent = count > 1 }
      end
      return real(...)
    end
    assert.is_true(hap:setmaxconn(5))
    assert.equal(2, #hap:info())
    assert.equal(4, count)
    assert.equal(6, transport.slept)
  end)

  it("does not ask a process that ends for the rows of the one that serves", function()
    local hap = object { retry = 2, retry_interval = 1 }
    local real, asked = processes["/b"], 0
    processes["/b"] = function(command, ...)
      local text = real(command, ...)
      if command == "show info" then
        asked = asked + 1
        return asked <= 2 and text:gsub("\nStopping: 0", "\nStopping: 1") or text
      end
      return asked <= 2 and text:gsub(",OPEN,", ",STOP,") or text
    end
    assert.equal("OPEN", hap:frontends()[1].status)
    asked = 0
    assert.equal("OPEN", hap:snapshot():frontend("www").status)
    asked = 0
    assert.equal("OPEN", hap:frontend("www").status)
  end)

  it("gives up, as one object, when the object is closed meanwhile", function()
    local hap = object { retry = 1 }
    local server = hap:backend("app"):server "app1"
    local sleep = transport.sleep
    function transport:sleep(n)
      hap:close()
      sleep(self, n)
    end
    processes["/b"] = function()
      return nil, { code = "refused", sent = false }
    end
    local value, err = server:setport(5, { die = false })
    assert.is_nil(value)
    assert.is_true(haproxyadmin.is_error(err, "ValueError"), tostring(err))
    assert.matches("closed", err.message)
  end)
end)
