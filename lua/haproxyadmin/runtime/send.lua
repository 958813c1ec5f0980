-- One call: a line to each process that it concerns, their replies or what
-- went wrong. A failure is data here; the method that called decides.
--
-- A request is {process =, line =, kind =, safe =}: the process as in
-- state.processes, the kind of reply, and whether the line may run twice
-- because it changes nothing. `commands` are those of which the line was made,
-- where each answers some words. After the call it has `reply`, or `code`,
-- `words` and `sent`.

local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"

local call = {}

-- What may go away by itself while nothing was run: no process yet behind the
-- address, no room in its backlog, a connection that ended before the line was
-- sent.
local passing = { refused = true, not_found = true, timeout = true, closed = true }

-- What a reload does to a reply that is on its way.
local interrupted = { closed = true, truncated = true }

local function may_send_again(request)
  if not request.sent then
    return passing[request.code]
  end
  return request.safe and interrupted[request.code]
end

-- The exchange for a request. A reading is two commands: `show info`, then
-- `show stat`.
local function session_of(request, max)
  local session = core.session("once", max)
  local line = request.line:gsub("\n$", "")
  if request.commands then
    for _, command in ipairs(request.commands) do
      assert(session:ask(command, "text"))
    end
  elseif request.kind == "reading" then
    local info, stat = line:match "^([^;]*);(.*)$"
    assert(session:ask(info, "info") and session:ask(stat, "stat"))
  else
    assert(session:ask(line, request.kind))
  end
  return session
end

local function attempt(state, requests)
  local transport = state.transport
  for _, request in ipairs(requests) do
    request.address = request.process.address
    request.reply = session_of(request, state.max_reply)
    request.code, request.words, request.sent = nil, nil, nil
  end
  transport:exchange(requests, transport:now() + state.timeout)
  local again = {}
  for _, request in ipairs(requests) do
    if request.code then
      request.reply:free()
      if may_send_again(request) then
        again[#again + 1] = request
      end
    end
  end
  return again
end

--- Calls `fn`, and again while it returns true, `retry` times (false: not once,
-- 0: without end).
function call.again(state, retry, fn)
  local tries = 0
  while fn() and retry and (retry == 0 or tries < retry) do
    tries = tries + 1
    state.transport:sleep(state.retry_interval)
  end
end

--- Sends all requests at once, and again those that may be.
function call.send(state, requests, retry)
  local left = requests
  call.again(state, retry, function()
    left = attempt(state, left)
    return #left > 0
  end)
end

local function describe_permission(address)
  local kind, path = core.address(address)
  local found = kind == "unix" and core.path(path)
  local user, group = core.caller()
  if not found then
    return ("may not be opened by user %d, group %d (a folder on its path is closed to them)"):format(user, group)
  end
  -- What mends it: `stats socket <path> ...` with these words.
  local mend = "mode 660 gid " .. group
  if found.owner == user then
    mend = "mode 600"
  end
  return ("may not be opened: the file has owner %d, group %d, mode %s; the caller is user %d, group %d"):format(
    found.owner,
    found.group,
    ("%04o"):format(found.mode),
    user,
    group
  ) .. ("; `stats socket %s %s` in HAProxy's configuration lets the caller in"):format(path, mend)
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

local failures = {
  refused = { "SocketConnectionError", describe_refused },
  not_found = {
    "SocketConnectionError",
    function(address)
      return core.address(address) == "tcp" and "has a host name that is not known" or "is not there"
    end,
  },
  permission = { "SocketPermissionError", describe_permission },
  timeout = { "SocketTimeout", "did not answer in time" },
  closed = { "SocketTransportError", "was closed before it answered" },
  truncated = { "SocketTransportError", "was closed in the middle of its answer" },
  too_big = { "SocketTransportError", "answers more than max_reply allows" },
  foreign = { "SocketApplicationError", "is answered by something else than HAProxy" },
  failed = { "SocketTransportError", "cannot be used" },
  unsupported = { "ValueError", "cannot be asked here" },
}

--- The error for a request that has a `code`.
function call.failure(request)
  local failure = failures[request.code] or failures.failed
  local what = failure[2]
  if type(what) == "function" then
    what = what(request.address)
  end
  local message = ("socket %s %s"):format(request.address, what)
  if request.words and (request.code == "failed" or request.code == "unsupported") then
    message = message .. " (" .. request.words .. ")"
  end
  if request.sent and not request.safe then
    message = message .. "; the command may have run"
  end
  local code = request.code == "foreign" and "failed" or request.code
  return errors.new(failure[1], code, message, {
    socket_file = request.address,
    command = (request.line:gsub("\n$", "")),
  })
end

return call
