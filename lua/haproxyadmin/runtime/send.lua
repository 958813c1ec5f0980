-- Sending: requests to their processes, all at once, and again those that may be.
-- This is the only place that sends and the only one that repeats. A failure is data
-- in its request; the method that called decides what it means.

local core = require "haproxyadmin.core"
local kept = require "haproxyadmin.runtime.kept"
local master = require "haproxyadmin.runtime.master"
local record = require "haproxyadmin.runtime.process"
local rehearsal = require "haproxyadmin.runtime.rehearsal"

local new_request = require("haproxyadmin.runtime.request").new
local new_session = core.session

local send = {}

-- What may go away by itself while nothing was run: no process yet behind the
-- address, no room in its backlog, a connection that ended before the line was
-- sent.
local passing = { refused = true, not_found = true, timeout = true, stalled = true, closed = true, loading = true }

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

-- Sessions that nobody needs any more: to make one costs more than to use it.
local idle, MOST_IDLE = {}, 64

--- Gives back the replies of requests that nobody reads any more.
function send.done(requests)
  local count = #idle
  for i = 1, #requests do
    local request = requests[i]
    local session = request.reply
    request.reply = nil
    if session and count < MOST_IDLE then
      count = count + 1
      session:clear()
      idle[count] = session
    end
  end
end

-- Makes the session in which a request is sent: on the connection that is kept to
-- its process or its master, or on one of its own. `worker`: through a master, to this one.
local function prepare(request, max_reply, worker)
  local process, count = request.process, #idle
  local session = idle[count] or new_session("once", 0)
  idle[count] = nil
  request.address = process.address
  request.reply = session
  if request.connection and worker then
    local fresh, trusted = request.fresh, request.trusted
    request.line = session:begin("master", max_reply, fresh, request.commands, request.frame, worker, trusted)
  elseif request.connection then
    request.line = session:begin("prompt", max_reply, process.kept.fresh, request.commands, request.frame)
  elseif request.prompted then
    request.line = session:begin("prompt", max_reply, true, request.commands, request.frame)
  else
    request.line = session:begin("once", max_reply, false, request.commands, request.frame, worker)
  end
  if request.diff then
    request.diff:follow(session)
  end
  if request.code then
    request.code, request.words, request.sent = nil, nil, nil
  end
end

local function exchange(context, requests, deadline)
  local max_reply = context.max_reply
  for i = 1, #requests do
    prepare(requests[i], max_reply)
  end
  context.transport:exchange(requests, deadline)
end

-- Exchanges through a master.
local function exchange_through(context, requests, deadline)
  master.exchange(context, requests, deadline, prepare)
end

