-- What was set at run time, kept over reloads: while somebody watches, the state of each
-- generation of a process is compared with what it was in the beginning, and what has
-- changed since is set again in the next one.

local state = require "haproxyadmin.objects.state"

local keep_state = {}

local Keeper = {}
Keeper.__index = Keeper

-- What checks find out, and nobody has set.
local FOUND_OUT = { health = true }

-- Processes that have their own values, by their numbers; the rest as it is.
local function by_number(found)
  local copy, own = {}, {}
  for key, value in pairs(found) do
    copy[key] = value
  end
  for _, process in ipairs(found.processes or {}) do
    own[process.process_nb] = process
  end
  copy.processes = own
  return copy
end

-- What is otherwise in `now` than it was in `before`: a table of the same form, or nil.
local function changed(before, now)
  local found
  for key, value in pairs(now) do
    local other = before and before[key]
    if type(value) == "table" then
      value = changed(type(other) == "table" and other or nil, value)
    elseif value == other or FOUND_OUT[key] or before == nil then
      -- What was not there in the beginning has no beginning to be compared with.
      value = nil
    end
    if value ~= nil then
      found = found or {}
      found[key] = value
    end
  end
  return found
end

-- As HAProxy:apply takes it.
local function as_wanted(found)
  if found and found.processes then
    local list = {}
    for nb, process in pairs(found.processes) do
      process.process_nb = nb
      list[#list + 1] = process
    end
    found.processes = list
  end
  return found
end

-- Who the processes are.
local function identity(context)
  local words = {}
  for i, process in ipairs(context.processes) do
    words[i] = ("%d %s %s"):format(process.nb, tostring(process.pid), tostring(process.start))
  end
  return table.concat(words, ";")
end

-- The state, or nil and perhaps an error: nothing where it is of other processes than it
-- was begun with.
local function read(self)
  local before = identity(self.context)
  local found, err = state.methods.save_state.call(self.hap, self.context, {})
  if not found then
    return nil, err
  elseif identity(self.context) ~= before then
    return nil
  end
  return by_number(found)
end

--- One that has read nothing yet. `first`: the state in the beginning of this generation;
-- `last`: as it is now; `wanted`: what is still to be set again.
function keep_state.new(hap, context)
  return setmetatable({ hap = hap, context = context, first = nil, last = nil, wanted = nil }, Keeper)
end

-- Takes note of what is set now. Nothing, or an error.
local function note(self)
  local found, err = read(self)
  if found then
    self.first = self.first or found
    self.last = found
  end
  return err
end

--- Takes note of what is set; of processes that have been `replaced` sets it again. Returns
-- the Plan of what was set again, which tells what is gone; nil where there was nothing to
-- set; nil and an error, behind which the next call tries it once more.
function Keeper:go_on(replaced)
  if replaced then
    self.wanted = self.wanted or (self.last and as_wanted(changed(self.first, self.last)))
    self.first, self.last = nil, nil
  end
  local err = note(self)
  if err or not self.wanted or not self.first then
    return nil, err
  end
  local plan
  plan, err = state.methods.apply.call(self.hap, self.context, {}, self.wanted)
  if not plan then
    return nil, err
  end
  self.wanted = nil
  return plan, note(self)
end

return keep_state
