--- A Snapshot: what all processes answered at one time. Its objects read from
-- it and do not ask HAProxy again (`object:refresh()` takes a new reading of
-- that object); their commands go to HAProxy.
--
-- Its methods take the arguments and options of HAProxy's and raise the same
-- `ValueError`s; none of them asks HAProxy. On Lua 5.4 `local snapshot <close>`
-- lets go of it: its methods and properties then raise; its objects go on.
-- @classmod haproxyadmin.Snapshot

local behind = require "haproxyadmin.base.behind"
local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.objects.class"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local exposition = require "haproxyadmin.objects.exposition"
local metrics = require "haproxyadmin.base.metrics"
local handle = require "haproxyadmin.objects.handle"
local new_rows = require "haproxyadmin.objects.rows"
local queries = require "haproxyadmin.objects.queries"
local reading = require "haproxyadmin.runtime.reading"
local rows = require "haproxyadmin.runtime.rows"

-- When each snapshot was taken, of whom, and whom it is without.
local taken = setmetatable({}, { __mode = "k" })

-- The snapshot itself, or nil and an error where it was closed.
local function open(self)
  if core.is_closed(self) then
    return nil, errors.new("ValueError", "bad_argument", "the snapshot was closed")
  end
  return self
end

local function of_taking(key)
  return function(self)
    local ok, err = open(self)
    if not ok then
      return nil, err
    end
    return taken[self][key]
  end
end

local function sum(self, _, _, kind, name)
  local ok, err = open(self)
  if not ok then
    return nil, err
  end
  if not metrics.number[kind] or kind == "process" then
    return check.fail("kind", "'frontend', 'backend' or 'server'", kind)
  end
  local number
  number, err = handle.metric_number(kind, name)
  if not number then
    return nil, err
  end
  return core.sum(self, kind, number)
end

local methods = queries.methods(open, false)

--- As `HAProxy:frontends`, from the snapshot.
-- @function Snapshot:frontends
-- @tparam[opt] string name
-- @treturn List of Frontend

--- As `HAProxy:frontend`, from the snapshot.
-- @function Snapshot:frontend
-- @tparam string name
-- @treturn Frontend

--- As `HAProxy:backends`, from the snapshot.
-- @function Snapshot:backends
-- @tparam[opt] string name
-- @treturn List of Backend

--- As `HAProxy:backend`, from the snapshot.
-- @function Snapshot:backend
-- @tparam string name
-- @treturn Backend

--- As `HAProxy:servers`, from the snapshot.
-- @function Snapshot:servers
-- @tparam[opt] string backend
-- @treturn List of Server

--- As `HAProxy:server`, from the snapshot.
-- @function Snapshot:server
-- @tparam string name
-- @tparam[opt] string backend
-- @treturn List of Server

--- As `HAProxy:metric`, from the snapshot.
-- @function Snapshot:metric
-- @tparam string name
-- @tparam[opt] table options
-- @treturn number|string

--- As `HAProxy:info`, from the snapshot. Those of the processes that answered.
-- @function Snapshot:info
-- @treturn {table,...}

--- As `HAProxy:processes`, from the snapshot. Those of the processes that answered.
-- @function Snapshot:processes
-- @treturn {Process,...}

--- Reads a property without raising.
-- @function Snapshot:get
-- @tparam string property
-- @return its value, or nil and the error

--- Sums a metric over all frontends, backends or servers and all processes,
-- without making an object of each.
-- @function Snapshot:sum
-- @tparam string kind `frontend`, `backend` or `server`
-- @tparam string name a metric of that kind
-- @treturn number 0 when none reports it
-- @raise `ValueError`
methods.sum = { arguments = 2, call = sum }

local function servers_state(self)
  local ok, err = open(self)
  if not ok then
    return nil, err
  elseif not taken[self].state then
    local message = "the snapshot was taken without the option servers_state"
    return nil, errors.new("ValueError", "bad_argument", message)
  end
  return taken[self].state
end

--- The state of all servers, as `HAProxy:servers_state` has it, of a snapshot that was
-- taken with `servers_state = true`.
-- @function Snapshot:servers_state
-- @treturn Rows
-- @raise `ValueError` (it was taken without)
methods.servers_state = { call = servers_state }

local function as_exposition(self, _, options)
  local ok, err = open(self)
  if not ok then
    return nil, err
  end
  return exposition.exposition(self, options, taken[self].members)
end

local function as_json(self, _, options)
  local ok, err = open(self)
  if not ok then
    return nil, err
  end
  return exposition.json(self, options)
end

local function as_csv(self, _, options)
  local ok, err = open(self)
  if not ok then
    return nil, err
  end
  return exposition.csv(self, options)
end

--- The snapshot as Prometheus reads it (text format 0.0.4), with the names, labels and types
-- of HAProxy's own exporter; [prometheus.md](../../doc/prometheus.md) says how processes
-- are made one. What came of no process, or is empty, is left out; nothing is ever NaN.
-- @function Snapshot:exposition
-- @tparam[opt] table options
--
-- * `scope`: `"global"`, `"frontend"`, `"listener"`, `"backend"`, `"server"`, several with commas
--   between or in a sequence, or `"*"`, which is the default. Listeners are in the statistics of
--   frontends with `option socket-stats`; stick tables and name servers come from
--   `HAProxy:other_families`
-- * `metrics`: names with commas between, or in a sequence: these alone; `-name` leaves one out
-- * `process`: the number of one process, or `"*"`: each, told apart by a label `process`
-- * `no_maint`: without servers that are in maintenance in all processes
-- * `extra_counters`: what HAProxy's modules (h1, h2, h3, quic, ssl) count, too; with a label `mod`
-- * `own`: a sequence of more families, `{ name =, type = "gauge" or "counter", help =, samples =
--   { { labels = { name = text }, value = number }, ... } }`
-- * `totals`: @{Totals} that have taken this snapshot: counters of all processes are what they say,
--   and mean times are weighted by the sessions since the snapshot that they took before
-- @treturn function an iterator of pieces, strings of some 64 KiB, which keeps what it needs of the
-- snapshot: `for piece in snapshot:exposition() do`
-- @raise `ValueError` (`bad_argument`; `not_found`: no such process)
methods.exposition = {
  call = as_exposition,
  options = {
    scope = "any",
    metrics = "any",
    process = "any",
    no_maint = "boolean",
    extra_counters = "boolean",
    own = "table",
    totals = "userdata",
  },
}

