-- Watching: snapshots one after the other, and what is different between two of them.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local discover = require "haproxyadmin.runtime.discover"
local errors = require "haproxyadmin.errors"
local keep_lists = require "haproxyadmin.objects.keep_lists"
local keep_state = require "haproxyadmin.objects.keep_state"
local metrics = require "haproxyadmin.base.metrics"
local take_snapshot = require "haproxyadmin.objects.snapshot"
local wait = require "haproxyadmin.runtime.wait"

local watch = {}

watch.options = {
  interval = "number",
  on_reload = "function",
  on_change = "function",
  on_snapshot = "function",
  on_error = "function",
  keep_state = "boolean",
  maps = "any",
  acls = "any",
  create = "boolean",
  on_restore = "function",
}

-- Seconds, where nothing else was asked for; the second where a state is kept, which shall be set
-- again within a second of a reload.
local INTERVAL, INTERVAL_KEEPING = 1, 0.5

local kinds = { "frontend", "backend", "server" }

-- What is compared of each kind of object: settings and states, not counters.
local fields = {
  frontend = { "status", "slim" },
  backend = { "status" },
  server = { "status", "weight", "addr", "slim" },
}

-- ---- processes ----

-- Who each process is that answered, by number.
local function identities(context, snapshot)
  local found, by_slot = {}, {}
  for _, process in ipairs(context.processes) do
    by_slot[process.slot] = process
  end
  local place = 1
  local text, slot = core.info_text(snapshot, place)
  while text do
    local process, info = by_slot[slot], core.info(text)
    if process then
      found[process.nb] = {
        process_nb = process.nb,
        address = process.address,
        pid = info.Pid,
        start = info.Start_time_sec,
        version = info.Version,
      }
    end
    place = place + 1
    text, slot = core.info_text(snapshot, place)
  end
  return found
end

local function is_another(before, now)
  return before.pid ~= now.pid or before.start ~= now.start
end

-- ---- objects ----

-- The values of a column by process's number.
local function values_of(object, kind, column)
  local found = {}
  for _, entry in ipairs(core.values(object, metrics.number[kind][column])) do
    found[entry[1]] = entry[2]
  end
  return found
end

local function in_order(a, b)
  return a.process_nb < b.process_nb
end

