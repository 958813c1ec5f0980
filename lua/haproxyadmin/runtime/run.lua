-- One command, from what is wanted to what came of it: plan, send, judge.

local judge = require "haproxyadmin.runtime.judge"
local marked = require "haproxyadmin.runtime.marked"
local plan = require "haproxyadmin.runtime.plan"
local repeated = require "haproxyadmin.runtime.repeated"
local send = require "haproxyadmin.runtime.send"
local success = require "haproxyadmin.replies.success"

local run = {}

-- What a process says that ends: during a reload its successor takes what this one
-- refused. The answer is kept for who judges it.
local function is_ending(self)
  local answer = self.reply:text(self.place or 1)
  self.answer = answer
  return answer ~= "" and success.is_ending(self.row, answer)
end

-- Sends requests that change something and judges them; true, or nil and an error.
local function send_and_judge(context, requests)
  if #requests == 0 then
    return plan.nobody()
  end
  if requests[1].row.repeats then
    repeated.all(context, requests)
  else
    send.all(context, requests, context.retry, is_ending)
  end
  return judge.all(requests)
end

--- Runs a command in all processes; `args` as in plan.wanted. `object`: the frontend,
-- backend or server that it is on. `when_done(requests)` is called when every process did
-- it. In a batch nothing is run: `options.collect` takes what is wanted.
function run.command(context, options, name, args, object, when_done)
  local wanted, err = plan.wanted(context.processes, name, args)
  if not wanted then
    return nil, err
  end
  wanted.object = object
  if options.collect then
    options.collect(wanted)
    return true
  end
  local requests = plan.requests(wanted)
  local ok
  ok, err = send_and_judge(context, requests)
  if ok and when_done then
    when_done(requests)
  end
  send.done(requests)
  return ok, err
end

--- Sends what reads; the requests with their replies, or nil and an error where one is
-- not what it should be. `seconds`: who calls has only so many, and nothing is repeated.
function run.read(context, name, args, processes, seconds)
  local requests, err = plan.command(processes or context.processes, name, args)
  if not requests then
    return nil, err
  end
  local retry = not seconds and context.retry
  if requests[1] and requests[1].row.answer == "sections" then
    marked.send(context, requests, retry, seconds)
  else
    send.all(context, requests, retry, nil, seconds)
  end
  local ok
  ok, err = judge.all(requests)
  if not ok then
    return nil, err
  end
  return requests
end

return run
