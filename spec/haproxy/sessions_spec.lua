-- Sessions that clients hold open, told apart and ended.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"
local socket = require "socket"

local raises = assertions.raises

-- Nobody answers behind the server.
local config = [[
defaults
  mode tcp
  timeout connect 5s
  timeout client 5m
  timeout server 5m
listen door
  bind {origin}:81{n}1
  server back 127.0.0.1:SILENT
frontend gate
  bind {origin}:81{n}2
  default_backend hall
backend hall
  server back 127.0.0.1:SILENT
  server other 127.0.0.1:SILENT disabled
]]

describe("A session", function()
  local farm, hap, silent
  local clients = {}

  setup(function()
    silent = assert(socket.tcp())
    assert(silent:bind("127.0.0.1", 0))
    assert(silent:listen(256))
    local _, port = silent:getsockname()
    farm = haproxy.start {
      processes = 2,
      origin = false,
      config = (config:gsub("SILENT", tostring(port))),
      global = "  stats socket {dir}/operator{n}.sock level operator\n  stats socket {dir}/user{n}.sock level user\n",
    }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 20 }
  end)

  teardown(function()
    farm:stop()
    silent:close()
  end)

  after_each(function()
    -- HAProxy does not end a session whose client has said all that it will: clients go
    -- behind it.
    hap:shutdown_sessions { all = true }
    assertions.eventually(function()
      return #hap:sessions() == 0
    end)
    for _, client in ipairs(clients) do
      client:close()
    end
    clients = {}
  end)

  local function connect(process, port)
    local address = ("tcp@%s:81%d%d"):format(farm.origin, process, port or 1)
    local client = assert(native:open(address, core.now() + 10))
    clients[#clients + 1] = client
  end

  -- Connects to each process as often as told, and waits for the sessions.
  local function hold(counts)
    for process, count in ipairs(counts) do
      for _ = 1, count do
        connect(process)
      end
    end
    return assertions.eventually(function()
      local found = hap:sessions { server = "door/back" }
      return #found == counts[1] + counts[2] and found
    end)
  end

  it("is listed for each process, with what HAProxy prints", function()
    local found = hold { 2, 1 }
    local by_process = { 0, 0 }
    for _, session in ipairs(found) do
      by_process[session.process_nb] = by_process[session.process_nb] + 1
      local process = hap:processes()[session.process_nb]
      local line
      for _, each in ipairs(process:command "show sess") do
        line = line or each:sub(1, #session.id + 1) == session.id .. ":" and each
      end
      for _, name in ipairs { "proto", "src", "fe", "be", "srv" } do
        assert.equal(line:match(" " .. name .. "=(%S+)"), session[name], name)
      end
      assert.equal("tcpv4", session.proto)
      assert.matches("^127%.%d+%.%d+%.%d+:%d+$", session.source)
      assert.same({ "door", "door", "back" }, { session.frontend, session.backend, session.server })
      assert.is_number(session.age)
      assert.is_number(session.exp)
      assert.is_number(session.calls)
      assert.matches("^f=%x+h,", session.rq)
      assert.equal(haproxy.version() >= 206, session.scf ~= nil)
      assert.equal(("haproxyadmin.Session (%s)"):format(session.id), tostring(session))
      raises("ValueError", "bad_argument", function()
        return session.nosuch
      end)
    end
    assert.same({ 2, 1 }, by_process)
  end)

  it("is found by its frontend, backend, server and age", function()
    connect(1, 2)
    connect(2, 2)
    hold { 1, 1 }
    local function count(options)
      return #hap:sessions(options)
    end
    assertions.eventually(function()
      return count { server = "hall/back" } == 2
    end)
    assert.equal(4, count())
    assert.equal(2, count { frontend = "door" })
    assert.equal(2, count { frontend = "gate" })
    assert.equal(2, count { backend = "hall" })
    assert.equal(2, count { backend = "door", server = "back" })
    assert.equal(0, count { backend = "gate" })
    assert.equal(0, count { server = "hall/other" })
    assert.equal(0, count { frontend = "gate", server = "door/back" })
    assert.equal(0, count { older = 3600 })
    assert.equal(4, count { older = 0 })
    assert.is_true(count { frontend = "GLOBAL" } >= 2)
    assertions.eventually(function()
      return count { older = 2, frontend = "door" } == 2
    end)
    for _, options in ipairs {
      { frontend = "nosuch" },
      { backend = "nosuch" },
      { server = "door/nosuch" },
      { server = "nosuch/back" },
    } do
      raises("ValueError", "not_found", hap.sessions, hap, options)
    end
    for _, options in ipairs {
      { server = "back" },
      { server = "a/b/c" },
      { server = "door/back", backend = "hall" },
      { older = -1 },
      { frontend = "" },
      { nosuch = 1 },
    } do
      raises("ValueError", "bad_argument", hap.sessions, hap, options)
    end
    local hostile = "door\nshow info"
    if haproxy.version() >= 302 then
      raises("ValueError", "bad_argument", hap.sessions, hap, { backend = hostile })
    else
      raises("ValueError", "not_found", hap.sessions, hap, { backend = hostile })
    end
  end)

  it("is told in detail", function()
    local session = hold({ 0, 1 })[1]
    local detail = session:detail()
    assert.equal(session.id, detail.id)
    assert.equal(session.source, detail.source)
    assert.equal("door", detail.frontend.name)
    assert.equal("tcp", detail.frontend.mode)
    assert.equal("back", detail.server.name)
    assert.is_number(detail.number)
    assert.is_number(detail.age)
    assert.matches("^%d+/%a+/%d+:%d+:%d+:%d+", detail.date)
    assert.is_true(#detail.lines > 8)
    assert.is_nil(detail.txn)
  end)

  it("is ended, and told when it had ended already", function()
    local found = hold { 1, 1 }
    assert.is_true(found[2]:shutdown())
    assertions.eventually(function()
      return #hap:sessions { server = "door/back" } == 1
    end)
    assert.is_false(found[2]:shutdown())
    raises("CommandFailed", "not_found", found[2].detail, found[2])
    assert.equal(found[1].id, hap:sessions({ server = "door/back" })[1].id)
  end)

  it("is not taken for the next one at its address", function()
    local session = hold({ 1, 0 })[1]
    assertions.eventually(function()
      return hap:sessions({ older = 3, frontend = "door" })[1]
    end)
    local old = hap:sessions({ older = 3, frontend = "door" })[1]
    assert.equal(session.id, old.id)
    assert.is_true(session:shutdown())
    assertions.eventually(function()
      return #hap:sessions { server = "door/back" } == 0
    end)
    -- HAProxy gives its memory away again: new sessions come until one has it.
    local again
    for _ = 1, 50 do
      connect(1)
      again = assertions.eventually(function()
        local found = hap:sessions { server = "door/back" }
        return #found == #clients - 1 and found
      end)
      for _, each in ipairs(again) do
        if each.id == old.id then
          assert.is_false(old:shutdown())
          assert.equal(#again, #hap:sessions { server = "door/back" })
          return
        end
      end
    end
  end)

  it("is ended with all that have something in common", function()
    hold { 3, 2 }
    local result = hap:shutdown_sessions { server = "door/back" }
    assert.equal(5, #result.ended)
    assert.same({}, result.gone)
    assertions.eventually(function()
      return #hap:sessions() == 0
    end)
    assert.is_true(#hap:processes() == 2)
    raises("ValueError", "bad_argument", hap.shutdown_sessions, hap)
    raises("ValueError", "bad_argument", hap.shutdown_sessions, hap, { all = false })
    hold { 1, 1 }
    assert.same({}, hap:shutdown_sessions({ older = 3600 }).ended)
    assert.is_true(#hap:shutdown_sessions({ all = true }).ended >= 2)
    assertions.eventually(function()
      return #hap:sessions() == 0
    end)
  end)

  it("is the same one however long it takes to list it and to ask for it", function()
    hold { 1, 0 }
    local late = 0
    local own = haproxyadmin.HAProxy {
      socket_dir = farm:folder(),
      timeout = 20,
      transport = {
        now = function()
          return core.now() + late
        end,
        sleep = function(_, seconds)
          native:sleep(seconds)
        end,
        exchange = function(_, requests, deadline)
          native:exchange(requests, deadline - late)
          late = late + 5
        end,
      },
    }
    assert.is_true(own:sessions({ frontend = "door" })[1]:shutdown())
  end)

  it("needs a level", function()
    hold { 1, 0 }
    local low = haproxyadmin.HAProxy { socket_file = farm.dir .. "/user1.sock", timeout = 20 }
    raises("CommandFailed", "permission", low.sessions, low)
    raises("CommandFailed", "permission", low.shutdown_sessions, low, { all = true })
    local operator = haproxyadmin.HAProxy { socket_file = farm.dir .. "/operator1.sock", timeout = 20 }
    local session = operator:sessions({ frontend = "door" })[1]
    local err = raises("CommandFailed", "permission", session.shutdown, session)
    assert.matches("level admin`", err.message, 1, true)
    err = raises("CommandFailed", "permission", operator.shutdown_sessions, operator, { all = true })
    assert.equal("permission", err.outcomes[1].code)
    assert.equal(1, #hap:sessions { frontend = "door" })
  end)
end)

describe("A capture", function()
  local farm, hap, origin

  setup(function()
    origin = assert(socket.tcp())
    assert(origin:bind("127.0.0.1", 0))
    assert(origin:listen(16))
    origin:settimeout(20)
    local _, port = origin:getsockname()
    farm = haproxy.start {
      processes = 2,
      origin = false,
      config = ([[
frontend www
  bind {origin}:81{n}1
  default_backend app
backend app
  server one 127.0.0.1:PORT
]]):gsub("PORT", tostring(port)),
    }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 20 }
  end)

  teardown(function()
    farm:stop()
    origin:close()
  end)

  local function send(process, bytes)
    local client = assert(native:open(("tcp@%s:81%d1"):format(farm.origin, process), core.now() + 20))
    assert(client:send(bytes, core.now() + 20))
    return client
  end

  it("has the bytes of an invalid request, and where it is wrong", function()
    assert.same({}, hap:captures())
    local head = "GET /a\\b HTTP/1.1\r\nHost: x\r\nLong: " .. ("y"):rep(200) .. "\r\nBad"
    local bytes = head .. "\1Header: \t\27z\r\n\r\n"
    local client = send(2, bytes)
    assert.matches("^HTTP/1.%d 400", (client:receive(core.now() + 20)))
    client:close()
    local found = hap:captures()
    assert.equal(1, #found)
    local capture = found[1]
    assert.same({ 2, "request", "www", bytes, #bytes, #head }, {
      capture.process_nb,
      capture.kind,
      capture.frontend,
      capture.bytes,
      capture.length,
      capture.position,
    })
    assert.is_nil(capture.server)
    assert.matches("^127%.%d+%.%d+%.%d+:%d+$", capture.source)
    assert.matches("^%d+/%a+/%d+:%d+:%d+:%d+", capture.date)
    assert.is_number(capture.event)
  end)

  it("has those of an invalid response", function()
    local bytes = "HTTP/1.1 200 OK\r\nBad Name: 1\r\n\r\n"
    local client = send(1, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    local server = assert(origin:accept())
    server:settimeout(20)
    assert(server:receive "*l")
    assert(server:send(bytes))
    assert.matches("^HTTP/1.%d 502", (client:receive(core.now() + 20)))
    client:close()
    server:close()
    local capture
    for _, each in ipairs(hap:captures()) do
      capture = each.kind == "response" and each or capture
    end
    assert.same({ 1, "www", "app", "one", bytes, 20 }, {
      capture.process_nb,
      capture.frontend,
      capture.backend,
      capture.server,
      capture.bytes,
      capture.position,
    })
  end)
end)
