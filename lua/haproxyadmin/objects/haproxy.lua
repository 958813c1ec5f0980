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

local added_backends = require "haproxyadmin.objects.added_backends"
local batch = require "haproxyadmin.objects.batch"
local captures = require "haproxyadmin.replies.captures"
local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.objects.class"
local construct = require "haproxyadmin.objects.construct"
local core = require "haproxyadmin.core"
local discover = require "haproxyadmin.runtime.discover"
local facts = require "haproxyadmin.objects.facts"
local handle = require "haproxyadmin.objects.handle"
local judge = require "haproxyadmin.runtime.judge"
local kept = require "haproxyadmin.runtime.kept"
local marked = require "haproxyadmin.runtime.marked"
local new_rows = require "haproxyadmin.objects.rows"
local maps = require "haproxyadmin.objects.maps"
local other_families = require "haproxyadmin.objects.other_families"
local patterns = require "haproxyadmin.objects.patterns"
local queries = require "haproxyadmin.objects.queries"
local raw = require "haproxyadmin.runtime.raw"
local reading = require "haproxyadmin.runtime.reading"
local rehearse = require "haproxyadmin.objects.rehearse"
local rows = require "haproxyadmin.runtime.rows"
local run = require "haproxyadmin.runtime.run"
local state = require "haproxyadmin.objects.state"
local session = require "haproxyadmin.objects.session"
local ssl = require "haproxyadmin.objects.ssl"
local stick_table = require "haproxyadmin.objects.stick_table"
local take_snapshot = require "haproxyadmin.objects.snapshot"
local together = require "haproxyadmin.objects.together"
local wait = require "haproxyadmin.runtime.wait"
local watch = require "haproxyadmin.objects.watch"

-- ---- reading ----

-- The narrowest reading that has what is asked for.
local function source(_, context, what, name)
  if what == "info" then
    return reading.info(context)
  elseif name == nil then
    return reading.all(context, reading.types[what])
  elseif what == "server" then
    return reading.proxy(context, "backend", name, true)
  end
  return reading.proxy(context, what, name)
end

local function agreed(field)
  return function(_, context)
    local snapshot, err = reading.info(context)
    if not snapshot then
      return nil, err
    end
    local value, disagreed = core.info_metric(snapshot, queries.numbers[field])
    if disagreed then
      return handle.disagreement(core.info_values(snapshot, queries.numbers[field]), field)
    end
    return value
  end
end

local function of_first(field)
  return function(_, context)
    local snapshot, err = reading.info(context)
    if not snapshot then
      return nil, err
    end
    return core.info_values(snapshot, queries.numbers[field])[1][2]
  end
end

local function metric(field)
  return function(_, context)
    local snapshot, err = reading.info(context)
    if not snapshot then
      return nil, err
    end
    return (core.info_metric(snapshot, queries.numbers[field]))
  end
end

local function all_requests(_, context)
  local snapshot, err = reading.all(context, reading.types.frontend)
  if not snapshot then
    return nil, err
  end
  local total = 0
  for _, frontend in ipairs(core.objects(snapshot, "frontend", context, false)) do
    total = total + frontend.requests
  end
  return total
end

local function processids(_, context)
  local snapshot, err = reading.info(context)
  if not snapshot then
    return nil, err
  end
  local pids = {}
  for i, entry in ipairs(core.info_values(snapshot, queries.numbers.Pid)) do
    pids[i] = entry[2]
  end
  return pids
end

-- ---- commands ----

-- A limit of every process.
local function setter(name)
  return function(_, context, options, n)
    local value, err = check.integer("n", n, 0, check.LARGEST)
    if not value then
      return nil, err
    end
    return run.command(context, options, name, { n = value })
  end
end

local function clearcounters(_, context, options, all)
  if all ~= nil and type(all) ~= "boolean" then
    return check.fail("all", "boolean", all)
  end
  return run.command(context, options, all and "clear counters all" or "clear counters", {})
end

-- Of each process its number and the lines that it answered.
local function as_lines(requests, lines)
  local found = {}
  for i, request in ipairs(requests) do
    found[i] = { request.process.nb, lines(request) }
  end
  return found
end

