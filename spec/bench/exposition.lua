-- exposition.lua: what many servers cost as Prometheus and as JSON. Returns a function that
-- measures, with the means of bench.lua, and gives the document.

local farm = require "bench.farm"
local figures = require "bench.figures"

local mega, seconds, thousands = figures.mega, figures.seconds, figures.thousands

local SERVERS, PROCESSES, ROUNDS, TIMES = 10000, 4, 7, 3

local EXPORTER = [[
frontend prom
  bind unix@{dir}/prom{n}.sock
  http-request use-service prometheus-exporter
]]

local WORKS = { "snapshot", "count", "write", "each", "json", "records", "csv" }

local function measured(means, f)
  local function own(work)
    return ("%s spec/bench/exposing.lua %s %s %d"):format(means.lua, f:folder(), work, TIMES)
  end
  local theirs = "curl -s -o /dev/null -w '%%{time_total} 0 %%{size_download}' "
    .. "--unix-socket %s/prom1.sock http://h/"
  theirs = theirs:format(f.dir)
  local found = { scrape = means.in_turns(ROUNDS, { theirs, own "scrape" }) }
  means.say("scrape: %.2f", found.scrape[2].ratio)
  local commands = {}
  for i, work in ipairs(WORKS) do
    commands[i] = own(work)
  end
  for i, result in ipairs(means.in_turns(ROUNDS, commands)) do
    found[WORKS[i]] = result
  end
  means.say("written: %.0f MB/s, JSON: %.2f", found.write[3] / found.write[2] / 1e6, found.json.ratio)
  return found
end

local function row(...)
  return "| " .. table.concat({ ... }, " | ") .. " |\n"
end

local function bar(text, limit, shown, met)
  return row(text, limit, shown, met and "yes" or "**no**")
end

local function at_most(text, limit, ratio)
  return bar(text, ("at most %.2f"):format(limit), ("%.2f"):format(ratio), ratio <= limit)
end

local function work_row(text, found)
  return row(text, mega(found[3]) .. " MB", seconds(found[1]), seconds(found[2]))
end

local function document(found, machine)
  local theirs, scrape, write = found.scrape[1], found.scrape[2], found.write
  local speed = write[3] / write[2] / 1e6
  local shared = found.count[2] / scrape[2]
  return table.concat {
    "# Prometheus and JSON\n\n",
    "Written by `make bench`, or by `make bench BENCH=exposition` alone; do not edit.\n\n",
    ("%d processes with %s servers each. "):format(PROCESSES, thousands(SERVERS)),
    ("Works that are compared run in turns, %d rounds;\nof each round the best of %d, "):format(ROUNDS, TIMES),
    "and of the rounds the median.\n\n",
    "- *scrape*: all processes are read, counted and written as `/metrics` has it, in one program;\n",
    "- *HAProxy's exporter*: curl asks **one** of the processes for its `/metrics`;\n",
    ("- what was read before, %s MB, is written to strings that nobody keeps.\n\n"):format(mega(found.snapshot[3])),
    machine,
    "\n## Bars\n\n",
    row("work", "bar", "measured", "met"),
    row("---", "---", "---", "---"),
    at_most("scrape of all, against HAProxy's exporter of one", 0.7, scrape.ratio),
    bar("all metrics written, on one core", "at least 400 MB/s", ("%.0f MB/s"):format(speed), speed >= 400),
    at_most("JSON of all servers, all fields, against one snapshot", 1.5, found.json.ratio),
    at_most("what counting takes of the scrape's CPU", 0.15, shared),
    "\n## Times\n\n",
    row("work", "bytes", "time", "its CPU"),
    row("---", "---:", "---:", "---:"),
    row("HAProxy's exporter, one process", mega(theirs[3]) .. " MB", seconds(theirs[1]), ""),
    work_row("scrape, all processes as one", scrape),
    work_row("snapshot", found.snapshot),
    work_row("counting", found.count),
    work_row("all metrics, all processes as one", write),
    work_row('all metrics of each process (`process = "*"`)', found.each),
    work_row("JSON of the servers, columns and rows", found.json),
    work_row("JSON of the servers, records", found.records),
    work_row("CSV of the servers", found.csv),
  }
end

return function(means, machine)
  local f = farm.start(SERVERS, PROCESSES, nil, EXPORTER)
  local ok, found = pcall(measured, means, f)
  f:stop()
  if not ok then
    error(found, 0)
  end
  return document(found, machine)
end
