--- HAProxy, however many processes serve one configuration.
--
-- Made by `haproxyadmin.HAProxy`. Every method takes, behind its arguments, a
-- table of options: `die = false` makes it return nil and the error where it
-- would raise. A property has no arguments and always raises; `HAProxy:get`
-- reads one without.
--
-- Each read asks every process at once and takes at most `timeout` seconds an
-- attempt. A read is repeated (`retry` times) when a process could not be
-- connected to, broke off, or is ending and shows nothing more (a reload of
-- HAProxy up to 2.4); a command that may have run is not. The commands
-- that are named here are in HAProxy 2.2 and later; the level is the one that
-- the stats socket needs, `user` unless stated.
--
-- `tostring` names the sockets. The object is also closed by the collector,
-- and by `local hap <close>` on Lua 5.4.
-- @classmod haproxyadmin.HAProxy

local batch = require "haproxyadmin.runtime.batch"
local call = require "haproxyadmin.runtime.send"
local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.base.class"
local command = require "haproxyadmin.runtime.command"
local core = require "haproxyadmin.core"
local object = require "haproxyadmin.objects.handle"
local patterns = require "haproxyadmin.objects.patterns"
local reading = require "haproxyadmin.runtime.reading"
local sockets = require "haproxyadmin.runtime.discover"
local take_snapshot = require "haproxyadmin.objects.snapshot"
local transport = require "haproxyadmin.transport"
local view = require "haproxyadmin.objects.queries"

-- ---- reading ----

-- The narrowest reading that has what is asked for.
local function source(_, state, what, name)
  if what == "info" then
    return reading.info(state)
  elseif name == nil then
    return reading.all(state, reading.types[what])
  elseif what == "server" then
    return reading.proxy(state, "backend", name, true)
  end
  return reading.proxy(state, what, name)
end

local function agreed(field)
  return function(_, state)
    local snapshot, err = reading.info(state)
    if not snapshot then
      return nil, err
    end
    local value, disagreed = core.info_metric(snapshot, view.numbers[field])
    if disagreed then
      return object.disagreement(core.info_values(snapshot, view.numbers[field]), field)
    end
    return value
  end
end

local function of_first(field)
  return function(_, state)
    local snapshot, err = reading.info(state)
    if not snapshot then
      return nil, err
    end
    return core.info_values(snapshot, view.numbers[field])[1][2]
  end
end

local function metric(field)
  return function(_, state)
    local snapshot, err = reading.info(state)
    if not snapshot then
      return nil, err
    end
    return (core.info_metric(snapshot, view.numbers[field]))
  end
end

local function requests(_, state)
  local snapshot, err = reading.all(state, reading.types.frontend)
  if not snapshot then
    return nil, err
  end
  local total = 0
  for _, frontend in ipairs(core.objects(snapshot, "frontend", state, false)) do
    total = total + frontend.requests
  end
  return total
end

local function processids(_, state)
  local snapshot, err = reading.info(state)
  if not snapshot then
    return nil, err
  end
  local pids = {}
  for i, entry in ipairs(core.info_values(snapshot, view.numbers.Pid)) do
    pids[i] = entry[2]
  end
  return pids
end

-- ---- commands ----

local function setter(verb)
  return function(_, state, _, n)
    local value, err = check.integer("n", n, 0, check.LARGEST)
    if not value then
      return nil, err
    end
    return command.run(state, { { "words", verb }, { "number", value, "n" } })
  end
end

local function clearcounters(_, state, _, all)
  if all ~= nil and type(all) ~= "boolean" then
    return check.fail("all", "boolean", all)
  end
  return command.run(state, { { "words", all and "clear counters all" or "clear counters" } })
end

-- One line to every process; what each answered, whatever it was.
local function lines_per_process(state, line, kind, safe)
  local list = command.requests(state, line, kind)
  for _, request in ipairs(list) do
    request.safe = safe
  end
  call.send(state, list, state.retry)
  return list
end

