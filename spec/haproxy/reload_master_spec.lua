local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local master = require "spec.support.master"

local raises = assertions.raises

local function break_it(text)
  return text .. "\nnonsense here\n"
end

describe("Master", function()
  local m, own
  -- Since when `reload` tells what came of it.
  local tells = haproxy.version() >= 207

  setup(function()
    m = master.start()
    own = haproxyadmin.Master { socket = m.socket, timeout = 10 }
  end)

  teardown(function()
    m:stop()
  end)

  before_each(function()
    m:configure()
  end)

  it("tells what it is", function()
    assert.equal(m.pid, own.pid)
    assert.equal(haproxyadmin.HAProxy({ socket_file = m.stats, timeout = 10 }).version, own.version)
    assert.equal(0, own.failed_reloads)
    assert.is_true(own.uptime >= 0)
    assert.equal(("haproxyadmin.Master (%s)"):format(m.socket), tostring(own))
    assert.same({}, own:programs())
  end)

  it("reloads, and waits for the new worker", function()
    local before, reloads = own:workers()[1], own.reloads
    local result = own:reload { timeout = 60 }
    local worker = own:workers()[1]
    assert.same({ true, reloads + 1, 0 }, { result.success, own.reloads, own.failed_reloads })
    assert.are_not.equal(before.pid, worker.pid)
    assert.is_true(worker.generation > before.generation)
    assert.is_true(worker.current)
    assert.equal(worker.pid, worker:info().Pid)
    assert.same({ "10 (initial 10)" }, worker:command "get weight app/s1")
    assert.equal(tells, #result.log > 0)
  end)

  it("has old workers, which take commands and are waited for", function()
    local client = m:client()
    local before = own:workers()[1]
    assert.is_true(own:reload({ timeout = 60 }).success)
    local list = own:workers()
    local old
    for _, worker in ipairs(list) do
      old = worker.pid == before.pid and worker or old
    end
    assert.is_false(old.current)
    assert.equal(before, old)
    -- That it is ending is no reason to ask it again.
    local slow = haproxyadmin.Master { socket = m.socket, timeout = 10, retry_interval = 100 }
    local started = core.now()
    for _, worker in ipairs(slow:workers()) do
      assert.is_true(worker.pid ~= before.pid or worker:info().Stopping == 1)
    end
    assert.is_true(core.now() - started < 90)
    assert.is_true(old.generation < list[1].generation)
    local err = assertions.in_vain(function(seconds)
      own:wait_old_workers { timeout = seconds, interval = 0.05 }
    end)
    assert.truthy(err.message:find(tostring(before.pid), 1, true))
    client:close()
    haproxy.shell("kill -KILL " .. before.pid)
    assert.is_true(own:wait_old_workers({ timeout = 30, interval = 0.05 }).waited >= 0)
    err = raises("SocketConnectionError", "not_found", old.info, old)
    assert.truthy(err.message:find("this worker no more", 1, true))
    raises("SocketConnectionError", "not_found", old.command, old, "show info")
  end)

  it("tells of a reload that failed, and of the worker that serves on", function()
    local before = own:workers()[1]
    m:configure(break_it)
    local result = own:reload { timeout = 60 }
    assert.is_false(result.success)
    assert.equal(1, own.failed_reloads)
    assert.same({ before.pid, true, before.generation }, {
      own:workers()[1].pid,
      own:workers()[1].current,
      own:workers()[1].generation,
    })
    assert.equal(before, own:workers()[1])
    assert.is_false(own:reload({ timeout = 60 }).success)
    assert.equal(2, own.failed_reloads)
    if tells then
      assert.truthy(table.concat(result.log, "\n"):find("nonsense", 1, true))
      assert.truthy(table.concat(own:startup_logs(), "\n"):find("nonsense", 1, true))
    else
      assert.same({}, result.log)
      raises("CommandFailed", "unsupported", own.startup_logs, own)
    end
    m:configure()
    assert.is_true(own:reload({ timeout = 60 }).success)
    assert.equal(0, own.failed_reloads)
  end)

  it("is told when it reloads for somebody else", function()
    m:signal "USR2"
    local result = own:reload { timeout = 60 }
    assert.is_true(result.success)
    assert.equal(own:workers()[1].pid, own:haproxy().processids[1])
  end)

  it("reloads hard where there is that", function()
    if haproxy.version() >= 209 then
      assert.is_true(own:hard_reload({ timeout = 60 }).success)
    else
      local err = raises("CommandFailed", "unsupported", own.hard_reload, own)
      assert.truthy(err.message:find("2.9", 1, true))
    end
  end)

  it("says what would be sent, and sends nothing", function()
    local reloads, worker = own.reloads, own:workers()[1]
    local weight = { "set weight app/s2 7", "set map " .. m.dir .. "/sites.map <<" }
    local result, lines
    local plan = own:rehearse(function()
      result = own:reload()
      lines = worker:command(weight[1])
      worker:command(weight[2] .. "\n/one\tsecret\n")
      return lines
    end)
    assert.same({ { success = true, log = {} }, {} }, { result, lines })
    local sent = { "reload", ("@!%d %s"):format(worker.pid, weight[1]), ("@!%d %s"):format(worker.pid, weight[2]) }
    assert.same({ { process_nb = 1, commands = sent } }, plan.processes)
    assert.equal("3 commands in 3 exchanges\nprocess 1:\n  " .. table.concat(sent, "\n  "), tostring(plan))
    assert.same({ reloads, worker.pid }, { own.reloads, own:workers()[1].pid })
    assert.same({ "20 (initial 20)" }, worker:command "get weight app/s2")
    if haproxy.version() >= 209 then
      plan = own:rehearse(function()
        return own:hard_reload()
      end)
      assert.same({ "hard-reload" }, plan.processes[1].commands)
    else
      raises("CommandFailed", "unsupported", own.rehearse, own, function()
        return own:hard_reload()
      end)
    end
    -- What reads is read, and what is not rehearsed any more is done.
    assert.same({}, own:rehearse(function()
      return own:workers()[1]:info().Pid == worker.pid
    end).processes)
    assert.is_true(own:reload({ timeout = 60 }).success)
    assert.equal(reloads + 1, own.reloads)
  end)

  it("makes HAProxy objects", function()
    local hap = own:haproxy { timeout = 10, retry = false }
    assert.equal(m.socket, hap:processes()[1].address)
    assert.equal(2, #hap:backend("app"):servers())
    raises("ValueError", "bad_argument", own.haproxy, own, { socket_file = "/x" })
    raises("ValueError", "bad_argument", own.haproxy, own, 3)
  end)

  it("keeps one connection where that is asked for, over reloads", function()
    local kept = haproxyadmin.Master { socket = m.socket, timeout = 10, keep = true }
    local function assert_connections(count)
      assertions.eventually(function()
        return m:connections() == count
      end)
    end
    for _ = 1, 20 do
      assert.equal(m.pid, kept.pid)
      assert.equal(kept:workers()[1].pid, kept:workers()[1]:info().Pid)
    end
    assert_connections(1)
    for _ = 1, 2 do
      local before = kept:workers()[1]
      assert.is_true(kept:reload({ timeout = 60 }).success)
      assert.is_true(kept:workers()[1].generation > before.generation)
      assert.are_not.equal(before, kept:workers()[1])
      assert.is_true(kept:wait_old_workers({ timeout = 60, interval = 0.05 }).waited >= 0)
    end
    m:reload()
    assert.equal(m:workers()[1], kept:workers()[1].pid)
    assert_connections(1)
    -- An object that it makes keeps one as well, and it is its own.
    local hap = kept:haproxy()
    assert.equal(10, hap:backend("app"):server("s1").weight)
    assert.equal(10, hap:backend("app"):server("s1").weight)
    assert_connections(2)
    hap:close()
    local worker = kept:workers()[1]
    assert.is_true(kept:close())
    assert.is_true(kept:close())
    assert_connections(0)
    raises("ValueError", "bad_argument", kept.workers, kept)
    raises("ValueError", "bad_argument", worker.info, worker)
  end)

  it("refuses what is none", function()
    raises("ValueError", "failed", haproxyadmin.Master, { socket = m.stats })
    raises("ValueError", "not_found", haproxyadmin.Master, { socket = m.dir .. "/none.sock" })
    raises("ValueError", "bad_argument", haproxyadmin.Master, {})
    raises("ValueError", "bad_argument", haproxyadmin.Master, { socket = m.socket, socket_dir = "/x" })
    raises("ValueError", "bad_argument", own.reload, own, { timeout = 0 })
    assert.is_nil((haproxyadmin.Master { socket = m.stats, die = false }))
  end)

  it("tells when a new HAProxy is there", function()
    local hasty = haproxyadmin.Master { socket = m.socket, timeout = 10, retry = false }
    haproxy.shell("kill -KILL " .. m.pid)
    local ok, err = pcall(hasty.workers, hasty)
    assert.is_false(ok)
    assert.is_true(haproxyadmin.is_error(err, "HAProxySocketError"))
    m:launch()
    assert.equal(m.pid, own.pid)
  end)
end)
