-- Reloads: a master is told to load its configuration again, and it is found out what came
-- of that.
--
-- From HAProxy 2.7 on the answer says so. Up to 2.6 there is none: the master replaces its
-- program at once. Then, and wherever the connection broke off, it is asked until it tells
-- of one reload more than before.

local errors = require "haproxyadmin.errors"
local request = require "haproxyadmin.runtime.request"
local send = require "haproxyadmin.runtime.send"
local success = require "haproxyadmin.replies.success"
local wait = require "haproxyadmin.runtime.wait"

local reload = {}

-- Seconds between two looks at a master that is reloading.
local PAUSE = 0.05

--- How many of the last reloads failed: those that the worker that serves has seen. What
-- some versions tell of it themselves is 1 at most.
function reload.failed(found)
  local worker = found.workers[1]
  return math.max(found.master.failed or 0, worker and worker.reloads or 0)
end

local function lines_of(text)
  local lines = {}
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  while lines[#lines] == "" do
    lines[#lines] = nil
  end
  return lines
end

-- What an answer says: whether it succeeded, and the log; nothing where it says neither.
local function told(self)
  if not self.code and self.reply:text(1) == success.REHEARSED then
    return { success = true, log = {} }
  end
  local done, log = self.reply:raw():match "^Success=(%d)\n%-%-\n(.*)$"
  if done then
    return { success = done == "1", log = lines_of(log) }
  end
end

local function is_busy(result)
  return not result.success and #result.log == 1 and result.log[1]:find("still in progress", 1, true) ~= nil
end

-- Sends the command once. Returns what it told, or nil and, where it was refused or not
-- sent, an error.
local function send_once(context, row, deadline)
  local self = send.to_master(context, row, row.line or row.name, deadline)
  local result = told(self)
  local answer = not self.code and self.reply:text(1)
  if self.reply then
    self.reply:free()
  end
  if result then
    return result
  elseif answer and success.refusal(row, answer) ~= "failed" and answer ~= "" then
    self.answer = answer
    return nil, request.refusal(self)
  elseif self.code and not self.sent then
    return nil, request.failure(self)
  end
  return nil
end

-- Until the master tells of another reload than the one before, whose worker serves or
-- has failed.
local function look_for(context, limits, before)
  return wait.until_holds(context, limits, "the master to reload", function()
    local found, looked = send.look(context)
    if not found then
      return nil, request.failure(looked)
    elseif found.master.reloads <= before.master.reloads or #found.workers == 0 then
      return false, ("%d reloads"):format(found.master.reloads)
    end
    return { success = reload.failed(found) == 0, log = {} }
  end)
end

--- Reloads by the command of this row, within the limits (wait.lua); {success =, log =}, or
-- nil and an error. Where another reload is under way, this one follows it, since that one
-- may have read the configuration before it was changed.
function reload.run(context, limits, row)
  local before, looked = send.look(context)
  if not before then
    return nil, request.failure(looked)
  end
  while true do
    local result, err = send_once(context, row, limits.deadline)
    if err then
      return nil, err
    elseif not result then
      limits.interval = math.min(limits.interval, PAUSE)
      return look_for(context, limits, before)
    elseif not is_busy(result) then
      return result
    elseif context.transport:now() + PAUSE >= limits.deadline then
      local message = ("master %s is still reloading for somebody else"):format(context.master.address)
      return nil, errors.new("CommandFailed", "in_use", message, { socket_file = context.master.address })
    end
    context.transport:sleep(PAUSE)
  end
end

return reload
