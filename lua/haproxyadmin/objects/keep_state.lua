-- What was set at run time, kept over reloads: while somebody watches, the state of each
-- generation of a process is compared with what it was in the beginning, and what has
-- changed since is set again in the next one. Processes are reloaded one by one, so that each
-- is kept for itself.

local keep_lists = require "haproxyadmin.objects.keep_lists"
local merged = require "haproxyadmin.state.merged"
local record = require "haproxyadmin.state.record"
local state = require "haproxyadmin.objects.state"

local keep_state = {}

local Keeper = {}
Keeper.__index = Keeper

-- What checks find out, and nobody has set.
local FOUND_OUT = { health = true }

-- ---- what has changed ----

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

local function without_found_out(fields)
  local copy = {}
  for key, value in pairs(fields) do
    if not FOUND_OUT[key] then
      copy[key] = value
    end
  end
  return copy
end

-- A server that was added is wanted as a whole.
local function with_added(found, before, now)
  for name, backend in pairs(now.backends) do
    local had = before.backends[name] and before.backends[name].servers or {}
    for server, fields in pairs(backend.servers or {}) do
      if not had[server] then
        found = found or {}
        found.backends = found.backends or {}
        found.backends[name] = found.backends[name] or {}
        found.backends[name].servers = found.backends[name].servers or {}
        found.backends[name].servers[server] = without_found_out(fields)
      end
    end
  end
  return found
end

-- ---- reading ----

-- Who a process is.
local function identity(process)
  return ("%s %s"):format(tostring(process.pid), tostring(process.start))
end

-- What each of these processes is like, by its number: {state =, lists =}; nil and an error.
-- One that became another one meanwhile is left out.
local function read(self, processes)
  local before = {}
  for _, process in ipairs(processes) do
    before[process.nb] = identity(process)
  end
  local lists, err = keep_lists.read(self.context, processes, self.chosen)
  if not lists then
    return nil, err
  end
  local records
  records, err = record.read(self.context, state.everything, nil, true)
  if not records then
    return nil, err
  end
  local found = {}
  for _, own in ipairs(records) do
    local nb = own.process.nb
    if before[nb] == identity(own.process) then
      found[nb] = { state = record.state(own), lists = lists[nb] }
      found[nb].state.process_nb = nil
    end
  end
  return found
end

-- Takes note of what is set now. True, or nil and an error.
local function note(self, processes)
  local found, err = read(self, processes)
  if not found then
    return nil, err
  end
  for nb, own in pairs(found) do
    local last = self.last[nb]
    if last and last ~= self.first[nb] then
      keep_lists.free(last.lists)
    end
    self.first[nb] = self.first[nb] or own
    self.last[nb] = own
  end
  return true
end

-- ---- setting again ----

-- A process was replaced: what of it is to be set again.
local function want(self, nb)
  local first, last, before = self.first[nb], self.last[nb], self.wanted[nb]
  self.first[nb], self.last[nb] = nil, nil
  if not last then
    return
  end
  local kept = { first = first.lists, last = last.lists }
  local own = with_added(changed(first.state, last.state), first.state, last.state)
  local lists = keep_lists.changed(self.context, kept) and kept or nil
  if before then
    -- It was replaced again before anything was set.
    own, lists = merged(before.state, own), before.lists or lists
  end
  if own or lists then
    self.wanted[nb] = { state = own, lists = lists }
  end
end

-- What is wanted of those that are known by now, as HAProxy:apply takes it, and of their
-- lists.
local function collect(self, processes)
  local wanted, lists = { processes = {} }, {}
  for _, process in ipairs(processes) do
    local own, now = self.wanted[process.nb], self.first[process.nb]
    if own and now then
      local copy = { process_nb = process.nb }
      for key, value in pairs(own.state or {}) do
        copy[key] = value
      end
      table.insert(wanted.processes, copy)
      if own.lists then
        lists[#lists + 1] = { process = process, kept = own.lists, now = now.lists }
      end
    end
  end
  return wanted, lists
end

-- Of processes of which nothing is wanted it is no matter that they do not answer. Those of
-- which something is, and who have it now.
local function settle(self, wanted, plan)
  local away = {}
  for i = #plan.skipped, 1, -1 do
    local skipped = plan.skipped[i]
    if skipped.object == "process" and not self.wanted[skipped.process_nb] then
      table.remove(plan.skipped, i)
    elseif skipped.object == "process" then
      away[skipped.process_nb] = true
    end
  end
  for _, own in ipairs(wanted.processes) do
    if not away[own.process_nb] then
      self.wanted[own.process_nb] = nil
    end
  end
end

--- One that has read nothing yet. `chosen`: the lists that are kept (keep_lists.chosen);
-- `create`: servers that were added are added again. By process's number, `first` is what it
-- was like in the beginning of its generation, `last` what it is like now, `wanted` what is
-- still to be set again.
function keep_state.new(hap, context, chosen, create)
  local self = { hap = hap, context = context, chosen = chosen, create = create, first = {}, last = {}, wanted = {} }
  return setmetatable(self, Keeper)
end

--- Takes note of what is set in these processes; of those whose numbers are in `replaced`
-- sets it again. Returns the Plan of what was set again, which tells what is gone; nil where
-- there was nothing to set; nil and an error, behind which the next call tries it once more.
function Keeper:go_on(processes, replaced)
  for nb in pairs(replaced) do
    want(self, nb)
  end
  local ok, err = note(self, processes)
  if not ok then
    return nil, err
  end
  local wanted, lists = collect(self, processes)
  if not wanted.processes[1] then
    return nil
  end
  local options = { partial = true, create = self.create }
  local plan
  plan, err = state.methods.apply.call(self.hap, self.context, options, wanted)
  if plan then
    ok, err = keep_lists.restore(self.context, lists, plan)
  end
  if not plan or not ok then
    return nil, err
  end
  settle(self, wanted, plan)
  ok, err = note(self, processes)
  return plan, not ok and err or nil
end

return keep_state
