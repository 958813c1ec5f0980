-- Watching for long: every reload is told once, and memory does not grow.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local RELOADS, ROUNDS = 20, 1500

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
