-- Changes of several processes (difference.lua), as a batch.

local batch = require "haproxyadmin.runtime.batch"
local check = require "haproxyadmin.base.check"
local record = require "haproxyadmin.state.record"
local settings = require "haproxyadmin.state.settings"

local change = {}

-- ---- joining ----

-- The processes that a line concerns as the context has them, where these are all: a
-- batch that is the same for all processes is packed once.
local function all_of(context, processes)
  if #processes ~= #context.processes then
    return processes
  end
  for i, process in ipairs(processes) do
    if process ~= context.processes[i] then
      return processes
    end
  end
  return context.processes
end

local function by_order(first, second)
  if first.order ~= second.order then
    return first.order < second.order
  end
  return first.place < second.place
end

--- What is wanted (runtime/plan.lua), one for each line, however many processes get it;
-- each has its `changes`, too. Commands on one object stand together, in the order of its
-- switches.
function change.wanted(context, changes)
  local objects, groups, lines = {}, {}, {}
  for place, own in ipairs(changes) do
    local group = groups[own.object]
    if not group then
      group = {}
      groups[own.object] = group
      objects[#objects + 1] = group
    end
    local line = lines[own.line]
    if not line then
      line = { row = own.row, line = own.line, processes = {}, changes = {}, order = own.order, place = place }
      lines[own.line] = line
      group[#group + 1] = line
    end
    table.insert(line.processes, own.process)
    table.insert(line.changes, own)
  end
  local list = {}
  for _, group in ipairs(objects) do
    table.sort(group, by_order)
    for _, line in ipairs(group) do
      list[#list + 1] = {
        row = line.row,
        processes = all_of(context, line.processes),
        line = line.line,
        changes = line.changes,
      }
    end
  end
  return list
end

-- ---- sending ----

local ADDRESS = "set server addr"

-- From this version on a task of HAProxy's own changes addresses, some moments after the
-- answer.
local LATER_SINCE = 20900

-- Which addresses and ports have to show in which process, {nb = {[backend/server] =
-- {field = value}}}; nil where there are none.
local function promises_of(changes)
  local promises
  for _, own in ipairs(changes) do
    if own.row.name == ADDRESS and (own.process.version or LATER_SINCE) >= LATER_SINCE then
      promises = promises or {}
      local of_process = promises[own.process.nb] or {}
      promises[own.process.nb] = of_process
      local fields = {}
      for _, field in ipairs(own.fields) do
        fields[field[1]] = field[3]
      end
      of_process[own.object] = fields
    end
  end
  return promises
end

local function is_kept(self, promises)
  for at = 0, (self.servers.count - 1) * record.WIDTH, record.WIDTH do
    local values = self.servers.values
    local fields = promises[("server %s/%s"):format(values[at + 1], values[at + 2])]
    for name, value in pairs(fields or {}) do
      if record.value(self, at, settings.fields.server[name]) ~= value then
        return false
      end
    end
  end
  return true
end

local function are_kept(list, promises)
  for _, self in ipairs(list) do
    if not is_kept(self, promises[self.process.nb] or {}) then
      return false
    end
  end
  return true
end

--- Waits until every process shows the addresses that it was told, `timeout` at most: who
-- reads next must not find the old ones. `backend`: the only one whose servers changed.
function change.settle(context, changes, backend)
  local promises = promises_of(changes)
  if not promises then
    return
  end
  local transport = context.transport
  local deadline, pause = transport:now() + context.timeout, 0.001
  while transport:now() < deadline do
    local list = record.read(context, { servers = true }, backend)
    if not list or are_kept(list, promises) then
      return
    end
    transport:sleep(math.max(math.min(pause, deadline - transport:now()), 0))
    pause = pause * 2
  end
end

-- What the processes that did not take a command say, by number; nil where one says
-- something else than that it has no use for it, or did not answer.
local function without_use(outcome)
  local words = {}
  for _, result in ipairs(outcome.results or {}) do
    if not result.ok then
      if result.code ~= "unsupported" or result.err then
        return nil
      end
      words[result[1]] = check.excerpt(result[2])
    end
  end
  return next(words) ~= nil and words or nil
end

-- Adds the changes of a command to what is skipped, for the processes that say why.
local function skip(skipped, wanted, words)
  for _, own in ipairs(wanted.changes) do
    local why = words[own.process.nb]
    if why then
      table.insert(skipped, {
        process_nb = own.process.nb,
        object = own.object,
        field = own.fields[1][1],
        code = "unsupported",
        why = why,
      })
    end
  end
end

-- Notes with each change of a command why its process did not take it.
local function note(wanted, outcome)
  local results = {}
  for _, result in ipairs(outcome.results or {}) do
    results[result[1]] = result
  end
  for _, own in ipairs(wanted.changes) do
    local result = results[own.process.nb]
    if not result then
      own.why = outcome.message
    elseif not result.ok then
      own.why = result.err and result.err.message or check.excerpt(result[2])
    end
  end
end

--- Sends a batch that change.wanted made of the changes. What a process has no use for, as
-- a host name without resolvers, is added to `skipped`. Returns true, or nil and an
-- error with `outcomes`.
function change.send(context, list, changes, backend, skipped)
  if #list == 0 then
    return true
  end
  local outcomes = batch.send(context, list)
  local failed, first = 0, nil
  for place, wanted in ipairs(list) do
    local outcome = outcomes[place]
    local words = outcome ~= true and without_use(outcome)
    if words then
      skip(skipped, wanted, words)
    elseif outcome ~= true then
      note(wanted, outcome)
      failed, first = failed + 1, first or outcome
    end
  end
  if failed > 0 then
    return nil, batch.error(list, outcomes, failed, first)
  end
  change.settle(context, changes, backend)
  return true
end

return change
