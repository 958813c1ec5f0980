--- Errors: objects with a name, a message and a stable code.
--
-- An error is raised, or returned behind `nil` where `die = false` holds. Its
-- fields: `name` (its class), `message`, `code` (a stable word: `not_found`,
-- `exists`, `permission`, `bad_argument`, `in_use`, `unsupported`, `timeout`,
-- `refused`, `closed`, `truncated`, `too_big`, `inconsistent`, `failed`) and,
-- where they say something, `socket_file` (the socket's address), `command`
-- (the line that was sent) and `results`: a sequence with one entry for each
-- process that was asked, `{process_nb, reply, ok =, code =}`; an entry without
-- a reply is a process that did not answer, its `err` says why.
-- @module haproxyadmin.errors

local errors = {}

local parents = {
  ValueError = "HAProxyBaseError",
  CommandFailed = "HAProxyBaseError",
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
