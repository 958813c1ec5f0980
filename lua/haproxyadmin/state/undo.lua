-- Taking back what a batch did: the values that it is about to change are read before,
-- and set again where it failed. Of entries of maps and ACLs undo_entries.lua does that.

local batch = require "haproxyadmin.runtime.batch"
local change = require "haproxyadmin.state.change"
local commands = require "haproxyadmin.commands"
local core = require "haproxyadmin.core"
local difference = require "haproxyadmin.state.difference"
local record = require "haproxyadmin.state.record"
local settings = require "haproxyadmin.state.settings"
local undo_entries = require "haproxyadmin.state.undo_entries"

local undo = {}

-- ---- before ----

-- What the switches of a command of a batch are on: a sequence of the kind, the switch, the
-- id as commands take it, the backend and the name; empty where it cannot be taken back.
local function targets_of(wanted)
  local targets, object = {}, wanted.object
  for i, own in ipairs(object and settings.by_row[wanted.row.name] or {}) do
    local target = { kind = own.kind, switch = own.switch, order = own.order, name = core.name(object) }
    if own.kind == "server" then
      target.backend = core.proxy(object)
      target.id = { target.backend, target.name }
      target.object = ("server %s/%s"):format(target.backend, target.name)
    else
      target.id = target.name
      target.object = own.kind .. " " .. target.name
    end
    targets[i] = target
  end
  return targets
end

-- Adds the fields of a target to a state, for difference.needs.
local function add_to_state(state, target)
  local objects = state.frontends
  if target.kind == "backend" then
    objects = state.backends
  elseif target.kind == "server" then
    local backend = state.backends[target.backend] or {}
    state.backends[target.backend] = backend
    backend.servers = backend.servers or {}
    objects = backend.servers
  end
  objects[target.name] = objects[target.name] or {}
  for _, field in ipairs(target.switch.fields) do
    objects[target.name][field.name] = true
  end
end

-- Where the values of each server stand in a record.
local function places_of(self)
  local places = {}
  for at = 0, ((self.servers or { count = 0 }).count - 1) * record.WIDTH, record.WIDTH do
    places[("server %s/%s"):format(self.servers.values[at + 1], self.servers.values[at + 2])] = at
  end
  return places
end

--- Reads what the commands of a batch are about to change. Returns what undo.run takes, or
-- nil and an error.
function undo.prepare(context, list)
  local prepared = { targets = {}, entries = {}, records = {}, places = {} }
  local state = { frontends = {}, backends = {} }
  for place, wanted in ipairs(list) do
    prepared.targets[place] = targets_of(wanted)
    prepared.entries[place] = undo_entries.target(wanted)
    for _, target in ipairs(prepared.targets[place]) do
      add_to_state(state, target)
    end
  end
  local needs, backend = difference.needs { state }
  local records, err = record.read(context, needs, backend)
  if not records then
    return nil, err
  end
  prepared.lists, err = undo_entries.prepare(context, prepared.entries)
  if not prepared.lists then
    return nil, err
  end
  prepared.backend = backend
  for _, own in ipairs(records) do
    prepared.records[own.process] = own
    prepared.places[own.process] = places_of(own)
  end
  return prepared
end

-- ---- after ----

-- What a switch's fields were in a process, or nil where they are not known.
local function values_before(prepared, process, target)
  local own, values = prepared.records[process], {}
  if not own then
    return nil
  elseif target.kind == "frontend" then
    return own.frontends[target.name]
  elseif target.kind == "backend" then
    return own.backends[target.name]
  end
  local at = prepared.places[process][target.object]
  if not at then
    return nil
  end
  for _, field in ipairs(target.switch.fields) do
    values[field.name] = record.value(own, at, field)
  end
  return values
end

-- The fields of a switch with what they were; nil where one was nothing.
local function fields_before(switch, values)
  local fields = {}
  for i, field in ipairs(switch.fields) do
    local value = values[field.name]
    if value == nil then
      return nil
    end
    fields[i] = { field.name, nil, value }
  end
  return fields
end

