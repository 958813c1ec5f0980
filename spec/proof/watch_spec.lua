-- Watching for long: every reload is told once, and memory does not grow.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local master = require "spec.support.master"

local RELOADS, ROUNDS, RESTORED = 20, 1500, 5

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  default_backend app
backend app
  server a1 127.0.0.1:1 weight 10
]]

-- Kilobytes of memory that this program has.
local function memory()
  collectgarbage()
  collectgarbage()
  for line in io.lines "/proc/self/status" do
    local kilobytes = line:match "^VmRSS:%s*(%d+)"
    if kilobytes then
      return tonumber(kilobytes)
    end
  end
end

describe("watching", function()
  local farm, hap

  before_each(function()
    farm = haproxy.start { processes = 2, origin = false, config = config }
    hap = haproxyadmin.HAProxy { sockets = farm.sockets, timeout = 20, retry = 100, retry_interval = 0.05 }
  end)

  after_each(function()
    farm:stop()
  end)

  it(("tells each of %d reloads once"):format(RELOADS), function()
    local told, begun, last = 0, 0, nil
    local deadline = core.now() + 120
    hap:watch {
      interval = 0.01,
      on_reload = function(process)
        told = told + 1
        assert.equal(2, process.process_nb)
        assert.is_true(process.pid ~= process.before.pid)
        assert.equal(last, process.before.pid)
      end,
      on_snapshot = function(snapshot)
        if told < begun and core.now() < deadline then
          return true
        end
        last = snapshot:info()[2].Pid
        if begun == RELOADS or core.now() >= deadline then
          return false
        end
        begun = begun + 1
        farm:reload(2)
      end,
    }
    assert.equal(RELOADS, begun)
    assert.equal(RELOADS, told)
  end)

  it("takes no more memory the longer it lasts", function()
    local count, before = 0, nil
    hap:watch {
      interval = 0.0001,
      on_change = function() end,
      on_snapshot = function()
        count = count + 1
        if count == 300 then
          before = memory()
        end
        return count < ROUNDS
      end,
    }
    local grown = memory() - before
    assert.is_true(grown < 2048, ("%d kB more after %d rounds"):format(grown, ROUNDS - 300))
  end)
end)

describe("what was set at run time", function()
  it(("is there again soon behind each of %d reloads"):format(RESTORED), function()
    local m = master.start()
    local own = haproxyadmin.Master { socket = m.socket, timeout = 20 }
    local hap = own:haproxy { retry_interval = 0.05 }
    local server, map = hap:backend("app"):server "s1", hap:map(m.dir .. "/sites.map")
    local began, seconds, rounds = nil, {}, 0
    hap:watch {
      keep_state = true,
      maps = true,
      on_restore = function()
        seconds[#seconds + 1] = core.now() - began
        assert.equal(77, server.weight)
        assert.equal("kept", map:lookup("/new").value)
      end,
      on_snapshot = function()
        rounds = rounds + 1
        if rounds == 1 then
          assert.is_true(server:setweight(77))
          assert.is_true(map:add("/new", "kept"))
        elseif rounds > 2 and not (began and #seconds == 0) and #seconds < RESTORED then
          -- Right behind a reading, so that the next one is as far away as it can be.
          assert.is_true(own:reload({ timeout = 60, interval = 0.02 }).success)
          began = core.now()
        end
        return #seconds < RESTORED and rounds < 20 * RESTORED
      end,
    }
    m:stop()
    assert.equal(RESTORED, #seconds)
    table.sort(seconds)
    if os.getenv "VERBOSE" then
      io.stderr:write(("set again %.2f s behind the reload, at most %.2f s\n"):format(
        seconds[math.ceil(RESTORED / 2)],
        seconds[RESTORED]
      ))
    end
    assert.is_true(seconds[RESTORED] < 20, seconds[RESTORED])
  end)
end)
