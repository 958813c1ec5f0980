--- What HAProxy tells of itself, as records: the methods of HAProxy that need no object
-- of their own. Each asks every process; a record's `process_nb` says whose it is. The
-- fields have HAProxy's names, and are numbers where HAProxy prints numbers; what a version does
-- not print is nil.
-- @classmod haproxyadmin.HAProxy

local check = require "haproxyadmin.base.check"
local errors = require "haproxyadmin.errors"
local events = require "haproxyadmin.objects.events"
local handle = require "haproxyadmin.objects.handle"
local marked = require "haproxyadmin.runtime.marked"
local parse = require "haproxyadmin.replies.facts"
local peers = require "haproxyadmin.replies.peers"
local resolvers = require "haproxyadmin.replies.resolvers"
local run = require "haproxyadmin.runtime.run"
local traces = require "haproxyadmin.objects.trace"

-- The records of all processes, in their order; or nil and an error.
local function records(context, name, args, records_of)
  local requests, err = run.read(context, name, args)
  if not requests then
    return nil, err
  end
  local found = {}
  for _, request in ipairs(requests) do
    for _, record in ipairs(records_of(marked.lines(request))) do
      record.process_nb = request.process.nb
      found[#found + 1] = record
    end
  end
  return found
end

-- A method without arguments.
local function all(name, records_of)
  return function(_, context)
    return records(context, name, {}, records_of)
  end
end

-- A method that takes a name, or none for all.
local function named(name, argument, records_of)
  return function(_, context, _, value)
    if value ~= nil then
      local ok, err = check.text(argument, value)
      if not ok then
        return nil, err
      end
    end
    return records(context, name, { [argument] = value }, records_of)
  end
end

-- ---- name servers: counters that are summed ----

local function summed(list)
  local found, by_name = {}, {}
  for _, own in ipairs(list) do
    local name = #own.section .. ":" .. own.section .. own.nameserver
    local total = by_name[name]
    if not total then
      total = { section = own.section, nameserver = own.nameserver, processes = {} }
      by_name[name] = total
      found[#found + 1] = total
    end
    table.insert(total.processes, own)
    for field, value in pairs(own) do
      if type(value) == "number" and field ~= "process_nb" then
        total[field] = (total[field] or 0) + value
      end
    end
  end
  return found
end

local read_resolvers = named("show resolvers", "section", resolvers.of)

local function all_resolvers(self, context, options, section)
  local list, err = read_resolvers(self, context, options, section)
  return list and summed(list), err
end

-- ---- variables ----

-- A variable of the process. Another scope has no value outside of a session.
local function check_variable(name)
  if type(name) ~= "string" or not name:find "^proc%.[%w_.]+$" then
    return check.fail("name", "'proc.' and letters, digits, '_' or '.'", name)
  end
  return name
end

local function get_var(_, context, _, name)
  local ok, err = check_variable(name)
  if not ok then
    return nil, err
  end
  local requests
  requests, err = run.read(context, "get var", { variable = name })
  if not requests then
    return nil, err
  end
  local values, differ = {}, false
  for i, request in ipairs(requests) do
    local _, value = parse.variable(request.answer)
    values[i] = { request.process.nb, value }
    differ = differ or value ~= values[1][2]
  end
  if differ then
    return handle.disagreement(values, "variable " .. check.quote(name))
  elseif #values == 0 then
    return nil, errors.new("ValueError", "not_found", "no process is there that could be asked")
  end
  return values[1][2]
end

-- The percent sign begins what a log format puts in.
local function set_var(_, context, options, name, value)
  local ok, err = check_variable(name)
  if not ok then
    return nil, err
  elseif type(value) == "number" then
    local number
    number, err = check.integer("value", value, -check.LARGEST, check.LARGEST)
    if not number then
      return nil, err
    end
    local expression = ("int(%d)"):format(number)
    return run.command(context, options, "set var expr", { variable = name, expression = expression })
  end
  ok, err = check.text("value", value)
  if not ok then
    return nil, err
  end
  return run.command(context, options, "set var fmt", { variable = name, format = (value:gsub("%%", "%%%%")) })
end

-- ---- profiling ----

local PROFILES = { tasks = { on = true, auto = true, off = true }, memory = { on = true, off = true } }

local function set_profiling(_, context, options, what, state)
  local states = PROFILES[what]
  if not states then
    return check.fail("what", "'tasks' or 'memory'", what)
  elseif not states[state] then
    return check.fail("state", what == "tasks" and "'on', 'auto' or 'off'" or "'on' or 'off'", state)
  end
  return run.command(context, options, "set profiling " .. what, { state = state })
end

return {
  --- What each process does, and each of its threads: `show activity` (management guide
  -- 9.3; level user, from 2.8 on operator).
  -- @function HAProxy:activity
  -- @treturn {table,...} one a process: counter = number over all threads, and
  -- `threads`: counter = sequence of numbers, one a thread
  -- @raise `CommandFailed` (`permission`), `HAProxySocketError`
  activity = { call = all("show activity", parse.activity) },
  --- The memory pools: `show pools` (9.3).
  -- @function HAProxy:pools
  -- @treturn {table,...} one a pool and process: `name`; `size` in bytes, `alignment`
  -- (3.4 and later); `allocated` and `used` objects, `allocated_bytes`, `in_thread_caches`
  -- (2.6 and later), `needed_avg`, `failures`, `users`; `shared`: true or false
  -- @raise `HAProxySocketError`
  pools = { call = all("show pools", parse.pools) },
  --- The threads: `show threads` (9.3). On 3.0.0 it would end the process
  -- (`unsupported`).
  -- @function HAProxy:threads
  -- @treturn {table,...} one a thread and process: `thread`, its number; what the first two
  -- lines name (`id`, `act`, `rq`, `stuck`, ...); `lines`: the other lines, as they are
  -- @raise `CommandFailed` (`unsupported`), `HAProxySocketError`
  threads = { call = all("show threads", parse.threads) },
  --- The program and the libraries in memory: `show libs` (9.3; level operator; HAProxy 2.6
  -- and later).
  -- @function HAProxy:libraries
  -- @treturn {table,...} one a file and process: `path`, `from` and `to` (`"0x..."`), `size`
  -- in bytes
  -- @raise `CommandFailed` (`permission`, `unsupported`), `HAProxySocketError`
  libraries = { call = all("show libs", parse.libraries) },
  --- The variables of the processes' environment: `show env` (9.3; level operator). They
  -- may hold secrets.
  -- @function HAProxy:environment
  -- @tparam[opt] string name only this one
  -- @treturn {table,...} one a process: `variables`, name = value
  -- @raise `ValueError`, `CommandFailed` (`permission`; `not_found`: there is none of this name),
  -- `MultipleCommandResults`, `HAProxySocketError`
  environment = { arguments = 1, call = named("show env", "variable", parse.environment) },
  --- What each process said when it started: `show startup-logs` (9.3; level operator).
  -- @function HAProxy:startup_logs
  -- @treturn {table,...} one a process: `lines`, a sequence
  -- @raise `CommandFailed` (`permission`), `HAProxySocketError`
  startup_logs = { call = all("show startup-logs", parse.startup_logs) },
  --- The stats sockets of the configuration: `show cli sockets` (9.3).
  -- @function HAProxy:cli_sockets
  -- @treturn {table,...} one a socket and process: `socket`, its address as HAProxy writes it
  -- (`unix@/path`, `ipv4@127.0.0.1:9999`), `level`, `processes` (`all`, or a set of numbers
  -- where `nbproc` is)
  -- @raise `HAProxySocketError`
  cli_sockets = { call = all("show cli sockets", parse.sockets) },
  --- Is the use of the processor, or of memory, recorded? `show profiling status` (9.3;
  -- level admin).
  -- @function HAProxy:profiling
  -- @treturn {table,...} one a process: `tasks` (`"on"`, `"off"`, `"auto-on"`,
  -- `"auto-off"`, or on 2.2 `"auto"`) and `memory` (`"on"` or `"off"`; 2.4 and later)
  -- @raise `CommandFailed` (`permission`), `HAProxySocketError`
  profiling = { call = all("show profiling", parse.profiling) },
  --- Switches that: `set profiling tasks`, `set profiling memory` (9.3; level admin;
  -- `memory` is in HAProxy 2.4 and later, where it was built with it).
  -- @function HAProxy:setprofiling
  -- @tparam string what `tasks` or `memory`
  -- @tparam string state `on` or `off`; of tasks also `auto`
  -- @treturn boolean true
  -- @raise `ValueError`, `CommandFailed` (`permission`, `unsupported`), `MultipleCommandResults`,
  -- `HAProxySocketError`
  setprofiling = { arguments = 2, call = set_profiling },
  --- The name servers of the resolvers' sections, with their counters: `show resolvers`
  -- (9.3).
  -- @function HAProxy:resolvers
  -- @tparam[opt] string section only this section
  -- @treturn {table,...} one a name server: `section`, `nameserver`, and sums over all processes:
  -- `sent`, `snd_error`, `valid`, `update`, `cname`, `cname_error`, `any_err`, `nx`, `timeout`,
  -- `refused`, `other`, `invalid`, `too_big`, `truncated`, `outdated`; `processes`: the same
  -- of each process
  -- @raise `ValueError`, `CommandFailed` (`not_found`), `MultipleCommandResults`,
  -- `HAProxySocketError`
  resolvers = { arguments = 1, call = all_resolvers },
  --- The peers' sections: `show peers` (9.3).
  -- @function HAProxy:peers
  -- @tparam[opt] string section only this section
  -- @treturn {table,...} one a section and process: `id`, and what HAProxy prints of it; `peers`,
  -- a sequence: `id`, `kind` (`"local"` or `"remote"`), `active`, `addr`, `last_status`,
  -- `reconnect` and others in seconds (nil: never, or over), and `tables`, a sequence of what is
  -- shared: `id`, `local_id`, `remote_id`, `last_acked`, `last_pushed`, ...
  -- @raise `ValueError`, `CommandFailed` (`not_found`), `MultipleCommandResults`,
  -- `HAProxySocketError`
  peers = { arguments = 1, call = named("show peers", "section", peers.of) },
  --- The value of a variable of the processes: `get var` (9.3; level operator; HAProxy 2.4
  -- and later).
  -- @function HAProxy:get_var
  -- @tparam string name `proc.` and a name
  -- @return its value, on which the processes must agree: a number, a boolean or a string
  -- @raise `ValueError`, `CommandFailed` (`permission`, `unsupported`; `not_found`: no process has it),
  -- `InconsistentData`, `MultipleCommandResults`, `HAProxySocketError`
  get_var = { arguments = 1, call = get_var },
  --- Sets such a variable: `set var` (9.3; level admin; HAProxy 2.5 and later), which is
  -- in HAProxy's experimental mode: it is turned on for this command, and from then on
  -- `show info` says so (`Tainted`). A master's socket cannot do that (`unsupported`).
  -- @function HAProxy:set_var
  -- @tparam string name `proc.` and a name
  -- @tparam string|integer value
  -- @treturn boolean true
  -- @raise `ValueError`, `CommandFailed` (`permission`, `unsupported`), `MultipleCommandResults`,
  -- `HAProxySocketError`
  set_var = { arguments = 2, call = set_var },
  --- The lines of a ring: what there is now, or with `follow` also what comes: `show events
  -- <ring>`, `show events <ring> -w` (9.3; level operator; HAProxy 2.2 and later).
  -- @function HAProxy:events
  -- @tparam string ring its name, as in the configuration (`ring`) or of HAProxy's own (`buf0`)
  -- @tparam[opt] table options `follow = true`
  -- @treturn Events
  -- @raise `ValueError`, `CommandFailed` (`permission`, `unsupported`; `not_found`, which while it
  -- follows the first event tells), `HAProxySocketError`
  events = { arguments = 1, call = events.of, options = { follow = "boolean" } },
  --- The places that events are written to: `show events` (9.3).
  -- @function HAProxy:rings
  -- @treturn List of tables, one a ring and process: `name`, `type` (`"fd"` or `"buffer"`),
  -- `dropped`, the number of events that found no room, `description`, `process_nb`
  -- @raise `CommandFailed` (`unsupported`), `HAProxySocketError`
  rings = { call = events.rings },
  --- What can be traced: `show trace` (9.3; HAProxy 2.2 and later).
  -- @function HAProxy:traces
  -- @treturn List of Trace, found by name
  -- @raise `CommandFailed` (`unsupported`), `HAProxySocketError`
  traces = { call = traces.all },
  --- Stops all traces of all processes: `trace 0` (9.3; level operator).
  -- @function HAProxy:stop_traces
  -- @treturn boolean true
  -- @raise `CommandFailed` (`permission`, `unsupported`), `MultipleCommandResults`,
  -- `HAProxySocketError`
  stop_traces = { call = traces.stop },
}
