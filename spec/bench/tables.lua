-- tables.lua: stick tables of many keys, and many sessions. Returns a function that measures,
-- with the means of bench.lua, and gives the document.

local core = require "haproxyadmin.core"
local figures = require "bench.figures"
local haproxy = require "support.haproxy"
local haproxyadmin = require "haproxyadmin"
local native = require "haproxyadmin.transport.native"

local mega, seconds, thousands = figures.mega, figures.seconds, figures.thousands

local PROCESSES, KEYS, SESSIONS, ROUNDS, READS = 4, 100000, 10000, 15, 3

local function with(options, work)
  local f = haproxy.start(options)
  local ok, found = pcall(work, f)
  f:stop()
  if not ok then
    error(found, 0)
  end
  return found
end

-- The work against a program in C that sends the same line and discards what comes.
local function measure(means, f, line, what, rows)
  local sockets = table.concat(f.sockets, " ")
  local found = means.in_turns(ROUNDS, {
    ("%sraw %d '%s' %s"):format(means.programs, READS, line, sockets),
    ("%s spec/bench/listings.lua %s %s %d %d"):format(means.lua, f:folder(), what, rows, READS),
  })
  local bytes = means.numbers(("%sfloor '%s' %s"):format(means.programs, line, sockets))[1]
  means.say("%s: %.2f", what, found[2].ratio)
  return { bytes = bytes, raw = found[1][1], wall = found[2][1], cpu = found[2][2], ratio = found[2].ratio }
end

local function fill(f)
  local hap = haproxyadmin.HAProxy { socket_dir = f:folder(), timeout = 120 }
  local clients = hap:table "clients"
  local start = core.now()
  assert(hap:batch(function(batch)
    for i = 1, KEYS do
      local key = ("10.%d.%d.%d"):format(math.floor(i / 65536), math.floor(i / 256) % 256, i % 256)
      batch:set(clients, key, { gpc0 = i % 7, http_req_cnt = 1 + i % 1000 })
    end
  end))
  return core.now() - start
end

local function tables(means)
  return with({
    processes = PROCESSES,
    origin = false,
    config = "backend clients\n  stick-table type ip size 200k expire 1h "
      .. "store gpc0,conn_cnt,conn_cur,http_req_cnt,http_req_rate(10s)\n",
  }, function(f)
    return {
      fill = fill(f),
      entries = measure(means, f, "show table clients", "entries", KEYS * PROCESSES),
      sums = measure(means, f, "show table clients", "sums", KEYS),
    }
  end)
end

-- Connections of which HAProxy waits for more than comes. Two processes, since one may have
-- 20,000 descriptors by default, and HAProxy wants two for each connection.
local function sessions(means)
  return with({
    processes = 2,
    origin = false,
    global = ("  maxconn %d\n"):format(SESSIONS / 2 + 500),
    config = [[
frontend door
  mode tcp
  timeout client 1h
  bind unix@{dir}/door{n}.sock
  tcp-request inspect-delay 1h
  tcp-request content reject if { req.len gt 1000 }
  default_backend nothing
backend nothing
  mode tcp
]],
  }, function(f)
    local clients = {}
    local deadline = core.now() + 120
    for i = 1, SESSIONS do
      clients[i] = assert(native:open(("%s/door%d.sock"):format(f.dir, i % 2 + 1), deadline))
    end
    local hap = haproxyadmin.HAProxy { socket_dir = f:folder(), timeout = 60 }
    while #hap:sessions() < SESSIONS and core.now() < deadline do
      core.sleep(0.1)
    end
    local found = measure(means, f, "show sess", "sessions", SESSIONS)
    for _, client in ipairs(clients) do
      client:close()
    end
    return found
  end)
end

local function row(...)
  return "| " .. table.concat({ ... }, " | ") .. " |\n"
end

local function bar(text, limit, found)
  local met = found.ratio <= limit and "yes" or "**no**"
  return row(text, ("at most %.1f"):format(limit), ("%.2f"):format(found.ratio), met)
end

local function times(text, found)
  return row(text, mega(found.bytes), seconds(found.raw), seconds(found.wall), seconds(found.cpu))
end

local function document(found, machine)
  local all = ("%d x %s entries"):format(PROCESSES, thousands(KEYS))
  local listed = thousands(SESSIONS) .. " sessions in 2 processes listed"
  return table.concat {
    "# Stick tables and sessions\n\n",
    "Written by `make bench`, or by `make bench BENCH=tables` alone; do not edit.\n\n",
    ("Each pair is measured in turns, %d rounds; the figures are medians.\n\n"):format(ROUNDS),
    "- *raw*: a C program that sends the same line to all processes at once, waits for the answers and discards them\n",
    "  (spec/bench/raw.c);\n",
    "- *this module*: `entries` walks over all entries of all processes, `sums` over the keys joined; both add one\n",
    "  counter of each up. `sessions` is the list, with the age of the last one.\n\n",
    "HAProxy's processes share the cores with the client.\n\n",
    machine,
    "\n## Bars\n\n",
    row("work", "bar", "measured", "met"),
    row("---", "---", "---", "---"),
    bar(all .. " walked over, against raw", 1.5, found.entries),
    bar(all .. " summed by key, against raw", 1.8, found.sums),
    bar(listed .. ", against raw", 1.3, found.sessions),
    "\n## Times\n\n",
    row("work", "MB", "raw", "this module", "its CPU"),
    row("---", "---:", "---:", "---:", "---:"),
    times("entries", found.entries),
    times("sums", found.sums),
    times("sessions", found.sessions),
    ("\n%s values set in each of %d processes, in one batch: %s.\n"):format(
      thousands(KEYS),
      PROCESSES,
      seconds(found.fill)
    ),
  }
end

return function(means, machine)
  local found = tables(means)
  found.sessions = sessions(means)
  return document(found, machine)
end
