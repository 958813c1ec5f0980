--- A session of a process: a request and its response under way, a connection in TCP mode, a WebSocket.
-- HAProxy calls it a stream as well, since one connection may have many.
--
-- It is what `HAProxy:sessions` found. Its properties never ask HAProxy; beside those here they are what HAProxy
-- prints, by its names: `calls`, `rate`, `cpu`, `lat` and `rc` (numbers), `fe`, `be`, `srv`, `src`, `ts`, `epoch`,
-- `rq`, `rp`, `scf`, `scb` (`s0`, `s1` up to 2.4), `c_exp`: texts as they stand there, nil where the version prints
-- none.
-- @classmod haproxyadmin.Session

local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.objects.class"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local plan = require "haproxyadmin.runtime.plan"
local reading = require "haproxyadmin.runtime.reading"
local replies = require "haproxyadmin.replies.session"
local run = require "haproxyadmin.runtime.run"
local runtime_batch = require "haproxyadmin.runtime.batch"
local send = require "haproxyadmin.runtime.send"
local version = require "haproxyadmin.base.version"

local session = {}

-- ---- which sessions there are ----

-- From which version on HAProxy lists what is asked for.
local NARROW_SINCE = version.number "3.2"

local function all_are_narrow(processes)
  for _, process in ipairs(processes) do
    if not process.version or process.version < NARROW_SINCE then
      return false
    end
  end
  return true
end

-- The command that lists the least that is needed, and its arguments.
local function narrowest(processes, wanted)
  if all_are_narrow(processes) then
    if wanted.server then
      return "show sess server", { server = { wanted.backend, wanted.server } }
    elseif wanted.backend then
      return "show sess backend", { backend = wanted.backend }
    elseif wanted.frontend and wanted.frontend ~= "GLOBAL" then
      return "show sess frontend", { frontend = wanted.frontend }
    end
  end
  return "show sess", {}
end

-- The options as what is looked for, or nil and a ValueError. A server is named with its
-- backend: "app/app1", or `backend` beside it.
local function wanted_of(options)
  local wanted = { frontend = options.frontend, backend = options.backend, older = options.older }
  for _, name in ipairs { "frontend", "backend", "server" } do
    if options[name] ~= nil then
      local ok, err = check.text(name, options[name])
      if not ok then
        return nil, err
      end
    end
  end
  if options.older ~= nil and not (options.older >= 0 and options.older < 2 ^ 32) then
    return check.fail("older", "seconds, at least 0", options.older)
  elseif options.server then
    local backend, server = options.server:match "^([^/]+)/([^/]+)$"
    wanted.server = server or options.server
    wanted.backend = wanted.backend or backend
    if not wanted.backend or (backend and backend ~= wanted.backend) then
      return check.fail("server", "'backend/server', or the option backend beside it", options.server)
    end
  end
  return wanted
end

-- An empty answer may be that of a name that is none.
local function check_names(hap, wanted)
  local quiet = { die = false }
  local ok, err = true, nil
  if wanted.frontend and wanted.frontend ~= "GLOBAL" then
    ok, err = hap:frontend(wanted.frontend, quiet)
  end
  if ok and wanted.server then
    ok, err = hap:server(wanted.server, wanted.backend, quiet)
  elseif ok and wanted.backend then
    ok, err = hap:backend(wanted.backend, quiet)
    -- A frontend that answers by itself stands there as the backend, too.
    ok = ok or hap:frontend(wanted.backend, quiet)
  end
  return ok, not ok and err or nil
end

-- Seconds that each of the processes has been up, by its number. Ages are by HAProxy's own clock,
-- which falls behind ours where a process is held up; this is of the same clock.
local function uptimes(context, processes)
  local snapshot, err = reading.info(context, processes)
  if not snapshot then
    return nil, err
  end
  local by_slot, found = {}, {}
  local place = 1
  local text, slot = core.info_text(snapshot, place)
  while text do
    by_slot[slot] = core.info(text).Uptime_sec
    place = place + 1
    text, slot = core.info_text(snapshot, place)
  end
  for _, process in ipairs(processes) do
    found[process.nb] = by_slot[process.slot] or 0
  end
  return found
end

