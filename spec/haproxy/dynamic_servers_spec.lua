local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local keywords = require "haproxyadmin.commands.server_keywords"
local native = require "haproxyadmin.transport.native"
local testing = require "haproxyadmin.testing"
local version = require "haproxyadmin.base.version"

local raises, column = assertions.raises, assertions.column

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  default_backend app
backend app
  balance roundrobin
  use-server s1 if { always_false }
  server s1 127.0.0.1:1
  server s2 127.0.0.1:1
backend static
  balance static-rr
  server s1 127.0.0.1:1
]]

-- The first version that adds servers.
local SINCE = 204

describe("Servers that come and go", function()
  local farm, hap, backend
  local number = haproxy.version()

  setup(function()
    farm = haproxy.start { processes = 3, origin = false, config = config }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
    backend = hap:backend "app"
  end)

  teardown(function()
    farm:stop()
  end)

  -- The servers of each process.
  local function names()
    local found = {}
    for _, row in hap:servers_state("app"):each() do
      found[row.process_nb] = (found[row.process_nb] and found[row.process_nb] .. " " or "") .. row.srv_name
    end
    return found
  end

  local none = { "s1 s2", "s1 s2", "s1 s2" }

  -- No HAProxy 2.4 is at hand: what its documents say of its answers is played.
  it("are added in experimental mode where there is no other way", function()
    local replies = {}
    for _, line in ipairs { "show info", "show stat app 2 -1", "show stat app 6 -1", "show stat -1 6 -1" } do
      replies[line] = table.concat(hap:processes()[1]:command(line), "\n")
    end
    replies["show info"] = replies["show info"]:gsub("\nVersion: [^\n]*", "\nVersion: 2.4.22")
    replies[1] = { "^experimental%-mode on;add server app/d1 ", "\nNew server registered." }
    replies[2] = { "^enable server app/d1$", "" }
    replies[3] = { "^disable server ", "" }
    replies[4] = { "^set server ", "" }
    local fake = testing.start { replies = replies }
    finally(function()
      fake:stop()
    end)
    local function commands()
      local found = {}
      for i, received in ipairs(fake:received()) do
        found[i] = received.command
      end
      return found
    end
    -- A kept connection is looked at first where it was quiet for a moment.
    local function was_sent(line)
      for _, command in ipairs(commands()) do
        if command == line then
          return true
        end
      end
      return false
    end
    local function said(text)
      return { "reply", "\n" .. text .. "\nadmin\n\n" }
    end
    for _, keep in ipairs { false, true } do
      local one = haproxyadmin.HAProxy { socket_file = fake.address, timeout = 10, retry = false, keep = keep }
      local app = one:backend "app"
      fake:script { "answer" }
      assert.equal("d1", app:add_server({ name = "d1", address = "127.0.0.1", weight = 3 }).name)
      assert.is_true(was_sent "experimental-mode on;add server app/d1 127.0.0.1 weight 3")
      -- Refusals of this version lack the empty line behind them.
      fake:script { said "Already exists a server with the same name in backend.", "answer" }
      raises("CommandFailed", "exists", app.add_server, app, { name = "d1", address = "127.0.0.1" })
      raises("CommandFailed", "unsupported", app.add_server, app, { name = "d1", address = "127.0.0.1", check = true })
      if not keep then
        fake:script { "answer", "answer", "answer", said "Server deleted.", "answer" }
        assert.is_true(app:del_server "s2")
        assert.equal("experimental-mode on;del server app/s2", commands()[4])
      end
      one:close()
    end
  end)

  if number < SINCE then
    it("are unsupported on this version", function()
      local err = raises("CommandFailed", "unsupported", backend.add_server, backend, {
        name = "d1",
        address = "127.0.0.1",
      })
      assert.matches("2.4 and later", err.message, 1, true)
      raises("CommandFailed", "unsupported", backend.del_server, backend, "s1")
      assert.same(none, names())
    end)
    return
  end

  it("serve in every process", function()
    local server = backend:add_server {
      name = "d1",
      address = "127.0.0.1",
      port = 8001,
      weight = 20,
      maxconn = 7,
      check = true,
      inter = "60s",
      ["check-port"] = 9,
      ["agent-check"] = true,
      ["agent-port"] = 9,
      ["agent-inter"] = "60s",
      ["agent-send"] = "a; b <<",
      backup = false,
    }
    assert.equal("haproxyadmin.Server (app/d1)", tostring(server))
    assert.same({ "d1", "app", 3, { 1, 2, 3 } }, { server.name, server.backendname, server.sid, server.process_nb })
    assert.equal(backend.iid, server.iid)
    assert.same({ "127.0.0.1", 8001, 20, 7 }, { server.address, server.port, server.weight, server.maxconn })
    assert.same({ true, true }, { server.health_enabled, server.agent_enabled })
    assert.same({}, server.admin_state)
    assert.same({ "s1 s2 d1", "s1 s2 d1", "s1 s2 d1" }, names())
    -- Lists and snapshots have it.
    assert.equal(server, backend:servers():get "d1")
    assert.equal(server, hap:server("d1")[1])
    assert.equal(20, hap:snapshot():backend("app"):server("d1").weight)
    server:setweight(5)
    assert.same({ 5, 5, 5 }, column(hap, "app", "d1", "weight"))

    assert.is_true(backend:del_server "d1")
    assert.same(none, names())
    raises("ValueError", "not_found", function()
      return server.weight
    end)
    -- One of the same name is the same server.
    local other = backend:add_server { name = "d1", address = "::1", port = 8002 }
    assert.equal(server, other)
    assert.same({ "::1", 8002, 1 }, { server.address, server.port, server.weight })
    assert.is_true(backend:del_server "d1")
    assert.is_nil(hap:backend("app"):servers():get "d1")
  end)

  it("are only where their backend is", function()
    local own = haproxy.start {
      processes = 2,
      origin = false,
      config = "backend a{n}\n  server s 127.0.0.1:1\nbackend both\n",
    }
    finally(function()
      own:stop()
    end)
    local all = haproxyadmin.HAProxy { socket_dir = own:folder(), timeout = 10 }
    local first = all:backend "a1"
    local server = first:add_server { name = "d", address = "127.0.0.1", port = 7 }
    assert.same({ 1 }, server.process_nb)
    assert.equal(7, server.port)
    assert.is_true(first:del_server "d")
    raises("ValueError", "not_found", first.del_server, first, "d")
    -- A server that one process alone has.
    all:processes()[2]:command "add server both/d 127.0.0.1:1"
    assert.is_true(all:backend("both"):del_server "d")
    assert.equal(0, #all:backend("both"):servers())
  end)

  it("stay in maintenance where that is asked for", function()
    local server = backend:add_server { name = "d2", address = "127.0.0.1", check = true, port = 1, enable = false }
    assert.same({ "forced_maint" }, server.admin_state)
    assert.is_false(server.health_enabled)
    assert.is_true(backend:del_server "d2")
    assert.same(none, names())
  end)

  it("have each address that HAProxy takes", function()
    local list = backend:add_servers {
      { name = "a", address = "::1" },
      { name = "b", address = "/tmp/a b;c.sock" },
      { name = "c", address = "abns@x" },
      { name = "d", address = "unix@/tmp/x.sock", source = "127.0.0.1", weight = 0 },
      { name = "e-_.:", address = "127.0.0.1", port = "80" },
    }
    assert.same({ "::1", "unix", "127.0.0.1" }, { list[1].address, list[2].address, list[5].address })
    assert.equal(80, list[5].port)
    assert.equal(0, list[4].weight)
    assert.equal(list[1], list:get "a")
    for _, server in ipairs(list) do
      assert.is_true(backend:del_server(server.name))
    end
    assert.same(none, names())
    assert.equal(0, #backend:add_servers {})
  end)

  it("are in all processes or in none", function()
    hap:processes()[2]:command "add server app/d3 127.0.0.1:1"
    local err = raises("MultipleCommandResults", "inconsistent", backend.add_servers, backend, {
      { name = "d4", address = "127.0.0.1" },
      { name = "d3", address = "127.0.0.1" },
    })
    assert.same({ true, false, true }, { err.results[1].ok, err.results[2].ok, err.results[3].ok })
    assert.matches("deleted again in process 1, 2, 3", err.message, 1, true)
    assert.same({ "s1 s2", "s1 s2 d3", "s1 s2" }, names())
    -- That it is there already is told; it is not touched.
    raises("MultipleCommandResults", "inconsistent", backend.add_server, backend, { name = "d3", address = "::1" })
    assert.same({ "s1 s2", "s1 s2 d3", "s1 s2" }, names())
    raises("CommandFailed", "exists", backend.add_server, backend, { name = "s1", address = "::1" })
    assert.equal("no check", hap:server("s1", "app")[1].status)
    assert.is_true(backend:del_server "d3")
    assert.same(none, names())
  end)

  it("are added many at a time", function()
    local exchanges = 0
    local counting = setmetatable({}, { __index = native })
    function counting.exchange(_, requests, deadline)
      exchanges = exchanges + 1
      return native:exchange(requests, deadline)
    end
    local list, wanted = {}, {}
    for i = 1, 12 do
      list[i] = { name = "d" .. i, address = "127.0.0.1", port = i, enable = false }
      wanted[i] = list[i].name
    end
    for _, keep in ipairs { false, true } do
      local own = haproxyadmin.HAProxy { socket_dir = farm:folder(), transport = counting, keep = keep, timeout = 10 }
      local app = own:backend "app"
      exchanges = 0
      assert.equal(12, #app:add_servers(list))
      assert.is_true(exchanges <= 4, exchanges)
      assert.same("s1 s2 " .. table.concat(wanted, " "), names()[2])
      -- The refusal of one does not hide what was said of those behind it.
      assert(app:del_server "d7")
      local err = raises("CommandFailed", "exists", app.add_servers, app, {
        { name = "d7", address = "127.0.0.1" },
        { name = "d8", address = "127.0.0.1" },
        { name = "d13", address = "127.0.0.1" },
      })
      assert.matches("deleted again in process 1, 2, 3", err.message)
      for i = 1, 12 do
        assert.equal(i ~= 7, app:del_server("d" .. i, { missing_ok = true }))
      end
      assert.same(none, names())
      own:close()
    end
  end)

  it("are refused before anything is sent where they cannot be", function()
    local function refused(given)
      given.name = given.name or "x"
      given.address = given.address or "127.0.0.1"
      return raises("ValueError", "bad_argument", backend.add_server, backend, given).message
    end
    for _, name in ipairs { "", "a/b", "a b", "a;show info", "a\nb", "é", 1 } do
      refused { name = name }
    end
    for _, address in ipairs { "", "localhost", "127.0.0.1:80", "[::1]", "127.0.0.1 backup", "a\nb", "/a\nb", 1 } do
      refused { address = address }
    end
    for _, port in ipairs { 0, 65536, "x", -1, true } do
      refused { port = port }
    end
    refused { address = "/a", port = 1 }
    assert.matches("'wieght'", refused { wieght = 1 })
    refused { ["resolvers"] = "r" }
    refused { [1] = "check" }
    refused { check = 1 }
    refused { weight = true }
    refused { sni = "" }
    refused { sni = "a\nb" }
    refused { sni = "a\0b" }
    refused { sni = ("x"):rep(20000) }
    refused { weight = 1 / 0 }
    refused { enable = 1 }
    refused { ["check-port"] = 0 }
    refused { ["x y"] = true }
    raises("ValueError", "bad_argument", backend.add_server, backend)
    raises("ValueError", "bad_argument", backend.add_servers, backend, "x")
    raises("ValueError", "bad_argument", backend.add_servers, backend, { "x" })
    assert.same(none, names())
  end)

  it("are refused by HAProxy", function()
    local static = hap:backend "static"
    raises("CommandFailed", "unsupported", static.add_server, static, { name = "x", address = "127.0.0.1" })
    local err = raises("CommandFailed", nil, backend.add_server, backend, {
      name = "x",
      address = "127.0.0.1",
      weight = 999,
    })
    assert.matches("weight", err.message)
    -- Each process names its own file in what it says.
    raises("HAProxyBaseError", nil, backend.add_server, backend, { name = "x", address = "127.0.0.1", id = 1 })
    -- Checks of nothing: HAProxy knows no port for them.
    raises("CommandFailed", nil, backend.add_server, backend, { name = "x", address = "127.0.0.1", check = true })
    assert.same(none, names())
  end)

  it("have the keywords of their version", function()
    local process = hap:processes()[1]
    local own = version.number(hap.version)
    for name, known in pairs(keywords.all) do
      local expected = own >= version.number(known.since) and not (known.last and own > version.number(known.last))
      local value = known.takes == "value" and " 1" or ""
      local answer = table.concat(process:command(("add server app/probe 127.0.0.1:1 %s%s"):format(name, value)), "\n")
      local refused = answer:find("not accepted for dynamic", 1, true) or answer:find("unknown keyword", 1, true)
      assert.equal(expected, not refused, name .. ": " .. answer)
      process:command "disable server app/probe"
      process:command "del server app/probe"
      if not expected then
        local option = name == "port" and "check-port" or name
        raises("CommandFailed", "unsupported", backend.add_server, backend, {
          name = "x",
          address = "127.0.0.1",
          [option] = known.takes == "value" and "1" or true,
        })
      end
    end
    -- HAProxy's own list, where it has one.
    if number >= 302 then
      local lines, count = process:command "add server help", 0
      for i = 2, #lines do
        if lines[i] ~= "" and lines[i] ~= "set-proxy-v2-tlv-fmt" then
          assert.is_truthy(keywords.find(lines[i]), lines[i])
          count = count + 1
        end
      end
      assert.is_true(count > 80, count)
    end
    assert.same(none, names())
  end)

  it("are deleted only if there are some", function()
    raises("ValueError", "not_found", backend.del_server, backend, "none")
    assert.is_false(backend:del_server("none", { missing_ok = true }))
    for _, wrong in ipairs { "", 1, true } do
      raises("ValueError", "bad_argument", backend.del_server, backend, wrong)
    end
    raises("ValueError", "bad_argument", backend.del_server, backend, "x", { on_timeout = "keep" })
    raises("ValueError", "bad_argument", backend.del_server, backend, "x", { drain = 0 })
    raises("ValueError", "bad_argument", backend.del_server, backend, "x", { timeout = -1 })
  end)

  it("keep their state where HAProxy does not delete them", function()
    local server = backend:server "s1"
    local err = raises("CommandFailed", "in_use", backend.del_server, backend, "s1")
    assert.matches("state back", err.message)
    assert.equal("no check", server.status)
    server:setstate "drain"
    raises("CommandFailed", "in_use", backend.del_server, backend, "s1")
    assert.equal("DRAIN", server.status)
    server:setstate "ready"
    -- One of the configuration that nothing refers to.
    assert.is_true(hap:backend("app"):del_server "s2")
    assert.same({ "s1", "s1", "s1" }, names())
  end)

  it("are deleted when their sessions have ended", function()
    local busy = haproxy.start {
      processes = 2,
      config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  mode tcp
  timeout client 5m
  default_backend app
backend app
  mode tcp
  timeout server 5m
  balance roundrobin
]],
    }
    local socket, unix = require "socket", require "socket.unix"
    local listener = assert(socket.bind("127.0.0.1", 0))
    local _, port = listener:getsockname()
    local client = unix()
    finally(function()
      client:close()
      listener:close()
      busy:stop()
    end)
    local app = haproxyadmin.HAProxy({ socket_dir = busy:folder(), timeout = 10 }):backend "app"
    local server = app:add_server { name = "d", address = "127.0.0.1", port = port }
    assert(client:connect(busy.dir .. "/www1.sock"))
    client:send "x"
    assertions.eventually(function()
      return server.current_sessions == 1
    end)
    local err = raises("CommandFailed", "in_use", app.del_server, app, "d", { timeout = 4 })
    assert.matches("deleted in process 2, in maintenance in process 1", err.message, 1, true)
    raises("WaitTimeout", "timeout", app.del_server, app, "d", { drain = 0.2 })
    assert.equal(1, server.current_sessions)
    assert.is_true(app:del_server("d", { on_timeout = "kill" }))
    assert.equal(0, #app:servers())
    -- The client sees its end.
    client:settimeout(10)
    local _, why = client:receive(1)
    assert.equal("closed", why)
  end)
end)
