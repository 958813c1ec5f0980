local assertions = require "spec.support.assertions"
local haproxyadmin = require "haproxyadmin"
local table_transport = require "spec.support.table_transport"

local raises = assertions.raises

describe("finding processes", function()
  local processes, transport

  before_each(function()
    processes = {
      ["/a"] = table_transport.process "2.6",
      ["/b"] = table_transport.process "2.6",
    }
    transport = table_transport.new(processes)
  end)

  local function of_version(version)
    local real = table_transport.process "2.6"
    return function(command, request)
      return (real(command, request):gsub("\nVersion: [^\n]*", "\nVersion: " .. version))
    end
  end

  it("refuses HAProxy below 1.8", function()
    processes["/b"] = of_version "1.7.14"
    local err = raises("ValueError", "unsupported", haproxyadmin.HAProxy, {
      sockets = { "/a", "/b" },
      transport = transport,
    })
    assert.equal("/b", err.socket_file)
    assert.matches("1.8 or later", err.message, 1, true)
  end)

  it("refuses a blank in a word on 2.0, before anything is sent anywhere", function()
    processes["/b"] = of_version "2.0.31"
    local hap = haproxyadmin.HAProxy { sockets = { "/a", "/b" }, transport = transport }
    transport.received = {}
    local err = raises("CommandFailed", "unsupported", hap.add_map, hap, "/m", "k", "two words")
    assert.matches("process 2", err.message, 1, true)
    assert.same({}, transport.received)
    assert.is_true(hap:add_map("/m", "k", "word"))
  end)

  it("knows a version again after a reload", function()
    processes["/b"] = of_version "2.0.31"
    local hap = haproxyadmin.HAProxy { sockets = { "/a", "/b" }, transport = transport }
    processes["/b"] = of_version "2.8.1"
    hap:snapshot()
    assert.is_true(hap:add_map("/m", "k", "two words"))
  end)

  it("does not send what would end a version", function()
    processes["/b"] = of_version "3.4.0-64a335366"
    local hap = haproxyadmin.HAProxy { sockets = { "/a", "/b" }, transport = transport }
    transport.received = {}
    raises("CommandFailed", "unsupported", hap.clearcounters, hap, true)
    assert.same({}, transport.received)
    assert.is_true(hap:clearcounters())
  end)

  it("says where a release changes one of several entries of a key only", function()
    local entries = "0x1 k 1\n0x2 k 2\n0x3 other 3\n"
    local real = of_version "3.4.0"
    processes["/b"] = function(command, ...)
      return command == "show map /m" and entries or real(command, ...)
    end
    local hap = haproxyadmin.HAProxy { sockets = { "/a", "/b" }, transport = transport }
    transport.received = {}
    local err = raises("CommandFailed", "unsupported", hap.set_map, hap, "/m", "k", "v")
    assert.matches("process 2", err.message, 1, true)
    assert.same({ { "/b", "show map /m" } }, transport.received)
    assert.is_true(hap:set_map("/m", "other", "v"))
  end)

  it("looks once for two coroutines that come at once", function()
    local ready, waiting = false, {}
    function transport:ready() -- luacheck: no self
      return ready
    end
    local exchange = transport.exchange
    function transport:exchange(...)
      coroutine.yield()
      exchange(self, ...)
    end
    function transport:sleep() -- luacheck: no self
      coroutine.yield()
    end
    local hap = haproxyadmin.HAProxy { sockets = { "/a", "/b" }, transport = transport }
    ready = true
    for i = 1, 2 do
      waiting[i] = coroutine.wrap(function()
        assert(hap:setmaxconn(5))
        return true
      end)
    end
    local done = 0
    while done < 2 do
      for i = 1, 2 do
        if waiting[i] and waiting[i]() then
          waiting[i], done = nil, done + 1
        end
      end
    end
    local asked = 0
    for _, entry in ipairs(transport.received) do
      asked = asked + (entry[2] == "show info" and 1 or 0)
    end
    assert.equal(2, asked)
  end)

  it("goes on after a table that does not say what its rows are", function()
    local hap = haproxyadmin.HAProxy { sockets = { "/a", "/b" }, transport = transport, retry = false }
    local server = hap:backend("app"):server "app1"
    local real = processes["/b"]
    processes["/b"] = function(command, ...)
      local text = real(command, ...)
      return command:match "^show stat" and text:gsub(",iid,", ",xid,") or text
    end
    for _ = 1, 2 do
      local value, err = server:refresh { die = false }
      assert.is_true(value or haproxyadmin.is_error(err), tostring(err))
      value, err = server:metric("stot", { die = false })
      assert.is_true(type(value) == "number" or haproxyadmin.is_error(err), tostring(err))
    end
    processes["/b"] = real
    assert.is_number(server.weight)
  end)

  it("finds a proxy whose name HAProxy takes for another word", function()
    for address, real in pairs(processes) do
      processes[address] = function(command, ...)
        if command:match "^show stat domain" then
          return "Invalid statistics domain.\n"
        end
        return (real(command, ...):gsub("\napp,", "\ndomain,"))
      end
    end
    local hap = haproxyadmin.HAProxy { sockets = { "/a", "/b" }, transport = transport }
    assert.equal("domain", hap:backend("domain").name)
    assert.equal(2, #hap:servers "domain")
  end)
end)
