local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"

local raises, column = assertions.raises, assertions.column

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  maxconn 100
  default_backend app
backend app
  balance roundrobin
  server a 127.0.0.1:81 weight 10
  server b 127.0.0.1:82 weight 20
]]

describe("A batch that is taken back", function()
  local farm, hap, before_line

  before_each(function()
    farm = haproxy.start { processes = 3, origin = false, config = config }
    before_line = nil
    local transport = setmetatable({
      exchange = function(_, requests, deadline)
        local is_change = requests[1] and not requests[1].line:match "^show "
        if is_change and before_line then
          before_line(requests)
        end
        native:exchange(requests, deadline)
      end,
    }, { __index = native })
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10, retry = false, transport = transport }
    -- Processes differ before.
    local second = hap:processes()[2]
    second:command "set weight app/a 7"
    second:command "set server app/b state maint"
    -- This returns when it is in force.
    local own = haproxyadmin.HAProxy { socket_file = farm.sockets[2], timeout = 10 }
    own:backend("app"):server("a"):setaddress("127.0.0.7", 77)
    second:command "set maxconn frontend www 33"
  end)

  after_each(function()
    farm:stop()
  end)

  local function servers()
    local backend = hap:backend "app"
    return backend:server "a", backend:server "b"
  end

  -- Everything that a batch may change.
  local function changes(batch)
    local a, b = servers()
    local www = hap:frontend "www"
    return function()
      batch:setweight(a, 1)
      batch:setweight(a, 2)
      batch:setstate(b, "drain")
      batch:setaddress(a, "127.0.0.9")
      batch:setmaxconn(www, 5)
      batch:disable(www)
      batch:setstate(a, "disable")
    end
  end

  it("leaves all as it was, in each process", function()
    local before = hap:save_state()
    local err = raises("CommandFailed", "not_found", hap.batch, hap, function(batch)
      changes(batch)()
      batch:add_map("nosuch.map", "k", "v")
    end, { rollback = true })
    assert.same(before, hap:save_state())
    assert.same({}, err.rollback.not_restored)
    -- Weight, state of a, state of b, address and port, maxconn, state of www.
    assert.equal(3 * 7, #err.rollback.restored)
    local values = {}
    for _, restored in ipairs(err.rollback.restored) do
      if restored.object == "server app/a" and restored.field == "weight" then
        values[restored.process_nb] = restored.value
      end
    end
    assert.same({ 10, 7, 10 }, values)
    assert.matches("; 21 values were set back, 0 commands could not be taken back$", err.message)
  end)

  it("is no other batch when all goes well", function()
    assert.is_true(hap:batch(function(batch)
      changes(batch)()
    end, { rollback = true }))
    assert.same({ "127.0.0.9:81", "127.0.0.9:77", "127.0.0.9:81" }, column(hap, "app", "a", "addr"))
    assert.same({ 5, 5, 5 }, column(hap, "www", "FRONTEND", "slim"))
  end)

  it("tells what cannot be taken back", function()
    local a = servers()
    local err = raises("CommandFailed", "not_found", hap.batch, hap, function(batch)
      batch:setweight(a, 3)
      batch:shutdown(a)
      batch:add_map("nosuch.map", "k", "v")
    end, { rollback = true })
    assert.same({ 10, 7, 10 }, column(hap, "app", "a", "weight"))
    local told = {}
    for i, lost in ipairs(err.rollback.not_restored) do
      told[i] = { lost.process_nb, lost.command, lost.why }
    end
    local line, why = "shutdown sessions server app/a", "this command cannot be taken back"
    assert.same({ { 1, line, why }, { 2, line, why }, { 3, line, why } }, told)
  end)

  it("is taken back where it was taken, when a process is gone", function()
    before_line = function()
      before_line = nil
      farm:kill(3)
    end
    local a = servers()
    local err = raises("SocketConnectionError", "refused", hap.batch, hap, function(batch)
      batch:setweight(a, 3)
    end, { rollback = true })
    assert.equal(2, #err.rollback.restored)
    assert.same({}, err.rollback.not_restored)
    local alone = haproxyadmin.HAProxy { sockets = { farm.sockets[1], farm.sockets[2] }, timeout = 10 }
    assert.same({ 10, 7 }, column(alone, "app", "a", "weight"))
  end)

  it("tells which process could not be set back", function()
    local count = 0
    before_line = function()
      count = count + 1
      if count == 2 then
        farm:kill(1)
      end
    end
    local a = servers()
    local err = raises("CommandFailed", "not_found", hap.batch, hap, function(batch)
      batch:setweight(a, 3)
      batch:add_map("nosuch.map", "k", "v")
    end, { rollback = true })
    assert.equal(2, #err.rollback.restored)
    assert.equal(1, #err.rollback.not_restored)
    local lost = err.rollback.not_restored[1]
    assert.same({ 1, "set weight app/a 10" }, { lost.process_nb, lost.command })
    assert.matches("no process behind it", lost.why)
  end)

  it("sends nothing when it cannot read first", function()
    farm:kill(2)
    local a = hap:snapshot({ partial = true }):server("a")[1]
    raises("SocketConnectionError", "refused", hap.batch, hap, function(batch)
      batch:setweight(a, 3)
    end, { rollback = true })
    local alone = haproxyadmin.HAProxy { sockets = { farm.sockets[1], farm.sockets[3] }, timeout = 10 }
    assert.same({ 10, 10 }, column(alone, "app", "a", "weight"))
  end)
end)