-- The sessions of these processes.
local function read(context, processes, wanted)
  local name, args = narrowest(processes, wanted)
  local requests, err = run.read(context, name, args, processes)
  if not requests then
    return nil, err
  end
  -- Their ages are not of later than that.
  local times
  times, err = uptimes(context, processes)
  if not times then
    send.done(requests)
    return nil, err
  end
  local answers = {}
  for i, request in ipairs(requests) do
    answers[i] = { request.process.nb, request.reply }
  end
  local stick, place = core.stick(answers, false)
  if not stick then
    local address = requests[place].process.address
    local message = ("socket %s answers more than can be read at once"):format(address)
    return nil, errors.new("SocketTransportError", "too_big", message, { socket_file = address })
  end
  send.done(requests)
  return core.streams(stick, context, times, wanted.frontend, wanted.backend, wanted.server, wanted.older)
end

local function list(hap, context, wanted)
  local found, err = read(context, context.processes, wanted)
  if found and #found == 0 then
    local ok
    ok, err = check_names(hap, wanted)
    if not ok then
      return nil, err
    end
  end
  return found, err
end

-- HAProxy:sessions
function session.list(hap, context, options)
  local wanted, err = wanted_of(options)
  if not wanted then
    return nil, err
  end
  return list(hap, context, wanted)
end

-- ---- one session ----

local function process_of(self, context)
  local nb = core.stream_nb(self)
  for _, process in ipairs(context.processes) do
    if process.nb == nb then
      return process
    end
  end
  return nil, errors.new("ValueError", "not_found", ("process %d is not there any more"):format(nb))
end

-- HAProxy prints ages of more than an hour in minutes, of more than a day in hours.
local function coarseness(age)
  return age >= 86400 and 3600 or age >= 3600 and 60 or 1
end

-- Is it as old as this session has to be when its process has been up for so many seconds? What is
-- behind it at its address is younger.
local function is_old_enough(self, age, up)
  if not age then
    return false
  end
  local listed = core.stream_seconds(self, "age") or 0
  -- Whole seconds are cut off of each.
  return age + coarseness(age) >= listed + up - core.stream_times(self)[core.stream_nb(self)] - 1
end

-- Is it in the list again, and old enough? Up to HAProxy 2.6 what is told of one session counts its
-- age by two clocks, of which one falls behind whenever the process is held up; the list does not.
local function is_still_listed(self, context, process, up)
  local frontend = core.stream_text(self, "fe")
  local found, err = read(context, { process }, { frontend = frontend })
  if not found then
    return nil, err
  end
  for _, each in ipairs(found) do
    if core.stream_id(each) == core.stream_id(self) then
      return core.stream_text(each, "src") == core.stream_text(self, "src")
        and is_old_enough(self, core.stream_seconds(each, "age") or 0, up)
    end
  end
  return false
end

-- Is the record of this very session? Its address is used again for another one as soon as it has
-- ended.
local function is_same(self, context, record, process, up)
  local source = core.stream_text(self, "src")
  if
    not record.frontend
    or record.frontend.name ~= core.stream_text(self, "fe")
    or record.source and source and record.source ~= source
  then
    return false
  end
  return is_old_enough(self, record.age, up) or is_still_listed(self, context, process, up)
end

-- What its process says of it now; or nil and an error, `not_found` where it is gone.
local function detail(self, context)
  local process, err = process_of(self, context)
  if not process then
    return nil, err
  end
  -- What is asked for now is not of earlier, however long it takes.
  local now, requests
  now, err = uptimes(context, { process })
  if not now then
    return nil, err
  end
  requests, err = run.read(context, "show sess detail", { session = core.stream_id(self) }, { process })
  if not requests then
    return nil, err
  end
  local record = replies.of(requests[1].reply:text(1))
  send.done(requests)
  local same
  same, err = is_same(self, context, record, process, now[process.nb])
  if same then
    return record
  end
  local message = ("session %s of process %d has ended"):format(core.stream_id(self), process.nb)
  return nil, err or errors.new("CommandFailed", "not_found", message)
end

-- Ends it, unless it has ended: true or false, or nil and an error.
local function shutdown(self, context)
  local record, err = detail(self, context)
  local ok = record ~= nil
  if ok then
    local process = process_of(self, context)
    local wanted
    wanted, err = plan.wanted({ process }, "shutdown session", { session = core.stream_id(self) })
    if wanted then
      local outcomes, _, first = runtime_batch.send(context, { wanted })
      ok, err = outcomes[1] == true, first
    end
  end
  if err and not (err.name == "CommandFailed" and err.code == "not_found") then
    return nil, err
  end
  return ok
end

-- ---- many sessions ----

