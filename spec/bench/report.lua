-- The report: figures in, doc/performance.md out.

local unpack = table.unpack or unpack -- luacheck: compat

local function first_line(text)
  return (text:gsub("[\r\n].*", ""))
end

local function at(results, servers, processes)
  for _, entry in ipairs(results.listings) do
    if entry.servers == servers and entry.processes == processes then
      return entry
    end
  end
end

local function thousands(n)
  return (("%d"):format(n):reverse():gsub("(%d%d%d)(%d)", "%1,%2"):reverse())
end

local function mega(bytes)
  return ("%.1f"):format(bytes / 1e6)
end

local function seconds(s)
  return s < 0.001 and ("%.1f us"):format(s * 1e6) or s < 1 and ("%.1f ms"):format(s * 1e3) or ("%.2f s"):format(s)
end

local function row(...)
  return "| " .. table.concat({ ... }, " | ") .. " |\n"
end

local function bar(work, wanted, measured, met)
  return row(work, wanted, measured, met and "yes" or "**no**")
end

local function bars(results)
  local ten, hundred = at(results, 10000, 4), at(results, 100000, 4)
  local parse, sum = results.parse, results.sum
  local wanted = math.min(2e9, parse.copy / 2)
  local function a_server(entry)
    return (entry.wall - results.load) / entry.servers
  end
  local growth = a_server(hundred) / a_server(at(results, 1000, 4))
  local function listed(work, ratio)
    return bar(work, "at most 1.15", ("%.2f"):format(ratio), ratio <= 1.15)
  end
  return table.concat {
    row("work", "bar", "measured", "met"),
    row("---", "---", "---", "---"),
    listed(
      "the listing by snapshot, 4 processes, 10,000 servers, whole Lua process, against the floor, lines by `print`",
      ten.ratio
    ),
    listed("the same, by `io.write`", ten.buffered_ratio),
    listed("the same, 100,000 servers, by `print`", hundred.ratio),
    listed("the same, 100,000 servers, by `io.write`", hundred.buffered_ratio),
    bar(
      "its peak memory against the bytes received",
      "at most 1.3",
      ("%.2f"):format(hundred.peak / hundred.bytes),
      hundred.peak <= 1.3 * hundred.bytes
    ),
    bar(
      "the listing by snapshot against Python's, 10,000 servers",
      "at least 100 times faster",
      ("%.0f times"):format(results.peer.ratio),
      results.peer.ratio >= 100
    ),
    bar(
      "the listing with live objects against Python's, 10,000 servers",
      "at least 10 times faster",
      ("%.1f times"):format(results.live.ratio),
      results.live.ratio >= 10
    ),
    bar(
      "one property read, 4 processes, against 4 raw round trips at once",
      "at most 1.3",
      ("%.2f"):format(results.property.ratio),
      results.property.ratio <= 1.3
    ),
    bar(
      "`setweight` on 1,000 servers, batched, against Python's one by one",
      "at least 30 times faster",
      ("%.0f times"):format(results.setweight.ratio),
      results.setweight.ratio >= 30
    ),
    bar(
      "indexing a dump in memory, one core",
      ("at least %.1f GB/s (2, or half the memory's, whichever is less)"):format(wanted / 1e9),
      ("%.1f GB/s"):format(parse.index / 1e9),
      parse.index >= wanted
    ),
    bar(
      "one metric summed over all servers of a snapshot, from Lua, the making of the list included",
      "at least 5 million fields/s",
      ("%.1f million/s"):format(sum.whole / 1e6),
      sum.whole >= 5e6
    ),
    bar("the same by `snapshot:sum`", "faster", ("%.1f million/s"):format(sum.sum / 1e6), sum.sum > sum.loop),
    bar(
      "growth from 1,000 to 100,000 servers: time a server (without the start of the process), "
        .. "the larger against the smaller",
      "at most 1.1",
      ("%.2f"):format(growth),
      growth <= 1.1
    ),
  }
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
      "us a server",
      "client's CPU",
      "floor's CPU",
      "peak, MB",
      "peak / received"
    ),
    row("---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:"),
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
      ("%.1f"):format(e.wall / e.servers * 1e6),
      seconds(e.cpu),
      seconds(e.floor_cpu),
      mega(e.peak),
      ("%.2f"):format(e.peak / e.bytes)
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
    ("are kept open it is %s: %s. Those would also take from HAProxy, for as long as the object\n"):format(
      seconds(live.kept),
      times(live.kept)
    ),
    "lives, some of the few connections that a stats socket has (10 by default), and go on asking a process that a\n",
    "reload has replaced, so this module opens one for each exchange. Who lists, takes a snapshot.\n",
  }
end

return function(results, machine)
  local hundred = at(results, 100000, 4)
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
    "  get worse, and absolute times say little\n\n",
    "## Bars\n\n",
    bars(results),
    "\n## The listing by snapshot\n\n",
    "The listing is the first example of the README, reading from `hap:snapshot()`: every line is a `print`, or,\n",
    "in the columns that say so, an `io.write`.\n\n",
    listings(results),
    "\n## Other works\n\n",
    others(results),
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
  return table.concat(parts)
end
