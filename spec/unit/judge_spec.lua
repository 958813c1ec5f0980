local judge = require "haproxyadmin.runtime.judge"
local commands = require "haproxyadmin.commands"
local table_transport = require "spec.support.table_transport"
local haproxyadmin = require "haproxyadmin"

describe("judging", function()
  local row = commands.find "set weight"

  local function request(nb, answer, known)
    return {
      process = { nb = nb, address = "/p" .. nb, version = 20600 },
      row = row,
      commands = { "set weight a/b 1" },
      answer = answer,
      known = known,
    }
  end

  local function failed(nb, code, known)
    local self = request(nb, nil, known)
    self.code, self.sent = code, true
    return self
  end

  it("is true when every process did it", function()
    assert.is_true(judge.all { request(1, ""), request(2, "Done.") })
  end)

  it("tells one refusal, and answers that differ", function()
    local _, err = judge.all { request(1, "No such server."), request(2, "No such server.") }
    assert.same({ "CommandFailed", "not_found", 2 }, { err.name, err.code, #err.results })
    _, err = judge.all { request(1, ""), request(2, "No such server.") }
    assert.same({ "MultipleCommandResults", "inconsistent" }, { err.name, err.code })
    assert.matches("process 1: took it, process 2: 'No such server.'", err.message, 1, true)
  end)

  it("does not count a process that never had the object", function()
    local lacks = request(2, "No such server.", "lacked")
    assert.is_true(judge.all { request(1, "", "had"), lacks })
    assert.is_true(judge.all { request(1, "", "had"), failed(2, "refused", "lacked") })
    assert.is_true(judge.all { request(1, "", "had"), request(2, "No such server.", "unknown") })
    local _, err = judge.all { request(1, "", "had"), request(2, "No such server.", "had") }
    assert.equal("MultipleCommandResults", err.name)
    _, err = judge.all { request(1, "", "had"), failed(2, "refused", "unknown") }
    assert.equal("SocketConnectionError", err.name)
    _, err = judge.all { request(1, "", "had"), failed(2, "timeout", "lacked") }
    assert.equal("SocketTimeout", err.name)
    _, err = judge.all { lacks }
    assert.equal("not_found", err.code)
  end)

  it("keeps messages short, whatever a peer says", function()
    local _, err = judge.all { request(1, ("x"):rep(5000000)) }
    assert.is_true(#err.message < 1000)
    _, err = judge.all { request(1, ""), request(2, ("x"):rep(5000000) .. "\n\27[2J") }
    assert.is_true(#err.message < 1000)
  end)
end)

describe("an object that came back to a process", function()
  it("is read and changed there, too", function()
    local gone = true
    local second = table_transport.process "2.6"
    local processes = {
      ["/a"] = table_transport.process "2.6",
      ["/b"] = function(command, request)
        if gone and command:match "app" then
          return command:match "^show stat" and "No such proxy.\n" or "No such server.\n"
        end
        local text = second(command, request)
        return gone and text:gsub("\napp,[^\n]*", "") or text
      end,
    }
    local transport = table_transport.new(processes)
    local hap = haproxyadmin.HAProxy { sockets = { "/a", "/b" }, transport = transport, retry = false }
    local server = hap:backend("app"):server "app1"
    assert.same({ 1 }, server.process_nb)
    assert.is_true(server:setweight(3))
    gone = false
    transport.received = {}
    assert.is_true(server:setweight(4))
    assert.same({ { "/a", "set weight app/app1 4" }, { "/b", "set weight app/app1 4" } }, transport.received)
    local weight = server.weight
    assert.is_number(weight)
    assert.same({ 1, 2 }, server.process_nb)
  end)
end)
