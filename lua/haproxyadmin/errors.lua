--- Errors: objects with a name, a message and a stable code.
--
-- An error is raised, or returned behind `nil` where `die = false` holds.
-- `tostring` gives its class and message. The classes, by name in this table:
--
--    HAProxyBaseError
--    +- ValueError                  an argument, option or name that cannot be right
--    |  +- FileError                a file that cannot be read or written
--    +- CommandFailed               HAProxy refused the command
--    +- WaitTimeout                 what was waited for did not come about in time
--    +- RollFailed                  a roll stopped; its report says where everything stands
--    +- HAProxyDataError
--    |  +- InconsistentData         processes disagree on a value (alias: IncosistentData)
--    |  +- MultipleCommandResults   processes answered a command differently
--    +- HAProxySocketError
--       +- SocketApplicationError   something else than HAProxy answers
--       +- SocketConnectionError    no process behind the socket
--       +- SocketPermissionError    no permission to use it
--       +- SocketTimeout            the deadline passed
--       +- SocketTransportError     reset, closed early, or cut short
-- @module haproxyadmin.errors

local errors = {}

local parents = {
  ValueError = "HAProxyBaseError",
  FileError = "ValueError",
  CommandFailed = "HAProxyBaseError",
  WaitTimeout = "HAProxyBaseError",
  RollFailed = "HAProxyBaseError",
  HAProxyDataError = "HAProxyBaseError",
  InconsistentData = "HAProxyDataError",
  MultipleCommandResults = "HAProxyDataError",
  HAProxySocketError = "HAProxyBaseError",
  SocketApplicationError = "HAProxySocketError",
  SocketConnectionError = "HAProxySocketError",
  SocketPermissionError = "HAProxySocketError",
  SocketTimeout = "HAProxySocketError",
  SocketTransportError = "HAProxySocketError",
}

local aliases = { IncosistentData = "InconsistentData" }

local class_meta = {
  __tostring = function(class)
    return class.name
  end,
}

local function new_class(name)
  errors[name] = setmetatable({ name = name }, class_meta)
end

new_class("HAProxyBaseError")
for name in pairs(parents) do
  new_class(name)
end
for alias, name in pairs(aliases) do
  errors[alias] = errors[name]
end

local Error = {}

--- The name of its class.
-- @field Error.name

--- What happened, where and why, in words for people.
-- @field Error.message

--- A stable word for programs: `not_found`, `exists`, `permission`,
-- `bad_argument`, `in_use`, `unsupported`, `timeout`, `refused`, `closed`,
-- `truncated`, `too_big`, `inconsistent` or `failed`.
-- @field Error.code

--- The address of the socket that it is about, where there is one.
-- @field Error.socket_file

--- Of a `FileError`: the file as the caller called it.
-- @field Error.file

--- Of a `FileError`: the number of the line that it is about, from 1, where there is one.
-- @field Error.line

--- The command that was sent, without its line end, where there is one.
-- @field Error.command

--- What each process answered: a sequence of `{process_nb, reply, ok =, code =}`.
-- An entry without a reply is a process that did not answer: its `err` says why.
-- Of what every process does or none (a certificate, a server that is added), `undone = true` stands beside `ok`
-- where another process did not do it: it was taken back there, unless the message says that it could not be.
-- For `InconsistentData`: `{process_nb, value}`; for `WaitTimeout`, where it was about
-- one thing in each process, `{process_nb, what was last seen}`.
-- @field Error.results

--- What it came from, where that is an error, too: of a `WaitTimeout` the one of the last
-- reading, if that failed; of a `RollFailed` whatever was raised.
-- @field Error.cause

--- Of a `RollFailed`: what `Backend:roll` would have returned.
-- @field Error.report

--- Of a batch: for each command in order, true or its own error.
-- @field Error.outcomes

--- Of a batch with `rollback`: `{restored =, not_restored =}`, two sequences: what was set
-- again, `{process_nb =, object =, field =, value =}`, and which commands were taken, or may
-- have been, and could not be taken back, `{process_nb =, command =, why =}`. Of a map's or an
-- ACL's entries `field` is the key, `value` what it had: nil where it was not there, a sequence
-- where it was there several times; of an ACL's true.
-- @field Error.rollback

--- Of `HAProxy:apply` and `HAProxy:restore_state`: the Plan that was not done in full.
-- @field Error.plan

--- Is the error of this class, or of one below it?
-- @function Error:is
-- @tparam string|table name a class or its name
-- @treturn boolean
function Error:is(name)
  if type(name) == "table" then
    name = name.name
  end
  name = aliases[name] or name
  local class = self.name
  while class do
    if class == name then
      return true
    end
    class = parents[class]
  end
  return false
end

local meta = {
  __index = Error,
  __name = "haproxyadmin.Error",
  __tostring = function(err)
    return err.name .. ": " .. err.message
  end,
}

--- Is the value an error of this module?
-- @param value anything
-- @tparam[opt] string|table name a class or its name
-- @treturn boolean
function errors.is_error(value, name)
  return getmetatable(value) == meta and (name == nil or value:is(name))
end

--- Makes an error; for transports and helpers.
-- @tparam string name its class
-- @tparam string code the stable word
-- @tparam string message
-- @tparam[opt] table fields `socket_file`, `command`, `results`
-- @treturn table the error
function errors.new(name, code, message, fields)
  local err = { name = name, code = code, message = message }
  for key, value in pairs(fields or {}) do
    err[key] = value
  end
  return setmetatable(err, meta)
end

return errors
