local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"

local raises, column = assertions.raises, assertions.column

local config = [[
backend app
  balance roundrobin
  server a 127.0.0.1:81 weight 10
  server b 127.0.0.1:82 weight 20 check inter 60s
backend {own}
  server only 127.0.0.1:83
]]

describe("Server:ensure", function()
  local farm, hap, server, sent

  setup(function()
    farm = haproxy.start { processes = 3, origin = false, config = config:gsub("{own}", "own{n}") }
    sent = {}
    local transport = setmetatable({
      exchange = function(_, requests, deadline)
        for _, request in ipairs(requests) do
          sent[#sent + 1] = request.line
        end
        native:exchange(requests, deadline)
      end,
    }, { __index = native })
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10, transport = transport }
    server = hap:backend("app"):server "a"
  end)

  teardown(function()
    farm:stop()
  end)

  local function lines_of(fn)
    sent = {}
    fn()
    local changes = {}
    for _, line in ipairs(sent) do
      if not line:match "^show " then
        changes[#changes + 1] = line
      end
    end
    return changes, #sent
  end

  it("sends only what differs in each process, and returns what changed", function()
    hap:processes()[2]:command "set weight app/a 15"
    hap:processes()[3]:command "set weight app/a 30"
    local wanted = { weight = 15, state = "drain", port = 99, address = "127.0.0.1" }
    local changed
    assert.same({}, lines_of(function()
      changed = server:ensure(wanted, { dry_run = true })
    end))
    local expected = { weight = { { [1] = 10, [3] = 30 }, 15 }, state = { "ready", "drain" }, port = { 81, 99 } }
    assert.same(expected, changed)
    lines_of(function()
      changed = server:ensure(wanted)
    end)
    assert.same(expected, changed)
    assert.same({ 15, 15, 15 }, column(hap, "app", "a", "weight"))
    assert.same({ "DRAIN", "DRAIN", "DRAIN" }, column(hap, "app", "a", "status"))
    assert.equal(99, server.port)
    local lines, count = lines_of(function()
      changed = server:ensure(wanted)
    end)
    assert.same({ {}, {}, 3 }, { changed, lines, count })
  end)

  it("sets the limit of connections, which is read beside the rest", function()
    assert.same({ maxconn = { 0, 9 } }, server:ensure { maxconn = 9 })
    assert.equal(9, server.maxconn)
    assert.same({}, server:ensure { maxconn = 9 })
  end)

  it("knows a server that only one process has", function()
    local only = hap:backend("own2"):server "only"
    assert.same({ weight = { 1, 5 } }, only:ensure { weight = 5 })
    assert.equal(5, only.weight)
  end)

  it("reads what is, also for an object of a snapshot", function()
    local old = hap:snapshot():server("b", "app")[1]
    server = hap:backend("app"):server "b"
    server:setweight(40)
    assert.same({ weight = { 40, 20 } }, old:ensure { weight = 20 })
    server = hap:backend("app"):server "a"
  end)

  it("refuses what cannot be, and sends nothing then", function()
    local lines = lines_of(function()
      raises("ValueError", "bad_argument", server.ensure, server, { weight = 257 })
      raises("ValueError", "bad_argument", server.ensure, server, { wight = 1 })
      raises("ValueError", "bad_argument", server.ensure, server, { address = "host" })
      raises("ValueError", "bad_argument", server.ensure, server, { ssl = "on" })
      raises("ValueError", "bad_argument", server.ensure, server)
      raises("ValueError", "bad_argument", server.ensure, server, "x")
      local err = raises("CommandFailed", "unsupported", server.ensure, server, { weight = 1, health_enabled = true })
      assert.matches("it has no health check", err.message)
    end)
    assert.same({}, lines)
    assert.is_nil((server:ensure({ weight = 257 }, { die = false })))
  end)

  it("says that a server is gone", function()
    local b = hap:snapshot():server("b", "app")[1]
    for n = 1, 3 do
      farm:reload(n, function(text)
        return (text:gsub("  server b[^\n]*\n", ""))
      end)
    end
    raises("ValueError", "not_found", b.ensure, b, { weight = 1 })
  end)
end)