-- Of the requests that failed on kept connections those whose connection had ended
-- without that anything was run, or that may run twice.
local function lost_of(failed)
  local lost = {}
  for _, request in ipairs(failed) do
    if interrupted[request.code] and (request.safe or not request.sent) then
      lost[#lost + 1] = request
    end
  end
  return lost
end

local NOTHING = {}

-- Exchanges on the connections that are kept, as far as there are some. What was lost
-- on them goes to the process that listens now, at once, on a connection of its own.
local function exchange_kept(context, requests, now, deadline)
  local missing = kept.take(context, requests, now, deadline)
  exchange(context, requests, deadline)
  local failed = kept.give_back(context, requests)
  local lost = failed and lost_of(failed) or NOTHING
  if #lost > 0 then
    exchange(context, lost, deadline)
  end
  if missing or failed then
    kept.open(context, requests, deadline)
  end
end

-- Those that failed, if any did; their replies are no use.
local function failed_of(requests)
  local failed
  for i = 1, #requests do
    local request = requests[i]
    if request.code then
      failed = failed or {}
      failed[#failed + 1] = request
      request.reply:free()
    end
  end
  return failed
end

-- Exchanges on whatever connections there are.
local function exchange_somehow(context, requests, now, deadline)
  if context.master then
    exchange_through(context, requests, deadline)
  elseif context.keep then
    exchange_kept(context, requests, now, deadline)
  else
    exchange(context, requests, deadline)
  end
end

-- Seconds until a process is asked again that was at work on something else.
local PAUSE = 0.01

-- How often a process is asked again that may refuse for what was sent to it before: it
-- has one such memory for each of its threads.
local MOST_STALE = 8

-- Those whose process said what the row's `field` has, if any.
local function saying(requests, field)
  local found
  for i = 1, #requests do
    local request = requests[i]
    local row = request.row
    if row and row[field] and not request.code and request.reply:text(1):find(row[field]) then
      found = found or {}
      found[#found + 1] = request
    end
  end
  return found
end

-- Asks processes again that say what the row's `field` has, at most `most` times.
local function ask_again(context, requests, field, most, deadline)
  local transport = context.transport
  local again = saying(requests, field)
  while again and most > 0 and transport:now() + PAUSE < deadline do
    transport:sleep(PAUSE)
    send.done(again)
    exchange_somehow(context, again, transport:now(), deadline)
    again = saying(again, field)
    most = most - 1
  end
end

-- Sends requests once, save that processes that are at work are asked again while there is
-- time, and those that may refuse for another command's fault a few times. Returns those that failed, or nothing.
local function attempt(context, requests, seconds)
  if context.closed then
    give_up(requests)
    return requests
  end
  local transport = context.transport
  local now = transport:now()
  local deadline = now + seconds
  exchange_somehow(context, requests, now, deadline)
  ask_again(context, requests, "busy", math.huge, deadline)
  ask_again(context, requests, "stale", MOST_STALE, deadline)
  return failed_of(requests)
end

-- Which of the requests are sent again, if any: of those that `failed` the ones that
-- may be, and those that a process answered that is ending.
local function to_repeat(requests, failed, is_ending)
  local again
  for i = 1, failed and #failed or 0 do
    if may_be_sent_again(failed[i]) then
      again = again or {}
      again[#again + 1] = failed[i]
    end
  end
  for i = 1, is_ending and #requests or 0 do
    local request = requests[i]
    if not request.code and is_ending(request) then
      again = again or {}
      again[#again + 1] = request
    end
  end
  return again
end

-- How often a process that ends is asked again for what its successor does: `retry`
-- without an end would ask a process for ever that stays as it is.
local ENDING = 2

local function limit(retry, again)
  if not retry then
    return 0
  elseif retry == 0 then
    return again[1].code and math.huge or ENDING
  end
  return retry
end

-- Old workers that are gone meanwhile are nobody's failure.
local function forget_gone(requests)
  for i = #requests, 1, -1 do
    if requests[i].process.old and requests[i].code == "gone" then
      table.remove(requests, i)
    end
  end
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
  if rehearsal.is_on(context) and requests[1] and not requests[1].safe then
    return rehearsal.note(context, requests)
  end
  local left, tries = requests, 0
  while true do
    local failed = attempt(context, left, seconds or context.timeout)
    local again = to_repeat(left, failed, is_ending)
    if not again or tries >= limit(retry, again) then
      if failed then
        note_missed(context, failed)
        forget_gone(requests)
      end
      return
    end
    left, tries = again, tries + 1
    context.transport:sleep(context.retry_interval)
  end
end

--- Asks the master of a context for its processes, and waits for one that is being
-- reloaded. Returns them, or nil and the request with its code.
function send.look(context)
  return master.find(context, context.transport:now() + context.timeout, prepare)
end

--- Sends a command to the master itself, once; the request. `deadline`: instead of the
-- context's `timeout`.
function send.to_master(context, row, line, deadline)
  local process = record.new(1, context.master.address)
  process.worker = 0
  local request = new_request(process, row, { line }, "text", not row.changes)
  if rehearsal.is_on(context) and not request.safe then
    rehearsal.note(context, { request })
    return request
  end
  master.tell(context, request, deadline or context.transport:now() + context.timeout, prepare)
  return request
end

--- Seconds that a call with all its repetitions takes at most; where it is repeated
-- without end, as much as one that is not repeated.
function send.longest(context)
  local retry = context.retry or 0
  return (retry + 1) * context.timeout + retry * context.retry_interval
end

return send
