-- A roll with a fault at each of its steps; time passes only when somebody waits.

local haproxyadmin = require "haproxyadmin"
local simulated = require "spec.support.simulated"
local table_transport = require "spec.support.table_transport"

local NAMES = { "app1", "app2" }

describe("a roll", function()
  local states

  -- Rolls over both servers while one process fails; returns the report, the error, and how
  -- many commands that process was sent. `fails(number)`: does it fail at this one?
  local function roll(fails, failure, options)
    local processes, count = {}, 0
    states = {}
    for _, address in ipairs { "/a", "/b" } do
      states[address] = {}
      for _, name in ipairs(NAMES) do
        states[address][name] = { status = "no check", scur = 0, weight = 10 }
      end
      processes[address] = simulated.process(states[address])
    end
    local answers = processes["/b"]
    local transport = table_transport.new(processes)
    local hap = haproxyadmin.HAProxy { sockets = { "/a", "/b" }, transport = transport, timeout = 1, retry = false }
    local backend = hap:backend "app"
    processes["/b"] = function(command, request)
      count = count + 1
      if fails(count) then
        -- It may have done it all the same.
        if failure.does_it then
          answers(command, request)
        end
        return nil, failure
      end
      return answers(command, request)
    end
    options = options or {}
    options.drain, options.wait_up = { timeout = 3, interval = 1 }, { timeout = 3, interval = 1 }
    options.servers, options.die, options.min_up = NAMES, false, 0
    local before = transport.time
    local report, err = backend:roll(function() end, options)
    return report, err, count, transport.time - before
  end

  local function status(name)
    local a, b = states["/a"][name].status, states["/b"][name].status
    return a == b and a or a .. " and " .. b
  end

  -- Every server is in the state that is told of it.
  local function check_told(report)
    local told = {}
    for _, name in ipairs(report.done) do
      told[name] = "no check"
    end
    for _, name in ipairs(report.left) do
      told[name] = "no check"
    end
    for _, entry in ipairs(report.failed) do
      local expected = {
        ["in maintenance"] = "MAINT",
        ["ready again"] = "no check",
        ["as it was"] = "no check",
      }
      assert.is_truthy(expected[entry.state] or entry.state:match "^not ")
      told[entry.name] = expected[entry.state] or "not told"
    end
    for _, name in ipairs(NAMES) do
      assert.is_truthy(told[name], name)
      if told[name] ~= "not told" then
        assert.equal(told[name], status(name), name)
      end
    end
  end

  local function never()
    return false
  end

  local faults = {
    ["is away"] = { code = "refused", sent = false },
    ["breaks off"] = { code = "truncated" },
    ["breaks off when it has done it"] = { code = "truncated", does_it = true },
    ["does not answer in time"] = { code = "timeout" },
  }

  for words, failure in pairs(faults) do
    it(("tells where it stands when a process %s once, or from then on"):format(words), function()
      local report, err, steps, _ = roll(never, failure)
      assert.is_nil(err)
      assert.same(NAMES, report.done)
      check_told(report)
      assert.is_true(steps > 20, steps)
      local failed = 0
      for at = 1, steps do
        for _, lasting in ipairs { false, true } do
          local took
          report, err, _, took = roll(function(number)
            return number == at or (lasting and number > at)
          end, failure, { on_error = at % 2 == 0 and "continue" or "stop" })
          assert.is_true(took < 60, took)
          if err then
            failed = failed + 1
            -- The backend itself could not be read; nothing was begun.
            if err.name == "RollFailed" then
              check_told(err.report)
            else
              assert.is_true(err:is "HAProxySocketError")
              assert.equal("no check no check", status "app1" .. " " .. status "app2")
            end
          else
            check_told(report)
          end
        end
      end
      assert.is_true(failed > 10, failed)
    end)
  end
end)
