-- Syncs of an ACL in a real process and in a fake one, which breaks off, stalls or lies on one
-- connection after the other.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local testing = require "haproxyadmin.testing"

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  http-request deny if { path -f {dir}/blocked.acl }
]]

local versions = haproxy.version() >= 204

local OLD, NEW = { "/a", "/b" }, { "/b", "/c" }

describe("a sync with a process that", function()
  local farm, fake, file, addresses

  local function dump(keys)
    local lines = {}
    for i, key in ipairs(keys) do
      lines[i] = ("0x55d0c0ffee%02x %s"):format(i, key)
    end
    return table.concat(lines, "\n") .. "\n"
  end

  setup(function()
    farm = haproxy.start { processes = 1, origin = false, config = config }
    file = farm.dir .. "/blocked.acl"
    haproxyadmin.HAProxy({ sockets = farm.sockets, timeout = 20 }):acl(file):sync(OLD)
    local recorder = testing.recorder()
    local real = haproxyadmin.HAProxy { sockets = farm.sockets, transport = recorder, timeout = 20 }
    real:acl(file)
    local replies = {}
    for line, text in pairs(recorder.replies) do
      replies[line] = text:gsub("\nPid: (%d+)", "\nPid: 9%1"):gsub("entry_cnt=%d+", "entry_cnt=2")
    end
    replies[("show acl %s"):format(file)] = dump(OLD)
    replies[("show acl @1 %s"):format(file)] = dump(NEW)
    local others = {
      { "^prepare acl ", "New version created: 1" },
      { "^add acl ", "" },
      { "^del acl ", "" },
      { "^commit acl ", "" },
      { "^clear acl ", "" },
    }
    for i, entry in ipairs(others) do
      replies[i] = entry
    end
    fake = testing.start { replies = replies }
    addresses = { farm.sockets[1], fake.address }
  end)

  teardown(function()
    fake:stop()
    farm:stop()
  end)

  -- The ACL of both, made while all is well.
  local function object(timeout)
    fake:script { "answer" }
    local hap = haproxyadmin.HAProxy { sockets = addresses, timeout = 20, retry = false }
    local list = hap:acl(file)
    core.context(hap).timeout = timeout
    return list
  end

  -- What the real process has.
  local function real()
    local keys = haproxyadmin.HAProxy({ sockets = { addresses[1] }, timeout = 20 }):acl(file):totable()
    table.sort(keys)
    return table.concat(keys, " ")
  end

  local function restore()
    haproxyadmin.HAProxy({ sockets = { addresses[1] }, timeout = 20 }):acl(file):sync(OLD, { mode = "diff" })
    assert.equal(table.concat(OLD, " "), real())
  end

  -- What changes something was received at most once, unless the entries were looked at in
  -- between.
  local function assert_once()
    local counts = {}
    local function count(line)
      counts = line == "show acl " .. file and {} or counts
      counts[line] = (counts[line] or 0) + 1
      if line:match "^add " or line:match "^del " or line:match "^commit " then
        assert.equal(1, counts[line], line)
      end
    end
    for _, received in ipairs(fake:received()) do
      count(received.command or "")
      for _, line in ipairs(received.more or {}) do
        count(line)
      end
    end
  end

  local function was_asked(pattern)
    for _, received in ipairs(fake:received()) do
      for _, line in ipairs { received.command or "", table.concat(received.more or {}, "\n") } do
        if ("\n" .. line):find("\n" .. pattern) then
          return true
        end
      end
    end
    return false
  end

  local function is_ok(err, process)
    for _, result in ipairs(err.results or {}) do
      if result[1] == process then
        return result.ok
      end
    end
    return true
  end

  -- A sync with a fault on one of the connections to the fake process, one further each
  -- time, until all connections are as they should be.
  local function at_every_step(mode, fault, timeout)
    local steps, reached, between = 0, true, 0
    while reached do
      steps = steps + 1
      restore()
      local list = object(timeout)
      local script = {}
      for i = 1, steps - 1 do
        script[i] = "answer"
      end
      script[steps], script[steps + 1] = fault, "answer"
      fake:script(script)
      local plan, err = list:sync(NEW, { mode = mode, die = false })
      local connections = #fake:received()
      reached = connections >= steps
      assert_once()
      if plan then
        local may_be = not reached or mode == "diff" or fault[1] == "reply"
        assert.is_true(may_be, ("step %d: %s"):format(steps, tostring(plan)))
        assert.equal(table.concat(NEW, " "), real())
      else
        assert.is_true(haproxyadmin.is_error(err), tostring(err))
        if mode == "replace" and err.name ~= "MultipleCommandResults" and is_ok(err, 1) then
          assert.equal(table.concat(OLD, " "), real(), ("step %d: %s"):format(steps, tostring(err)))
        end
        between = between + (err.name == "MultipleCommandResults" and 1 or 0)
      end
      assert.is_true(steps < 30)
    end
    return steps, between
  end

  local faults = {
    { "breaks off", { "close" } },
    { "breaks off in the middle of an answer", { "cut", at = -3 } },
    { "resets the connection", { "reset" } },
    { "answers with other bytes", { "garbage" } },
    { "stalls", { "stall" }, 1 },
    { "says nothing, and that all is well", { "reply", "\n" } },
    { "refuses", { "reply", "Permission denied\n\n" } },
    { "says that another list is there", { "reply", dump { "/b", "/c", "/d" } .. "\n" } },
  }

  for _, case in ipairs(faults) do
    it(("%s: nobody has a part of what replaces"):format(case[1]), function()
      if not versions then
        local _, err = object(20):sync(NEW, { mode = "replace", die = false })
        assert.equal("unsupported", err.code)
        return
      end
      assert.is_true(at_every_step("replace", case[2], case[3] or 20) >= 7)
    end)

    it(("%s: nothing is sent twice of what differs"):format(case[1]), function()
      assert.is_true(at_every_step("diff", case[2], case[3] or 20) >= 6)
    end)
  end

  -- Lines of the real process, which count the entries of all versions (2.6 and later).
  local function count()
    local real_hap = haproxyadmin.HAProxy { sockets = { addresses[1] }, timeout = 20 }
    for _, line in ipairs(real_hap:processes()[1]:command "show acl") do
      if line:find("(" .. file .. ")", 1, true) then
        return tonumber(line:match "entry_cnt=(%d+)")
      end
    end
  end

  local counted = haproxy.version() >= 206 and it or function() end
  counted("breaks off while it is filled: what others have prepared is dropped, or told", function()
    restore()
    local before, filled, err = count(), false, nil
    local script = {}
    while not filled do
      local list = object(20)
      script[#script + 1] = "answer"
      local faulty = {}
      for i, behaviour in ipairs(script) do
        faulty[i] = behaviour
      end
      faulty[#faulty], faulty[#faulty + 1] = { "close" }, "answer"
      fake:script(faulty)
      err = select(2, list:sync(NEW, { mode = "replace", die = false }))
      filled = was_asked "add "
      assert.is_true(#script < 30)
    end
    assert.is_true(haproxyadmin.is_error(err))
    if haproxy.version() >= 303 then
      assert.matches("stay in process 1, 2", err.message, 1, true)
      assert.is_true(count() > before)
    else
      assert.is_nil(err.message:find("stay in", 1, true))
      assertions.eventually(function()
        return count() == before
      end)
    end
    -- The next one that is committed ends all before it.
    local alone = haproxyadmin.HAProxy({ sockets = { addresses[1] }, timeout = 20 }):acl(file)
    alone:sync(NEW, { mode = "replace" })
    assertions.eventually(function()
      return count() == #NEW
    end)
  end)

  it("says that it changed what it did not is told", function()
    restore()
    local plan, err = object(20):sync({ "/b", "/c", "/d" }, { mode = "diff", die = false })
    assert.is_nil(plan)
    assert.equal("inconsistent", err.code)
    assert.equal("/b /c /d", real())
  end)
end)