local function command(_, context, _, text)
  local ok, err = raw.check(context, text)
  if not ok then
    return nil, err
  end
  local requests = raw.send(context, context.processes, text)
  ok, err = judge.all(requests)
  if not ok then
    return nil, err
  end
  return as_lines(requests, marked.lines)
end

local function show_errors(_, context, _, iid)
  local args = {}
  if iid ~= nil then
    local err
    args.iid, err = check.integer("iid", iid, 0, check.LARGEST)
    if not args.iid then
      return nil, err
    end
  end
  local requests, err = run.read(context, "show errors", args)
  if not requests then
    return nil, err
  end
  return as_lines(requests, function(request)
    return request.reply:lines(1)
  end)
end

local function show_captures(_, context)
  local requests, err = run.read(context, "show errors", {})
  if not requests then
    return nil, err
  end
  local found = {}
  for _, request in ipairs(requests) do
    for _, capture in ipairs(captures.of(request.reply:lines(1))) do
      capture.process_nb = request.process.nb
      found[#found + 1] = capture
    end
  end
  return found
end

local function snapshot(_, context, options)
  if options.timeout ~= nil then
    local seconds, err = check.seconds("timeout", options.timeout)
    if not seconds then
      return nil, err
    end
  end
  return take_snapshot(context, options.partial, options.timeout, options.servers_state)
end

-- Rows of all servers, or of one backend's.
local function servers_rows(name)
  return function(_, context, _, backend)
    local ok, err = true, nil
    if backend ~= nil then
      ok, err = check.text("backend", backend)
    end
    if not ok then
      return nil, err
    end
    local found
    found, err = rows.read(context, name, backend)
    return found and new_rows(found, name), err
  end
end

local function wait_until(_, context, options, fn)
  local ok, err = check.type("fn", fn, "function")
  if not ok then
    return nil, err
  end
  local limits
  limits, err = wait.begin(context, options)
  if not limits then
    return nil, err
  end
  return wait.until_holds(context, limits, "what the function asks for", function(seconds)
    local taken
    taken, err = take_snapshot(context, false, seconds)
    if not taken then
      return nil, err
    end
    local value, seen = fn(taken)
    return value or false, seen
  end)
end

local function watch_it(self, context, options)
  return watch.run(self, context, options)
end

local function run_batch(self, context, options, fn)
  local ok, err = check.type("fn", fn, "function")
  if not ok then
    return nil, err
  end
  return batch.run(self, context, fn, options.rollback)
end

local function plan(self, context, _, fn)
  local ok, err = check.type("fn", fn, "function")
  if not ok then
    return nil, err
  end
  return batch.plan(self, context, fn)
end

local function rescan(_, context, options)
  if options.timeout ~= nil then
    local ok, err = check.seconds("timeout", options.timeout)
    if not ok then
      return nil, err
    end
  end
  return discover.rescan(context, not options.keep, options.timeout)
end

local function passed_over(_, context)
  local list = {}
  for i, entry in ipairs(context.passed_over) do
    list[i] = entry
  end
  return list
end

local function close(_, context)
  context.closed = "HAProxy"
  kept.close(context)
  return true
end

local session_options = { frontend = "string", backend = "string", server = "string", older = "number" }
local shutdown_options = {
  frontend = "string",
  backend = "string",
  server = "string",
  older = "number",
  all = "boolean",
}

local methods = class.methods({}, queries.methods(source, true))
class.methods(methods, patterns.methods)
class.methods(methods, added_backends.methods)
class.methods(methods, state.methods)
class.methods(methods, ssl)
class.methods(methods, maps.methods)
class.methods(methods, facts)
class.methods(methods, together.methods)
class.methods(methods, {
  --- Sets the limit of concurrent connections of every process: `set maxconn global`
  -- (9.3, "set maxconn"; level admin).
  -- @function HAProxy:setmaxconn
  -- @tparam integer n connections, at least 0, for each process
  -- @treturn boolean true
  -- @raise `ValueError`, `CommandFailed` (`permission`, `bad_argument`),
  -- `MultipleCommandResults`, `HAProxySocketError`
  setmaxconn = { arguments = 1, call = setter "set maxconn global" },
  --- Sets the limit of new connections a second of every process: `set rate-limit connections global`
  -- (9.3, "set rate-limit connections"; level admin).
  -- @function HAProxy:setratelimitconn
  -- @tparam integer n connections a second, 0 for no limit, at least 0, for each process
  -- @treturn boolean true
  -- @raise `ValueError`, `CommandFailed` (`permission`, `bad_argument`),
  -- `MultipleCommandResults`, `HAProxySocketError`
  setratelimitconn = { arguments = 1, call = setter "set rate-limit connections global" },
  --- Sets the limit of new sessions a second of every process: `set rate-limit sessions global`
  -- (9.3, "set rate-limit sessions"; level admin).
  -- @function HAProxy:setratelimitsess
  -- @tparam integer n sessions a second, 0 for no limit, at least 0, for each process
  -- @treturn boolean true
  -- @raise `ValueError`, `CommandFailed` (`permission`, `bad_argument`),
  -- `MultipleCommandResults`, `HAProxySocketError`
  setratelimitsess = { arguments = 1, call = setter "set rate-limit sessions global" },
  --- Sets the limit of new SSL sessions a second of every process: `set rate-limit ssl-sessions global`
  -- (9.3, "set rate-limit ssl-sessions"; level admin).
  -- @function HAProxy:setratelimitsslsess
  -- @tparam integer n sessions a second, 0 for no limit, at least 0, for each process
  -- @treturn boolean true
  -- @raise `ValueError`, `CommandFailed` (`permission`, `bad_argument`),
  -- `MultipleCommandResults`, `HAProxySocketError`
  setratelimitsslsess = { arguments = 1, call = setter "set rate-limit ssl-sessions global" },
  --- Clears the maxima of the statistics, or with `all` every counter:
  -- `clear counters`, `clear counters all` (9.3; level operator, with `all` admin).
  -- @function HAProxy:clearcounters
  -- @tparam[opt=false] boolean all
  -- @treturn boolean true
  -- @raise `ValueError`, `CommandFailed` (`permission`), `MultipleCommandResults`,
  -- `HAProxySocketError`
  clearcounters = { arguments = 1, call = clearcounters },
  --- Sends a command as it is to every process. What HAProxy answers is not judged,
  -- and it is never sent again once it may have run. `show cli level` goes behind it: where
  -- that is answered, the answer before it is whole.
  -- @function HAProxy:command
  -- @tparam string text a line as HAProxy's prompt takes it. A `;` in it begins a
  -- second command: never put text of others into it unseen.
  -- @treturn {table,...} one a process: `{process_nb, {line, ...}}`
  -- @raise `ValueError` (no text), `HAProxySocketError` (`err.results` tells which
  -- processes answered)
  command = { arguments = 1, call = command },
  --- The last requests and responses that HAProxy found invalid: `show errors` (9.3,
  -- "show errors"; level operator).
  -- @function HAProxy:errors
  -- @tparam[opt] integer iid only those of this frontend or backend
  -- @treturn {table,...} one a process: `{process_nb, {line, ...}}`
  -- @raise `ValueError`, `CommandFailed` (`permission`), `MultipleCommandResults`,
  -- `HAProxySocketError`
  errors = { arguments = 1, call = show_errors },
  --- The last invalid request and the last invalid response of each proxy, in each process: `show errors` (9.3, "show
  -- errors"; level operator).
  -- @function HAProxy:captures
  -- @treturn {table,...} of each: `process_nb`, `kind` (`request` or `response`), `frontend`, `backend` and `server`
  -- (names; nil where there was none yet), `source` (the client), `date` (as HAProxy prints it), `event` (its number),
  -- `length` (in bytes), `position` (of the byte that is wrong, from 0), and `bytes`, as many as HAProxy kept
  -- @raise `CommandFailed` (`permission`), `MultipleCommandResults`, `HAProxySocketError`
  captures = { call = show_captures },
  --- The sessions of all processes: `show sess`, from 3.2 on with what is asked for
  -- (`show sess frontend`, `show sess backend`, `show sess server`; 9.3, "show sess"; level
  -- operator). Those of stats sockets, which have `GLOBAL` as their frontend, are listed only
  -- where that is asked for.
  -- @function HAProxy:sessions
  -- @tparam[opt] table options
  -- @tparam[opt] string options.frontend only those of this frontend
  -- @tparam[opt] string options.backend only those of this backend
  -- @tparam[opt] string options.server only those of this server: `backend/server`, or its name beside `backend`
  -- @tparam[opt] number options.older only those that are as many seconds old
  -- @treturn {Session,...} process after process, in HAProxy's order
  -- @raise `ValueError` (`not_found`: no process has that frontend, backend or server), `CommandFailed` (`permission`),
  -- `MultipleCommandResults`, `HAProxySocketError`
  sessions = { call = session.list, options = session_options },
  --- Ends sessions of all processes: `show sess`, and `shutdown session` for each that was found (9.3; level admin),
  -- in few exchanges. HAProxy uses the address of a session that ends in between for the next one, which is then ended
  -- instead;
  -- `Session:shutdown` looks before.
  -- @function HAProxy:shutdown_sessions
  -- @tparam table options as those of `HAProxy:sessions`, at least one; or `all = true` for every session but those of
  -- stats sockets
  -- @treturn table `{ended =, gone =}`: sequences of `Session` that were ended, and that had ended already
  -- @raise `ValueError` (`not_found`; no condition), `CommandFailed` (`permission`), `MultipleCommandResults`,
  -- `HAProxySocketError`; `err.outcomes`: of each session true or its own error
  shutdown_sessions = { call = session.shutdown_many, options = shutdown_options },
  --- The stick tables of all processes: `show table` (9.3, "show table").
  -- @function HAProxy:tables
  -- @treturn List of StickTable
  -- @raise `MultipleCommandResults`, `HAProxySocketError`
  tables = { call = stick_table.all },
  --- The stick table of this name. A table in a section of peers is called `peers/name`.
  -- @function HAProxy:table
  -- @tparam string name
  -- @treturn StickTable
  -- @raise `ValueError` (`not_found`), `MultipleCommandResults`, `HAProxySocketError`
  table = { arguments = 1, call = stick_table.one },
  --- What HAProxy's exporter shows beside the statistics, as families for the option `own` of
  -- `Snapshot:exposition`: stick tables (`show table` and `show peers`) or name servers (`show
  -- resolvers`; all 9.3). Of all processes together counters are sums, a table's size is the largest,
  -- and so is the number of entries of a table that peers share. A sum falls where a process is replaced;
  -- what name servers counted does not with `totals`: see @{Totals}.
  -- @function HAProxy:other_families
  -- @tparam string scope `sticktable` or `resolver`
  -- @tparam[opt] table options `process`: the number of one process, or `"*"`: each, told apart by a label
  -- `process`; `partial = true`: a process that fails is left out, as long as one answers; `timeout`: seconds
  -- for each command, which is then tried once only; `totals`: @{Totals} that have taken a snapshot of these
  -- processes: they take what name servers count, too, and of all processes together it is what they say. A
  -- process that has been replaced since that snapshot adds nothing before the next one
  -- @treturn {table,...} `{name =, type =, help =, samples =}`
  -- @raise `ValueError`, `MultipleCommandResults`, `HAProxySocketError`
  other_families = {
    arguments = 1,
    call = other_families.of,
    options = { process = "any", partial = "boolean", timeout = "number", totals = "userdata" },
  },
  --- Reads all processes once, side by side: `show info;show stat` (9.1 to 9.3).
  -- @function HAProxy:snapshot
  -- @tparam[opt] table options `partial = true`: a process that fails is told in
  -- `snapshot.failed` and is no error, as long as one answers; `servers_state = true`:
  -- `show servers state` as well, for the properties of servers that need it and for
  -- `Snapshot:servers_state`; `timeout`: seconds for this reading, which is then tried once
  -- only, whatever the object's `timeout` and `retry` are
  -- @treturn Snapshot
  -- @raise `ValueError`, `HAProxySocketError`
  snapshot = {
    call = snapshot,
    options = { partial = "boolean", servers_state = "boolean", timeout = "number" },
  },
  --- Waits until something holds: takes a fresh snapshot every `interval` seconds and
  -- gives it to a function, until that returns a value that is neither nil nor false. A
  -- reading that fails, as one does while a process is reloaded, is no reason to give
  -- up before the time is over. It waits in the transport, so that where that lets others run
  -- (nginx, event loops) they do.
  -- @function HAProxy:wait_until
  -- @tparam function fn is called with a `Snapshot`. Behind nil or false it may return a
  -- text: what it saw, for the error. What it raises ends the waiting, and is raised
  -- @tparam[opt] table options `timeout` (30): seconds for all of it; `interval` (0.5):
  -- seconds between two readings
  -- @return what the function returned
  -- @raise `ValueError`; `WaitTimeout`: the time is over; its message says what was
  -- last seen, and its `cause` is the error of the last reading, if that failed
  wait_until = { arguments = 1, call = wait_until, options = wait.options },
  --- The state of the servers in every process: `show servers state` (9.3; level user).
  -- @function HAProxy:servers_state
  -- @tparam[opt] string backend only its servers
  -- @treturn Rows
  -- @raise `ValueError` (`not_found`: no process has the backend), `HAProxySocketError`
  servers_state = { arguments = 1, call = servers_rows "show servers state" },
  --- The connections to the servers in every process: `show servers conn` (9.3; level
  -- user): in use, needed, idle.
  -- @function HAProxy:servers_connections
  -- @tparam[opt] string backend only its servers
  -- @treturn Rows
  -- @raise `ValueError` (`not_found`: no process has the backend), `HAProxySocketError`
  servers_connections = { arguments = 1, call = servers_rows "show servers conn" },
  --- Takes a snapshot every `interval` seconds and tells what is different from the one
  -- before: for daemons. Ends when one of the functions returns false, or the object is closed.
  -- It waits in the transport, so that where that lets others run they do. Of all snapshots the
  -- last one is kept, and of a process that does not answer the last one that it is in.
  -- What a function raises ends it, and is raised.
  -- @function HAProxy:watch
  -- @tparam table options at least one of the first three functions, or `keep_state`:
  --
  -- `on_reload(process, snapshot)`: a process is another one than before, by its pid and start
  -- time. `process` has `process_nb`, `address`, `pid`, `start` (seconds since the epoch; nil
  -- where HAProxy does not say it), `version`, and `before` with the last three as they were;
  --
  -- `on_change(change, snapshot)`: an object is different. `change` has `kind` (`frontend`,
  -- `backend`, `server`), `name`, `backend` (of a server), `object` (of this snapshot; of
  -- one that is gone, of the last one that had it), and `changes`, a sequence of `{process_nb =,
  -- field =, from =, to =}`. The fields are `present` (it came, true, or is gone, false),
  -- `status`, `slim` of frontends and servers, and `weight` and `addr` of servers;
  --
  -- `on_snapshot(snapshot)`: behind each reading, the first one too;
  --
  -- `on_error(err)`: a process did not answer, at each reading anew; the others are
  -- compared. Without this function the error is raised;
  --
  -- `keep_state` (false): what was set at run time since the watching began, by whomever, is
  -- set again in a process that a reload has started, as `HAProxy:apply` does it: limits,
  -- frontends and servers, each setting that is otherwise than in the beginning of its
  -- generation, so that what the new configuration says anew holds where nobody had set it. Each
  -- process is kept for itself. It is done at the first reading behind the reload;
  --
  -- `maps`, `acls`: with `keep_state`, the entries of these lists, too: `true` for all that have a
  -- file, or a sequence of files. All of their entries are read at each reading. Keys whose
  -- entries were added, changed or deleted get them again; the others are the new file's;
  --
  -- `create` (false): with `keep_state`, servers that were added are added again, as `HAProxy:apply`
  -- does it; otherwise they are told in `plan.skipped`;
  --
  -- `on_restore(plan)`: that was done; `plan.skipped` tells what the new configuration has no more,
  -- `plan.maps` and `plan.acls` what was done to entries;
  --
  -- `interval` (1; with `keep_state` 0.5): seconds between two readings
  -- @treturn boolean true
  -- @raise `ValueError`; without `on_error` also `HAProxySocketError`
  watch = { call = watch_it, options = watch.options },
  --- Sends many commands in few exchanges: they are joined with `;` into lines
  -- that fit HAProxy's buffer, one line to every process at a time, each under
  -- a deadline of its own. Every command is judged by itself, per process.
  -- @function HAProxy:batch
  -- @tparam function fn is called with a `Batch`; what it asks for is sent when
  -- it returns, nothing when it raises
  -- @tparam[opt] table options `rollback = true`: what is about to be changed is read
  -- before (`show stat`, `show servers state`, `show map`, `show acl`), and where a command fails,
  -- every value that was changed, or may have been, is set again to what it was in that process. So
  -- are the entries of the keys that it was on; what somebody else has changed meanwhile is
  -- left as it is. An entry that was deleted is added again behind the others.
  -- Sessions that were shut down, and entries of maps and ACLs, are not taken back
  -- @treturn boolean true when every process took every command
  -- @raise `ValueError` (nothing was sent); else the class and code of the first
  -- command that failed, with `err.outcomes`: for each command in order true
  -- or its own error, and, with `rollback`, `err.rollback`. A process that stops
  -- answering gets no further commands.
  batch = { arguments = 1, call = run_batch, options = { rollback = "boolean" } },
  --- What `HAProxy:batch` would send. Sends nothing, and asks nobody.
  -- @function HAProxy:plan
  -- @tparam function fn as `HAProxy:batch` takes it
  -- @treturn Plan
  -- @raise `ValueError`, `CommandFailed` (`unsupported`), as `HAProxy:batch` before it
  -- sends anything
  plan = { arguments = 1, call = plan },
  --- What the methods that a function calls would send: each of their commands that changes something is
  -- written down, and counts as done; what they read is read. So it is found out before, too, what HAProxy would not
  -- do for its version, and what is not there.
  --
  --    local plan = hap:rehearse(function()
  --      return hap:certificate("site.pem"):update(pem)
  --    end)
  --    print(plan)
  --
  -- It is for calls of the coroutine that begins it, on any object of this HAProxy object. A method that waits for
  -- what it changed does not see it come; `HAProxy:apply` has a dry run of its own. Payloads are left out, and the
  -- version of a map that is yet to be prepared is `@<ver>`. A raw command, which may change anything, is written
  -- down, and has no lines for an answer. A file that the option `save` names is looked at, and not replaced.
  -- @function HAProxy:rehearse
  -- @tparam function fn fails by raising, or by returning nil and an error; both is this method's error then
  -- @treturn Plan
  -- @raise that of the function; `ValueError` (`in_use`: a rehearsal goes on already)
  rehearse = { arguments = 1, call = rehearse },
  --- Looks at the folder of `socket_dir` again: a HAProxy that is behind a socket that is
  -- new, or was passed over, joins, with a process number of its own; one whose socket's
  -- file is gone leaves. Frontends, backends and servers that were got before take part
  -- in it. The same look, without leaving, is taken by the call that follows one in
  -- which nobody listened at a socket. Without `socket_dir` it does nothing.
  -- @function HAProxy:rescan
  -- @tparam[opt] table options `keep = true`: whose socket's file is gone stays, and is told as one that does not
  -- answer; `timeout`: seconds that a socket has to answer in, instead of the object's
  -- @treturn integer how many processes joined
  -- @raise `ValueError` (the folder cannot be read), `SocketPermissionError` (a socket of
  -- it may not be opened), `HAProxySocketError`
  rescan = { call = rescan, options = { keep = "boolean", timeout = "number" } },
  --- Lets go of what the object holds. Its methods and properties then raise, and
  -- so do those of the frontends, backends and servers that read through it;
  -- a second call does nothing.
  -- @function HAProxy:close
  -- @treturn boolean true
  close = { call = close },
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
    --- The sockets of `socket_dir` that the object does without, a sequence of `{address,
    -- err}`: what another program answers, or nobody, and (`exists`) what is another
    -- socket of a process that is there already. Asks nobody.
    -- @field HAProxy.passed_over
    passed_over = passed_over,
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
    requests = all_requests,
    --- The PIDs of the processes (`show info`, "Pid"), in the processes' order. Raises `HAProxySocketError`.
    -- @field HAProxy.processids
    processids = processids,
  },
}
meta.__close = function(self)
  close(self, class.context(self))
end

return construct.new
