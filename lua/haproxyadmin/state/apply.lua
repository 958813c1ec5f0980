-- A wanted state against what all processes are like.

local change = require "haproxyadmin.state.change"
local difference = require "haproxyadmin.state.difference"
local record = require "haproxyadmin.state.record"

local apply = {}

-- Processes that the state names and that are not there.
local function skip_processes(out, context, wanted)
  local known = {}
  for _, process in ipairs(context.processes) do
    known[process.nb] = true
  end
  for _, own in ipairs(wanted.processes or {}) do
    if not known[own.process_nb] then
      table.insert(out.skipped, {
        process_nb = own.process_nb,
        object = "process",
        code = "not_found",
        why = "no process has this number",
      })
    end
  end
end

-- Processes that did not answer.
local function skip_failed(out, context, failed)
  for _, process in ipairs(context.processes) do
    local err = failed[process]
    if err then
      local why = err.message
      table.insert(out.skipped, { process_nb = process.nb, object = "process", code = err.code, why = why })
    end
  end
end

--- What the processes need to be as a checked state wants them: {changes =, skipped =} as
-- in difference.lua, and `backend`, the only backend that was read, where it is just one.
-- Nil and an error where a process cannot be read; with `partial` it is skipped, as long as
-- one can be.
function apply.compare(context, wanted, partial)
  local states = { wanted }
  for _, own in ipairs(wanted.processes or {}) do
    states[#states + 1] = own
  end
  local needs, backend = difference.needs(states)
  local records, err, failed = record.read(context, needs, backend, partial)
  if not records then
    return nil, err
  end
  local out = { changes = {}, skipped = {}, backend = backend }
  skip_processes(out, context, wanted)
  skip_failed(out, context, failed or {})
  for _, own in ipairs(records) do
    local ok
    ok, err = difference.add(out, own, wanted)
    if not ok then
      return nil, err
    end
  end
  return out
end

--- The changes as a batch (change.wanted).
function apply.list(context, out)
  return change.wanted(context, out.changes)
end

--- Sends that batch. True, or nil and an error with `outcomes`.
function apply.send(context, list, out)
  return change.send(context, list, out.changes, out.backend, out.skipped)
end

--- What was skipped, as a sentence.
function apply.describe(skipped)
  local what = skipped.field and skipped.object .. ", " .. skipped.field or skipped.object
  return ("process %d: %s: %s"):format(skipped.process_nb, what, skipped.why)
end

return apply
