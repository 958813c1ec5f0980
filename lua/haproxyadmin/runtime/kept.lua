-- Kept connections (the option `keep`): at most one to each process, in HAProxy's
-- prompt mode, used again by one exchange after the other.
--
-- A reload leaves such a connection with the process that ends, which goes on
-- answering on it. So a connection is trusted for a moment only: then the process
-- behind it is asked whether it is ending before anything else is sent there, and
-- where it is, or where it does not answer, the connection is dropped and the one
-- that listens now gets a new one. No process of HAProxy's starts and takes over
-- sockets within that moment.

local core = require "haproxyadmin.core"
local record = require "haproxyadmin.runtime.process"

local kept = {}

-- Seconds for which a connection that was looked at is trusted.
local TRUSTED = 0.01

-- What fits into HAProxy's buffer when lines are sent one behind the other before
-- the answers are read; some versions stop for ever when it does not.
local WINDOW = 12288

-- Answers with data of others could hold what looks like a prompt; they are read to
-- the end of a connection of their own. So is what a socket answers that nobody knows
-- yet.
local function is_framed(request)
  if not request.row or not request.process.member then
    return false
  end
  local bytes = 0
  for i, command in ipairs(request.commands) do
    local frame = type(request.frame) == "table" and request.frame[i] or request.frame
    if frame == "list" then
      return false
    end
    bytes = bytes + #command + 1
  end
  return bytes <= WINDOW
end

--- The mode of the session that a request is sent in, and whether the connection is a
-- new one.
function kept.mode(request)
  if not request.connection then
    return "once"
  end
  return "prompt", request.process.kept.fresh
end

local function drop(process)
  if process.kept then
    process.kept.connection:close()
    process.kept = nil
  end
end

-- Asks the processes behind the connections, all at once, whether they are ending;
-- drops those that are, or do not answer.
local function look(context, processes, deadline)
  local requests = {}
  for i, process in ipairs(processes) do
    local session = core.session("prompt", context.max_reply, process.kept.fresh)
    session:ask("show info", "info")
    process.kept.busy = true
    requests[i] = {
      address = process.address,
      connection = process.kept.connection,
      line = session:line(),
      reply = session,
    }
  end
  context.transport:exchange(requests, deadline)
  for i, process in ipairs(processes) do
    local request, connection = requests[i], process.kept
    connection.busy, connection.fresh = false, false
    local text = not request.code and request.reply:shaped(1) and request.reply:text(1)
    if text and not record.is_ending(text) then
      record.learn_text(process, text)
      connection.checked = context.transport:now()
    else
      drop(process)
    end
    request.reply:free()
  end
end

local function open(context, process, deadline)
  local connection = context.transport:open(process.address, deadline)
  -- Another coroutine may have opened one meanwhile.
  if connection and (process.kept or context.closed) then
    connection:close()
  elseif connection then
    process.kept = { connection = connection, fresh = true, checked = context.transport:now() }
  end
end

--- Gives each request that can use it the connection that is kept to its process,
-- opening what is missing. A request that gets none is sent on a connection of its
-- own, which says what is wrong where something is.
function kept.take(context, requests, deadline)
  local now = context.transport:now()
  local doubtful = {}
  for _, request in ipairs(requests) do
    local connection = request.process.kept
    if connection and not connection.busy and is_framed(request) and now - connection.checked > TRUSTED then
      doubtful[#doubtful + 1] = request.process
    end
  end
  if #doubtful > 0 then
    look(context, doubtful, deadline)
  end
  for _, request in ipairs(requests) do
    if is_framed(request) then
      if not request.process.kept then
        open(context, request.process, deadline)
      end
      local connection = request.process.kept
      if connection and not connection.busy then
        connection.busy = true
        request.connection = connection.connection
      end
    end
  end
end

--- Takes the connection back after an exchange: one on which something went wrong
-- cannot be used again, since an answer may still be under way.
function kept.give_back(context, request)
  if not request.connection then
    return
  end
  local process = request.process
  request.connection = nil
  process.kept.busy, process.kept.fresh = false, false
  if request.code or context.closed then
    drop(process)
  end
end

--- Closes all connections of a context.
function kept.close(context)
  for _, process in ipairs(context.processes) do
    if process.kept and not process.kept.busy then
      drop(process)
    end
  end
end

return kept
