-- Through a master process: its socket reaches every worker, also those that a reload has
-- replaced and that still carry sessions.
--
-- Each exchange has a connection of its own, on which the master first tells its workers;
-- then it hands the commands on to one of them, by its process id, and in the end it is
-- told to close. On one that is kept it tells its workers once, and when it is asked for them. A reload replaces the
-- master's program and so breaks off every connection; what is on one connection is
-- therefore of one time. When it tells of another worker than the one that answered,
-- that answer is of the wrong generation, and the commands go to the new one. A command
-- that went to a worker by its process id cannot have run in another one, so that it
-- may be sent there without running twice.
--
-- HAProxy 3.1 and later load the new configuration in the new worker, which is not to be
-- reached before it is ready; meanwhile the old one serves. What only reads is answered by
-- the old one then. What changes something waits for the new one, or it would be lost.

local commands = require "haproxyadmin.commands"
local core = require "haproxyadmin.core"
local kept = require "haproxyadmin.runtime.kept"
local record = require "haproxyadmin.runtime.process"
local replies = require "haproxyadmin.replies.workers"
local version = require "haproxyadmin.base.version"

local master = {}

-- Seconds between two looks at a reload that is under way.
local PAUSE = 0.02

local NOTHING = {}

--- The record of a master: its `address`, what it `told` last and that as a table
-- (`found`, replies/workers.lua); by process id what workers said that were asked whether
-- they serve (`asked`).
function master.new(address)
  return { address = address, told = nil, found = nil, asked = {} }
end

-- Takes note of what the master told in an exchange; the table, or nil.
local function note(context, session)
  local told = session:lead()
  if told == "" then
    return nil
  end
  local self = context.master
  if told ~= self.told then
    self.found = replies.parse(told) or self.found
    self.told = told
  end
  return self.found
end

-- The row of the worker that serves in a process's place.
local function serving(found, process)
  for _, row in ipairs(found.workers) do
    if row.current and row.number == process.place then
      return row
    end
  end
end

--- Does the worker serve that is in a process's place, as far as is known?
function master.serves(found, process)
  local row = serving(found, process)
  return row ~= nil and row.pid == process.worker
end

local function row_of(found, pid)
  for _, row in ipairs(found.workers) do
    if row.pid == pid then
      return row
    end
  end
end

--- Takes note of who is in a process's place.
function master.adopt(process, row)
  if process.worker ~= row.pid then
    process.worker, process.pid, process.start = row.pid, row.pid, nil
    process.version = version.number(row.version) or process.version
  end
  process.generation = row.generation
end

-- ---- one exchange ----

local function exchange(context, request, worker, deadline, prepare)
  if request.reply then
    request.reply:free()
  end
  prepare(request, context.max_reply, worker)
  request.address = context.master.address
  context.transport:exchange({ request }, deadline)
end

-- Is this worker one that a reload has replaced? Nil where it does not say so.
local function is_replaced(context, row, deadline, prepare)
  local process = { address = context.master.address }
  local request = { process = process, commands = { "show info" }, frame = "info", safe = true }
  exchange(context, request, row.pid, deadline, prepare)
  local text = not request.code and request.reply:shaped(1) and request.reply:text(1)
  request.reply:free()
  if text then
    return record.is_ending(text)
  end
end

-- Has a master no worker that came with its last reload, that may have failed, and the one
-- before serves; or the worker that came has died, and the one before is ending. Only
-- that one knows: it is asked once for each reload.
local function tell_apart(context, found, deadline, prepare)
  local self = context.master
  local before = self.asked
  if found.workers[1] and found.workers[1].reloads == 0 then
    self.asked = next(before) and {} or before
    return
  end
  for _, row in ipairs(found.workers) do
    local asked = before[row.pid]
    if row.current and not (asked and asked.reloads == row.reloads) then
      local replaced = is_replaced(context, row, deadline, prepare)
      asked = { reloads = row.reloads, replaced = replaced }
      before[row.pid] = replaced ~= nil and asked or nil
    end
    row.current = row.current and not asked.replaced
  end
