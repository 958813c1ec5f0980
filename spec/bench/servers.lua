-- servers.lua: the state of many servers, and many servers added. Returns a function that
-- measures, with the means of bench.lua, and gives the document.

local farm = require "bench.farm"
local figures = require "bench.figures"
local haproxy = require "support.haproxy"

local mega, seconds, thousands = figures.mega, figures.seconds, figures.thousands

local PROCESSES, ROUNDS, READS = 4, 15, 5

-- The first version that adds servers without experimental mode.
local ADDS_SINCE = 205

local function median(list)
  table.sort(list)
  return list[math.floor((#list + 1) / 2)]
end

local function state(means, f, servers)
  local line, sockets = "'show servers state'", table.concat(f.sockets, " ")
  local found = means.in_turns(ROUNDS, {
    ("%sraw %d %s %s"):format(means.programs, READS, line, sockets),
    ("%s spec/bench/servers_state.lua %s %d %d"):format(means.lua, f:folder(), servers * PROCESSES, READS),
  })
  local bytes = means.numbers(("%sfloor %s %s"):format(means.programs, line, sockets))[1]
  means.say("the state of %d servers: %.2f", servers, found[2].ratio)
  return { servers = servers, bytes = bytes, floor = found[1], own = found[2] }
end

-- What is added must be deleted before it can be added again.
local function added(means, f, count)
  local function own(what)
    return ("%s spec/bench/add_servers.lua %s b1 %d %s"):format(means.lua, f:folder(), count, what)
  end
  local function run(command)
    local pipe = assert(io.popen(command))
    local text = pipe:read "*a"
    pipe:close()
    return text
  end
  local lines = run(own "lines")
  run(own "clean")
  haproxy.write(f.dir .. "/lines", (lines:gsub("\n$", "")))
  local exchanges = select(2, lines:gsub("\n\n", "")) + 1
  local raw = ('%sraw %d "$(cat %s/lines)" %s'):format(means.programs, exchanges, f.dir, table.concat(f.sockets, " "))
  local floors, owns, cpus, ratios = {}, {}, {}, {}
  for i = 1, ROUNDS do
    floors[i] = means.numbers(raw)[1] * exchanges
    run(own "clean")
    local found = means.numbers(own "add")
    run(own "clean")
    owns[i], cpus[i], ratios[i] = found[1], found[2], found[1] / floors[i]
  end
  local result = {
    count = count,
    exchanges = exchanges,
    floor = median(floors),
    own = median(owns),
    cpu = median(cpus),
    ratio = median(ratios),
  }
  means.say("%d servers added: %.2f", count, result.ratio)
  return result
end

-- A state of all servers, of which some differ.
local function applied(means, f, servers, count)
  local found = means.in_turns(READS, { ("%s spec/bench/apply.lua %s %d"):format(means.lua, f:folder(), count) })[1]
  means.say("a state of %d servers applied, of which %d differ: %.2f", servers, count, found[4])
  return {
    servers = servers,
    count = count,
    own = found[1],
    snapshot = found[2],
    commands = found[3],
    ratio = found[4],
  }
end

local function row(...)
  return "| " .. table.concat({ ... }, " | ") .. " |\n"
end

local function bar(text, limit, ratio)
  return row(text, ("at most %.1f"):format(limit), ("%.2f"):format(ratio), ratio <= limit and "yes" or "**no**")
end

local function document(found, machine)
  local read, add = found.state, found.added
  local bars = bar(("state of %s servers, against raw"):format(thousands(read.servers)), 1.2, read.own.ratio)
  local times = row(
    ("state of %s servers"):format(thousands(read.servers)),
    seconds(read.floor[1]),
    seconds(read.own[1]),
    seconds(read.own[2])
  )
  local apply = found.applied
  local work = ("`apply` of a state of %s servers, of which %d differ"):format(thousands(apply.servers), apply.count)
  bars = bars .. bar(work .. ", without these commands, against one snapshot", 1.5, apply.ratio)
  times = times
    .. row(
      work,
      ("snapshot: %s, commands: %s"):format(seconds(apply.snapshot), seconds(apply.commands)),
      seconds(apply.own),
      ""
    )
  if add then
    bars = bars .. bar(("add %s servers, against raw"):format(thousands(add.count)), 1.3, add.ratio)
    times = times
      .. row(
        ("add %s servers (%s exchanges)"):format(thousands(add.count), thousands(add.exchanges)),
        seconds(add.floor),
        seconds(add.own),
        seconds(add.cpu)
      )
  end
  return table.concat {
    "# Servers\n\n",
    "Written by `make bench`, or by `make bench BENCH=servers` alone; do not edit.\n\n",
    ("%d processes. Each pair is measured in turns, %d rounds; the figures are medians.\n\n"):format(PROCESSES, ROUNDS),
    "- *raw*: a C program that sends the same lines to all processes at once, waits for the answers and discards\n",
    ("  them (spec/bench/raw.c). The answers to `show servers state` are %s MB;\n"):format(mega(read.bytes)),
    "- *snapshot*, *commands*: `hap:snapshot()`, and a batch of the commands that `apply` sends, in the same rounds;\n",
    "- *this module*: the answers are checked and their rows found, or each command is judged in each process.\n\n",
    machine,
    "\n## Bars\n\n",
    row("work", "bar", "measured", "met"),
    row("---", "---", "---", "---"),
    bars,
    "\n## Times\n\n",
    row("work", "raw", "this module", "its CPU"),
    row("---", "---:", "---:", "---:"),
    times,
  }
end

return function(means, machine)
  local f = farm.start(10000, PROCESSES)
  local ok, found = pcall(function()
    return {
      state = state(means, f, 10000),
      applied = applied(means, f, 10000, 100),
      added = haproxy.version() >= ADDS_SINCE and added(means, f, 1000) or nil,
    }
  end)
  f:stop()
  if not ok then
    error(found, 0)
  end
  return document(found, machine)
end
