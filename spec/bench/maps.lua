-- maps.lua: a map of a million entries in four processes, made equal to a file.
-- Returns a function that measures, with the means of bench.lua, and gives the
-- document.

local figures = require "bench.figures"
local haproxy = require "support.haproxy"

local mega, seconds, thousands = figures.mega, figures.seconds, figures.thousands

local PROCESSES, CHANGES, ROUNDS = 4, 1000, 5
-- As the module's payloads.
local PAYLOAD = 12288

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  http-request set-header x-backend %[path,map({dir}/sites.map,none)]
  http-request return status 200
]]

-- The value of each `every`th entry is another one.
local function write_map(path, entries, every)
  local file = assert(io.open(path, "w"))
  for i = 1, entries do
    local kind = every and i % every == 0 and "other" or "backend"
    file:write(("host%07d.example.com %s-%04d\n"):format(i, kind, i * 7919 % 5000))
  end
  local size = file:seek()
  file:close()
  return size
end

local function work(means, f, entries)
  local program, timed, in_turns = means.programs, means.timed, means.in_turns
  local map, sockets = f.dir .. "/sites.map", table.concat(f.sockets, " ")
  local first, second = f.dir .. "/first", f.dir .. "/second"
  local size = write_map(first, entries)
  write_map(second, entries, entries / CHANGES)
  local frontends = {}
  for i = 1, PROCESSES do
    frontends[i] = ("%s/www%d.sock"):format(f.dir, i)
  end
  local function sync(file, mode, changes)
    return ("%s spec/bench/sync.lua %s %s %s %s %d"):format(means.lua, f:folder(), map, file, mode, changes)
  end
  local function meanwhile(command)
    return ("%slatency %s %s"):format(program, table.concat(frontends, ","), command)
  end
  local fill = ("%sfill %s %s %d %s"):format(program, map, first, PAYLOAD, sockets)
  local dump = ("%sfloor 'show map %s' %s"):format(program, map, sockets)
  local replace = sync(first, "replace", entries)

  local found = { entries = entries, file = size }
  found.replace = in_turns(ROUNDS, { timed(fill), timed(replace) })
  means.say("a map replaced: %.2f", found.replace[2].ratio)
  found.dumps = means.numbers(dump)[1]
  local equal = sync(first, "diff", 0)
  found.equal = in_turns(ROUNDS, { timed(dump), timed(equal) })
  means.say("a map that is equal: %.2f", found.equal[2].ratio)
  -- There and back again: each is a change of as many entries.
  local there, back = sync(second, "diff", CHANGES), sync(first, "diff", CHANGES)
  found.changes = in_turns(ROUNDS, { timed(dump), timed(there), timed(back) })
  means.say("%d changes: %.2f, %.2f", CHANGES, found.changes[2].ratio, found.changes[3].ratio)
  found.during_fill = in_turns(ROUNDS, { meanwhile(fill), meanwhile(replace) })
  found.during_dump = in_turns(ROUNDS, { meanwhile(dump), meanwhile(equal) })
  found.idle = in_turns(ROUNDS, { meanwhile "sleep 1" })[1]
  return found
end

local function row(...)
  return "| " .. table.concat({ ... }, " | ") .. " |\n"
end

local function bar(text, limit, ratio)
  local met = ratio <= limit and "yes" or "**no**"
  return row(text, ("at most %.1f"):format(limit), ("%.2f"):format(ratio), met)
end

local function document(found, machine)
  local million = thousands(found.entries)
  local replace, equal, changes = found.replace, found.equal, found.changes
  local changed = math.max(changes[2].ratio, changes[3].ratio)
  local compared = found.file + found.dumps
  local fill, dump = found.during_fill, found.during_dump
  local function line(text, floor, own)
    return row(text, seconds(floor[1]), seconds(own[1]), seconds(own[2]), mega(own[3] * 1024))
  end
  local function waiting(text, entry)
    return row(text, seconds(entry[2]), seconds(entry[3]), seconds(entry[4]))
  end
  return table.concat {
    "# Maps\n\n",
    "Written by `make bench`, or by `make bench BENCH=maps` alone; do not edit.\n\n",
    ("A map of %s entries (%s MB as a file, %s MB as the dumps of all processes) in %d processes, made equal\n"):format(
      million,
      mega(found.file),
      mega(found.dumps),
      PROCESSES
    ),
    "to a file. Each pair is measured in turns, as in [performance.md](../performance.md), and times are of whole\n",
    "processes, from fork to exit, with the file read and the result counted.\n\n",
    "- *fill*: a C program that sends the file in payloads of the same size to all processes at once, a new version\n",
    "  that is committed in the end (spec/bench/fill.c). It counts nothing;\n",
    "- *dumps*: a C program that asks all processes for the map at once and discards what they say\n",
    "  (spec/bench/floor.c).\n\n",
    machine,
    "\n## Bars\n\n",
    row("work", "bar", "measured", "met"),
    row("---", "---", "---", "---"),
    bar(("replace %s entries, against fill"):format(million), 1.1, replace[2].ratio),
    bar(("`sync` of %s equal entries, against dumps"):format(million), 1.3, equal[2].ratio),
    bar(("%s changes in %s, against dumps"):format(thousands(CHANGES), million), 1.4, changed),
    bar("memory to replace, against the file", 1.3, replace[2][3] * 1024 / found.file),
    bar("memory to compare, against the file and the dumps", 1.3, equal[2][3] * 1024 / compared),
    bar("a request's latency (99 of 100) while replacing, against fill", 2, fill[2][3] / fill[1][3]),
    bar("a request's latency (99 of 100) while comparing, against dumps", 2, dump[2][3] / dump[1][3]),
    "\n## Times\n\n",
    row("work", "the C program", "this module", "its CPU", "its memory, MB"),
    row("---", "---:", "---:", "---:", "---:"),
    line("replace", replace[1], replace[2]),
    line("compare, all equal", equal[1], equal[2]),
    line(("%s changes"):format(thousands(CHANGES)), changes[1], changes[2]),
    "\n## Requests meanwhile\n\n",
    "A request each millisecond to the frontends in turn, each of which looks its path up in the map.\n\n",
    row("meanwhile", "half of them within", "99 of 100 within", "the longest"),
    row("---", "---:", "---:", "---:"),
    waiting("nothing", found.idle),
    waiting("fill", fill[1]),
    waiting("replace", fill[2]),
    waiting("dumps", dump[1]),
    waiting("compare, all equal", dump[2]),
  }
end

return function(means, machine)
  local entries = tonumber(os.getenv "BENCH_ENTRIES") or 1000000
  means.say("a map of %d entries", entries)
  local f = haproxy.start { processes = PROCESSES, config = config, global = "  maxconn 100\n", origin = false }
  local ok, found = pcall(work, means, f, entries)
  f:stop()
  if not ok then
    error(found, 0)
  end
  return document(found, machine)
end
