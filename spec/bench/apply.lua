-- apply.lua FOLDER COUNT: makes all servers as they are in a saved state, of which COUNT
-- differ by their weight. Prints the seconds that this took, those of one snapshot, those
-- of COUNT commands in a batch, and how many times the snapshot the rest of the first is:
-- medians of rounds in which all are done, in turns.

local core = require "haproxyadmin.core"
local haproxyadmin = require "haproxyadmin"

local ROUNDS = 9

local hap = haproxyadmin.HAProxy { socket_dir = arg[1], timeout = 120 }
local count = tonumber(arg[2])
local servers = hap:snapshot():servers()
local step = math.floor(#servers / count)
local state = hap:save_state()

local function seconds(work)
  collectgarbage()
  local start = core.now()
  work()
  return core.now() - start
end

local function set(weight)
  return function()
    assert(hap:batch(function(batch)
      for i = 1, count do
        batch:setweight(servers[i * step], weight)
      end
    end))
  end
end

local columns = { {}, {}, {}, {} }
for _ = 1, ROUNDS do
  local snapshot = seconds(function()
    hap:snapshot()
  end)
  local commands = seconds(set(77))
  local apply = seconds(function()
    local plan = hap:apply(state)
    assert(plan.commands == count * #plan.processes)
  end)
  for i, figure in ipairs { apply, snapshot, commands, (apply - commands) / snapshot } do
    table.insert(columns[i], figure)
  end
end
for i, column in ipairs(columns) do
  table.sort(column)
  columns[i] = ("%.9f"):format(column[(ROUNDS + 1) / 2])
end
print(table.concat(columns, " "))
