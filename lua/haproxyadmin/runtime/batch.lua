-- A batch: many commands in few exchanges. Those of one process are joined to lines
-- that fit HAProxy's buffer; every process gets its next line at the same time.

local core = require "haproxyadmin.core"
local judge = require "haproxyadmin.runtime.judge"
local repeated = require "haproxyadmin.runtime.repeated"
local send = require "haproxyadmin.runtime.send"
local success = require "haproxyadmin.replies.success"

local batch = {}

-- A new line of a queue. A command that has to
-- be repeated until nothing is left has its line for itself, so that what was asked
-- for before it is done before it, and what was asked for behind it, behind it.
local function new_line(queue, alone)
  local line = { alone = alone, bytes = 0, requests = {} }
  queue[#queue + 1] = line
  return line
end

-- By process: its lines, in order.
local function pack(commands)
  local queues, order = {}, {}
  for _, requests in ipairs(commands) do
    for _, request in ipairs(requests) do
      local queue = queues[request.process]
      if not queue then
        queue = { process = request.process }
        queues[request.process] = queue
        order[#order + 1] = queue
      end
      local alone = repeated.is_needed(request.row, request.process)
      local last, bytes = queue[#queue], #request.commands[1] + 1
      if not last or alone or last.alone or last.bytes + bytes > core.line_max then
        last = new_line(queue, alone)
      end
      last.bytes = last.bytes + bytes
      table.insert(last.requests, request)
    end
  end
  return order
end

-- The request that carries a line.
local function carrier(queue, line)
  if line.alone then
    return line.requests[1]
  end
  local commands = {}
  for i, request in ipairs(line.requests) do
    commands[i] = request.commands[1]
  end
  return {
    process = queue.process,
    row = line.requests[1].row,
    commands = commands,
    frame = "text",
    safe = false,
  }
end

-- What a process answered to each command of a line, or why nothing is known of it.
local function hand_out(line, sent)
  for i, request in ipairs(line.requests) do
    if sent ~= request then
      request.code, request.words, request.sent = sent.code, sent.words, sent.sent
      request.answer = not sent.code and sent.reply:text(i) or nil
    end
  end
end

-- A process that failed gets nothing more: whether the rest would be run in order could
-- not be told.
local function give_up(queue, from, failed)
  for i = from, #queue do
    for _, request in ipairs(queue[i].requests) do
      request.code, request.words, request.sent = failed.code, failed.words, false
    end
  end
end

-- Sends line number `round` of each queue; returns those that have more.
local function send_round(context, queues, round)
  local carriers, joined, alone = {}, {}, {}
  for k, queue in ipairs(queues) do
    carriers[k] = carrier(queue, queue[round])
    table.insert(queue[round].alone and alone or joined, carriers[k])
  end
  send.all(context, joined, context.retry)
  repeated.all(context, alone)
  local left = {}
  for k, queue in ipairs(queues) do
    hand_out(queue[round], carriers[k])
    if carriers[k].code then
      give_up(queue, round + 1, carriers[k])
    elseif queue[round + 1] then
      left[#left + 1] = queue
    end
  end
  return left
end

local function did_it(requests)
  for _, request in ipairs(requests) do
    if request.code or not success.of(request.row, request.answer) then
      return false
    end
  end
  return true
end

--- Sends commands: a sequence of sequences of requests, one for each process. Returns
-- for each command true or its error, how many failed, and the error of the first.
function batch.send(context, commands)
  local queues, round = pack(commands), 1
  while #queues > 0 do
    queues, round = send_round(context, queues, round), round + 1
  end
  local outcomes, failed, first = {}, 0, nil
  for i, requests in ipairs(commands) do
    outcomes[i] = true
    local ok, err = did_it(requests), nil
    if not ok then
      ok, err = judge.all(requests)
    end
    if not ok then
      outcomes[i] = err
      failed = failed + 1
      first = first or err
    end
  end
  return outcomes, failed, first
end

return batch
