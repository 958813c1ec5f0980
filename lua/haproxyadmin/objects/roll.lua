-- Rolling: the servers of a backend, one group after the other: out, a function, in again.

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
}

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

-- In each process, by number: how many of the servers get new sessions, without those of
-- the group and backup servers, which get some only when all others are gone.
local function count_up(servers, group)
  local up, out = {}, {}
  for _, server in ipairs(group) do
    out[core.name(server)] = true
  end
  for _, server in ipairs(servers) do
    for _, row in ipairs(members.rows(server)) do
      up[row.nb] = up[row.nb] or 0
      local counts = not out[core.name(server)] and row.backup ~= 1 and row.weight ~= 0
      if counts and status.takes_sessions(row.status) then
        up[row.nb] = up[row.nb] + 1
      end
    end
  end
  return up
end

-- Are enough up in each process? And what was seen, as a text.
local function are_enough(self, servers, group)
  local up, words, results, enough = count_up(servers, group), {}, {}, true
  for _, process in ipairs(self.context.processes) do
    local count = up[process.nb]
    if count and not process.old then
      enough = enough and count >= self.min_up
      words[#words + 1] = ("process %s: %d"):format(record.number(process.nb, process.name), count)
      results[#results + 1] = { process.nb, count }
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

local function tell(self, server, step)
  if self.progress then
    self.progress {
      server = core.name(server),
      step = step,
      done = #self.report.done,
      total = self.total,
    }
  end
end

local function set_state(self, servers, state)
  return members.command(self.context, servers, "set server state", { state = state })
end

-- Out of the balance, without sessions, and in maintenance.
local function take_out(self, group)
  local ok, err = wait_for_others(self, group)
  if not ok then
    return nil, err
  end
  self.stage = "draining"
  for _, server in ipairs(group) do
    tell(self, server, "drain")
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

-- Runs the function. It fails by raising, and by returning false, or nil and an error.
local function run_one(self, server)
  tell(self, server, "run")
  local result, err = self.fn(server)
  if result == false or (result == nil and err ~= nil) then
    if err == nil then
      err = errors.new("HAProxyBaseError", "failed", "the function returned false")
    end
    return nil, err
  end
  return true
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
local function bring_back(self, servers)
  for _, server in ipairs(servers) do
    tell(self, server, "back")
  end
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
  return ok, err
end

local function message_of(err)
  return errors.is_error(err) and err.message or tostring(err)
end

-- Leaves servers in a state that is known, and says in which.
local function settle(self, servers, state, words, err)
  for _, server in ipairs(servers) do
    local ok, failure = members.command(self.context, { server }, "set server state", { state = state })
    local told = ok and words or ("not %s: %s"):format(words, failure.message)
    table.insert(self.report.failed, { name = core.name(server), state = told, err = err })
    tell(self, server, "failed")
  end
end

-- What a call that was protected returned: true, or nil and what went wrong.
local function outcome(ok, result, err)
  if not ok then
    return nil, result
  end
  return result, err
end

local function without(servers, one)
  local rest = {}
  for _, server in ipairs(servers) do
    if server ~= one then
      rest[#rest + 1] = server
    end
  end
  return rest
end

-- Which of the servers are up, by name; none where that cannot be told.
local function find_up(self, servers)
  local up = {}
  local found = members.read(self.context, servers, self.context.timeout)
  for _, server in ipairs(found or {}) do
    local all = true
    for _, row in ipairs(members.rows(server)) do
      all = all and (row.old or status.is_up(row.status))
    end
    up[core.name(server)] = all
  end
  return up
end

-- Brings those back that nothing is wrong with. `ran`: for which of them, by name, the
-- function ran. One that does not come back is left in maintenance.
local function finish(self, servers, ran)
  if #servers == 0 then
    return true
  end
  local ok, err = outcome(protected(bring_back, self, servers))
  local up = not ok and find_up(self, servers)
  for _, server in ipairs(servers) do
    local name = core.name(server)
    if not ok and not up[name] then
      settle(self, { server }, "maint", "in maintenance", err)
    elseif ran[name] then
      table.insert(self.report.done, name)
      tell(self, server, "done")
    else
      table.insert(self.report.left, name)
    end
  end
  return ok, err
end

-- One group from beginning to end; true, or nil and the error.
local function roll_group(self, group)
  self.stage = "waiting"
  local ok, err = outcome(protected(take_out, self, group))
  if not ok then
    -- Nothing was done to them: they are as they were.
    if self.stage == "waiting" then
      for _, server in ipairs(group) do
        table.insert(self.report.failed, { name = core.name(server), state = "as it was", err = err })
      end
    else
      settle(self, group, "ready", "ready again", err)
    end
    return nil, err
  end
  local back, ran = group, {}
  local first
  for _, server in ipairs(group) do
    ok, err = outcome(protected(run_one, self, server))
    ran[core.name(server)] = ok
    if not ok then
      first = first or err
      back = without(back, server)
      settle(self, { server }, "maint", "in maintenance", err)
      if self.on_error == "stop" then
        break
      end
    end
  end
  ok, err = finish(self, back, ran)
  if first ~= nil or not ok then
    return nil, first ~= nil and first or err
  end
  return true
end

-- ---- all of them ----

-- The servers of the next group: those that are in service in every process. Others are
-- left as they are.
local function next_group(self, waiting)
  local group = {}
  while #group < self.size and #waiting > 0 do
    local server = table.remove(waiting, 1)
    local ok, err = reading.renew(self.context, server)
    if not ok then
      group[#group + 1] = server
      return nil, err, group
    end
    local why
    for _, row in ipairs(members.rows(server)) do
      if not row.old and not status.takes_sessions(row.status) then
        why = why or ("%s in process %s"):format(row.status, row.shown)
      end
    end
    if why then
      table.insert(self.report.passed_over, { name = core.name(server), why = why })
      tell(self, server, "passed over")
    else
      group[#group + 1] = server
    end
  end
  return group
end

local function listed(names)
  return #names > 0 and table.concat(names, ", ") or "none"
end

local function failure(self, backend, err)
  local report, words = self.report, {}
  for i, entry in ipairs(report.failed) do
    words[i] = ("%s is %s"):format(entry.name, entry.state)
  end
  local message = ("rolling backend %s failed: %s; %s; done: %s; not begun: %s"):format(
    core.name(backend),
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
    for _, server in ipairs(missed or {}) do
      table.insert(self.report.left, core.name(server))
    end
    if group and #group > 0 then
      ok, err = roll_group(self, group)
    end
    if not ok then
      first = first ~= nil and first or err
      if self.on_error == "stop" or not group then
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

-- With so many out at once there must be enough others.
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

--- Rolls a backend; the arguments are those of Backend:roll.
function roll.run(backend, context, options, fn)
  local ok, err = check.type("fn", fn, "function")
  if ok then
    ok, err = check_options(options)
  end
  local min_up
  if ok then
    min_up, err = check.integer("min_up", options.min_up or 1, 0)
  end
  -- What has the wrong form is told before anybody is asked.
  local size
  if min_up then
    size, err = size_of(options.at_once, 1)
  end
  if not size then
    return nil, err
  end
  local all, chosen = servers_of(backend, context, options)
  if not all then
    return nil, chosen
  end
  size = size_of(options.at_once, #chosen)
  ok, err = check_min_up(min_up, all, chosen, size)
  if not ok then
    return nil, err
  end
  local self = {
    context = context,
    fn = fn,
    size = size,
    min_up = min_up,
    total = #chosen,
    drain = options.drain or {},
    wait_up = options.wait_up or {},
    on_error = options.on_error or "stop",
    progress = options.progress,
    report = { done = {}, passed_over = {}, failed = {}, left = {} },
    stage = nil,
  }
  ok, err = roll_all(self, chosen)
  for _, server in ipairs(chosen) do
    table.insert(self.report.left, core.name(server))
  end
  if not ok then
    return failure(self, backend, err)
  end
  return self.report
end

return roll
