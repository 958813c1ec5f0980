local assertions = require "spec.support.assertions"
local haproxyadmin = require "haproxyadmin"
local table_transport = require "spec.support.table_transport"

local raises = assertions.raises

describe("kept connections", function()
  local processes, transport, hap

  before_each(function()
    processes = { ["/a"] = table_transport.process "2.6", ["/b"] = table_transport.process "2.6" }
    transport = table_transport.new(processes)
    hap = haproxyadmin.HAProxy {
      sockets = { "/a", "/b" },
      transport = transport,
      retry = false,
      keep = true,
    }
    transport.received = {}
  end)

  -- How often the processes received a command.
  local function count(command)
    local found = 0
    for _, entry in ipairs(transport.received) do
      found = found + (entry[2] == command and 1 or 0)
    end
    return found
  end

  it("are at most one for each process, used again and again", function()
    for i = 1, 100 do
      assert.is_true(hap:setmaxconn(i))
    end
    assert.equal(2, transport.opened)
    assert.equal(2, transport.open_count)
    assert.equal(2, count "set maxconn global 100")
  end)

  it("are asked whether they still serve, before anything is sent, when some time has passed", function()
    hap:setmaxconn(1)
    local before = count "show info"
    transport.time = transport.time + 0.005
    hap:setmaxconn(2)
    assert.equal(before, count "show info")
    transport.time = transport.time + 0.011
    hap:setmaxconn(3)
    assert.equal(before + 2, count "show info")
    assert.same({ "/b", "set maxconn global 3" }, transport.received[#transport.received])
  end)

  it("are dropped when their process is ending; its successor gets the command", function()
    hap:setmaxconn(1)
    local real = processes["/b"]
    local old_got = 0
    -- The old process answers on the kept connection, the new one on a new one.
    local first = true
    processes["/b"] = function(command, request)
      if request.connection and first then
        if command == "show info" then
          first = false
          return (real(command):gsub("\nStopping: 0", "\nStopping: 1"))
        end
        old_got = old_got + 1
      end
      return real(command, request)
    end
    transport.time = transport.time + 1
    assert.is_true(hap:setmaxconn(9))
    assert.equal(0, old_got)
    assert.equal(3, transport.opened)
    assert.equal(2, transport.open_count)
  end)

  it("are renewed when they ended, and nothing is sent twice", function()
    hap:setmaxconn(1)
    local real = processes["/b"]
    local broken = true
    processes["/b"] = function(command, request)
      if broken and request.connection then
        broken = false
        return nil, { code = "closed" }
      end
      return real(command, request)
    end
    transport.time = transport.time + 1
    assert.is_true(hap:setmaxconn(9))
    assert.equal(2, count "set maxconn global 9")
    assert.equal(3, transport.opened)
  end)

  it("that break off in the middle of a command say so; a read is done again", function()
    hap:setmaxconn(1)
    local real = processes["/b"]
    local broken = true
    processes["/b"] = function(command, request)
      if broken and request.connection then
        broken = false
        return nil, { code = "truncated" }
      end
      return real(command, request)
    end
    local err = raises("SocketTransportError", "truncated", hap.setmaxconn, hap, 9)
    assert.matches("may have run", err.message)
    assert.equal(2, count "set maxconn global 9")
    hap:setmaxconn(1)
    broken = true
    assert.equal(2, #hap:info())
  end)

  it("are closed after a timeout: an answer may still be under way", function()
    hap:setmaxconn(1)
    local real = processes["/b"]
    processes["/b"] = function()
      return nil, { code = "timeout" }
    end
    raises("SocketTimeout", "timeout", hap.setmaxconn, hap, 9)
    assert.equal(1, transport.open_count)
    processes["/b"] = real
    assert.is_true(hap:setmaxconn(10))
    assert.equal(2, transport.open_count)
  end)

  it("are not used for answers whose end data could feign", function()
    processes["/b"] = table_transport.process("2.6", { ["show map /m"] = "0x1 k v\n> \n" })
    processes["/a"] = table_transport.process("2.6", { ["show map /m"] = "0x2 k v\n> \n" })
    assert.equal(1, #hap:show_map "/m")
    for _, entry in ipairs(hap:command "show version") do
      assert.is_table(entry[2])
    end
    assert.equal(0, transport.opened)
  end)

  it("carry batches, each command with an answer of its own", function()
    local server = hap:backend("app"):server "app1"
    transport.received = {}
    assert.is_true(hap:batch(function(b)
      for i = 1, 20 do
        b:setweight(server, i)
      end
    end))
    assert.equal(2, count "set weight app/app1 20")
    assert.equal(2, transport.open_count)
  end)

  it("are used by one call at a time", function()
    hap:setmaxconn(1)
    local exchange = transport.exchange
    local inner
    function transport:exchange(requests, deadline)
      local own = inner
      inner = nil
      if own then
        own()
      end
      exchange(self, requests, deadline)
    end
    local seen = {}
    inner = function()
      hap:setmaxconn(55)
      seen.inner = true
    end
    assert.is_true(hap:setmaxconn(66))
    assert.is_true(seen.inner)
    assert.equal(2, count "set maxconn global 55")
    assert.equal(2, count "set maxconn global 66")
    assert.equal(2, transport.opened)
  end)

  it("that a coroutine left in the middle of an exchange are replaced after a while", function()
    hap:setmaxconn(1)
    local exchange = transport.exchange
    function transport:exchange(requests, deadline)
      coroutine.yield()
      exchange(self, requests, deadline)
    end
    local abandoned = coroutine.wrap(function()
      hap:setmaxconn(2)
    end)
    abandoned()
    transport.exchange = exchange
    assert.is_true(hap:setmaxconn(3))
    assert.equal(2, transport.opened)
    transport.time = transport.time + 3
    assert.is_true(hap:setmaxconn(4))
    assert.equal(4, transport.opened)
    assert.equal(2, transport.open_count)
    assert.equal(0, count "set maxconn global 2")
  end)

  it("end with their object", function()
    hap:setmaxconn(1)
    assert.is_true(hap:close())
    assert.equal(0, transport.open_count)
  end)
end)
