-- Rolling: servers, one group after the other: out, a function, in again.
--
-- A *unit* is {name =, servers =}: what goes out and in together, and is one thing to the function. Of a
-- backend's roll each server is one; else the servers of one name in several backends may be. `out`: it is in
-- maintenance already, as a roll before has left it.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local drain = require "haproxyadmin.objects.drain"
local errors = require "haproxyadmin.errors"
local members = require "haproxyadmin.objects.members"
local protected = require "haproxyadmin.base.protected"
local reading = require "haproxyadmin.runtime.reading"
local record = require "haproxyadmin.runtime.process"
local status = require "haproxyadmin.replies.status"
local wait = require "haproxyadmin.runtime.wait"
local wait_up = require "haproxyadmin.objects.wait_up"

local roll = {}

roll.options = {
  at_once = "any",
  min_up = "number",
  drain = "table",
  wait_up = "table",
  on_error = "string",
  progress = "function",
  servers = "table",
  filter = "function",
  max_failures = "number",
  on_up = "function",
  taken_out = "table",
}

roll.options_of_many = { group = "string" }
for name, kind in pairs(roll.options) do
  if name ~= "servers" and name ~= "filter" then
    roll.options_of_many[name] = kind
  end
end

-- ---- what is wanted ----

local function check_options(options)
  local ok, err = check.options(options.drain or {}, drain.options)
  if ok then
    ok, err = drain.check(options.drain or {})
  end
  if ok then
    ok, err = check.options(options.wait_up or {}, wait.options)
  end
  if ok and options.on_error and options.on_error ~= "stop" and options.on_error ~= "continue" then
    return check.fail("on_error", "'stop' or 'continue'", options.on_error)
  elseif ok and options.max_failures ~= nil then
    ok, err = check.integer("max_failures", options.max_failures, 0)
  end
  if not ok then
    return nil, err
  end
  return true
end

-- How many servers are out at once, of so many.
local function size_of(at_once, count)
  if at_once == nil then
    return 1
  end
  local percent = type(at_once) == "string" and tonumber((at_once:match "^(%d+)%%$"))
  if percent and percent >= 1 and percent <= 100 then
    return math.max(math.floor(count * percent / 100), 1)
  end
  local value = check.integer("at_once", at_once, 1)
  if not value then
    return check.fail("at_once", "integer >= 1 or a string 'N%', N from 1 to 100", at_once)
  end
  return value
end

