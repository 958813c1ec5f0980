-- masters.lua: what a way through a master costs. Returns a function that measures, with
-- the means of bench.lua, and gives the document.

local figures = require "bench.figures"
local haproxyadmin = require "haproxyadmin"
local master = require "spec.support.master"

local seconds = figures.seconds
local unpack = table.unpack or unpack -- luacheck: ignore

local ROUNDS, PROPERTIES, SNAPSHOTS, SERVERS = 15, 1000, 5, 10000

local function config(servers)
  local lines = { "frontend www\n  bind unix@{dir}/www.sock\n  maxconn 100\n" }
  for i = 1, servers do
    if i % 100 == 1 then
      lines[#lines + 1] = ("backend b%d\n"):format(i)
    end
    lines[#lines + 1] = ("  server s%d 127.0.0.1:%d\n"):format(i, i % 60000 + 1)
  end
  return table.concat(lines)
end

local function measure(means, m)
  local worker = m:workers()[1]
  local function through(kind, what, count, keep)
    local address = kind == "master" and m.socket or m.stats
    return ("%s spec/bench/through.lua %s %s %d %s %s"):format(means.lua, kind, what, count, address, keep or "")
  end
  local server = haproxyadmin.HAProxy({ socket_file = m.stats, timeout = 20 }):backends()[1]:servers()[1]
  local ask = ("show stat %d 4 %d"):format(server.iid, server.sid)
  local function raw(option, text, address)
    return ("%sraw %s %d '%s' %s"):format(means.programs, option, PROPERTIES, text, address)
  end
  local property = means.in_turns(ROUNDS, {
    through("socket", "property", PROPERTIES),
    through("master", "property", PROPERTIES),
    through("socket", "property", PROPERTIES, "keep"),
    through("master", "property", PROPERTIES, "keep"),
    raw("", ask, m.stats),
    raw("", ("show proc;@!%d;%s\nquit"):format(worker, ask), m.socket),
    raw("-k", ask, m.stats),
    raw("-k", ("@!%d %s"):format(worker, ask), m.socket),
  })
  local line = ("show proc;@!%d;show info;show stat;quit"):format(worker)
  local snapshot = means.in_turns(ROUNDS, {
    ("%sraw %d '%s' %s"):format(means.programs, SNAPSHOTS, line, m.socket),
    through("master", "snapshot", SNAPSHOTS),
    through("socket", "snapshot", SNAPSHOTS),
  })
  means.say(
    "through a master: a property %.2f, kept %.2f, a snapshot %.2f",
    property[2].ratio,
    property[4].ratio,
    snapshot[2].ratio
  )
  return { property = property, snapshot = snapshot }
end

local function row(...)
  return "| " .. table.concat({ ... }, " | ") .. " |\n"
end

local function bar(text, limit, ratio)
  return row(text, ("at most %.2f"):format(limit), ("%.2f"):format(ratio), ratio <= limit and "yes" or "**no**")
end

-- What has no bar: one work against another one.
local function shown(text, one, other)
  return row(text, "none", ("%.2f"):format(one[1] / other[1]), "")
end

local function times(text, ...)
  local cells = { text }
  for i, entry in ipairs { ... } do
    cells[i + 1] = seconds(entry[1])
  end
  return row(unpack(cells))
end

local function document(found, machine)
  local property, snapshot = found.property, found.snapshot
  return table.concat {
    "# Masters\n\n",
    "Written by `make bench`, or by `make bench BENCH=masters` alone; do not edit.\n\n",
    "A master with one worker, 10,000 servers. Each row is measured in turns, ",
    ("%d rounds; the figures are medians.\n\n"):format(ROUNDS),
    "- *raw*: a C program that sends the same line to the same socket, reads to the end of the answer and\n",
    "  discards it (spec/bench/raw.c). What it takes more through the master is what HAProxy does there: it takes a\n",
    "  connection, opens one to the worker, hands the bytes on and ends both. No client can be below that;\n",
    "- *worker's socket*: this module through the stats socket of the worker itself;\n",
    "- *kept*: with `keep = true`. A master opens a connection to the worker for each command all the same.\n\n",
    machine,
    "\n## Bars\n\n",
    row("work", "bar", "measured", "met"),
    row("---", "---", "---", "---"),
    bar("a property through the master, against the worker's socket, a connection for each", 1.5, property[2].ratio),
    bar("the same on a connection to the master that is kept", 1.5, property[4].ratio),
    shown("the C program through the master, against the worker's socket", property[6], property[5]),
    shown("the same on connections that are kept", property[8], property[7]),
    shown("this module against the C program, through the master", property[2], property[6]),
    shown("the same, through the worker's socket", property[1], property[5]),
    bar("a snapshot through the master, against raw", 1.15, snapshot[2].ratio),
    "\n## Times\n\n",
    row("work", "raw, worker's socket", "worker's socket", "raw, master", "master"),
    row("---", "---:", "---:", "---:", "---:"),
    times("a property", property[5], property[1], property[6], property[2]),
    times("a property, kept", property[7], property[3], property[8], property[4]),
    row("a snapshot", "", seconds(snapshot[3][1]), seconds(snapshot[1][1]), seconds(snapshot[2][1])),
  }
end

return function(means, machine)
  local m = master.start { config = config(SERVERS) }
  local ok, found = pcall(measure, means, m)
  m:stop()
  if not ok then
    error(found, 0)
  end
  return document(found, machine)
end