-- HAProxy:shutdown_sessions
function session.shutdown_many(hap, context, options)
  local wanted, err = wanted_of(options)
  if not wanted then
    return nil, err
  elseif not (options.all or options.frontend or options.backend or options.server or options.older) then
    local message = "shutdown_sessions: frontend, backend, server, older, or all = true expected"
    return nil, errors.new("ValueError", "bad_argument", message)
  end
  local found
  found, err = list(hap, context, wanted)
  if not found then
    return nil, err
  end
  local processes, lines = {}, {}
  for _, process in ipairs(context.processes) do
    processes[process.nb] = { process }
  end
  for i, each in ipairs(found) do
    local own = processes[core.stream_nb(each)]
    lines[i], err = plan.wanted(own, "shutdown session", { session = core.stream_id(each) })
    if not lines[i] then
      return nil, err
    end
  end
  local outcomes = runtime_batch.send(context, lines)
  local result, failed, first = { ended = {}, gone = {} }, 0, nil
  for i, outcome in ipairs(outcomes) do
    if outcome == true then
      table.insert(result.ended, found[i])
    elseif outcome.code == "not_found" then
      table.insert(result.gone, found[i])
    else
      failed, first = failed + 1, first or outcome
    end
  end
  if failed > 0 then
    return nil, runtime_batch.error(lines, outcomes, failed, first)
  end
  return result
end

-- ---- the class ----

local NOTHING = { ["<NONE>"] = true, ["<none>"] = true, ["<?>"] = true }

local function named(field)
  return function(self)
    local text = core.stream_text(self, field)
    return not NOTHING[text] and text or nil
  end
end

local function text(field)
  return function(self)
    return core.stream_text(self, field)
  end
end

local function seconds(field)
  return function(self)
    return core.stream_seconds(self, field)
  end
end

local numbers = { calls = true, rate = true, cpu = true, lat = true, rc = true }
local texts = {
  fe = true,
  be = true,
  srv = true,
  src = true,
  ts = true,
  epoch = true,
  rq = true,
  rp = true,
  s0 = true,
  s1 = true,
  scf = true,
  scb = true,
  c_exp = true,
}

class.complete {
  name = "Session",
  methods = class.methods({}, {
    --- What HAProxy knows of it now: `show sess <id>` (management guide 9.3; level operator).
    -- @function Session:detail
    -- @treturn table `id`, `number` (HAProxy counts sessions), `date` (when it began, as HAProxy prints it), `proto`,
    -- `source`, `frontend`, `backend` and `server` (each `{name =, id =, mode =, address =}`, nil where there is none
    -- yet), `conn_retries`, `age`, `exp` (seconds), `txn` (of HTTP: `{status =, req_st =, rsp_st =}`), and `lines`, all
    -- that HAProxy says
    -- @raise `CommandFailed` (`not_found`: it is gone; `permission`), `HAProxySocketError`
    detail = { call = detail },
    --- Ends it: `shutdown session <id>` (9.3; level admin). HAProxy uses its address again for the next session; so
    -- its source, its frontend and its age are looked at before. A session that is younger than two seconds may be
    -- taken for the next one of the same connection. HAProxy says nothing and leaves a session to its
    -- time-outs whose client has closed its half of the connection.
    -- @function Session:shutdown
    -- @treturn boolean true; false where it had ended already
    -- @raise `CommandFailed` (`permission`), `HAProxySocketError`
    shutdown = { call = shutdown },
  }),
  properties = {
    --- Its address in the memory of its process, such as `0x55d1`.
    -- @field Session.id
    id = core.stream_id,
    --- The number of its process.
    -- @field Session.process_nb
    process_nb = core.stream_nb,
    --- The family of its client's address: `tcpv4`, `tcpv6`, `unix_stream`, ...
    -- @field Session.proto
    proto = text "proto",
    --- Its client: `192.0.2.1:4711`, `unix:1`.
    -- @field Session.source
    source = text "src",
    --- The name of its frontend.
    -- @field Session.frontend
    frontend = named "fe",
    --- The name of its backend; nil while it has none.
    -- @field Session.backend
    backend = named "be",
    --- The name of its server; nil while it has none.
    -- @field Session.server
    server = named "srv",
    --- Since when it is there, in seconds; HAProxy prints minutes from an hour on, hours from a day on.
    -- @field Session.age
    age = seconds "age",
    --- Seconds until its next time-out; nil where none is set.
    -- @field Session.exp
    exp = seconds "exp",
  },
  fallback = function(self, key)
    if numbers[key] then
      return true, core.stream_number(self, key)
    elseif texts[key] then
      return true, core.stream_text(self, key)
    end
    return false
  end,
}

--- Reads a property without raising.
-- @function Session:get
-- @tparam string property
-- @return its value, or nil and the error

return session