end

-- The same on the connection that is kept, if there is one for it; false where it has to be
-- sent on another. Behind that what the master told.
local function exchange_kept(context, request, worker, deadline, prepare)
  kept.take_master(context, request, worker, deadline)
  local connection, trusted = request.connection, request.trusted
  if not connection then
    return false
  end
  exchange(context, request, worker, deadline, prepare)
  if not kept.give_back_master(context, request) then
    return false
  elseif trusted then
    return true, context.master.found
  end
  local found = note(context, request.reply)
  if found then
    tell_apart(context, found, deadline, prepare)
  end
  local row = found and not request.code and serving(found, request.process)
  if row and row.pid == worker then
    kept.trust(context, connection, worker)
  end
  return true, found
end

local function send(context, request, worker, deadline, prepare)
  local sent, found = exchange_kept(context, request, worker, deadline, prepare)
  if not sent then
    exchange(context, request, worker, deadline, prepare)
    found = note(context, request.reply)
    if found then
      tell_apart(context, found, deadline, prepare)
      kept.open_master(context, request, worker, deadline)
    end
  end
  if request.code == "timeout" and not found then
    request.code = "stalled"
  end
  return found
end

-- What a master's socket says that is none, or is of too low a level.
local function no_answer(request)
  return core.refusal(request.reply:lead()) == "permission" and "denied" or "no_master"
end

--- Asks the master for its processes, until the deadline. Returns them, or nil and the
-- request with its code.
function master.look(context, deadline, prepare)
  local process = { address = context.master.address }
  local request = { process = process, commands = NOTHING, frame = "text", safe = true }
  local found = send(context, request, 0, deadline, prepare)
  if not found and not request.code then
    request.code = no_answer(request)
  end
  request.reply:free()
  return found, request
end

-- Waits a moment; false when the time is over.
local function pause(context, deadline)
  local left = deadline - context.transport:now()
  if left <= 0 then
    return false
  end
  context.transport:sleep(math.min(PAUSE, left))
  return context.transport:now() < deadline
end

-- Waits until a master tells its processes; nil when none does in time.
local function wait_for_master(context, deadline, prepare)
  while pause(context, deadline) do
    local found = master.look(context, deadline, prepare)
    if found then
      return found
    end
  end
end

-- What a master that is being replaced does to an exchange.
local BROKEN = { refused = true, not_found = true, closed = true, truncated = true }

--- The same, and waits for a master that was there before and is being reloaded.
function master.find(context, deadline, prepare)
  local known = context.master.found
  local found, looked = master.look(context, deadline, prepare)
  if not found and known and BROKEN[looked.code] then
    found = wait_for_master(context, deadline, prepare)
  end
  return found, looked
end

--- Sends a command to the master itself, once.
function master.tell(context, request, deadline, prepare)
  if not send(context, request, 0, deadline, prepare) and not request.code then
    request.code = no_answer(request)
  end
end

-- Exchanges with one worker, whichever generation it is of: until it answers, or is gone,
-- or it is another thing than a reload that keeps it from answering.
local function serve_fixed(context, request, deadline, prepare)
  local worker = request.process.worker
  while true do
    local found = send(context, request, worker, deadline, prepare)
    if found and request.code and (request.code == "not_found" or not row_of(found, worker)) then
      request.code, request.sent = "gone", false
      return
    end
    local again = BROKEN[request.code] and (request.safe or not request.sent)
    local code, words, sent = request.code, request.words, request.sent
    if not again or not wait_for_master(context, deadline, prepare) then
      request.code, request.words, request.sent = code, words, sent
      return
    end
  end
end

-- ---- exchanges until the worker that serves has answered ----

-- May the request be sent to this worker? One of another version may have come with the
-- reload.
local function is_allowed(request, row)
  local number = version.number(row.version)
  if not request.row or not number or number == request.process.version then
    return true
  end
  for _, line in ipairs(request.commands) do
    local ok, err = commands.allowed(request.row, line, number)
    if not ok then
      request.code, request.words, request.sent = "unsupported", err.message, false
      return false
    end
  end
  return true
