-- Commands that change something: built by the encoder, sent to every process
-- that they concern, and judged process by process.

local call = require "haproxyadmin.runtime.send"
local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"

local command = {}

local characters = { ["\0"] = "NUL", ["\n"] = "LF", ["\r"] = "CR" }

local function refused(name, value, why, at)
  value = tostring(value)
  if why == "character" then
    local character = value:sub(at, at)
    character = characters[character] or ("'%s'"):format(character)
    local message = ("argument '%s': %s at position %d cannot be sent to HAProxy"):format(name, character, at)
    return nil, errors.new("ValueError", "bad_argument", message)
  elseif why == "length" then
    return check.fail(name, "text that fits into HAProxy's command line", value)
  elseif why == "form" then
    return check.fail(name, "another form (a reference is 0x and hex digits, an address an IP address)", value)
  end
  return check.fail(name, "text that is not empty", value)
end

--- Builds a line from parts: {class, value, argument's name} each, or
-- {"server", backend, name}. Returns the line, or nil and a ValueError.
function command.encode(parts)
  local line, index, why, at = core.encode(parts)
  if line then
    return line
  end
  local part = parts[index]
  return refused(part[1] ~= "server" and part[3] or part[1], part[2], why, at)
end

-- What a socket of level operator may do and one of level user may not. All else
-- that HAProxy denies to either needs level admin.
local of_operator = { "^clear counters$", "^show errors" }

local function level_for(line)
  line = line:gsub("%s+$", "")
  for _, pattern in ipairs(of_operator) do
    if line:find(pattern) then
      return "operator"
    end
  end
  return "admin"
end

-- The line of HAProxy's configuration that gives the socket the level that it
-- needs.
local function advice(address, line)
  local kind, path, port = core.address(address)
  if kind == "abns" then
    path = "abns@" .. path
  elseif kind == "tcp" then
    path = (path:find(":", 1, true) and "ipv6@[%s]:%d" or "ipv4@%s:%d"):format(path, port)
  end
  return ("; the socket's level is too low: `stats socket %s level %s` in HAProxy's configuration"):format(
    path,
    level_for(line)
  )
end

-- What a request was sent for, as a person would write it.
local function shown(request)
  return request.shown or (request.line:gsub("\n$", ""))
end

local SHOWN = 200

-- The same for a message: a key may be thousands of bytes long.
local function in_short(request)
  local text = shown(request)
  return #text > SHOWN and text:sub(1, SHOWN) .. "..." or text
end

-- What a process answered to it.
local function answer(request)
  return request.answer or request.reply:text()
end

local function first_line(text)
  return (text:gsub("[\r\n].*", ""))
end

--- The error of a request that HAProxy refused.
function command.refusal(request, results)
  local reply = answer(request)
  local code = core.refusal(reply)
  local message = ("HAProxy refused '%s': %s"):format(in_short(request), first_line(reply))
  if code == "permission" then
    message = message .. advice(request.address, request.line)
  end
  return errors.new("CommandFailed", code, message, {
    socket_file = request.address,
    command = shown(request),
    results = results,
  })
end

--- What each process answered: {nb, reply, ok =, code =, err =}.
local function results_of(requests, succeeded)
  local results = {}
  for i, request in ipairs(requests) do
    local result = { request.process.nb }
    if request.code then
      result.err = call.failure(request)
      result.code = result.err.code
    else
      result[2] = answer(request)
      result.ok = succeeded(result[2])
      result.code = not result.ok and core.refusal(result[2]) or nil
    end
    result.ok = result.ok or false
    results[i] = result
  end
  return results
end

local function differ(results)
  for _, result in ipairs(results) do
    if result.ok ~= results[1].ok or result[2] ~= results[1][2] then
      return true
    end
  end
  return false
end

local function summary(results)
  local words = {}
  for _, result in ipairs(results) do
    local word = "took it"
    if not result.ok then
      word = ("'%s'"):format(first_line(result[2]))
    end
    words[#words + 1] = ("process %d: %s"):format(result[1], word)
  end
  return table.concat(words, ", ")
end

local function took(results)
  local words = {}
  for _, result in ipairs(results) do
    if result.ok then
      words[#words + 1] = tostring(result[1])
    end
  end
  return #words > 0 and "taken by process " .. table.concat(words, ", ") or "taken by no process"
end

--- True when every process did it; otherwise nil and an error that tells the
-- ones that did from the ones that did not. A request's answer is its reply, or
-- `answer` where that is set.
function command.judge(requests, succeeded)
  local results = results_of(requests, succeeded)
  local refusal
  for i, result in ipairs(results) do
    if result.err then
      local err = result.err
      err.results = results
      err.message = err.message .. "; " .. took(results)
      return nil, err
    elseif not result.ok then
      refusal = refusal or requests[i]
    end
  end
  if not refusal then
    return true
  end
  if not differ(results) then
    return nil, command.refusal(refusal, results)
  end
  local message = ("processes answered '%s' differently: %s"):format(in_short(refusal), summary(results))
  return nil, errors.new("MultipleCommandResults", "inconsistent", message, {
    command = shown(refusal),
    results = results,
  })
end

--- A judge for `judge` by the core's kind of success.
function command.succeeded(kind)
  return function(reply)
    return core.succeeded(kind, reply)
  end
end

--- One request for each process (default: all).
function command.requests(state, line, kind, processes)
  local requests = {}
  for i, process in ipairs(processes or state.processes) do
    requests[i] = { process = process, line = line, kind = kind }
  end
  return requests
end

-- What is said of a server whose proxy was stopped. A proxy that the configuration
-- disables is in no statistics, so the process is ending: during a reload its
-- successor takes what this one refused.
local STOPPED = "Proxy is disabled."

local function stopped(requests)
  local found = {}
  for _, request in ipairs(requests) do
    if not request.code and answer(request) == STOPPED then
      found[#found + 1] = request
    end
  end
  return found
end

--- Sends; what a process that is ending refused, again.
function command.send(state, requests)
  local left = requests
  call.again(state, state.retry, function()
    call.send(state, left, state.retry)
    left = stopped(left)
    return #left > 0
  end)
end

--- Encodes, sends to the processes (default: all) and judges. In a batch the
-- line is kept instead: `state.collect` takes it.
function command.run(state, parts, success, processes)
  local line, err = command.encode(parts)
  if not line then
    return nil, err
  end
  success = success or "silent"
  if state.collect then
    state.collect(line, success, processes)
    return true
  end
  local requests = command.requests(state, line, "text", processes)
  command.send(state, requests)
  return command.judge(requests, command.succeeded(success))
end

return command
