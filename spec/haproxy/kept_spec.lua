-- The option `keep` on real processes that are reloaded, stopped, killed and
-- restarted, and on a fake one that closes where no real one does.

local assertions = require "spec.support.assertions"
local conversation = require "spec.support.conversation"
local core = require "haproxyadmin.core"
local forker = require "spec.support.forker"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"
local testing = require "haproxyadmin.testing"

local raises = assertions.raises

-- How many connections to a stats socket its process has accepted, or has yet to.
-- HAProxy binds a socket under another name, which stays, and renames the file.
local function connections_listed(path)
  local count = 0
  for line in io.lines "/proc/net/unix" do
    local flags, name = line:match "^%x+: %x+ %x+ (%x+) %x+ %x+%s+%d+ (.*)$"
    local bound = name and name:gsub("%.%d+%.tmp$", "")
    if bound == path and tonumber(flags, 16) == 0 then
      count = count + 1
    end
  end
  return count
end

-- The list may leave some out while it is read, so that it is read several times.
local function connections_to(path)
  local most = 0
  for _ = 1, 4 do
    most = math.max(most, connections_listed(path))
  end
  return most
end

describe("kept connections to real processes", function()
  local farm, hap

  local function start(options)
    options = options or {}
    options.origin = false
    options.processes = options.processes or 2
    farm = haproxy.start(options)
  end

  local function new(more)
    local options = { socket_dir = farm:folder(), keep = true, timeout = 20 }
    for key, value in pairs(more or {}) do
      options[key] = value
    end
    return haproxyadmin.HAProxy(options)
  end

  -- Connects and is known to use the connections.
  local function warm(more)
    if hap then
      hap:close()
    end
    hap = new(more)
    for _, socket in ipairs(farm.sockets) do
      -- HAProxy may close one that was silent while the machine did other work.
      assertions.eventually(function()
        return hap:setmaxconn(2000) and hap:setmaxconn(2000) and connections_to(socket) == 1
      end)
    end
  end

  -- HAProxy takes its time to see that others were closed.
  local function assert_one_each()
    for _, socket in ipairs(farm.sockets) do
      assertions.eventually(function()
        return connections_to(socket) == 1
      end)
    end
  end

  -- The same object without `keep`.
  local function plain()
    return new { keep = false }
  end

  after_each(function()
    if hap then
      hap:close()
      hap = nil
    end
    farm:stop()
  end)

  local function has_prompt(answer)
    return answer:find "> $"
  end

  -- Replaces process 1 while somebody else's session keeps the old one alive; returns
  -- that session when the old one knows that it ends.
  local function replace()
    local other = conversation.open(farm.sockets[1])
    other:ask("prompt\n", has_prompt)
    farm:reload(1)
    assertions.eventually(function()
      return other:ask("show info\n", has_prompt):find("\nStopping: 1\n", 1, true) ~= nil
    end)
    return other
  end

  it("read from the new process right after a reload, the old one being alive", function()
    start()
    warm()
    local old = hap.processids
    local other = replace()
    local now = hap.processids
    assert.are_not.equal(old[1], now[1])
    assert.equal(old[2], now[2])
    assert.same(plain().processids, now)
    assert.is_true(other:is_open())
    other:close()
  end)

  it("send a command to the new process right after a reload, the old one being alive", function()
    start()
    warm()
    local server = hap:backend("app"):server "app2"
    server:setweight(20)
    local other = replace()
    assert.is_true(server:setweight(77))
    assert.equal(77, plain():backend("app"):server("app2").weight)
    assert.matches("\n20 %(initial 10%)", "\n" .. other:ask("get weight app/app2\n", has_prompt))
    other:close()
  end)

  it("tell a stalled process from those that did it, and are right again when it goes on", function()
    start { processes = 3 }
    local err = assertions.in_limit(function(seconds)
      farm:signal(2, "CONT")
      warm { timeout = seconds, retry = false }
      core.sleep(0.05)
      farm:signal(2, "STOP")
      local found = raises("SocketTimeout", "timeout", hap.setmaxconn, hap, 300)
      raises("SocketTimeout", "timeout", function()
        return hap.maxconn
      end)
      farm:signal(2, "CONT")
      return assertions.only_failed(found, 2) and found
    end)
    assert.equal(farm.sockets[2], err.socket_file)
    assert.same({ true, false, true }, { err.results[1].ok, err.results[2].ok, err.results[3].ok })
    -- What the process was sent while it stood still may run behind this.
    assertions.eventually(function()
      return hap:setmaxconn(400) and hap.maxconn == 1200 and plain().maxconn == 1200
    end)
  end)

  it("say that a process was killed, and reach the one that is started then", function()
    start()
    warm { retry = false }
    local server = hap:backend("app"):server "app2"
    farm:kill(2)
    local err = raises("SocketConnectionError", "refused", server.setweight, server, 30)
    assert.equal(farm.sockets[2], err.socket_file)
    assert.same({ true, false }, { err.results[1].ok, err.results[2].ok })
    farm:reload(2)
    assert.is_true(server:setweight(40))
    assert.equal(40, server.weight)
    assert.equal(40, plain():backend("app"):server("app2").weight)
    farm:kill(2)
    farm:reload(2)
    assert.equal(10, server:stats_per_process()[2][2].weight)
  end)

  it("are renewed when HAProxy closed them for their silence", function()
    start { global = "  stats timeout 1s\n" }
    warm { retry = false }
    -- 2.2 and 2.6 were seen to leave such a connection open.
    local function wait()
      core.sleep(1.5)
      if haproxy.version() >= 300 then
        assertions.eventually(function()
          return connections_to(farm.sockets[1]) + connections_to(farm.sockets[2]) == 0
        end)
      end
    end
    wait()
    assert.is_true(hap:setmaxconn(70))
    wait()
    assert.equal(140, hap.maxconn)
    assert.equal(140, plain().maxconn)
  end)

  it("are at most one for each process, during and after 1,000 calls", function()
    start()
    warm()
    local server = hap:backend("app"):server "app2"
    for i = 1, 500 do
      assert.is_true(server:setweight(i % 200 + 1))
      assert.equal(i % 200 + 1, server.weight)
      if i % 50 == 0 then
        assert_one_each()
      end
    end
  end)

  it("end with close, and with the collector", function()
    start()
    local function all_closed()
      collectgarbage()
      return connections_to(farm.sockets[1]) + connections_to(farm.sockets[2]) == 0
    end
    warm()
    hap:close()
    assertions.eventually(all_closed)
    warm()
    hap = nil
    assertions.eventually(all_closed)
  end)

  it("are the parent's after a fork: the child has its own", function()
    start()
    forker.build(farm.dir)
    local file = farm.dir .. "/fork.lua"
    haproxy.write(
      file,
      ([[
        package.cpath = package.cpath .. ";%s/?.so"
        local fork = require "forker"
        local haproxyadmin = require "haproxyadmin"
        local hap = haproxyadmin.HAProxy { socket_dir = "%s", keep = true, timeout = 20, retry = false }
        hap:setmaxconn(10)
        hap:setmaxconn(10)
        local pid = fork.fork()
        local name = pid == 0 and "app1" or "app2"
        local server = hap:backend("app"):server(name)
        for i = 1, 200 do
          assert(server:setweight(i))
          assert(server.weight == i)
          assert(server.name == name)
        end
        if pid == 0 then
          hap:close()
        else
          fork.wait(pid)
          assert(hap.maxconn == 20)
        end
        io.stdout:write(name, " is done\n")
      ]]):format(farm.dir, farm:folder())
    )
    local ok, text = haproxy.shell(
      ("LUA_PATH='%s' LUA_CPATH='%s' %s %s"):format(package.path, package.cpath, haproxy.interpreter(), file)
    )
    assert.is_true(ok, text)
    assert.matches("app1 is done", text)
    assert.matches("app2 is done", text)
  end)

  it("carry a batch of 500, in order", function()
    start()
    warm()
    local servers = { hap:backend("app"):server "app1", hap:backend("app"):server "app2" }
    assert.is_true(hap:batch(function(b)
      for i = 1, 500 do
        b:setweight(servers[i % 2 + 1], i % 250 + 1)
      end
    end))
    -- 499 and 500 were the last ones.
    assert.equal(250, servers[2].weight)
    assert.equal(1, servers[1].weight)
    assert_one_each()
  end)

  it("bring what others bring", function()
    start()
    warm()
    local other = plain()
    hap:backend("api_servers"):server("app1"):setweight(33)
    -- What may differ between two reads.
    local moves = { uptime = true, lastchg = true, lastsess = true, downtime = true }
    for _, name in ipairs(haproxyadmin.SERVER_METRICS) do
      if not moves[name] then
        for _, server in ipairs { "app1", "v6" } do
          local kept_value = hap:backend("api_servers"):server(server):metric(name)
          assert.equal(other:backend("api_servers"):server(server):metric(name), kept_value, name)
        end
      end
    end
    assert.same(assertions.names(other:frontends()), assertions.names(hap:frontends()))
    assert.same(other:show_map(farm.dir .. "/sites.map"), hap:show_map(farm.dir .. "/sites.map"))
    assert.same(other.processids, hap.processids)
    assert.equal(other.version, hap.version)
  end)

  it("leave room for another tool where a process takes two connections", function()
    start { global = "  stats maxconn 2\n" }
    warm { retry = false }
    local other = plain()
    for i = 1, 50 do
      assert.is_true(hap:setmaxconn(i))
      assert.equal(2 * i, other.maxconn)
      assert.equal(2 * i, hap.maxconn)
      assert.equal(2, #hap:show_map(farm.dir .. "/sites.map"))
    end
  end)
end)

describe("kept connections to a process that misbehaves", function()
  local fake, hap, transport

  -- A clock that stands still but when it is told: until then the connections are
  -- trusted, and nobody asks a process who it is.
  before_each(function()
    transport = setmetatable({ time = core.now() }, { __index = native })
    function transport:now()
      return self.time
    end
    fake = testing.start {
      replies = {
        ["show info"] = "Name: HAProxy\nVersion: 2.6.12\nPid: 7\nMaxconn: 9\n",
        { "^set maxconn global %d+$", "" },
        { "^add map /m %w+ %d+$", "" },
      },
    }
  end)

  after_each(function()
    hap:close()
    fake:stop()
  end)

  -- The constructor and the first call have connections of their own; the kept one,
  -- which is opened then, behaves as told. The second call is the first one on that,
  -- and has two answers: the prompt's and its own.
  local function keep(behaviour, timeout)
    transport.time = core.now()
    fake:script { "answer", "answer", behaviour, "answer" }
    hap = haproxyadmin.HAProxy {
      socket_file = fake.address,
      transport = transport,
      keep = true,
      timeout = timeout or 20,
      retry = false,
    }
    assert.is_true(hap:setmaxconn(1))
    assert.is_true(hap:setmaxconn(2))
  end

  -- How often each line was received, by the line.
  local function lines()
    local count = {}
    for _, connection in ipairs(fake:received()) do
      local list = connection.more or {}
      table.insert(list, 1, connection.command)
      for _, line in ipairs(list) do
        count[line] = (count[line] or 0) + 1
      end
    end
    return count
  end

  it("are renewed when they were closed in silence: the command is run once", function()
    keep { "close", after = 2 }
    assertions.eventually(function()
      return connections_to(fake.address) == 0
    end)
    -- The kernel takes a socket off its list before it tells the other end.
    core.sleep(0.2)
    assert.is_true(hap:setmaxconn(3))
    local count = lines()
    assert.equal(1, count["set maxconn global 1"])
    assert.equal(1, count["set maxconn global 2"])
    assert.equal(1, count["set maxconn global 3"])
  end)

  it("that are cut between two answers of a batch: an error, and nothing is sent twice", function()
    keep { "close", after = 3 }
    local err = raises("SocketTransportError", "truncated", hap.batch, hap, function(b)
      b:add_map("/m", "a", "1")
      b:add_map("/m", "b", "2")
      b:add_map("/m", "c", "3")
    end)
    assert.equal(fake.address, err.socket_file)
    assert.matches("may have run", err.message)
    assert.is_true(hap:setmaxconn(3))
    for line, times in pairs(lines()) do
      if line:find "^add " or line:find "^set " then
        assert.equal(1, times, line)
      end
    end
  end)

  it("that are cut in the middle of what is read: it is read from the one that listens", function()
    keep { "cut", at = 20, after = 2 }
    assert.equal(9, hap.maxconn)
  end)

  it("that are cut in the middle of an answer to a command say so, and do not send it again", function()
    keep { "cut", at = 1, after = 2 }
    local err = raises("SocketTransportError", "truncated", hap.setmaxconn, hap, 3)
    assert.matches("may have run", err.message)
    assert.is_true(hap:setmaxconn(4))
    assert.equal(1, lines()["set maxconn global 3"])
  end)

  it("give no late answer to another question", function()
    keep { "stall", after = 2 }
    -- Two seconds are left.
    transport.time = core.now() - 18
    raises("SocketTimeout", "timeout", hap.setmaxconn, hap, 3)
    transport.time = core.now()
    assert.equal(9, hap.maxconn)
    assert.is_true(hap:setmaxconn(4))
    assert.equal(1, lines()["set maxconn global 3"])
  end)

  it("are asked no more when they stall; the process is, on another one", function()
    -- Half of the time is for the connection that stalls.
    keep({ "stall", after = 2 }, 6)
    core.sleep(0.02)
    transport.time = core.now()
    assert.is_true(hap:setmaxconn(5))
    assert.equal(1, lines()["set maxconn global 5"])
  end)
end)
