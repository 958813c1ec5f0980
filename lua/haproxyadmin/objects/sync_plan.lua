--- What `Map:sync` did, or, as a dry run, would do.
--
-- `tostring(plan)` is a text for people.
-- @classmod haproxyadmin.SyncPlan

local dump = require "haproxyadmin.runtime.dump"
local wanted = require "haproxyadmin.runtime.wanted"

local SyncPlan = {}

local NAMES = { "added", "changed", "deleted", "kept" }

local function in_words(numbers)
  local words = {}
  for i, name in ipairs(NAMES) do
    words[i] = ("%d %s"):format(numbers[name], name)
  end
  return table.concat(words, ", ")
end

-- What a plan was made of: beside it, so that it holds its numbers and nothing else.
local sources = setmetatable({}, { __mode = "k" })

local meta = {
  __index = SyncPlan,
  __name = "haproxyadmin.SyncPlan",
  __tostring = function(plan)
    local lines = { ("%s: %s"):format(plan.mode, in_words(plan)) }
    for _, numbers in ipairs(plan.processes) do
      local others = numbers.others ~= 0 and (", others: %d"):format(numbers.others) or ""
      lines[#lines + 1] = ("process %d: %s%s"):format(numbers.process_nb, in_words(numbers), others)
    end
    return table.concat(lines, "\n")
  end,
}

--- How it was, or would be, done: `diff` or `replace`.
-- @field SyncPlan.mode

--- How many entries were added, summed over the processes.
-- @field SyncPlan.added

--- How many entries got another value, summed over the processes.
-- @field SyncPlan.changed

--- How many entries were deleted, summed over the processes.
-- @field SyncPlan.deleted

--- How many entries were left as they are, summed over the processes. With the option
-- `mode = "replace"` nothing is compared: all that was there is deleted, and all that is
-- wanted added.
-- @field SyncPlan.kept

--- How many exchanges there were with processes; of a dry run those that compared.
-- @field SyncPlan.exchanges

--- A sequence with a table for each process: `process_nb`, `added`, `changed`,
-- `deleted`, `kept`, and `others`: by how many entries somebody else made it differ
-- meanwhile, as far as that was seen.
-- @field SyncPlan.processes

--- How many wanted entries have a key that another one before them has. Other coroutines may run
-- while many are looked at.
-- @function SyncPlan:repeated
-- @treturn integer
-- @treturn ?string the first such key
function SyncPlan:repeated()
  local source = sources[self]
  return wanted.repeated(source.entries, dump.pause(source.transport))
end

-- The change number `at` of a process, from 1: of one that was not compared the wanted
-- entries.
local function change(source, numbers, at)
  local diff = source.diffs[numbers]
  if diff then
    return diff:change(at)
  end
  local key, value = source.entries:get(at)
  return key and "add" or nil, key, value
end

--- What was, or would be, changed, entry by entry.
-- @function SyncPlan:changes
-- @treturn function an iterator over `process_nb`, `"add"`, `"set"` or `"del"`, key, and
-- value: of one that is deleted the value that it had; nil for ACLs. A dump does not tell
-- where a key with blanks ends: of a deleted entry it ends at the first one
function SyncPlan:changes()
  local source, processes = sources[self], self.processes
  local place, at = 1, 0
  return function()
    while processes[place] do
      at = at + 1
      local what, key, value = change(source, processes[place], at)
      if what then
        return processes[place].process_nb, what, key, value
      end
      place, at = place + 1, 0
    end
  end
end

--- Makes one of what runtime/sync.lua returns.
return function(plan, transport)
  local diffs = {}
  for _, numbers in ipairs(plan.processes) do
    diffs[numbers], numbers.diff = numbers.diff, nil
  end
  sources[plan] = { entries = plan.entries, diffs = diffs, transport = transport }
  plan.entries, plan.map = nil, nil
  return setmetatable(plan, meta)
end