--- All objects of a kind as JSON, with HAProxy's names and units. Of several processes the values
-- are made one by the rules of [metrics.md](../../doc/metrics.md#the-rules); of `status` and checks
-- the worst is shown. Numbers are exact: 64 bits.
-- @function Snapshot:json
-- @tparam table options
--
-- * `kind`: `"process"`, `"frontend"`, `"listener"`, `"backend"` or `"server"`
-- * `form`: `"columns"`, the default, is `{"columns":[name,...],"rows":[[value,...],...]}` with null for
--   what is empty; `"records"` is `[{"name":value,...},...]` without what is empty
-- * `columns`: a sequence of names, all by default. Beside HAProxy's fields: `process`,
--   the number of the process that a row is of; `processes`, the numbers of those that have the object;
--   `differs`, the names of the fields on which these should agree and do not
-- * `process`, `totals`: as of `Snapshot:exposition`
-- @treturn function an iterator of pieces, as of `Snapshot:exposition`
-- @raise `ValueError` (`bad_argument`; `not_found`: no such process)
methods.json = {
  call = as_json,
  options = { kind = "string", form = "string", columns = "table", process = "any", totals = "userdata" },
}

--- The same as CSV: a line of names, and one for each object. Lists have blanks between their elements.
-- @function Snapshot:csv
-- @tparam table options `kind`, `columns`, `process` and `totals`, as of `Snapshot:json`
-- @treturn function an iterator of pieces, as of `Snapshot:exposition`
-- @raise `ValueError` (`bad_argument`; `not_found`: no such process)
methods.csv = {
  call = as_csv,
  options = { kind = "string", columns = "table", process = "any", totals = "userdata" },
}

class.complete {
  name = "Snapshot",
  methods = class.methods({}, methods),
  properties = {
    --- When it was taken, as `os.time()` tells it: seconds.
    -- @field Snapshot.time
    time = of_taking "time",
    --- The processes that a partial snapshot is without, a sequence of
    -- `{address, err, process_nb =}`; empty when all answered.
    -- @field Snapshot.failed
    failed = of_taking "failed",
  },
}

-- A partial snapshot of nothing says nothing.
local function nobody(requests, failed)
  local first = failed[1][2]
  return reading.tell(
    requests,
    1,
    errors.new(first.name, first.code, first.message, { socket_file = first.socket_file })
  )
end

-- A reading may ask for this, too.
local STATE, PLACE = "show servers state", 3

-- How a process, or a socket, is counted in haproxyadmin_processes.
local function state_of(err)
  return not err and "up" or behind.is_foreign(err) and "foreign" or "down"
end

-- The sockets of the folder that the object does without are no members, and have no number.
local function add_passed_over(members, context)
  for _, entry in ipairs(context.passed_over) do
    local err = entry[2]
    if behind.is_foreign(err) or behind.is_missed(err) then
      members[#members + 1] = { address = entry[1], state = state_of(err) }
    end
  end
end

-- Why a request brought no whole reading, or nil if it did.
local function trouble(request, with_state)
  local err = reading.error(request)
  if not err and with_state then
    err = rows.error(STATE, request, PLACE)
  end
  return err
end

-- The snapshot of requests that brought whole readings.
local function of_whole(context, requests, with_state)
  local state, err
  if with_state then
    state, err = rows.of(STATE, requests, PLACE)
    if not state then
      return nil, err
    end
  end
  local snapshot
  snapshot, err = reading.snapshot(context, requests)
  if not snapshot then
    return nil, err
  end
  if state then
    core.keep_state(snapshot, state)
    new_rows(state, STATE)
  end
  taken[snapshot] = { time = os.time(), failed = {}, state = state }
  return snapshot
end

-- Reads all processes. `partial`: a process that fails is told, not an error. `seconds`:
-- once only, and for no longer than that. `with_state`: `show servers state`, too.
return function(context, partial, seconds, with_state)
  local requests = reading.whole(context, with_state and STATE)
  reading.send(context, requests, seconds)
  local whole, failed, members = {}, {}, {}
  for i, request in ipairs(requests) do
    local err = trouble(request, with_state)
    if not request.process.old then
      members[#members + 1] = { nb = request.process.nb, address = request.process.address, state = state_of(err) }
    end
    if not err then
      whole[#whole + 1] = request
    elseif partial then
      failed[#failed + 1] = { request.process.address, err, process_nb = request.process.nb }
    else
      return reading.tell(requests, i, err)
    end
  end
  if #whole == 0 then
    return nobody(requests, failed)
  end
  local snapshot, err = of_whole(context, whole, with_state)
  if not snapshot then
    return nil, err
  end
  add_passed_over(members, context)
  taken[snapshot].failed, taken[snapshot].members = failed, members
  return snapshot
end
