--- HAProxy, however many processes serve one configuration.
-- @classmod haproxyadmin.HAProxy

local call = require "haproxyadmin.call"
local check = require "haproxyadmin.check"
local class = require "haproxyadmin.class"
local command = require "haproxyadmin.command"
local core = require "haproxyadmin.core"
local object = require "haproxyadmin.object"
local patterns = require "haproxyadmin.patterns"
local reading = require "haproxyadmin.reading"
local sockets = require "haproxyadmin.sockets"
local take_snapshot = require "haproxyadmin.snapshot"
local transport = require "haproxyadmin.transport"
local view = require "haproxyadmin.view"

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
    return object.agreed(core.info_values(snapshot, view.numbers[field]), field)
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

local function close(_, state)
  state.closed = true
  state.processes = {}
  return true
end

local methods = class.methods({}, view.methods(source, true))
class.methods(methods, patterns.methods)
class.methods(methods, {
  setmaxconn = { 1, setter "set maxconn global" },
  setratelimitconn = { 1, setter "set rate-limit connections global" },
  setratelimitsess = { 1, setter "set rate-limit sessions global" },
  setratelimitsslsess = { 1, setter "set rate-limit ssl-sessions global" },
  clearcounters = { 1, clearcounters },
  command = { 1, raw },
  errors = { 1, show_errors },
  snapshot = { 0, snapshot, { partial = "boolean" } },
  close = { 0, close },
})

local meta = class.complete {
  name = "HAProxy",
  methods = methods,
  properties = {
    description = agreed "description",
    nodename = agreed "node",
    releasedate = agreed "Release_date",
    version = agreed "Version",
    uptime = of_first "Uptime",
    uptimesec = of_first "Uptime_sec",
    maxconn = metric "Maxconn",
    ratelimitconn = metric "ConnRateLimit",
    ratelimitsess = metric "SessRateLimit",
    ratelimitsslsess = metric "SslRateLimit",
    totalrequests = metric "CumReq",
    requests = requests,
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
