--- Totals: what all processes have counted, over one snapshot after the other.
--
-- A sum over the processes of one snapshot falls when one of them restarts, and comes back
-- with all that the others ever counted for whoever looks at rates. Totals keep a number for
-- each counter of each object, and add to it what every process has counted since the
-- snapshot before: it never falls, whatever is restarted, reloaded, cleared or away.
--
--    local totals = haproxyadmin.totals()
--    local snapshot = hap:snapshot { partial = true }
--    totals:take(snapshot)
--    print(totals:metric(snapshot:backend "app", "stot"))
--
-- With two processes or more the numbers begin at 0 with the first snapshot. With one they
-- are HAProxy's own, which begin anew with it. A process is known again by its pid and the
-- time of its start. Of seconds of downtime, which all processes count alike, the mean of
-- what they grew is added. An object that no process has had for an hour is forgotten, and so is a
-- process that was away for so long; what was forgotten and comes back begins anew.
--
-- What name servers count is asked for by a command of its own, so that totals take it where
-- they are given to that, after a snapshot: `hap:other_families("resolver", { totals = totals })`.
--
-- No method asks HAProxy anything. On Lua 5.4 `local totals <close>` lets go of them.
-- @classmod haproxyadmin.Totals

local behind = require "haproxyadmin.base.behind"
local check = require "haproxyadmin.base.check"
local class = require "haproxyadmin.objects.class"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local handle = require "haproxyadmin.objects.handle"

local classes = {
  [core.metatable "haproxyadmin.Backend"] = "backend",
  [core.metatable "haproxyadmin.Frontend"] = "frontend",
  [core.metatable "haproxyadmin.HAProxy"] = "process",
  [core.metatable "haproxyadmin.Server"] = "server",
  [core.metatable "haproxyadmin.Snapshot"] = "process",
}

local function class_of(value)
  return type(value) == "userdata" and classes[getmetatable(value)] or nil
end

local function is_snapshot(value)
  return type(value) == "userdata" and getmetatable(value) == core.metatable "haproxyadmin.Snapshot"
end

local reasons = {
  bad_argument = "is closed",
  too_big = "is of more processes than can be counted",
}

-- How many processes of the folder were not there when it was looked at?
local function count_passed_over(context)
  local count = 0
  for _, entry in ipairs(context.passed_over) do
    count = count + (behind.is_missed(entry[2]) and 1 or 0)
  end
  return count
end

local function take(self, _, _, snapshot)
  if not is_snapshot(snapshot) then
    return check.fail("snapshot", "a Snapshot", snapshot)
  end
  local failed, err = snapshot:get "failed"
  if not failed then
    return nil, err
  end
  local missing = #failed + count_passed_over(class.context(snapshot))
  local ok, code = core.totals_take(self, snapshot, missing, snapshot.time)
  if not ok then
    return nil, errors.new("ValueError", code, "the snapshot " .. reasons[code])
  end
  return true
end

-- What the rows of an object begin with.
local function key_of(kind, object)
  local names = { frontend = "FRONTEND", backend = "BACKEND" }
  if kind ~= "process" then
    return core.proxy(object) .. "," .. (names[kind] or core.name(object)) .. ","
  end
end

local function metric(self, _, _, object, name)
  local kind = class_of(object)
  if not kind then
    return check.fail("object", "a Frontend, Backend, Server, Snapshot or HAProxy", object)
  end
  local number, err = handle.metric_number(kind, name)
  if not number then
    return nil, err
  elseif not core.is_counter(number) then
    return check.fail("name", "the name of a counter", name)
  end
  return core.totals_value(self, number, key_of(kind, object), kind ~= "process" and kind or nil)
end

local function restarts(self, _, _, nb)
  local ok, err = check.integer("nb", nb, 0)
  if not ok then
    return nil, err
  end
  return core.totals_changes(self, nb)
end

class.complete {
  name = "Totals",
  methods = class.methods({}, {
    --- Adds what all processes have counted since the snapshot before. The processes that a
    -- partial snapshot is without add nothing, until they are back: what they counted
    -- meanwhile is added then.
    -- @function Totals:take
    -- @tparam Snapshot snapshot of all frontends, backends and servers
    -- @treturn boolean true
    -- @raise `ValueError` (no snapshot, or one that was closed)
    take = { arguments = 1, call = take },

    --- What was counted of an object: its counter's total.
    -- @function Totals:metric
    -- @tparam Frontend|Backend|Server|Snapshot|HAProxy object of the last two the counters of
    -- the processes themselves
    -- @tparam string name a counter's: `stot`, `bin`, `CumReq` ([Metrics](../../doc/metrics.md))
    -- @treturn integer|nil nil when no process has told it so far; in seconds for `downtime`
    -- @raise `ValueError` (no object, or a metric that does not count)
    metric = { arguments = 2, call = metric },

    --- How often another process stood in the place of the one with this number: restarts,
    -- reloads and crashes.
    -- @function Totals:restarts
    -- @tparam integer nb `Process.process_nb`
    -- @treturn integer 0 for one that is not known
    -- @raise `ValueError`
    restarts = { arguments = 1, call = restarts },

    --- All of it as bytes, to go on from with `haproxyadmin.totals(bytes)`: in a file, or in
    -- memory that several programs share. Later versions of this module read them, too.
    -- @function Totals:dump
    -- @treturn string
    dump = { call = core.totals_dump },

    --- Reads a property without raising. It has none.
    -- @function Totals:get
    -- @tparam string property
    -- @return nil and the error
  }),
  properties = {},
}

local words = {
  foreign = "bytes that Totals:dump returned expected; got something else",
  truncated = "the bytes of Totals:dump were damaged",
  too_big = "the bytes of Totals:dump tell of more processes than can be counted",
}

local options_known = { die = "boolean" }

-- What haproxyadmin.totals is.
return function(dump, options)
  local context = { die = true }
  local err, made, code
  if dump ~= nil and type(dump) ~= "string" then
    made, err = check.fail("dump", "bytes that Totals:dump returned", dump)
  elseif options ~= nil and type(options) ~= "table" then
    made, err = check.fail("options", "a table", options)
  elseif options then
    context.die = options.die ~= false
    made, err = check.options(options, options_known)
  end
  if not err then
    made, code = core.totals(context, dump)
    err = not made and errors.new("ValueError", code, words[code]) or nil
  end
  if err and context.die then
    error(err, 0)
  end
  return err == nil and made or nil, err
end
