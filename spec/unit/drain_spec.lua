-- Draining where processes do what real ones seldom do; time passes only when somebody
-- waits.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"
local simulated = require "spec.support.simulated"
local table_transport = require "spec.support.table_transport"

local raises = assertions.raises

describe("draining", function()
  local transport, processes, hap, server, rows

  -- A process whose server app/app2 has the fields of rows[address].
  local function process(address)
    rows[address] = { status = "no check", scur = 0 }
    return simulated.process { app2 = rows[address] }
  end

  before_each(function()
    processes, rows = {}, {}
    for _, address in ipairs { "/a", "/b" } do
      processes[address] = process(address)
    end
    transport = table_transport.new(processes)
    hap = haproxyadmin.HAProxy { sockets = { "/a", "/b" }, transport = transport, timeout = 1, retry = false }
    server = hap:backend("app"):server "app2"
  end)

  -- What was sent to a process that changes something.
  local function commands(address)
    local found = {}
    for _, entry in ipairs(transport.received) do
      if entry[1] == address and not entry[2]:match "^show " then
        found[#found + 1] = entry[2]
      end
    end
    return found
  end

  local DRAIN = "set server app/app2 state drain"

  it("asks for the server's own rows, each time with who the process is", function()
    rows["/a"].scur = 1
    transport.received = {}
    server:drain {
      interval = 1,
      progress = function()
        rows["/a"].scur = 0
      end,
    }
    local asked = {}
    for _, entry in ipairs(transport.received) do
      if entry[1] == "/a" then
        asked[#asked + 1] = entry[2]
      end
    end
    local line = ("show stat %d 4 %d"):format(server.iid, server.sid)
    assert.same({ "show info", line, DRAIN, "show info", line, "show info", line, "show info", line }, asked)
  end)

  it("believes that there is no session when two readings say so", function()
    local looks = 0
    local result = server:drain {
      interval = 1,
      progress = function(now)
        looks = looks + 1
        -- One that was on its way is counted by now.
        rows["/b"].scur = looks == 1 and 1 or 0
        assert.equal(looks == 2 and 1 or 0, now.left)
      end,
    }
    assert.equal(4, looks)
    assert.is_true(result.waited > 1)
  end)

  it("does not drain a process that does not answer, and says which did", function()
    processes["/b"] = function()
      return nil, { code = "timeout" }
    end
    local err = raises("WaitTimeout", "timeout", server.drain, server, { timeout = 5, interval = 1 })
    assert.equal("SocketTimeout", err.cause.name)
    assert.same({}, commands "/a")
    -- It answers, and then not to the command.
    local answers = process "/b"
    processes["/b"] = function(command, request)
      if command == DRAIN then
        return nil, { code = "timeout" }
      end
      return answers(command, request)
    end
    err = raises("SocketTimeout", "timeout", server.drain, server, { timeout = 5, interval = 1 })
    assert.matches("taken by process 1", err.message)
    assert.same({ DRAIN }, commands "/a")
  end)

  it("keeps waiting over a process that is away for a while, but not beyond its time", function()
    rows["/a"].scur = 1
    local answers, away = processes["/b"], 0
    processes["/b"] = function(command, request)
      if command:match "^show " and #commands "/b" > 0 and away < 3 then
        away = away + 1
        return nil, { code = "truncated" }
      end
      rows["/a"].scur = 0
      return answers(command, request)
    end
    assert.equal(0, server:drain({ timeout = 60, interval = 1 }).left)
    assert.equal(3, away)
    away, rows["/a"].scur = -1000, 1
    local before = transport.time
    for _, ending in ipairs { "fail", "keep", "kill" } do
      -- What is left is not known.
      raises("WaitTimeout", nil, server.drain, server, { timeout = 5, interval = 1, on_timeout = ending })
    end
    assert.is_true(transport.time - before <= 3 * 5 + 1, transport.time - before)
  end)

  it("finds a server whose number changed, and one that came to a process later", function()
    local other = server.sid + 7
    local answers = processes["/b"]
    processes["/b"] = function(command, request)
      rows["/b"].sid = other
      return answers(command, request)
    end
    rows["/b"].scur = 1
    local result = server:drain {
      interval = 1,
      progress = function(now)
        assert.equal(2, #now.results)
        rows["/b"].scur = 0
      end,
    }
    assert.equal(0, result.left)
    assert.same({ DRAIN }, commands "/b")
  end)

  it("calls processes by the names that they were given", function()
    hap = haproxyadmin.HAProxy {
      sockets = { edge1 = "/a", edge2 = "/b" },
      transport = transport,
      timeout = 1,
      retry = false,
    }
    server = hap:backend("app"):server "app2"
    rows["/b"].scur = 2
    local err = raises("WaitTimeout", nil, server.drain, server, { timeout = 3, interval = 1 })
    assert.matches("last seen: process %d %(edge2%): 2", err.message)
    err = raises("WaitTimeout", nil, server.wait_up, server, { timeout = 3, interval = 1 })
    assert.matches("process %d %(edge1%): DRAIN, process %d %(edge2%): DRAIN", err.message)
  end)

  it("does not tell an old worker, and waits for its sessions", function()
    core.context(hap).processes[2].old = true
    rows["/b"].scur = 2
    local err = raises("WaitTimeout", nil, server.drain, server, { timeout = 3, interval = 1 })
    assert.same({ { 1, 0 }, { 2, 2 } }, err.results)
    rows["/a"].status = "DRAIN"
    err = raises("WaitTimeout", nil, server.wait_up, server, { timeout = 3, interval = 1 })
    assert.same({ { 1, "DRAIN" } }, err.results)
    rows["/a"].status, rows["/b"].status = "UP", "DRAIN"
    assert.is_true(server:wait_up() >= 0)
  end)
end)
