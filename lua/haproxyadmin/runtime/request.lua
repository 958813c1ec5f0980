-- A request: what is sent to one process, and what became of it.
--
-- Before it is sent:
--
-- * `process`: the record of the process
-- * `commands`: a sequence of lines without their line ends
-- * `frame`: how each answer ends (`text`, `list`, `info`, `stat`): one for all
--   commands, or a sequence
-- * `row`: the command's row in the table of commands; nil for a raw line
-- * `safe`: it changes nothing, and may run twice
-- * `shown`: what a message calls the command, where that is not what is sent
-- * `place`: which of `commands` the row's own is, where that is not the first
-- * `prompted`: HAProxy is to print a prompt behind each answer, also on a connection of
--   the exchange's own
--
-- After it was sent: `reply`, a session with all answers; or `code`, `words` (the
-- system's) and `sent` (HAProxy may have run it). `answer`: a text that stands for
-- the reply, where a caller has put one together. `address`, `line` and `connection`
-- are what a transport is told; `fresh`: nothing was sent on a master's connection before;
-- `trusted`: it has told on it that this worker serves. `known`: of a request on an object, where that matters,
-- whether the process `had` or `lacked` it at the last reading, or was not asked then
-- (`unknown`).

local advice = require "haproxyadmin.runtime.advice"
local check = require "haproxyadmin.base.check"
local commands = require "haproxyadmin.commands"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local record = require "haproxyadmin.runtime.process"
local success = require "haproxyadmin.replies.success"

local request = {}

--- A request to a process; the other fields come later. Those that nearly every request
-- gets are named here, so that its table is made in the size that it will have.
function request.new(process, row, lines, frame, safe)
  return {
    process = process,
    row = row,
    commands = lines,
    frame = frame,
    safe = safe,
    known = nil,
    address = nil,
    line = nil,
    reply = nil,
    connection = nil,
    answer = nil,
  }
end

--- The command as a person would write it. A payload, which may be a private key, is
-- shown to nobody.
function request.shown(self)
  local line = self.shown or self.commands[self.place or 1]
  if self.row and self.row.payload then
    return line:match "^[^\n]*"
  elseif self.row and self.row.secret then
    return self.row.line
  end
  return line
end

--- The same for a message: a key may be thousands of bytes long.
function request.in_short(self)
  return check.excerpt(request.shown(self))
end

--- What the process answered, without the line ends that close it; where it refused, without what it had said before.
function request.answer(self)
  if self.answer then
    return self.answer
  end
  local row = self.row
  local text = commands.out_of_mode(row, self.commands[1], self.reply:text(self.place or 1))
  if row and row.heading and not success.of(row, text) then
    return (text:gsub(row.heading, "", 1))
  end
  return text
end

-- How much of a list tells whether it is one: a table's header with its name, say.
local BEGINNING = 4096

--- As much of the answer as its success is told by: of a list, which may be millions of
-- entries, its beginning.
function request.beginning(self)
  if self.answer or self.frame ~= "list" then
    return request.answer(self)
  end
  return self.reply:text(1, BEGINNING)
end

local function describe_refused(address)
  local kind, path = core.address(address)
  if kind == "unix" then
    local found = core.path(path)
    if found and not found.socket then
      return found.folder and "is a folder, not a socket" or "is a file, not a socket"
    end
  end
  return "has no process behind it"
end

local function describe_not_found(address)
  return core.address(address) == "tcp" and "has a host name that is not known" or "is not there"
end

-- By code: the class, the sentence's end, and the code that callers see where it is
-- another one.
local failures = {
  refused = { "SocketConnectionError", describe_refused },
  not_found = { "SocketConnectionError", describe_not_found },
  permission = { "SocketPermissionError", advice.file },
  timeout = { "SocketTimeout", "did not answer in time" },
  stalled = { "SocketTimeout", "did not answer in time (a master serves ten connections at a time)", "timeout" },
  closed = { "SocketTransportError", "was closed before it answered" },
  truncated = { "SocketTransportError", "was closed in the middle of its answer" },
  too_big = { "SocketTransportError", "answers more than max_reply allows" },
  foreign = { "SocketApplicationError", "is answered by something else than HAProxy", "failed" },
  failed = { "SocketTransportError", "cannot be used" },
  unsupported = { "ValueError", "cannot be asked here" },
  gone = { "SocketConnectionError", "has this worker no more", "not_found" },
  unserved = { "SocketConnectionError", "has no worker that serves", "not_found" },
  loading = { "SocketTimeout", "has a worker that is still starting", "timeout" },
  no_master = { "SocketApplicationError", "is no master's: it does not know `show proc`", "failed" },
  denied = { "CommandFailed", advice.master, "permission" },
  ending = { "SocketConnectionError", "is answered by a process that is ending", "in_use" },
  over = { "ValueError", "was not asked: the HAProxy object was closed", "bad_argument" },
}

--- The error of a request that has a `code`.
function request.failure(self)
  local failure = failures[self.code] or failures.failed
  local what = failure[2]
  if type(what) == "function" then
    what = what(self.process.address)
  end
  local message = ("socket %s %s"):format(record.socket(self.process), what)
  if self.words and (self.code == "failed" or self.code == "unsupported") then
    message = message .. " (" .. self.words .. ")"
  end
  if self.sent and not self.safe then
    message = message .. "; the command may have run"
  end
  return errors.new(failure[1], failure[3] or self.code, message, {
    socket_file = self.process.address,
    command = request.shown(self),
  })
end

--- The error of a request that HAProxy refused.
function request.refusal(self)
  local reply = request.answer(self)
  local code = success.refusal(self.row, reply)
  local message = ("HAProxy refused '%s': %s"):format(request.in_short(self), check.excerpt(reply))
  if code == "permission" then
    message = message .. advice.level(self.process, self.row)
  end
  return errors.new("CommandFailed", code, message, {
    socket_file = self.process.address,
    command = request.shown(self),
  })
end

--- The error of a request that should have brought a table and brought words.
-- `place`: which of its answers these are.
function request.in_words(self, place)
  local reply = self.reply:text(place)
  if core.refusal(reply) ~= "failed" then
    self.answer = reply
    local err = request.refusal(self)
    err.message = ("socket %s: %s"):format(record.socket(self.process), err.message)
    return err
  end
  local message = ("socket %s is answered by something else than HAProxy: '%s'"):format(
    record.socket(self.process),
    check.excerpt(reply)
  )
  return errors.new("SocketApplicationError", "failed", message, { socket_file = self.process.address })
end

return request