-- The servers that are asked for, of all.
local function choose(all, options)
  local wanted
  if options.servers then
    wanted = {}
    for i, each in ipairs(options.servers) do
      local name = core.kind(each) == "server" and core.name(each) or each
      local found = false
      for _, server in ipairs(all) do
        found = found or core.name(server) == name
      end
      if not found then
        return check.fail(("servers[%d]"):format(i), "the name of a server of the backend", each, "not_found")
      end
      wanted[name] = true
    end
  end
  local chosen = {}
  for _, server in ipairs(all) do
    if (not wanted or wanted[core.name(server)]) and (not options.filter or options.filter(server)) then
      chosen[#chosen + 1] = server
    end
  end
  return chosen
end

local function is_backup(server)
  for _, row in ipairs(members.rows(server)) do
    if row.backup == 1 then
      return true
    end
  end
  return false
end

-- ---- how many are up ----

-- The servers of units, one after the other.
local function servers_in(units)
  local servers = {}
  for _, unit in ipairs(units) do
    for _, server in ipairs(unit.servers) do
      servers[#servers + 1] = server
    end
  end
  return servers
end

local function key_of(server)
  return core.proxy(server) .. "/" .. core.name(server)
end

-- By backend, in each process by number: how many of the servers get new sessions, without
-- those of the group and backup servers, which get some only when all others are gone.
local function count_up(servers, group)
  local up, out, backends = {}, {}, {}
  for _, server in ipairs(group) do
    out[key_of(server)] = true
  end
  for _, server in ipairs(servers) do
    local backend = core.proxy(server)
    if not up[backend] then
      up[backend], backends[#backends + 1] = {}, backend
    end
    local own = up[backend]
    for _, row in ipairs(members.rows(server)) do
      own[row.nb] = own[row.nb] or 0
      local counts = not out[key_of(server)] and row.backup ~= 1 and row.weight ~= 0
      if counts and status.takes_sessions(row.status) then
        own[row.nb] = own[row.nb] + 1
      end
    end
  end
  return up, backends
end

-- Are enough up in each process? And what was seen, as a text.
local function are_enough(self, servers, group)
  local words, results, enough = {}, {}, true
  local up, backends = count_up(servers, group)
  for _, backend in ipairs(backends) do
    local where = #backends > 1 and backend .. " in " or ""
    for _, process in ipairs(self.context.processes) do
      local count = up[backend][process.nb]
      if count and not process.old then
        enough = enough and count >= self.min_up
        words[#words + 1] = ("%sprocess %s: %d"):format(where, record.number(process.nb, process.name), count)
        results[#results + 1] = { process.nb, count }
      end
    end
  end
  return enough, table.concat(words, ", "), results
end

-- Waits until so many others are up that the group may go out.
local function wait_for_others(self, group)
  local limits, err = wait.begin(self.context, self.wait_up)
  if not limits then
    return nil, err
  end
  local what = ("%d servers beside %s to be up in each process"):format(self.min_up, members.describe(group))
  return wait.until_holds(self.context, limits, what, function(seconds)
    -- All of the backend; or the error, where they cannot be read.
    local found, all = members.read(self.context, group, seconds, true)
    if not found then
      return nil, all
    end
    return are_enough(self, all, group)
  end)
end

-- While the group is drained others may go down: then it is needed.
local function guard(self, group)
  return function(all)
    local enough, words, results = are_enough(self, all, group)
    if enough then
      return true
    end
    local message = ("fewer than %d servers beside %s are up (%s)"):format(
      self.min_up,
      members.describe(group),
      words
    )
    return nil, errors.new("InconsistentData", "inconsistent", message, { results = results })
  end
end

-- ---- one group ----

local function tell(self, unit, step)
  if self.progress then
    self.progress {
      server = unit.name,
      step = step,
      done = #self.report.done,
      total = self.total,
    }
  end
end

local function tell_each(self, units, step)
  for _, unit in ipairs(units) do
    tell(self, unit, step)
  end
end

local function set_state(self, servers, state)
  return members.command(self.context, servers, "set server state", { state = state })
end

-- Those that are not in maintenance already.
local function in_service(units)
  local found = {}
  for _, unit in ipairs(units) do
    found[#found + 1] = not unit.out and unit or nil
  end
  return found
end

-- Out of the balance, without sessions, and in maintenance.
local function take_out(self, units)
  local ok, err = wait_for_others(self, servers_in(units))
  if not ok then
    return nil, err
  end
  self.stage = "draining"
  tell_each(self, units, "drain")
  local group = servers_in(in_service(units))
  if #group == 0 then
    return true
  end
  ok, err = drain.run(self.context, group, self.drain, guard(self, group))
  if ok then
    ok, err = set_state(self, group, "maint")
  end
  -- Clients that persist got to them until now.
  if ok and self.drain.on_timeout ~= "keep" then
    ok, err = drain.run(self.context, group, self.drain)
  end
  return ok, err
end

-- Runs a function of a unit. It fails by raising, and by returning false, or nil and an error.
local function call_one(fn, unit)
  local result, err = fn(unit.servers[1], unit.servers)
  if result == false or (result == nil and err ~= nil) then
    if err == nil then
      err = errors.new("HAProxyBaseError", "failed", "the function returned false")
    end
    return nil, err
  end
  return true
end

local function run_one(self, unit)
  tell(self, unit, "run")
  return call_one(self.fn, unit)
end

-- HAProxy calls a server that has left maintenance "DRAIN 1/3" until a check has passed;
-- not so where one failed check brings it down. There it is said to be down, so that its
-- checks have to bring it up.
local function mistrust(self, servers)
  local found, err = members.read(self.context, servers, self.context.timeout)
  if not found then
    return nil, err
  end
  for _, server in ipairs(found) do
    local only, any = {}, false
    for _, row in ipairs(members.rows(server)) do
      if row.fall == 1 then
        only[row.nb], any = true, true
      end
    end
    local ok
    if any then
      ok, err = members.command(self.context, { server }, "set server health", { value = "down" }, only)
      if not ok then
        return nil, err
      end
    end
  end
  return true
end

-- In again. In state drain its checks go on, and it gets nothing new until one passed.
local function bring_back(self, units)
  local servers = servers_in(units)
  tell_each(self, units, "back")
  local ok, err = set_state(self, servers, "drain")
  if ok then
    ok, err = mistrust(self, servers)
  end
  if ok then
    ok, err = wait_up.run(self.context, servers, self.wait_up, status.is_drained, "checked")
  end
  if ok then
    ok, err = set_state(self, servers, "ready")
  end
  if ok then
    ok, err = wait_up.run(self.context, servers, self.wait_up)
  end
  for i = 1, ok and self.on_up and #units or 0 do
    ok, err = call_one(self.on_up, units[i])
    if not ok then
      break
    end
  end
  return ok, err
end

local function message_of(err)
  return errors.is_error(err) and err.message or tostring(err)
end

local OUT = "in maintenance"

-- Leaves units in a state that is known, and says in which.
local function settle(self, units, state, words, err)
  for _, unit in ipairs(units) do
    local ok, failure = set_state(self, unit.servers, state)
    local told = ok and words or ("not %s: %s"):format(words, failure.message)
    table.insert(self.report.failed, { name = unit.name, state = told, err = err })
    tell(self, unit, "failed")
  end
end

-- What a call that was protected returned: true, or nil and what went wrong.
local function outcome(ok, result, err)
  if not ok then
    return nil, result
  end
  return result, err
end

local function is_among(units, one)
  for _, unit in ipairs(units) do
    if unit == one then
      return true
    end
  end
  return false
end

local function without(units, one)
  local rest = {}
  for _, unit in ipairs(units) do
    if unit ~= one then
      rest[#rest + 1] = unit
    end
  end
  return rest
end

-- Is a unit up, in every process? No, where that cannot be told.
local function is_up(self, unit)
  local found = members.read(self.context, unit.servers, self.context.timeout)
  for _, server in ipairs(found or {}) do
    for _, row in ipairs(members.rows(server)) do
      if not row.old and not status.is_up(row.status) then
        return false
      end
    end
  end
  return found ~= nil
end

-- Brings those back that nothing is wrong with. `ran`: for which of them the function ran. One
-- that does not come back is left in maintenance.
local function finish(self, units, ran)
  if #units == 0 then
    return true
  end
  local ok, err = outcome(protected.call(bring_back, self, units))
  for _, unit in ipairs(units) do
    if not ok and not is_up(self, unit) then
      settle(self, { unit }, "maint", OUT, err)
    elseif ran[unit] then
      table.insert(self.report.done, unit.name)
      tell(self, unit, "done")
    else
      table.insert(self.report.left, unit.name)
    end
  end
  return ok, err
end

-- One group from beginning to end; true, or nil and the error.
local function roll_group(self, units)
  self.stage = "waiting"
  local ok, err = outcome(protected.call(take_out, self, units))
  if not ok then
    -- Nothing was done to them: they are as they were.
    for _, unit in ipairs(self.stage == "waiting" and units or {}) do
      table.insert(self.report.failed, { name = unit.name, state = unit.out and OUT or "as it was", err = err })
    end
    for _, unit in ipairs(self.stage ~= "waiting" and units or {}) do
      settle(self, { unit }, unit.out and "maint" or "ready", unit.out and OUT or "ready again", err)
    end
    return nil, err
  end
  local back, ran = units, {}
  local first
  for _, unit in ipairs(units) do
    ok, err = outcome(protected.call(run_one, self, unit))
    ran[unit] = ok
    if not ok then
      first = first or err
      back = without(back, unit)
      settle(self, { unit }, "maint", OUT, err)
      if #self.report.failed > self.max_failures then
        break
      end
    end
  end
  -- Nothing was done to these, so that they do not come back either.
  for _, unit in ipairs(units) do
    if unit.out and ran[unit] == nil and first ~= nil and is_among(back, unit) then
      back = without(back, unit)
      settle(self, { unit }, "maint", OUT, first)
    end
  end
  ok, err = finish(self, back, ran)
  if first ~= nil or not ok then
    return nil, first ~= nil and first or err
  end
  return true
end

-- ---- all of them ----

-- Why a unit is passed over: it is not in service everywhere; nil and an error where that cannot be
-- told.
local function obstacle(self, unit)
  local why = false
  for _, server in ipairs(unit.servers) do
    local ok, err = reading.renew(self.context, server)
    if not ok then
      return nil, err
    end
    local where = #unit.servers > 1 and " in backend " .. core.proxy(server) or ""
    for _, row in ipairs(members.rows(server)) do
      if not row.old and not status.takes_sessions(row.status) then
        why = why or ("%s in process %s%s"):format(row.status, row.shown, where)
      end
    end
  end
  return why
end

-- Was a unit taken out before, and is it still in maintenance in every process?
local function was_taken_out(self, unit)
  for _, server in ipairs(self.taken_out[unit.name] and unit.servers or {}) do
    for _, row in ipairs(members.rows(server)) do
      if not row.old and not status.is_in_maintenance(row.status) then
        return false
      end
    end
  end
  return self.taken_out[unit.name] == true
end

-- The units of the next group: those that are in service in every process, or were taken out
-- before. Others are left as they are.
local function next_group(self, waiting)
  local group = {}
  while #group < self.size and #waiting > 0 do
    local unit = table.remove(waiting, 1)
    local why, err = obstacle(self, unit)
    if why == nil then
      group[#group + 1] = unit
      return nil, err, group
    elseif why and was_taken_out(self, unit) then
      unit.out = true
      group[#group + 1] = unit
    elseif why then
      table.insert(self.report.passed_over, { name = unit.name, why = why })
      tell(self, unit, "passed over")
    else
      group[#group + 1] = unit
    end
  end
  return group
end

local function listed(names)
  return #names > 0 and table.concat(names, ", ") or "none"
end

local function failure(self, err)
  local report, words = self.report, {}
  for i, entry in ipairs(report.failed) do
    words[i] = ("%s is %s"):format(entry.name, entry.state)
  end
  local message = ("rolling %s failed: %s; %s; done: %s; not begun: %s"):format(
    self.what,
    check.excerpt(message_of(err)),
    #words > 0 and table.concat(words, ", ") or "no server was changed",
    listed(report.done),
    listed(report.left)
  )
  local code = errors.is_error(err) and err.code or "failed"
  return nil, errors.new("RollFailed", code, message, { cause = err, report = report })
end

-- Group after group; true, or nil and the first error.
local function roll_all(self, waiting)
  local first
  while #waiting > 0 do
    local group, err, missed = next_group(self, waiting)
    local ok = group
    for _, unit in ipairs(missed or {}) do
      table.insert(self.report.left, unit.name)
    end
    if group and #group > 0 then
      ok, err = roll_group(self, group)
    end
    if not ok then
      first = first ~= nil and first or err
      -- One that is up again may have failed, too.
      self.failures = math.max(self.failures + 1, #self.report.failed)
      if self.failures > self.max_failures or not group then
        break
      end
    end
  end
  if first ~= nil then
    return nil, first
  end
  return true
end

-- The servers of the backend, and those of them that are to be rolled.
local function servers_of(backend, context, options)
  local snapshot, err = reading.proxy(context, "backend", core.name(backend), true)
  if not snapshot then
    return nil, err
  end
  local found = core.find(snapshot, "backend", context, true, core.name(backend))
  if not found then
    return reading.gone(backend)
  end
  local all = core.siblings(found)
  local chosen
  chosen, err = choose(all, options)
  if not chosen then
    return nil, err
  end
  return all, chosen
end

-- With so many out at once there must be enough others; all are of one backend.
local function check_min_up(min_up, all, chosen, size)
  local others, out = 0, 0
  for _, server in ipairs(all) do
    others = others + (is_backup(server) and 0 or 1)
  end
  for _, server in ipairs(chosen) do
    out = out + (is_backup(server) and 0 or 1)
  end
  local most = others - math.min(out, size)
  if min_up > most then
    local message = "argument 'min_up': integer up to %d expected (%d servers without backups, %d out at once), got %d"
    return nil, errors.new("ValueError", "bad_argument", message:format(most, others, math.min(out, size), min_up))
  end
  return true
end

-- The numbers among the options: how many others are up, and how many are out at once, of
-- so many.
local function numbers_of(options, count)
  local min_up, err = check.integer("min_up", options.min_up or 1, 0)
  local size
  if min_up then
    size, err = size_of(options.at_once, count)
  end
  return size and min_up, size or err
end

-- What has the wrong form is told before anybody is asked.
local function check_all(fn, options)
  local ok, err = check.type("fn", fn, "function")
  if ok then
    ok, err = check_options(options)
  end
  for i, name in ipairs(ok and options.taken_out or {}) do
    if type(name) ~= "string" then
      return check.fail(("taken_out[%d]"):format(i), "name of a server", name)
    end
  end
  if ok and options.on_up ~= nil then
    ok, err = check.type("on_up", options.on_up, "function")
  end
  if ok then
    ok, err = numbers_of(options, 1)
  end
  return ok, err
end

-- How many may fail before a roll ends.
local function most_failures(options)
  if options.max_failures then
    return options.max_failures
  end
  return options.on_error == "continue" and math.huge or 0
end

-- Rolls units; `what` is what an error calls them.
local function roll_units(context, options, fn, units, what)
  local min_up, size = numbers_of(options, #units)
  local self = {
    what = what,
    context = context,
    fn = fn,
    on_up = options.on_up,
    size = size,
    min_up = min_up,
    total = #units,
    drain = options.drain or {},
    wait_up = options.wait_up or {},
    max_failures = most_failures(options),
    failures = 0,
    taken_out = {},
    progress = options.progress,
    report = { done = {}, passed_over = {}, failed = {}, left = {} },
    stage = nil,
  }
  for _, name in ipairs(options.taken_out or {}) do
    self.taken_out[name] = true
  end
  local ok, err = roll_all(self, units)
  for _, unit in ipairs(units) do
    table.insert(self.report.left, unit.name)
  end
  if not ok then
    return failure(self, err)
  end
  return self.report
end

--- Rolls a backend; the arguments are those of Backend:roll.
function roll.run(backend, context, options, fn)
  local ok, err = check_all(fn, options)
  if not ok then
    return nil, err
  end
  local all, chosen = servers_of(backend, context, options)
  if not all then
    return nil, chosen
  end
  local min_up, size = numbers_of(options, #chosen)
  ok, err = check_min_up(min_up, all, chosen, size)
  if not ok then
    return nil, err
  end
  local units = {}
  for i, server in ipairs(chosen) do
    units[i] = { name = core.name(server), servers = { server } }
  end
  return roll_units(context, options, fn, units, "backend " .. core.name(backend))
end

-- The servers as units: each by itself, or those of one name together.
local function units_of(servers, group)
  local units, by_name = {}, {}
  for _, server in ipairs(servers) do
    local name = group and core.name(server) or key_of(server)
    local unit = by_name[name]
    if not unit then
      unit = { name = name, servers = {} }
      by_name[name], units[#units + 1] = unit, unit
    end
    table.insert(unit.servers, server)
  end
  return units
end

-- The same for each backend that servers are of.
local function check_each_min_up(context, servers, min_up, size)
  local found, all = members.read(context, servers, context.timeout, true)
  if not found then
    return nil, all
  end
  local of_backend, chosen, backends = {}, {}, {}
  for _, server in ipairs(all) do
    local backend = core.proxy(server)
    if not of_backend[backend] then
      of_backend[backend], chosen[backend], backends[#backends + 1] = {}, {}, backend
    end
    table.insert(of_backend[backend], server)
  end
  for _, server in ipairs(servers) do
    table.insert(chosen[core.proxy(server)], server)
  end
  for _, backend in ipairs(backends) do
    local ok, err = check_min_up(min_up, of_backend[backend], chosen[backend], size)
    if not ok then
      err.message = ("backend %s: %s"):format(backend, err.message)
      return nil, err
    end
  end
  return true
end

--- Rolls servers of any backends, at least one; the arguments are those of HAProxy:roll, and were not checked.
function roll.many(context, options, servers, fn)
  local ok, err = check_all(fn, options)
  if ok and options.group ~= nil and options.group ~= "server" then
    return check.fail("group", "'server'", options.group)
  end
  if not ok then
    return nil, err
  end
  local units = units_of(servers, options.group == "server")
  local min_up, size = numbers_of(options, #units)
  ok, err = check_each_min_up(context, servers, min_up, size)
  if not ok then
    return nil, err
  end
  return roll_units(context, options, fn, units, #units == 1 and "a server" or ("%d servers"):format(#units))
end

return roll
