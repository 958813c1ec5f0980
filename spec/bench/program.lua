-- program.lua: what the program `haproxyadmin` costs, from its start to its end, and while `haproxyadmin top` is
-- open. Returns a function that measures, with the means of bench.lua, and gives the document.

local core = require "haproxyadmin.core"
local farm = require "bench.farm"
local figures = require "bench.figures"
local terminals = require "spec.support.terminal"
local usage = require "support.usage"

local mega, seconds, thousands = figures.mega, figures.seconds, figures.thousands

local SERVERS, PROCESSES, ROUNDS = 10000, 4, 9

-- `make bench` installs it, and says where.
local PROGRAM = os.getenv "PROGRAM"

-- Seconds that the start of the program may take.
local START = 0.04

-- `haproxyadmin top`: with how many servers in each process; for how many seconds it is watched, when its first
-- readings are over; and what it may use of a core.
local TOPS, WATCHED, SETTLED, SHARE = { 2500, SERVERS }, 20, 6, 0.1

local LISTS = {
  { "server list", "", 1.4 },
  { "server list -o json", "-o json", 1.6 },
  { "server list -o table", "-o table" },
  { "server list --state down", "--state down" },
}

-- It is started as an operator starts it, not with the paths of this program.
local OUTSIDE = "LUA_PATH=';;' LUA_CPATH=';;' "

-- What `haproxyadmin top` uses in a terminal: the share of a core, and the most memory, in megabytes.
local function watched(servers, f)
  local terminal = terminals.open(160, 50)
  local ok, share, most = pcall(function()
    terminal:type(("haproxyadmin top -D %s"):format(f:folder()))
    terminal:shows(("%d/%d processes"):format(PROCESSES, PROCESSES), ("%d of %d servers"):format(servers, servers))
    local pid = terminal:child()
    core.sleep(SETTLED)
    local before, began = usage.processor(pid), core.now()
    core.sleep(WATCHED)
    local used = usage.processor(pid) - before
    return used / (core.now() - began), select(2, usage.memory(pid))
  end)
  terminal:close()
  if not ok then
    error(share, 0)
  end
  return { servers = servers, share = share, memory = most }
end

local function measured(means, f)
  local floor = means.timed(("%sfloor 'show info;show stat' %s"):format(means.programs, table.concat(f.sockets, " ")))
  local commands = { floor }
  for i, list in ipairs(LISTS) do
    local command = ("%s server list -D %s -t 60 %s"):format(PROGRAM, f:folder(), list[2])
    commands[i + 1] = means.timed(command, OUTSIDE)
  end
  local found = { lists = means.in_turns(ROUNDS, commands) }
  found.starts = means.in_turns(ROUNDS, {
    means.timed(PROGRAM .. " --version", OUTSIDE),
    means.timed(PROGRAM .. " --help", OUTSIDE),
    means.timed(PROGRAM .. " server list --help", OUTSIDE),
    means.timed(("%s status -s %s"):format(PROGRAM, f.small.sockets[1]), OUTSIDE),
  })
  found.tops = {}
  for i, servers in ipairs(TOPS) do
    local own = servers == SERVERS and f or farm.start(servers, PROCESSES)
    local ok, top = pcall(watched, servers, own)
    if own ~= f then
      own:stop()
    end
    if not ok then
      error(top, 0)
    end
    means.say("top of %d x %d servers: %.1f %% of a core", PROCESSES, servers, 100 * top.share)
    found.tops[i] = top
  end
  return found
end

local function row(...)
  return "| " .. table.concat({ ... }, " | ") .. " |\n"
end

local function list_row(list, found, floor)
  local limit, met = "", ""
  if list[3] then
    limit = ("at most %.1f, and 40 ms"):format(list[3])
    met = found[1] <= list[3] * floor + START and "yes" or "**no**"
  end
  local memory, ratio = mega(found[3] * 1024) .. " MB", ("%.2f"):format(found.ratio)
  return row("`" .. list[1] .. "`", seconds(found[1]), seconds(found[2]), memory, ratio, limit, met)
end

local function start_row(name, found, limited)
  local met = found[1] < 0.03 and "yes" or "**no**"
  return row("`" .. name .. "`", seconds(found[1]), limited and "under 30 ms" or "", limited and met or "")
end

local function top_row(top)
  return row(
    ("%d x %s"):format(PROCESSES, thousands(top.servers)),
    ("%.1f %%"):format(100 * top.share),
    ("%.0f MB"):format(top.memory),
    ("under %.0f %% of a core"):format(100 * SHARE),
    top.share < SHARE and "yes" or "**no**"
  )
end

local function document(found, machine)
  local floor = found.lists[1]
  local parts = {
    "# The program\n\n",
    "Written by `make bench`, or by `make bench BENCH=program` alone; do not edit.\n\n",
    ("%d processes with %s servers each; the program from its start to its end, its output discarded. "):format(
      PROCESSES,
      thousands(SERVERS)
    ),
    ("Works run in turns, %d rounds;\nfigures are medians, ratios those of each round.\n\n"):format(ROUNDS),
    "*Floor*: the same answers, received and discarded.\n\n",
    machine,
    "\n## Lists\n\n",
    row("work", "time", "its CPU", "memory", "to the floor", "bar", "met"),
    row("---", "---:", "---:", "---:", "---:", "---", "---"),
    row("floor", seconds(floor[1]), seconds(floor[2]), mega(floor[3] * 1024) .. " MB", "1.00", "", ""),
  }
  for i, list in ipairs(LISTS) do
    parts[#parts + 1] = list_row(list, found.lists[i + 1], floor[1])
  end
  parts[#parts + 1] = "\n## Starts\n\n"
  parts[#parts + 1] = row("work", "time", "bar", "met") .. row("---", "---:", "---", "---")
  local names = { "--version", "--help", "server list --help", "status (one process, 10 servers)" }
  for i, name in ipairs(names) do
    parts[#parts + 1] = start_row(name, found.starts[i], i <= 2)
  end
  parts[#parts + 1] = "\n## `haproxyadmin top`\n\n"
  parts[#parts + 1] = "View 1 in a terminal of 160 columns and 50 rows, a reading every 2 seconds: user and system "
  parts[#parts + 1] = "time of the program as a share of one\n"
  parts[#parts + 1] = ("core, over %d seconds behind its first readings, "):format(WATCHED)
  parts[#parts + 1] = "and the most memory that it had.\n\n"
  parts[#parts + 1] = row("servers", "share of a core", "memory", "bar", "met")
  parts[#parts + 1] = row("---:", "---:", "---:", "---", "---")
  for _, top in ipairs(found.tops) do
    parts[#parts + 1] = top_row(top)
  end
  return table.concat(parts)
end

return function(means, machine)
  local f = farm.start(SERVERS, PROCESSES)
  f.small = farm.start(10, 1)
  local ok, found = pcall(measured, means, f)
  f.small:stop()
  f:stop()
  if not ok then
    error(found, 0)
  end
  return document(found, machine)
end
