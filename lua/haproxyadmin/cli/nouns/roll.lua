-- haproxyadmin roll SELECTOR... -- COMMAND...

local ask = require "haproxyadmin.cli.change.ask"
local changing = require "haproxyadmin.cli.change.changing"
local child = require "haproxyadmin.cli.change.child"
local column = require "haproxyadmin.cli.show.column"
local core = require "haproxyadmin.core"
local duration = require "haproxyadmin.cli.base.duration"
local errors = require "haproxyadmin.errors"
local failure = require "haproxyadmin.cli.base.failure"
local interrupt = require "haproxyadmin.cli.base.interrupt"
local resume = require "haproxyadmin.cli.change.resume"
local servers = require "haproxyadmin.cli.items.servers"
local similar = require "haproxyadmin.cli.base.similar"

-- Seconds between two looks.
local INTERVAL = 0.25

local function count(text)
  local number = text:match "^%d+$" and tonumber(text)
  if not number then
    return nil, "a number"
  end
  return number
end

local function batch_size(text)
  local percent = tonumber((text:match "^(%d+)%%$"))
  local number = text:match "^%d+$" and tonumber(text)
  if number and number > 0 then
    return number
  elseif percent and percent >= 1 and percent <= 100 then
    return text
  end
  return nil, "a number, or N%"
end

