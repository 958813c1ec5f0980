-- program.lua: what the program `haproxyadmin` costs, from its start to its end. Returns a function that
-- measures, with the means of bench.lua, and gives the document.

local farm = require "bench.farm"
local figures = require "bench.figures"

local mega, seconds, thousands = figures.mega, figures.seconds, figures.thousands

local SERVERS, PROCESSES, ROUNDS = 10000, 4, 9

-- `make bench` installs it there.
local PROGRAM = "build/program/bin/haproxyadmin"

-- Seconds that the start of the program may take.
local START = 0.04

local LISTS = {
  { "server list", "", 1.4 },
  { "server list -o json", "-o json", 1.6 },
  { "server list -o table", "-o table" },
  { "server list --state down", "--state down" },
}

-- It is started as an operator starts it, not with the paths of this program.
local OUTSIDE = "LUA_PATH=';;' LUA_CPATH=';;' "

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
