-- serving.lua: what `haproxyadmin serve` holds while it is scraped. Returns a function that
-- measures, with the means of bench.lua, and gives the document. SCRAPES=50 makes it shorter.

local core = require "haproxyadmin.core"
local farm = require "bench.farm"
local figures = require "bench.figures"
local haproxy = require "support.haproxy"
local usage = require "support.usage"

local mega, seconds, thousands = figures.mega, figures.seconds, figures.thousands

local SERVERS, PROCESSES, LIMIT = 10000, 4, 150
local SCRAPES = tonumber(os.getenv "SCRAPES") or 1000

local function read(path)
  local file = io.open(path)
  local text = file and file:read "*a" or ""
  if file then
    file:close()
  end
  return text
end

local function start(means, f)
  local place = f.dir .. "/serve"
  -- Beside the module the program needs what is installed.
  haproxy.write(place .. ".lua", 'os.exit(require("haproxyadmin.cli").main(arg))\n')
  local command = 'LUA_PATH="$LUA_PATH;;" LUA_CPATH="$LUA_CPATH;;" '
    .. "%s %s.lua serve --listen 127.0.0.1:0 -D %s -t 60 2>%s.err & echo $! >%s.pid"
  os.execute(command:format(means.lua, place, f:folder(), place, place))
  local deadline = core.now() + 60
  local port
  repeat
    core.sleep(0.05)
    port = read(place .. ".err"):match "http://127.0.0.1:(%d+)/"
  until port or core.now() > deadline
  return assert(port, read(place .. ".err")), read(place .. ".pid"):match "%d+"
end

local function median(list)
  table.sort(list)
  return list[math.floor(#list / 2) + 1]
end

local function measured(means, f)
  local port, pid = start(means, f)
  local found = { times = {}, marks = {} }
  local command = "curl -s -o /dev/null %s -w '%%{time_total} %%{size_download}' http://127.0.0.1:%s/metrics"
  for i = 1, SCRAPES do
    -- Some clients want it compressed, as Prometheus does.
    local figures_of = means.numbers(command:format(i % 2 == 0 and "--compressed" or "", port))
    if i % 2 == 1 then
      found.times[#found.times + 1], found.bytes = figures_of[1], figures_of[2]
    else
      found.compressed = figures_of[2]
    end
    if i == math.ceil(SCRAPES / 10) or i == SCRAPES then
      local now, most = usage.memory(pid)
      found.marks[#found.marks + 1] = { i, now, most }
      means.say("scrape %d: %.0f MB, %.0f MB at most", i, now, most)
    end
  end
  found.cpu = usage.processor(pid) / SCRAPES
  found.time = median(found.times)
  haproxy.shell("kill -TERM " .. pid)
  return found
end

local function row(...)
  return "| " .. table.concat({ ... }, " | ") .. " |\n"
end

local function document(found, machine)
  local lines = {
    "# `haproxyadmin serve`\n\n",
    "Written by `make bench`, or by `make bench BENCH=serve` alone; do not edit.\n\n",
    ("%d processes with %s servers each; all of `/metrics` is asked for "):format(PROCESSES, thousands(SERVERS)),
    ("%s times, every second time compressed.\n\n"):format(thousands(SCRAPES)),
    machine,
    "\n## Memory\n\n",
    row("after", "resident", "the most so far"),
    row("---:", "---:", "---:"),
  }
  for _, mark in ipairs(found.marks) do
    lines[#lines + 1] = row(thousands(mark[1]) .. " scrapes", ("%.0f MB"):format(mark[2]), ("%.0f MB"):format(mark[3]))
  end
  local most = found.marks[#found.marks][3]
  lines[#lines + 1] = ("\nThe bar is %d MB at most: %s.\n"):format(LIMIT, most <= LIMIT and "met" or "**not met**")
  lines[#lines + 1] = "\n## Times\n\n"
  lines[#lines + 1] = row("a scrape", "bytes", "time", "its CPU")
  lines[#lines + 1] = row("---", "---:", "---:", "---:")
  lines[#lines + 1] = row("as it is", mega(found.bytes) .. " MB", seconds(found.time), seconds(found.cpu))
  lines[#lines + 1] = row("compressed", mega(found.compressed) .. " MB", "", "")
  return table.concat(lines)
end

return function(means, machine)
  local f = farm.start(SERVERS, PROCESSES)
  local ok, found = pcall(measured, means, f)
  f:stop()
  if not ok then
    error(found, 0)
  end
  return document(found, machine)
end
