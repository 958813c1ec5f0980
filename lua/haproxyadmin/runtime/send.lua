-- Sending: requests to their processes, all at once, and again those that may be.
-- This is the only place that sends and the only one that repeats. A failure is data
-- in its request; the method that called decides what it means.

local core = require "haproxyadmin.core"
local kept = require "haproxyadmin.runtime.kept"

local send = {}

-- What may go away by itself while nothing was run: no process yet behind the
-- address, no room in its backlog, a connection that ended before the line was
-- sent.
local passing = { refused = true, not_found = true, timeout = true, closed = true }

-- What a reload does to a reply that is on its way.
local interrupted = { closed = true, truncated = true }

local function may_be_sent_again(request)
  if not request.sent then
    return passing[request.code]
  end
  return request.safe and interrupted[request.code]
end

local function give_up(requests)
  for _, request in ipairs(requests) do
    request.code, request.words, request.sent = "over", nil, false
  end
end

-- Makes the session in which a request is sent: on the connection that is kept to
-- its process, or on one of its own.
local function prepare(context, request)
  local mode, fresh = kept.mode(request)
  local session = core.session(mode, context.max_reply, fresh)
  local frame = request.frame
  for i, command in ipairs(request.commands) do
    session:ask(command, type(frame) == "table" and frame[i] or frame)
  end
  request.address = request.process.address
  request.reply, request.line = session, session:line()
  request.code, request.words, request.sent = nil, nil, nil
end

local function exchange(context, requests, deadline)
  for _, request in ipairs(requests) do
    prepare(context, request)
  end
  context.transport:exchange(requests, deadline)
end

-- On a kept connection that had ended, nothing was run: the process that listens now
-- is asked at once, on a connection of its own. The same goes for what may run
-- twice.
local function once(context, requests, deadline)
  exchange(context, requests, deadline)
  local lost = {}
  for _, request in ipairs(requests) do
    local was_kept = request.connection ~= nil
    kept.give_back(context, request)
    if was_kept and interrupted[request.code] and (request.safe or not request.sent) then
      lost[#lost + 1] = request
    end
  end
  if #lost > 0 then
    exchange(context, lost, deadline)
  end
end

local function attempt(context, requests, seconds)
  if context.closed then
    give_up(requests)
    return {}
  end
  local transport = context.transport
  local deadline = transport:now() + seconds
  if context.keep then
    kept.take(context, requests, deadline)
  end
  once(context, requests, deadline)
  local again = {}
  for _, request in ipairs(requests) do
    if request.code then
      request.reply:free()
      if may_be_sent_again(request) then
        again[#again + 1] = request
      end
    end
  end
  return again
end

-- How often a process that ends is asked again for what its successor does: `retry`
-- without an end would ask a process for ever that stays as it is.
local ENDING = 2

local function limit(retry, any_failed)
  if not retry then
    return 0
  elseif retry == 0 then
    return any_failed and math.huge or ENDING
  end
  return retry
end

-- Notes whom the next call has to look for.
local function note_missed(context, requests)
  for _, request in ipairs(requests) do
    if request.code == "refused" or request.code == "not_found" then
      context.missed = true
    end
  end
end

--- Sends all requests at once, and again those that may be: `retry` times at most,
-- whatever the reasons (false: never; 0: without end), with `retry_interval` between.
-- So a call takes no longer than (retry + 1) * timeout + retry * retry_interval.
-- `is_ending(request)`: did a process answer that ends, and whose answer is none?
-- `seconds`: instead of the context's `timeout`.
function send.all(context, requests, retry, is_ending, seconds)
  local left, tries = requests, 0
  while true do
    local again = attempt(context, left, seconds or context.timeout)
    local failed = #again > 0
    for _, request in ipairs(left) do
      if not request.code and is_ending and is_ending(request) then
        again[#again + 1] = request
      end
    end
    if #again == 0 or tries >= limit(retry, failed) then
      break
    end
    left, tries = again, tries + 1
    context.transport:sleep(context.retry_interval)
  end
  note_missed(context, requests)
end

--- Seconds that a call with all its repetitions takes at most; where it is repeated
-- without end, as much as one that is not repeated.
function send.longest(context)
  local retry = context.retry or 0
  return (retry + 1) * context.timeout + retry * context.retry_interval
end

return send