local function as_lines(list)
  local found = {}
  for i, request in ipairs(list) do
    found[i] = { request.process.nb, request.reply:lines() }
  end
  return found
end

local function raw(_, state, _, text)
  local ok, err = check.text("text", text)
  if not ok then
    return nil, err
  end
  local list = lines_per_process(state, text .. "\n", "text")
  ok, err = command.judge(list, function()
    return true
  end)
  if not ok then
    return nil, err
  end
  return as_lines(list)
end

local function is_error_dump(reply)
  return reply:match "^Total events captured on " ~= nil
end

local function show_errors(_, state, _, iid)
  local parts = { { "words", "show errors" } }
  if iid ~= nil then
    local value, err = check.integer("iid", iid, 0)
    if not value then
      return nil, err
    end
    parts[2] = { "number", value, "iid" }
  end
  local line, err = command.encode(parts)
  if not line then
    return nil, err
  end
  local list = lines_per_process(state, line, "list", true)
  local ok
  ok, err = command.judge(list, is_error_dump)
  if not ok then
    return nil, err
  end
  return as_lines(list)
end

local function snapshot(_, state, options)
  return take_snapshot(state, options.partial)
end

local function run_batch(self, state, _, fn)
  local ok, err = check.type("fn", fn, "function")
  if not ok then
    return nil, err
  end
  return batch.run(self, state, fn)
end

local function close(_, state)
  state.closed = true
  state.processes = {}
  return true
end

local methods = class.methods({}, view.methods(source, true))
class.methods(methods, patterns.methods)
class.methods(methods, {
  --- Sets the limit of concurrent connections of every process: `set maxconn global`
  -- (9.3, "set maxconn"; level admin).
  -- @function HAProxy:setmaxconn
  -- @tparam integer n connections, at least 0, for each process
  -- @treturn boolean true
  -- @raise `ValueError`, `CommandFailed` (`permission`, `bad_argument`),
  -- `MultipleCommandResults`, `HAProxySocketError`
  setmaxconn = { 1, setter "set maxconn global" },
  --- Sets the limit of new connections a second of every process: `set rate-limit connections global`
  -- (9.3, "set rate-limit connections"; level admin).
  -- @function HAProxy:setratelimitconn
  -- @tparam integer n connections a second, 0 for no limit, at least 0, for each process
  -- @treturn boolean true
  -- @raise `ValueError`, `CommandFailed` (`permission`, `bad_argument`),
  -- `MultipleCommandResults`, `HAProxySocketError`
  setratelimitconn = { 1, setter "set rate-limit connections global" },
  --- Sets the limit of new sessions a second of every process: `set rate-limit sessions global`
  -- (9.3, "set rate-limit sessions"; level admin).
  -- @function HAProxy:setratelimitsess
  -- @tparam integer n sessions a second, 0 for no limit, at least 0, for each process
  -- @treturn boolean true
  -- @raise `ValueError`, `CommandFailed` (`permission`, `bad_argument`),
  -- `MultipleCommandResults`, `HAProxySocketError`
  setratelimitsess = { 1, setter "set rate-limit sessions global" },
  --- Sets the limit of new SSL sessions a second of every process: `set rate-limit ssl-sessions global`
  -- (9.3, "set rate-limit ssl-sessions"; level admin).
  -- @function HAProxy:setratelimitsslsess
  -- @tparam integer n sessions a second, 0 for no limit, at least 0, for each process
  -- @treturn boolean true
  -- @raise `ValueError`, `CommandFailed` (`permission`, `bad_argument`),
  -- `MultipleCommandResults`, `HAProxySocketError`
  setratelimitsslsess = { 1, setter "set rate-limit ssl-sessions global" },
  --- Clears the maxima of the statistics, or with `all` every counter:
  -- `clear counters`, `clear counters all` (9.3; level operator, with `all` admin).
  -- @function HAProxy:clearcounters
  -- @tparam[opt=false] boolean all
  -- @treturn boolean true
  -- @raise `ValueError`, `CommandFailed` (`permission`), `MultipleCommandResults`,
  -- `HAProxySocketError`
  clearcounters = { 1, clearcounters },
  --- Sends a command as it is to every process. What HAProxy answers is not judged,
  -- and it is never sent again once it may have run.
  -- @function HAProxy:command
  -- @tparam string text a line as HAProxy's prompt takes it. A `;` in it begins a
  -- second command: never put text of others into it unseen.
  -- @treturn {table,...} one a process: `{process_nb, {line, ...}}`
  -- @raise `ValueError` (no text), `HAProxySocketError` (`err.results` tells which
  -- processes answered)
  command = { 1, raw },
  --- The last requests and responses that HAProxy found invalid: `show errors` (9.3,
  -- "show errors"; level operator).
  -- @function HAProxy:errors
  -- @tparam[opt] integer iid only those of this frontend or backend
  -- @treturn {table,...} one a process: `{process_nb, {line, ...}}`
  -- @raise `ValueError`, `CommandFailed` (`permission`), `MultipleCommandResults`,
  -- `HAProxySocketError`
  errors = { 1, show_errors },
  --- Reads all processes once, side by side: `show info;show stat` (9.1 to 9.3).
  -- @function HAProxy:snapshot
  -- @tparam[opt] table options `partial = true`: a process that fails is told in
  -- `snapshot.failed` and is no error, as long as one answers
  -- @treturn Snapshot
  -- @raise `HAProxySocketError`
  snapshot = { 0, snapshot, { partial = "boolean" } },
  --- Sends many commands in few exchanges: they are joined with `;` into lines
  -- that fit HAProxy's buffer, one line to every process at a time, each under
  -- a deadline of its own. Every command is judged by itself, per process.
  -- @function HAProxy:batch
  -- @tparam function fn is called with a `Batch`; what it asks for is sent when
  -- it returns, nothing when it raises
  -- @treturn boolean true when every process took every command
  -- @raise `ValueError` (nothing was sent); else the class and code of the first
  -- command that failed, with `err.outcomes`: for each command in order true
  -- or its own error. A process that stops answering gets no further commands.
  batch = { 1, run_batch },
  --- Lets go of what the object holds. Its methods and properties then raise, and
  -- so do those of the frontends, backends and servers that read through it;
  -- a second call does nothing.
  -- @function HAProxy:close
  -- @treturn boolean true
  close = { 0, close },
})