-- "10%,50%,100%" as percentages that grow up to 100.
local function steps(text)
  local list = {}
  for word in (text .. ","):gmatch "([^,]*)," do
    local percent = tonumber((word:match "^(%d+)%%?$"))
    if not percent or percent < 1 or percent > 100 or list[1] and percent <= list[#list] then
      return nil, "growing percentages such as 10%,50%,100%"
    end
    list[#list + 1] = percent
  end
  if list[#list] ~= 100 then
    list[#list + 1] = 100
  end
  return list
end

-- ---- what is rolled ----

local function name_of(call, server)
  return call.given.group and core.name(server) or servers.name(server)
end

-- What stands for a server in its command, and in the command's environment.
local function values_of(call, all)
  local server, backends = all[1], {}
  for i, each in ipairs(all) do
    backends[i] = core.proxy(each)
  end
  return {
    server = core.name(server),
    backend = call.given.group and table.concat(backends, ",") or core.proxy(server),
    address = server:get "address" or "",
    port = tostring(server:get "port" or ""),
  }
end

-- The servers that go out together, in order: {name =, servers =}.
local function units_of(call, chosen)
  local units, by_name = {}, {}
  for _, server in ipairs(chosen) do
    local name = name_of(call, server)
    if not by_name[name] then
      by_name[name] = { name = name, servers = {} }
      units[#units + 1] = by_name[name]
    end
    table.insert(by_name[name].servers, server)
  end
  for _, unit in ipairs(units) do
    unit.values = values_of(call, unit.servers)
    unit.words = child.words(call.given.rest, unit.values)
  end
  return units, by_name
end

local function check_command(call, units)
  local text = table.concat(call.given.rest, " ")
  for _, unit in ipairs(units) do
    if unit.values.address == "" and text:match "{address}" then
      failure.raise("failed", unit.name .. " has no address that could stand for {address}")
    end
  end
  for name in text:gmatch "{(%l*)}" do
    if name ~= "" and not units[1].values[name] then
      failure.raise("usage", ("{%s} stands for nothing: {server}, {backend}, {address}, {port}"):format(name))
    end
  end
end

local function show(call, units)
  local items = {}
  for i, unit in ipairs(units) do
    items[i] = { step = i, server = unit.name, address = unit.values.address, command = table.concat(unit.words, " ") }
  end
  call:items({
    column("step", "STEP", { right = true }),
    column("server", "SERVER"),
    column("address", "ADDRESS"),
    column("command", "COMMAND"),
  }, items, {
    name = function(item)
      return item.server
    end,
  })
  call:say(("dry run: %d %s; nothing was sent, and nothing was run"):format(#units, #units == 1 and "step" or "steps"))
  if call.given.exit_code and #units > 0 then
    return failure.status.would_change
  end
end

-- ---- weights that grow ----

-- Sets the share of the initial weight of servers, in every process.
local function set_share(hap, all, percent)
  return hap:batch(function(batch)
    for _, server in ipairs(all) do
      batch:setweight(server, percent .. "%")
    end
  end, { die = false })
end

local function pause(length)
  local deadline = core.now() + length
  while core.now() < deadline do
    core.sleep(math.min(INTERVAL, deadline - core.now()))
    interrupt.raise()
  end
end

local function grow(call, hap, all)
  for i, percent in ipairs(call.given.slow or {}) do
    if i > 1 then
      pause(call.given.slow_pause or 10)
      local ok, err = set_share(hap, all, percent)
      if not ok then
        return nil, err
      end
    end
  end
  return true
end

-- ---- rolling ----

local function seconds(since)
  return duration.write(core.now() - since)
end

-- What came of a command, as a text; nil where it failed, and why.
local function run_command(call, unit)
  local began = core.now()
  local status, signal = child.run(unit.words, unit.values)
  interrupt.raise()
  if status == nil then
    return nil, ("%s cannot be run: %s"):format(similar.quote(unit.words[1]), signal)
  elseif status ~= 0 or signal ~= 0 then
    local how = signal ~= 0 and "signal " .. signal or "exit status " .. status
    return nil, ("the command failed for %s (%s)"):format(unit.name, how)
  end
  call:say(("%s  command done in %s"):format(unit.name, seconds(began)))
  return true
end

local function roll(call, hap, chosen, by_name, total)
  local given, began, place = call.given, {}, {}
  local number = 0
  local drain = { interval = INTERVAL, timeout = given.drain_timeout or 300, on_timeout = given.on_timeout }
  return hap:roll(chosen, function(server)
    local unit = by_name[name_of(call, server)]
    call:say(("%s  drained in %s"):format(unit.name, seconds(began[unit.name])))
    if given.slow then
      local ok, err = set_share(hap, unit.servers, given.slow[1])
      if not ok then
        return nil, err
      end
    end
    local ok, words = run_command(call, unit)
    if not ok then
      return nil, errors.new("HAProxyBaseError", "failed", words)
    end
    began[unit.name] = core.now()
    return true
  end, {
    group = given.group,
    at_once = given.batch,
    min_up = given.force and 0 or given.min_up,
    max_failures = given.max_failures or 0,
    taken_out = given.taken_out,
    drain = drain,
    wait_up = { timeout = given.up_timeout or 120, interval = INTERVAL },
    on_up = function(server)
      local unit = by_name[name_of(call, server)]
      call:say(("%s  up after %s"):format(unit.name, seconds(began[unit.name])))
      local ok, err = grow(call, hap, unit.servers)
      if ok and given.pause and place[unit.name] < total then
        pause(given.pause)
      end
      return ok, err
    end,
    progress = function(now)
      if now.step == "drain" then
        number = number + 1
        began[now.server], place[now.server] = core.now(), number
      elseif now.step == "done" then
        call:tell(("%d/%d %s was rolled"):format(now.done, total, now.server))
      elseif now.step == "passed over" then
        number = number + 1
        call:warn(("%s was passed over: it is not in service everywhere"):format(now.server))
      end
    end,
    die = false,
  })
end

-- What is left when a roll stopped: in words, and in a file with which it goes on.
local function stopped(call, err)
  local report = err.report
  local first = errors.is_error(err.cause) and err.cause.message or tostring(err.cause)
  local interrupted = interrupt.is(first)
  call:warn(interrupted and "interrupted" or first)
  for _, entry in ipairs(report.failed) do
    call:warn(("%s is %s"):format(entry.name, entry.state))
  end
  local left, out, was_out = {}, {}, {}
  for _, name in ipairs(call.given.taken_out or {}) do
    was_out[name] = true
  end
  for _, entry in ipairs(report.failed) do
    left[#left + 1] = entry.name
    out[#out + 1] = entry.state == "in maintenance" and entry.name or nil
  end
  for _, name in ipairs(report.left) do
    left[#left + 1] = name
    out[#out + 1] = was_out[name] and name or nil
  end
  if #report.left > 0 then
    call:warn("not touched: " .. table.concat(report.left, ", "))
  end
  if #out > 0 then
    call:say(("When it is mended: haproxyadmin server ready %s --wait"):format(table.concat(out, " ")))
  end
  if #left > 0 then
    local path = resume.save(call.given, left, out)
    if path then
      call:say("Go on with: haproxyadmin roll --resume " .. path)
    end
  end
  if interrupted then
    return failure.status.interrupted
  end
  return errors.is_error(err.cause, "WaitTimeout") and failure.status.timeout or failure.status.failed
end

local function run(call)
  local given = call.given
  child.check()
  if given.resume then
    resume.load(given, given.resume)
  end
  if not given.selector or #given.selector == 0 then
    failure.raise("usage", "which servers? haproxyadmin roll SELECTOR... -- COMMAND...")
  elseif not given.rest or #given.rest == 0 then
    failure.raise("usage", "what is to be run for each? haproxyadmin roll SELECTOR... -- COMMAND...")
  end
  local chosen = servers.choose(call:snapshot(), given.selector, given)
  local units, by_name = units_of(call, chosen)
  check_command(call, units)
  if given.dry_run then
    return show(call, units)
  end
  ask.permission(call)
  local words = #units == 1 and "1 server is" or ("%d servers, one after the other, are"):format(#units)
  ask.about(call, ("%s drained, and '%s' is run. Go on?"):format(words, table.concat(given.rest, " ")))
  local report, err = roll(call, call:haproxy(), chosen, by_name, #units)
  if not report and not errors.is_error(err, "RollFailed") then
    error(err, 0)
  elseif not report then
    return stopped(call, err)
  end
  if given.resume then
    os.remove(given.resume)
  end
  if #report.passed_over > 0 then
    return failure.status.partial
  end
end

local own = {
  { "--group", value = "server", choices = { "server" }, help = "server: one name in several backends is one step" },
  { "--batch", value = "N|N%", convert = batch_size, help = "so many at once (1)" },
  { "--min-up", value = "N", convert = count, help = "so many others must be up in each backend and process (1)" },
  { "--max-failures", value = "N", convert = count, help = "go on until more than so many have failed (0)" },
  { "--drain-timeout", value = "DURATION", convert = duration.read, help = "for sessions to end (5m)" },
  {
    "--on-timeout",
    value = "WHAT",
    choices = { "fail", "kill" },
    help = "what is done with sessions that are left then: fail, kill",
  },
  { "--up-timeout", value = "DURATION", convert = duration.read, help = "for checks to pass again (2m)" },
  { "--slow", value = "LIST", convert = steps, help = "weights that grow: 10%,50%,100%" },
  { "--slow-pause", value = "DURATION", convert = duration.read, help = "between two of them (10s)" },
  { "--pause", value = "DURATION", convert = duration.read, help = "between two servers" },
  { "--resume", value = "FILE", help = "go on with a roll that stopped" },
}
for _, row in ipairs(servers.filters) do
  own[#own + 1] = row
end

return {
  name = "roll",
  help = "Drains servers one after the other, runs a command for each, and brings each back when its checks pass.",
  changes = true,
  waits = true,
  arguments = { servers.argument },
  options = changing.options(own),
  rest = "COMMAND...",
  examples = {
    "haproxyadmin roll 'app/*' -- ssh {address} sudo systemctl restart app",
    "haproxyadmin roll web1 web2 --group server --pause 30s -- ./upgrade.sh {server}",
  },
  run = run,
}
