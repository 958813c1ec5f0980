-- Streams: an answer that does not end, of all processes, as one sequence of lines in the
-- order in which they arrive. HAProxy goes on when somebody reads: what waits is in the
-- kernel's buffers and HAProxy's ring, never more than what was received at once here.

local commands = require "haproxyadmin.commands"
local errors = require "haproxyadmin.errors"
local plan = require "haproxyadmin.runtime.plan"
local reading = require "haproxyadmin.runtime.reading"
local record = require "haproxyadmin.runtime.process"
local request = require "haproxyadmin.runtime.request"
local send = require "haproxyadmin.runtime.send"
local success = require "haproxyadmin.replies.success"

local streams = {}

local Streams = {}
Streams.__index = Streams

-- No host waits for several connections: one is asked after the other, all of them in so
-- many seconds.
local TURN = 0.1

-- Seconds between two looks for a process that a reload has started.
local LOOK = 1

-- Some versions close a connection on which nobody says anything for `stats timeout`
-- seconds, also while they are the ones who speak.
local PATIENCE = "set timeout cli 2000000"

-- No refusal is longer.
local LONGEST_REFUSAL = 1000

-- ---- opening ----

local function failure(self, process, code, words)
  local failed = request.new(process, self.row, { self.line }, nil, true)
  failed.code, failed.words = code, words
  return request.failure(failed)
end

-- A process that was followed before has shown what it had.
local function line_for(self, process)
  local line = self.line .. (self.followed[process.pid or 0] and self.only_new or "")
  if process.worker then
    return ("@!%d %s\n"):format(process.worker, line)
  end
  return ("%s;%s\n"):format(PATIENCE, line)
end

local function follow(self, process, deadline)
  local connection, code, words = self.context.transport:open(process.address, deadline)
  local sent
  if connection then
    sent, code, words = connection:send(line_for(self, process), deadline)
  end
  if not sent then
    if connection then
      connection:close()
    end
    return failure(self, process, code, words)
  end
  table.insert(self.open, { process = process, pid = process.pid, connection = connection, first = "", rest = "" })
  self.followed[process.pid or 0] = true
end

local function is_followed(self, process)
  for _, stream in ipairs(self.open) do
    if stream.process == process and stream.pid == process.pid then
      return true
    end
  end
  return false
end

-- Asks every process who it is, and follows those that are not: a reload has started them,
-- or their connection has ended. One that does not answer is looked for again.
local function look(self, now)
  self.looked = now
  local requests = plan.command(self.context.processes, "show info", {})
  send.all(self.context, requests, false, nil, math.min(LOOK, self.context.timeout))
  for _, answered in ipairs(requests) do
    local process = answered.process
    if not reading.error(answered) and not record.is_ending(answered.reply:text(1)) then
      record.learn_text(process, answered.reply:text(1))
      if not is_followed(self, process) then
        follow(self, process, now + self.context.timeout)
      end
    end
  end
  send.done(requests)
end

-- ---- receiving ----

local function drop(self, index)
  table.remove(self.open, index).connection:close()
end

--- Lets go of all connections; may be called again.
function Streams:close()
  while self.open[1] do
    drop(self, 1)
  end
  self.closed = true
end

-- Makes lines of what came. One that grew without end would fill the memory.
local function take(self, stream, bytes)
  local text, from = stream.rest .. bytes, 1
  local to = text:find("\n", #stream.rest + 1, true)
  while to do
    if to > from then
      table.insert(self.lines, { stream.process, text:sub(from, to - 1) })
    end
    from = to + 1
    to = text:find("\n", from, true)
  end
  stream.rest = text:sub(from)
  if #stream.rest > self.context.max_reply then
    local address = stream.process.address
    local message = ("socket %s sends a line that is longer than max_reply allows"):format(address)
    return errors.new("SocketTransportError", "too_big", message, { socket_file = address })
  end
end

-- Why a process does not run the command, if what it said first says that; false while it
-- may become that; nil where it is something else.
local function refusal(self, stream)
  local words = stream.first:match "^\n*(.-)\n*$"
  if words == "" then
    return false
  elseif #words > LONGEST_REFUSAL or success.refusal(self.row, words) == "failed" then
    return nil
  end
  local refused = request.new(stream.process, self.row, { self.line })
  refused.answer = words
  return request.refusal(refused)
end

-- What comes first may be a refusal, which only the stream's end tells: it is held back
-- while it may be one.
local function begin(self, stream, bytes)
  stream.first = stream.first .. bytes
  if refusal(self, stream) == nil then
    bytes, stream.first = stream.first, nil
    return take(self, stream, bytes)
  end
end

local function receive(self, index, deadline)
  local stream = self.open[index]
  local bytes, code, words = stream.connection:receive(deadline)
  if bytes then
    return (stream.first and begin or take)(self, stream, bytes)
  elseif code == "timeout" then
    -- A master's connection does not end behind a refusal.
    return stream.first and stream.process.worker and refusal(self, stream) or nil
  end
  drop(self, index)
  if code ~= "closed" and code ~= "reset" then
    return failure(self, stream.process, code, words)
  end
  return stream.first and refusal(self, stream) or take(self, stream, (stream.first or "") .. "\n")
end

--- The next line of any process, {process, line}; nil where none came until the deadline
-- (nil: whenever it comes), or it was closed; nil and an error where one process cannot be
-- followed: then none is.
function Streams:next(deadline)
  local transport = self.context.transport
  while not self.closed do
    local line = table.remove(self.lines, 1)
    if line then
      return line
    end
    local now = transport:now()
    if deadline and now >= deadline then
      return nil
    elseif now >= self.looked + LOOK then
      look(self, now)
    end
    local slice = now + TURN / math.max(#self.open, 1)
    slice = deadline and math.min(deadline, slice) or slice
    if #self.open == 0 then
      transport:sleep(math.max(slice - transport:now(), 0.001))
    else
      self.turn = self.turn % #self.open + 1
      local err = receive(self, self.turn, slice)
      if err then
        self:close()
        return nil, err
      end
    end
  end
end

--- Follows a command whose answer does not end, in every process. `only_new`: what stands behind
-- it for what comes from now on. Nil and an error where one cannot be asked; then
-- none is followed.
function streams.open(context, name, args, only_new)
  local wanted, err = plan.wanted(context.processes, name, args)
  if not wanted then
    return nil, err
  end
  local now = context.transport:now()
  local self = setmetatable({
    context = context,
    row = commands.find(name),
    line = wanted.line,
    only_new = only_new,
    open = {},
    lines = {},
    followed = {},
    turn = 0,
    looked = now,
  }, Streams)
  for _, process in ipairs(wanted.processes) do
    err = follow(self, process, now + context.timeout)
    if err then
      self:close()
      return nil, err
    end
  end
  return self
end

return streams