--- Reads a property without raising.
-- @function HAProxy:get
-- @tparam string property
-- @return its value (which may be nil), or nil and the error
local meta = class.complete {
  name = "HAProxy",
  methods = methods,
  properties = {
    --- What `description` in the configuration says (`show info`, "description").
    -- Equal in all processes; nil where HAProxy prints none. Raises `InconsistentData`, `HAProxySocketError`.
    -- @field HAProxy.description
    description = agreed "description",
    --- The name of the node (`show info`, "node"), equal in all processes. Raises
    -- `InconsistentData`, `HAProxySocketError`.
    -- @field HAProxy.nodename
    nodename = agreed "node",
    --- HAProxy's release date (`show info`, "Release_date"), such as `2023/12/16`,
    -- equal in all processes. Raises `InconsistentData`, `HAProxySocketError`.
    -- @field HAProxy.releasedate
    releasedate = agreed "Release_date",
    --- HAProxy's version (`show info`, "Version"), equal in all processes. Raises
    -- `InconsistentData`, `HAProxySocketError`.
    -- @field HAProxy.version
    version = agreed "Version",
    --- How long the first process has been running, as `4d 0h16m26s` (`show info`,
    -- "Uptime"). Raises `HAProxySocketError`.
    -- @field HAProxy.uptime
    uptime = of_first "Uptime",
    --- How long the first process has been running, in seconds (`show info`,
    -- "Uptime_sec"). Raises `HAProxySocketError`.
    -- @field HAProxy.uptimesec
    uptimesec = of_first "Uptime_sec",
    --- The limit of concurrent connections (`show info`, "Maxconn"), summed over the
    -- processes. Raises `HAProxySocketError`.
    -- @field HAProxy.maxconn
    maxconn = metric "Maxconn",
    --- The limit of new connections a second ("ConnRateLimit"), summed; 0 is no limit. Raises `HAProxySocketError`.
    -- @field HAProxy.ratelimitconn
    ratelimitconn = metric "ConnRateLimit",
    --- The limit of new sessions a second ("SessRateLimit"), summed; 0 is no limit. Raises `HAProxySocketError`.
    -- @field HAProxy.ratelimitsess
    ratelimitsess = metric "SessRateLimit",
    --- The limit of new SSL sessions a second ("SslRateLimit"), summed; 0 is no limit. Raises `HAProxySocketError`.
    -- @field HAProxy.ratelimitsslsess
    ratelimitsslsess = metric "SslRateLimit",
    --- All requests since the start ("CumReq"), summed over the
    -- processes. Raises `HAProxySocketError`.
    -- @field HAProxy.totalrequests
    totalrequests = metric "CumReq",
    --- The requests of all frontends (`show stat`, req_tot), summed. Raises `HAProxySocketError`.
    -- @field HAProxy.requests
    requests = requests,
    --- The PIDs of the processes (`show info`, "Pid"), in the processes' order. Raises `HAProxySocketError`.
    -- @field HAProxy.processids
    processids = processids,
  },
}
meta.__close = function(self)
  close(self, core.state(self))
