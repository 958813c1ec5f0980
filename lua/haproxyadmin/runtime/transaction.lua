-- A change of several steps that every process makes, or none: where a step fails in one
-- process, what was done in the others is undone, until the step that cannot be.
--
-- A step is {command =, args =, check =, undo =, undo_args =, final =}: the name of a command
-- and its arguments (as in plan.wanted); `check(requests)`, which may still find something
-- wrong (nil and an error) when every process took it; the command that takes it back; and
-- whether that can no longer be done once it was taken.

local judge = require "haproxyadmin.runtime.judge"
local plan = require "haproxyadmin.runtime.plan"
local request = require "haproxyadmin.runtime.request"
local send = require "haproxyadmin.runtime.send"
local success = require "haproxyadmin.replies.success"

local transaction = {}

-- Nobody is behind the socket: no step was taken there, and none is left.
local nobody = { refused = true, not_found = true }

-- Did the process take the step, or may it have?
local function may_have_taken(self)
  if self.code then
    return self.sent == true and not nobody[self.code]
  end
  return success.of(self.row, request.answer(self))
end

-- Plans all steps; nothing may be sent when one of them cannot be.
local function plan_all(processes, steps)
  local plans = {}
  for i, step in ipairs(steps) do
    local requests, err = plan.command(processes, step.command, step.args)
    if not requests then
      return nil, err
    end
    plans[i] = requests
  end
  return plans
end

-- The processes that took a step, or may have, and that can give it back.
local function takers(requests)
  local found = {}
  for _, self in ipairs(requests) do
    if may_have_taken(self) then
      found[#found + 1] = self.process
    end
  end
  return found
end

-- Takes a step back in these processes, each by itself. `kept[process]`: why one still
-- has it.
local function undo(context, step, processes, seconds, kept)
  local sent = {}
  for _, process in ipairs(processes) do
    local requests, err = plan.command({ process }, step.undo, step.undo_args)
    if requests then
      sent[#sent + 1] = requests[1]
    else
      kept[process] = err.message
    end
  end
  send.all(context, sent, context.retry, nil, seconds)
  for _, self in ipairs(sent) do
    if self.code then
      kept[self.process] = request.failure(self).message
    elseif not success.of(self.row, request.answer(self)) then
      kept[self.process] = request.refusal(self).message
    end
  end
  send.done(sent)
end

local function numbers_of(processes)
  local words = {}
  for i, process in ipairs(processes) do
    words[i] = tostring(process.nb)
  end
  return table.concat(words, ", ")
end

-- Adds to an error what became of the steps before: in which processes they were undone,
-- and in which ones, and why, they were not.
local function tell(err, touched, kept)
  local undone, left = {}, {}
  for _, process in ipairs(touched) do
    if kept[process] then
      left[#left + 1] = ("process %d: %s"):format(process.nb, kept[process])
    else
      undone[#undone + 1] = process
    end
  end
  if #undone > 0 then
    err.message = ("%s; undone in process %s"):format(err.message, numbers_of(undone))
  end
  if #left > 0 then
    err.message = ("%s; not undone: %s"):format(err.message, table.concat(left, ", "))
  end
end

-- Takes back all steps up to the one that failed, the last first, save in the processes
-- that took a final one.
local function undo_all(context, plans, steps, failed, seconds, err)
  local over, seen, touched, kept = {}, {}, {}, {}
  if steps[failed].final then
    for _, self in ipairs(plans[failed]) do
      over[self.process] = not self.code and success.of(self.row, request.answer(self))
    end
  end
  for i = failed, 1, -1 do
    local processes = {}
    for _, process in ipairs(steps[i].undo and takers(plans[i]) or {}) do
      if not over[process] and not kept[process] then
        processes[#processes + 1] = process
        if not seen[process] then
          seen[process] = true
          touched[#touched + 1] = process
        end
      end
    end
    if #processes > 0 then
      undo(context, steps[i], processes, seconds, kept)
    end
  end
  tell(err, touched, kept)
end

--- Makes the change in these processes: true, or nil and the error of the step that
-- failed, which says who took it, and what was undone. `seconds`: for each exchange,
-- instead of the context's `timeout`.
function transaction.run(context, processes, steps, seconds)
  if #processes == 0 then
    return plan.nobody()
  end
  local plans, err = plan_all(processes, steps)
  if not plans then
    return nil, err
  end
  for i in ipairs(steps) do
    send.all(context, plans[i], context.retry, nil, seconds)
    local ok
    ok, err = judge.all(plans[i])
    if ok and steps[i].check then
      ok, err = steps[i].check(plans[i])
    end
    if not ok then
      undo_all(context, plans, steps, i, seconds, err)
      if not steps[i].final then
        judge.mark_undone(err)
      end
      break
    end
  end
  for _, requests in ipairs(plans) do
    send.done(requests)
  end
  if err then
    return nil, err
  end
  return true
end

return transaction