end

-- Is there more than a line? A master takes what comes behind its words that it has no
-- such worker for commands of its own, so that nothing of that kind may be sent to nobody.
local function has_lines(request)
  for _, command in ipairs(request.commands) do
    if command:find("\n", 1, true) then
      return true
    end
  end
  return false
end

-- The answer of the worker that serves on, where the next one is not there.
local function fall_back(request, held)
  request.reply:free()
  request.reply, request.code, request.words, request.sent = held, nil, nil, nil
end

-- The answer is of a worker that is no longer, or not for long, the one to ask.
local function hold(self, row)
  local request = self.request
  self.held = self.held or request.reply
  request.reply = request.reply ~= self.held and request.reply or nil
  return row
end

-- The worker that is to be asked is starting: who may be asked next, or nothing.
local function while_starting(self, row)
  local context, request = self.context, self.request
  local elder = context.master.found.workers[2]
  if self.held and request.safe then
    fall_back(request, self.held)
  elseif elder and request.safe then
    local found = send(context, request, elder.pid, self.deadline, self.prepare)
    if request.code == "not_found" and found and pause(context, self.deadline) then
      return row
    end
  elseif pause(context, self.deadline) then
    return row
  else
    request.code, request.sent = "loading", self.held ~= nil
  end
end

-- The exchange broke off: who may be asked next, or nothing.
local function after_failure(self)
  local request = self.request
  local code, words, sent = request.code, request.words, request.sent
  local found
  if BROKEN[code] and self.context.master.found then
    found = wait_for_master(self.context, self.deadline, self.prepare)
  end
  local row = found and serving(found, request.process)
  if row and not (sent and not request.safe and row.pid == self.target) then
    return row
  end
  request.code, request.words, request.sent = code, words, sent or self.held ~= nil
end

-- What came of an exchange in which the master told its processes: who is to be asked
-- next, or nothing.
local function judge(self, found)
  local request = self.request
  local row = serving(found, request.process)
  if not row then
    request.code, request.sent = "unserved", request.code ~= "not_found"
  elseif not request.code and row.pid == self.target then
    master.adopt(request.process, row)
  elseif not request.code then
    return hold(self, row)
  elseif request.code ~= "not_found" then
    return after_failure(self)
  elseif row.pid == self.target then
    return while_starting(self, row)
  elseif self.held and row.pid == request.process.worker then
    -- The reload has failed.
    fall_back(request, self.held)
  else
    return row
  end
end

-- Sends the request to `self.target`; who is to be asked next, or nothing.
local function try(self)
  local context, request = self.context, self.request
  if self.delicate then
    local found, looked = master.look(context, self.deadline, self.prepare)
    local row = found and serving(found, request.process)
    if not row then
      request.code, request.words, request.sent = looked.code or "unserved", looked.words, false
      return after_failure(self)
    end
    self.target = row.pid
  end
  local found = send(context, request, self.target, self.deadline, self.prepare)
  if found then
    return judge(self, found)
  elseif request.code then
    return after_failure(self)
  end
  request.code, request.sent = no_answer(request), false
end

local function serve(context, request, deadline, prepare)
  local self = {
    context = context,
    request = request,
    deadline = deadline,
    prepare = prepare,
    target = request.process.worker,
    delicate = has_lines(request),
    -- The answer of a worker that was replaced meanwhile.
    held = nil,
  }
  local row = try(self)
  while row and is_allowed(request, row) do
    self.target = row.pid
    row = try(self)
  end
  request.reply = request.reply or self.held
  if self.held and self.held ~= request.reply then
    self.held:free()
  end
end

--- Carries out the requests one after the other, so that there is one connection to the
-- master. `prepare(request, max_reply, worker)` makes a request's session.
function master.exchange(context, requests, deadline, prepare)
  for i = 1, #requests do
    local request = requests[i]
    local run = request.process.fixed and serve_fixed or serve
    run(context, request, deadline, prepare)
  end
end

return master