end

-- ---- construction ----

local known = {
  socket_dir = "string",
  socket_file = "string",
  sockets = "table",
  retry = "any",
  retry_interval = "number",
  timeout = "number",
  die = "boolean",
  transport = "any",
  max_reply = "number",
}

local LARGEST_REPLY = 2 ^ 31 - 1

local function check_retry(retry)
  if retry == nil then
    return 2
  elseif retry == false then
    return false
  end
  local value = check.integer("retry", retry, 0)
  if not value then
    return check.fail("retry", "false or integer >= 0", retry)
  end
  return value
end

local function check_seconds(name, value, default, zero_too)
  if value == nil then
    return default
  elseif value ~= value or value < 0 or (value == 0 and not zero_too) then
    return check.fail(name, "number of seconds" .. (zero_too and "" or " above 0"), value)
  end
  return value
end

local function settings(options)
  if type(options) ~= "table" then
    return check.fail("options", "table", options)
  end
  local ok, err = check.options(options, known)
  if not ok then
    return nil, err
  end
  local state = { die = options.die ~= false }
  state.retry, err = check_retry(options.retry)
  if err then
    return nil, err
  end
  state.timeout, err = check_seconds("timeout", options.timeout, 1)
  if not state.timeout then
    return nil, err
  end
  state.retry_interval, err = check_seconds("retry_interval", options.retry_interval, 2, true)
  if not state.retry_interval then
    return nil, err
  end
  state.max_reply, err = check.integer("max_reply", options.max_reply or 2 ^ 30, 1, LARGEST_REPLY)
  if not state.max_reply then
    return nil, err
  end
  state.transport, err = transport(options.transport)
  if not state.transport then
    return nil, err
  end
  return state
end

local function build(options)
  local state, err = settings(options)
  if not state then
    return nil, err
  end
  local addresses, pass_over_dead = sockets.addresses(options)
  if not addresses then
    return nil, pass_over_dead
  end
  state.addresses, state.pass_over_dead = addresses, pass_over_dead
  local chosen = state.transport
  if chosen.ready and not chosen:ready() then
    state.identity = table.concat(addresses, " ")
    state.pending = sockets.connect
    return core.haproxy(state)
  end
  local ok
  ok, err = sockets.connect(state)
  if not ok then
    return nil, err
  end
  return core.haproxy(state)
end

return function(options)
  local hap, err = build(options)
  if hap then
    return hap
  elseif type(options) == "table" and options.die == false then
    return nil, err
  end
  error(err, 0)
end
