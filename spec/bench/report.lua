-- The report: figures in, doc/performance.md and its pictures out.

local find_bars = require "bench.bars"
local figures = require "bench.figures"
local picture = require "bench.picture"

local unpack = table.unpack or unpack -- luacheck: compat

local function first_line(text)
  return (text:gsub("[\r\n].*", ""))
end

local at, thousands, mega, seconds = figures.at, figures.thousands, figures.mega, figures.seconds

local function row(...)
  return "| " .. table.concat({ ... }, " | ") .. " |\n"
end

local function bars(list)
  local rows = { row("work", "bar", "measured", "met"), row("---", "---", "---", "---") }
  for _, entry in ipairs(list) do
    local met = entry.met and "yes" or "**no**"
    rows[#rows + 1] = row(entry.work, entry.bar, entry.measured, entry.met == nil and "" or met)
  end
  return table.concat(rows)
end

local function pairs_of(list)
  local found = {}
  for _, entry in ipairs(list) do
    if entry.pair then
      local pair = entry.pair
      pair.measured, pair.met = entry.measured .. ", " .. entry.bar:gsub(" times faster", ""), entry.met
      found[#found + 1] = pair
    end
  end
  return picture.pairs(found)
end

-- Of each number of processes that was measured with several numbers of servers.
local function growth(results)
  local curves = {}
  for _, processes in ipairs { 1, 4, 16 } do
    local points, floor = {}, {}
    for _, entry in ipairs(results.listings) do
      if entry.processes == processes then
        points[#points + 1] = { entry.servers, entry.wall / entry.servers * 1e6 }
        floor[#floor + 1] = { entry.servers, entry.floor / entry.servers * 1e6 }
      end
    end
    if #points > 1 then
      local label = ("%d process%s"):format(processes, processes > 1 and "es" or "")
      curves[#curves + 1] = { label = label, points = points, floor = floor }
    end
  end
  return picture.growth(curves)
end

local function listings(results)
  local rows = {
    row(
      "servers",
      "processes",
      "received, MB",
      "floor",
      "listing",
      "ratio",
      "by io.write",
      "ratio",
      "five columns",
      "ratio",
      "us a server",
      "client's CPU",
      "floor's CPU",
      "peak, MB",
      "peak / received"
    ),
    row((("---: "):rep(15):gsub(" $", ""):gsub(" ", " | "))),
  }
  for _, e in ipairs(results.listings) do
    rows[#rows + 1] = row(
      thousands(e.servers),
      e.processes,
      mega(e.bytes),
      seconds(e.floor),
      seconds(e.wall),
      ("%.2f"):format(e.ratio),
      seconds(e.buffered),
      ("%.2f"):format(e.buffered_ratio),
      seconds(e.columns),
      ("%.2f"):format(e.columns_ratio),
      ("%.1f"):format(e.wall / e.servers * 1e6),
      seconds(e.cpu),
      seconds(e.floor_cpu),
      mega(e.peak),
      ("%.2f"):format(e.peak / e.bytes)
    )
  end
  return table.concat(rows)
end

local function kept_rows(kept)
  local rows = {}
  if kept.listing then
    rows[1] = row("the same with `keep = true`", seconds(kept.listing.wall), "")
  end
  if kept.property then
    rows[#rows + 1] = row(
      "one property with `keep = true`",
      seconds(kept.property.wall),
      "raw, kept: " .. seconds(kept.property.raw)
    )
    rows[#rows + 1] = row(
      ("one of %s `setweight` with `keep = true`"):format(thousands(kept.setweight.count)),
      seconds(kept.setweight.wall),
      "raw, kept: " .. seconds(kept.setweight.raw)
    )
  end
  return table.concat(rows)
end

local function others(results)
  local p, w, parse, sum = results.property, results.setweight, results.parse, results.sum
  return table.concat {
    row("work", "this module", "beside it"),
    row("---", "---", "---"),
    row(
      "the listing with live objects, 10,000 servers, 4 processes",
      ("%s, %s of CPU, %s MB"):format(seconds(results.live.wall), seconds(results.live.cpu), mega(results.live.peak)),
      ("Python: %s, %s of CPU, %s MB"):format(
        seconds(results.peer.wall),
        seconds(results.peer.cpu),
        mega(results.peer.peak)
      )
    ),
    kept_rows(results.kept),
    row(
      "one property of a live server, 4 processes",
      seconds(p.wall),
      ("raw: %s from 4 at once, %s from one"):format(seconds(p.raw), seconds(p.single))
    ),
    row(
      ("`setweight` on %s servers, 4 processes"):format(thousands(w.count)),
      seconds(w.wall),
      "Python: " .. seconds(w.peer)
    ),
    row(
      ("indexing %s MB in memory"):format(mega(parse.bytes)),
      ("%.1f GB/s"):format(parse.index / 1e9),
      ("memcpy %.1f GB/s, memchr %.1f GB/s"):format(parse.copy / 1e9, parse.read / 1e9)
    ),
    row(
      "a metric of 10,000 servers in 4 processes, from a list of objects",
      ("%.1f million fields/s"):format(sum.loop / 1e6),
      ("`snapshot:sum`: %.1f million fields/s"):format(sum.sum / 1e6)
    ),
  }
end

-- As spec/bench/phases.lua prints them.
local PHASES = {
  "loading the module's Lua files",
  "opening: `show info`",
  "the exchange: from the question to the last byte, rows indexed meanwhile",
  "joining the rows of the processes",
  "an object for each server",
  "the name of each",
  "a sum of each",
  "writing a line for each with `io.write`",
  "the same with `print`",
}

local function phases(results)
  local sizes = { 1000, 10000, 100000 }
  local rows = { row("phase", "1,000 servers", "10,000", "100,000"), row("---", "---:", "---:", "---:") }
  local function add(what, value)
    local cells = {}
    for i, servers in ipairs(sizes) do
      cells[i] = seconds(value(at(results, servers, 4)))
    end
    rows[#rows + 1] = row(what, unpack(cells))
  end
  for i, what in ipairs(PHASES) do
    add(what, function(entry)
      return entry.phases[i]
    end)
  end
  add("beside it: the floor", function(entry)
    return entry.floor
  end)
  add("the listing with `io.write` less the floor", function(entry)
    return entry.buffered - entry.floor
  end)
  add("the listing with `print` less the floor", function(entry)
    return entry.wall - entry.floor
  end)
  return table.concat(rows)
end

-- Each read of a live object is an exchange with all processes.
local function live_limit(results)
  local backends = 1000
  local reads = 2 + 1 + 2 * backends + 10000
  local live = results.live
  local function times(exchange)
    return ("%.1f times faster than Python"):format(results.peer.wall / (reads * exchange))
  end
  return table.concat {
    ("It asks HAProxy %s times: each value is read anew. On this farm one\n"):format(thousands(reads)),
    ("exchange with 4 processes at once costs a C program that does nothing else %s (HAProxy accepts a\n"):format(
      seconds(live.raw)
    ),
    ("connection, and for each `show stat` walks along all of its 1,000 backends): %s. On connections that\n"):format(
      times(live.raw)
    ),
    ("are kept open, as with `keep = true`, it is %s: %s. They take from HAProxy, for as long\n"):format(
      seconds(live.kept),
      times(live.kept)
    ),
    "as the object lives, some of the few connections that a stats socket has (10 by default). Who lists, takes a\n",
    "snapshot.\n",
  }
end

local report = {}

--- What it was measured on.
function report.machine(machine)
  return table.concat {
    "## Machine\n\n",
    ("- %s, %s cores, %.0f GB of memory, %s\n"):format(
      first_line(machine.cpu):gsub("^.-:%s*", ""),
      first_line(machine.cores),
      tonumber(machine.memory:match "%d+") / 1e6,
      first_line(machine.kernel):match "^%a+ [%d.]+"
    ),
    ("- %s; %s; %s; %s\n"):format(
      first_line(machine.haproxy):gsub("%s*%-%s*http.*", ""),
      first_line(machine.lua):gsub("%s+Copyright.*", ""),
      first_line(machine.python),
      first_line(machine.compiler)
    ),
    ("- load average when it began: %s. On a machine that does other work the ratios to the floor\n"):format(
      machine.load
    ),
    "  get worse, and absolute times say little\n",
  }
end

--- doc/performance.md, and its pictures by name.
function report.document(results, machine)
  local hundred = at(results, 100000, 4)
  local list = find_bars(results)
  local parts = {
    "# Performance\n\n",
    "Written by `make bench`; do not edit. How to repeat it: `make bench` (the sizes on which the bars stand,\n",
    "and a few more) or `make bench BENCH=all` (100 to 100,000 servers, 1, 4 and 16 processes; 16 processes of\n",
    "100,000 servers need 12 GB). It starts its own HAProxy processes, with backends of ten servers and HAProxy's\n",
    "default number of threads, on unix sockets.\n\n",
    "Each pair is measured in one run, in turns (A B A B ...); a ratio is the median of the rounds' ratios, a time\n",
    ("the median of its own (%d rounds at 100,000 servers in 4 processes, 15 below; Python's listing and\n"):format(
      hundred.rounds
    ),
    "the one with live objects once). Times are of whole processes, from fork to exit, output discarded; CPU is user\n",
    "and system time of the client alone. HAProxy's processes share the same cores: on a machine with fewer cores\n",
    "than processes, what the client computes while they print is taken from them.\n\n",
    "- *floor*: a C program that sends `show info;show stat` to all sockets at once, reads and discards the replies\n",
    "  (spec/bench/floor.c);\n",
    "- *raw*: connect, write, read to the end, in C, in a loop (spec/bench/raw.c);\n",
    "- *Python*: " .. machine.peer .. ".\n\n",
    report.machine(machine),
    "\n",
    "## Bars\n\n",
    bars(list),
    "\n![Each work beside what it is held against](performance/pairs.svg)\n",
    "\n## The listing by snapshot\n\n",
    "The listing is the first example of the README, reading from `hap:snapshot()`: every line is a `print`, or,\n",
    "in the columns that say so, an `io.write`. Five columns are name, status, weight, requests and address of\n",
    "every server, by `io.write`.\n\n",
    listings(results),
    "\n![Time a server by number of servers](performance/growth.svg)\n",
    "\n## Other works\n\n",
    others(results),
    "\nMaps that are made equal to a file have [a page of their own](performance/maps.md).\n",
    "\n## Where the time goes\n\n",
    "**The listing by snapshot.** While HAProxy prints, its processes keep all cores busy. Rows are indexed as they\n",
    "come; what is computed then is taken from HAProxy, on a machine with fewer cores than processes, and so is what\n",
    "it takes to keep the bytes, which the floor does not (it reads into the same memory again and again). The rest\n",
    "is spent after the last byte has come, on one core. Lua's `print` writes each line with a system call of its\n",
    "own, which no module can change; `io.write`, as Python's `print`, does not. Before the first phase Lua has\n",
    "started (",
    seconds(results.bare),
    ", a process with the whole module loaded ",
    seconds(results.load),
    "), and behind the last one it frees everything.\n\n",
    phases(results),
    "\n**The listing with live objects.** ",
    live_limit(results),
    "\n",
  }
  return table.concat(parts), { ["pairs.svg"] = pairs_of(list), ["growth.svg"] = growth(results) }
end

return report
