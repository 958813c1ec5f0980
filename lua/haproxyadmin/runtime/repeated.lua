-- A command that from some version on does a part of its work with each call
-- (`repeats` in the table of commands): it is sent until HAProxy says that nothing is
-- left.

local core = require "haproxyadmin.core"
local rehearsal = require "haproxyadmin.runtime.rehearsal"
local send = require "haproxyadmin.runtime.send"
local success = require "haproxyadmin.replies.success"
local version = require "haproxyadmin.base.version"

local repeated = {}

--- Does a request have to be repeated? Where the version is not known, it has to.
function repeated.is_needed(row, process)
  return row.repeats ~= nil and (process.version == nil or process.version >= version.number(row.repeats))
end

-- The line `count` times, as often as HAProxy's buffer has room for it.
local function times(line, count)
  local room = math.floor(core.line_max / (#line + 1))
  local lines = {}
  for i = 1, math.max(math.min(count, room), 1) do
    lines[i] = line
  end
  return lines
end

local function all_done(self)
  for i = 1, self.reply:count() do
    if not success.of(self.row, self.reply:text(i)) then
      return false
    end
  end
  return true
end

-- Those that may have work left: all of their calls did something, and another one may
-- do more.
local function unfinished(requests)
  local more = {}
  for _, self in ipairs(requests) do
    if not self.code then
      self.answer = self.answer or self.reply:text(1)
      if repeated.is_needed(self.row, self.process) and all_done(self) then
        more[#more + 1] = self
      end
    end
  end
  return more
end

-- Sends each request's command: `count` times where once may not be enough.
local function send_round(context, requests, count)
  for _, self in ipairs(requests) do
    self.commands = times(self.shown, repeated.is_needed(self.row, self.process) and count or 1)
  end
  send.all(context, requests, context.retry)
  return unfinished(requests)
end

--- Sends requests of one command each, in twice as many copies each time, until no
-- process has anything left to do. The answer of each is its first one. A process that
-- always has something left is given up: behind the first round, which may have waited
-- for processes that did not answer, there is as much time as a call has that is
-- repeated as often as it may be.
function repeated.all(context, requests)
  if rehearsal.is_on(context) then
    send.all(context, requests, context.retry)
    return
  end
  for _, self in ipairs(requests) do
    self.shown = self.commands[1]
  end
  local count = 2
  local left = send_round(context, requests, count)
  local transport = context.transport
  local deadline = transport:now() + send.longest(context)
  while #left > 0 do
    if transport:now() >= deadline then
      for _, self in ipairs(left) do
        self.code, self.sent = "timeout", true
      end
      return
    end
    count = count * 2
    left = send_round(context, left, count)
  end
end

return repeated