-- The change that sets again what a process had; nil and the reason where there is none.
local function change_back(prepared, process, target)
  local values = values_before(prepared, process, target)
  if not values then
    return nil, "what was before is not known"
  end
  local fields = fields_before(target.switch, values)
  if not fields then
    return nil, "before there was nothing that could be set again"
  end
  local name, args = target.switch.command(target.id, values, values)
  local row = commands.find(name)
  local line, err = commands.encode(row, args)
  if not line then
    return nil, err.message
  end
  return {
    process = process,
    object = target.object,
    order = target.order,
    row = row,
    line = line,
    fields = fields,
  }
end

local function line_for(wanted, process)
  if wanted.line then
    return wanted.line
  end
  for i, other in ipairs(wanted.processes) do
    if other == process then
      return wanted.lines[i]
    end
  end
end

-- The changes that take everything back that was taken, each once; what cannot be is
-- added to `lost`.
local function changes_back(prepared, list, taken, lost)
  local changes, known = {}, {}
  local function add_back(wanted, process, target)
    local key = ("%d %s %s"):format(process.slot, target.object, target.switch.fields[1].name)
    if not known[key] then
      known[key] = true
      local back, why = change_back(prepared, process, target)
      if back then
        changes[#changes + 1] = back
      else
        table.insert(lost, { process_nb = process.nb, command = line_for(wanted, process), why = why })
      end
    end
  end
  for place, wanted in ipairs(list) do
    local targets = prepared.targets[place]
    for _, process in ipairs(taken(place) or wanted.processes) do
      for _, target in ipairs(targets) do
        add_back(wanted, process, target)
      end
      if not targets[1] and not prepared.entries[place] then
        local why = "this command cannot be taken back"
        table.insert(lost, { process_nb = process.nb, command = line_for(wanted, process), why = why })
      end
    end
  end
  return changes
end

-- What processes took of the commands on entries: by process, in their order.
local function entries_taken(prepared, list, taken)
  local found = {}
  for place, wanted in ipairs(list) do
    local target = prepared.entries[place]
    for _, process in ipairs(target and (taken(place) or wanted.processes) or {}) do
      found[process] = found[process] or {}
      table.insert(found[process], { target = target, line = wanted.line })
    end
  end
  return found
end

-- Changes of entries as a batch, in which they keep their order.
local function in_order(changes)
  local list = {}
  for i, own in ipairs(changes) do
    list[i] = { row = own.row, processes = { own.process }, line = own.line, changes = { own } }
  end
  return list
end

-- By number, the words of each process that did not take a command.
local function refusals_of(outcome)
  local words = {}
  for _, result in ipairs(outcome ~= true and outcome.results or {}) do
    if not result.ok then
      words[result[1]] = result.err and result.err.message or result[2]
    end
  end
  return words
end

--- Takes back what processes took of a batch that failed. `taken` as batch.send returns
-- it. Returns {restored =, not_restored =}: sequences of {process_nb =, object =, field =,
-- value =}, and of {process_nb =, command =, why =}.
function undo.run(context, prepared, list, taken)
  local report = { restored = {}, not_restored = {} }
  local changes = changes_back(prepared, list, taken, report.not_restored)
  local entries =
    undo_entries.changes(context, prepared.lists, entries_taken(prepared, list, taken), report.not_restored)
  local backs = change.wanted(context, changes)
  for _, own in ipairs(in_order(entries)) do
    backs[#backs + 1] = own
  end
  local outcomes = batch.send(context, backs)
  local done = {}
  for place, back in ipairs(backs) do
    local refusals = refusals_of(outcomes[place])
    for _, own in ipairs(back.changes) do
      local why = refusals[own.process.nb]
      if why then
        table.insert(report.not_restored, { process_nb = own.process.nb, command = own.line, why = why })
      else
        done[#done + 1] = own
        for _, field in ipairs(own.fields) do
          table.insert(report.restored, {
            process_nb = own.process.nb,
            object = own.object,
            field = field[1],
            value = field[3],
          })
        end
      end
    end
  end
  change.settle(context, done, prepared.backend)
  return report
end

return undo
