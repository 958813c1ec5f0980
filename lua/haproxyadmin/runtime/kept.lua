-- Kept connections (the option `keep`): at most one to each process, in HAProxy's
-- prompt mode, used again by one exchange after the other.
--
-- A reload leaves such a connection with the process that ends, which goes on
-- answering on it. So a connection is trusted for a moment only: then the process
-- behind it is asked whether it is ending before anything else is sent there, and
-- where it is, or where it does not answer, the connection is dropped and the one
-- that listens now gets a new one. No process of HAProxy's starts and takes over
-- sockets within that moment.
--
-- To a master one is kept for all of its workers. A reload replaces the master's program and
-- breaks it off: which worker serves is asked on it once, and is so for as long as it lives. Each
-- command on it says by its process id which worker is meant, so that no other one can run it.

local core = require "haproxyadmin.core"
local record = require "haproxyadmin.runtime.process"

local kept = {}

-- Seconds for which a connection that was looked at is trusted.
local TRUSTED = 0.01

-- Answers with data of others could hold what looks like a prompt; they are read to
-- the end of a connection of their own. A payload has one of its own, too: HAProxy
-- prompts for its lines in a way of each version's. So has one of a mode, which would stay on. So is
-- what a socket answers that nobody knows yet.
function kept.is_possible(request)
  local lines, frame, row = request.commands, request.frame, request.row
  local last = type(frame) == "table" and frame[#frame] or frame
  if not row or row.payload or row.mode or row.answer == "sections" or not request.process.member or last == "list" then
    return false
  elseif not lines[2] then
    return true
  end
  local bytes = 0
  for i = 1, #lines do
    bytes = bytes + #lines[i] + 1
  end
  -- Some versions stop for ever when lines that are sent before the answers are read do
  -- not fit into HAProxy's buffer.
  return bytes <= core.window_max
end

-- Here and below a process is a master as well.
local function drop(process)
  if process.kept then
    process.kept.connection:close()
    process.kept = nil
  end
end

-- Hosts end coroutines in the middle of an exchange: a connection that is in use for so
-- many seconds behind the deadline is in nobody's use any more.
local GRACE = 1

-- May the connection that is kept to a process be used? One that somebody left behind is
-- dropped.
local function is_free(process, now)
  local used_until = process.kept.used_until
  if used_until and now > used_until + GRACE then
    drop(process)
    return false
  end
  return not used_until
end

-- Ends the use of a connection; returns what is kept to the process, if it is still that
-- one.
local function release(process, connection)
  local own = process.kept
  if own and own.connection == connection then
    own.used_until, own.fresh = nil, false
    return own
  end
end

-- Asks the processes behind the connections, all at once, whether they are ending;
-- drops those that are, or do not answer. They get half of the time that there is: one
-- that stalls must not keep the others from what they are asked then. `now`: what they
-- say is at least as new.
local function look(context, processes, now, deadline)
  local requests = {}
  for i, process in ipairs(processes) do
    local session = core.session("prompt", context.max_reply, process.kept.fresh)
    session:ask("show info", "info")
    requests[i] = {
      address = process.address,
      connection = process.kept.connection,
      line = session:line(),
      reply = session,
    }
  end
  context.transport:exchange(requests, (now + deadline) / 2)
  for i, process in ipairs(processes) do
    local request, connection = requests[i], release(process, requests[i].connection)
    local text = not request.code and request.reply:shaped(1) and request.reply:text(1)
    if connection and text and not record.is_ending(text) then
      record.learn_text(process, text)
      connection.checked = now
    elseif connection then
      drop(process)
    end
    request.reply:free()
  end
end

--- Gives each request that can use it the connection that is kept to its process. One
-- that gets none is sent on a connection of its own. `now`: the transport's clock.
-- Returns whether there are processes to which none is kept.
function kept.take(context, requests, now, deadline)
  local trusted_since = now - TRUSTED
  local doubtful, processes
  local missing = false
  for i = 1, #requests do
    local request = requests[i]
    local connection = request.process.kept
    if not connection then
      missing = true
    elseif not kept.is_possible(request) or not is_free(request.process, now) then
      missing = missing or not request.process.kept
    else
      connection.used_until = deadline
      if connection.checked >= trusted_since then
        request.connection = connection.connection
      else
        doubtful, processes = doubtful or {}, processes or {}
        doubtful[#doubtful + 1], processes[#processes + 1] = request, request.process
      end
    end
  end
  if doubtful then
    look(context, processes, now, deadline)
    for _, request in ipairs(doubtful) do
      local connection = request.process.kept
      if not connection then
        missing = true
      elseif not connection.used_until then
        connection.used_until = deadline
        request.connection = connection.connection
      end
    end
  end
  return missing
end

-- Opens a connection to a process, or a master, that has just answered.
local function open(context, process, deadline)
  local now = context.transport:now()
  local connection = context.transport:open(process.address, deadline)
  -- Another coroutine may have opened one meanwhile.
  if connection and (process.kept or context.closed) then
    connection:close()
  elseif connection then
    process.kept = { connection = connection, fresh = true, checked = now }
  end
end

--- Opens what is missing, to the processes that have just answered: one that does not
-- would cost the others their time.
function kept.open(context, requests, deadline)
  for i = 1, #requests do
    local request = requests[i]
    local process = request.process
    if not process.kept and not request.code and kept.is_possible(request) then
      open(context, process, deadline)
    end
  end
end

--- Takes the connections back after an exchange: one on which something went wrong
-- cannot be used again, since an answer may still be under way. Returns the requests
-- that failed on them, if there are any.
function kept.give_back(context, requests)
  local failed
  for i = 1, #requests do
    local request = requests[i]
    if request.connection then
      local process = request.process
      local connection = release(process, request.connection)
      request.connection = nil
      if request.code then
        failed = failed or {}
        failed[#failed + 1] = request
      end
      if connection and (request.code or context.closed) then
        drop(process)
      end
    end
  end
  return failed
end

-- ---- to a master ----

-- A master hands on one command after the other, each on a connection of its own to the
-- worker: nothing is won where there are several. It is itself only asked for its processes
-- there (`worker` 0): what else it is told may end the connection.
local function is_for_master(context, request, worker)
  if not context.keep then
    return false
  elseif worker == 0 then
    return request.commands[1] == nil
  end
  return not request.commands[2] and kept.is_possible(request)
end

--- Gives a request that goes through a master to a worker, or (0) to the master itself, the
-- connection that is kept there, if it can use it.
function kept.take_master(context, request, worker, deadline)
  local self = context.master
  if self.kept and is_for_master(context, request, worker) and is_free(self, context.transport:now()) then
    local own = self.kept
    own.used_until = deadline
    request.connection, request.fresh, request.trusted = own.connection, own.fresh, own.serves == worker
  end
end

--- Takes it back. False where the request may be sent on another one: it had ended, or ended
-- meanwhile, or the worker is gone, and nothing was run.
function kept.give_back_master(context, request)
  local self = context.master
  local own = release(self, request.connection)
  local code, trusted = request.code, request.trusted
  request.connection, request.trusted = nil, nil
  if own and (code or context.closed) then
    drop(self)
  end
  if code == "closed" or code == "truncated" then
    return request.sent and not request.safe
  end
  return code ~= "not_found" or not trusted
end

--- Notes that the worker serves, as the master told on a connection that is kept.
function kept.trust(context, connection, worker)
  local own = context.master.kept
  if own and own.connection == connection then
    own.serves = worker
  end
end

--- Opens one to the master, which has just answered a request.
function kept.open_master(context, request, worker, deadline)
  if not context.master.kept and not request.code and is_for_master(context, request, worker) then
    open(context, context.master, deadline)
  end
end

--- Closes all connections of a context.
function kept.close(context)
  local function close(process)
    if process.kept and not process.kept.used_until then
      drop(process)
    end
  end
  for _, process in ipairs(context.processes) do
    close(process)
  end
  if context.master then
    close(context.master)
  end
end

return kept