-- What is different between an object (nil: none) then and now, in processes whose
-- numbers are in `only`.
local function differences(kind, before, now, only)
  local found = {}
  -- A status is what each has that has the object.
  local had = before and values_of(before, kind, "status") or {}
  local has = now and values_of(now, kind, "status") or {}
  for nb in pairs(only) do
    local from, to = had[nb] ~= nil, has[nb] ~= nil
    if from ~= to then
      found[#found + 1] = { process_nb = nb, field = "present", from = from, to = to }
    end
  end
  for place, column in ipairs(before and now and fields[kind] or {}) do
    local old, new = had, has
    if place > 1 then
      old, new = values_of(before, kind, column), values_of(now, kind, column)
    end
    for nb in pairs(only) do
      if old[nb] ~= new[nb] and had[nb] and has[nb] then
        found[#found + 1] = { process_nb = nb, field = column, from = old[nb], to = new[nb] }
      end
    end
  end
  table.sort(found, in_order)
  return found
end

local function add(changes, kind, object, found)
  if #found > 0 then
    changes[#changes + 1] = {
      object = object,
      kind = kind,
      name = core.name(object),
      backend = kind == "server" and core.proxy(object) or nil,
      changes = found,
    }
  end
end

local function find(context, kind, object, snapshot)
  return core.find(snapshot, kind, context, false, core.proxy(object), core.name(object))
end

-- The objects that are different in `now`, in processes whose numbers are in `only`.
local function compare(context, before, now, only, changes)
  for _, kind in ipairs(kinds) do
    for _, object in ipairs(core.objects(now, kind, context, false)) do
      add(changes, kind, object, differences(kind, find(context, kind, object, before), object, only))
    end
    for _, object in ipairs(core.objects(before, kind, context, false)) do
      if not find(context, kind, object, now) then
        add(changes, kind, object, differences(kind, object, nil, only))
      end
    end
  end
end

-- Each process is compared with the last snapshot that it is in, so that what changed while
-- it did not answer is told, too. Those are one, nearly always.
local function changes_of(context, last, now, present)
  local only_of, changes = {}, {}
  for nb in pairs(present) do
    local before = last[nb]
    if before then
      only_of[before] = only_of[before] or {}
      only_of[before][nb] = true
    end
  end
  for before, only in pairs(only_of) do
    compare(context, before, now, only, changes)
  end
  return changes
end

-- ---- the loop ----

-- Calls a function of the caller's, if there is one; true where that ends the loop.
local function tell(fn, ...)
  return fn ~= nil and fn(...) == false
end

-- Tells of those that did not answer. True where the loop ends; or nil and an error, where
-- nobody wants to be told.
local function tell_errors(options, list)
  for _, err in ipairs(list) do
    if not options.on_error then
      return nil, err
    elseif tell(options.on_error, err) then
      return true
    end
  end
  return false
end

local function tell_reloads(self, options, now, snapshot)
  for _, process in ipairs(self.context.processes) do
    local before, after = self.who[process.nb], now[process.nb]
    if before and after and is_another(before, after) then
      local reload = { before = { pid = before.pid, start = before.start, version = before.version } }
      for key, value in pairs(after) do
        reload[key] = value
      end
      if tell(options.on_reload, reload, snapshot) then
        return true
      end
    end
  end
  return false
end

-- The processes that answered, and the numbers of those that are others than before.
local function reloaded(self, now)
  local processes, numbers = {}, {}
  for _, process in ipairs(self.context.processes) do
    local before, after = self.who[process.nb], now[process.nb]
    if after then
      processes[#processes + 1] = process
    end
    if before and after and is_another(before, after) then
      numbers[process.nb] = true
    end
  end
  return processes, numbers
end

-- Sets again what a reload has lost, or takes note of what is set. True where the loop ends;
-- or nil and an error.
local function keep(self, options, now)
  local plan, err = self.keeper:go_on(reloaded(self, now))
  if plan and tell(options.on_restore, plan) then
    return true
  end
  return tell_errors(options, { err })
end

local function tell_changes(options, changes, snapshot)
  for _, change in ipairs(changes) do
    if tell(options.on_change, change, snapshot) then
      return true
    end
  end
  return false
end

-- Takes note of what is the last one now; of a process that left nothing is kept.
local function remember(self, now, snapshot)
  local who, last = {}, {}
  for _, process in ipairs(self.context.processes) do
    local nb = process.nb
    who[nb] = now[nb] or self.who[nb]
    last[nb] = now[nb] and snapshot or self.last[nb]
  end
  self.who, self.last = who, last
end

-- One reading, and what is to be told of it. True where the loop ends, nil and an error
-- where it fails.
local function round(self, options)
  local context = self.context
  if context.missed then
    discover.look_again(context)
  end
  local snapshot, err
  if not context.closed then
    snapshot, err = take_snapshot(context, true)
  end
  if context.closed then
    return true
  elseif not snapshot then
    return tell_errors(options, { err })
  end
  local failed = {}
  for i, entry in ipairs(snapshot.failed) do
    failed[i] = entry[2]
  end
  local over
  over, err = tell_errors(options, failed)
  if over ~= false then
    return over, err
  end
  local now = identities(context, snapshot)
  if self.keeper then
    over, err = keep(self, options, now)
    if over ~= false then
      return over, err
    end
  end
  local changes = options.on_change and changes_of(context, self.last, snapshot, now) or {}
  local before = { context = context, who = self.who }
  remember(self, now, snapshot)
  return tell_reloads(before, options, now, snapshot)
    or tell_changes(options, changes, snapshot)
    or tell(options.on_snapshot, snapshot)
end

-- The lists that are kept; or nil and an error.
local function check_keeping(options)
  for _, name in ipairs { "maps", "acls", "create" } do
    if options[name] and not options.keep_state then
      return check.fail(name, "nothing, where there is no 'keep_state'", options[name])
    end
  end
  return keep_lists.chosen(options)
end

--- Watches; the options are those of HAProxy:watch, `hap` its object.
function watch.run(hap, context, options)
  local usual = options.keep_state and INTERVAL_KEEPING or INTERVAL
  local limits, err = wait.begin(context, { interval = options.interval or usual })
  local chosen
  if limits then
    chosen, err = check_keeping(options)
  end
  if not chosen then
    return nil, err
  elseif not (options.on_reload or options.on_change or options.on_snapshot or options.keep_state) then
    local message = "nothing to do: one of 'on_reload', 'on_change', 'on_snapshot' and 'keep_state' expected"
    return nil, errors.new("ValueError", "bad_argument", message)
  end
  -- By process's number: who it was, and the last snapshot that it is in.
  local self = { context = context, who = {}, last = {} }
  self.keeper = options.keep_state and keep_state.new(hap, context, chosen, options.create) or nil
  while true do
    local over
    over, err = round(self, options)
    if over or over == nil then
      return over, err
    end
    if not context.closed then
      context.transport:sleep(limits.interval)
    end
  end
end

return watch
