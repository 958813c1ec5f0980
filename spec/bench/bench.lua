-- bench.lua: runs the benchmarks and writes doc/performance.md and
-- doc/performance/exposition.md, maps.md, masters.md, program.md, serve.md, servers.md and tables.md. `make bench`
-- runs it, with BENCH=all for every size, with BENCH=exposition, BENCH=maps, BENCH=masters, BENCH=program, BENCH=serve,
-- BENCH=servers or BENCH=tables for one of these alone.

local core = require "haproxyadmin.core"
local exposition = require "bench.exposition"
local farm = require "bench.farm"
local haproxy = require "support.haproxy"
local haproxyadmin = require "haproxyadmin"
local maps = require "bench.maps"
local masters = require "bench.masters"
local program = require "bench.program"
local report = require "bench.report"
local serve_bench = require "bench.serving"
local server_bench = require "bench.servers"
local tables = require "bench.tables"

local ALL = os.getenv "BENCH" == "all"
local LUA = os.getenv "LUA" or "lua5.4"
local PROGRAMS = "build/bench/"
local PEER = "PYTHONPATH=build/bench/peer/usr/lib/python3/dist-packages python3 spec/bench/"
local DUMP = "show info;show stat"

-- ---- measuring ----

local function say(...)
  io.stderr:write(("bench: " .. (...) .. "\n"):format(select(2, ...)))
end

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

local function numbers(command)
  local found = {}
  for word in output(command):gmatch "%S+" do
    found[#found + 1] = tonumber(word)
  end
  assert(#found > 0, "no figures from: " .. command)
  return found
end

local function median(list)
  local sorted = { (table.unpack or unpack)(list) } -- luacheck: compat
  table.sort(sorted)
  local middle = math.floor((#sorted + 1) / 2)
  if #sorted % 2 == 1 then
    return sorted[middle]
  end
  return (sorted[middle] + sorted[middle + 1]) / 2
end

-- Runs the commands in turns, `rounds` times. Returns, for each, the medians of
-- the figures that it prints, and the median of its first figure's ratio to
-- the first command's in the same round.
local function in_turns(rounds, commands)
  local figures, ratios = {}, {}
  for i = 1, #commands do
    figures[i], ratios[i] = {}, {}
  end
  for _ = 1, rounds do
    local first
    for i, command in ipairs(commands) do
      local found = numbers(command)
      first = first or found[1]
      table.insert(ratios[i], found[1] / first)
      for k, figure in ipairs(found) do
        figures[i][k] = figures[i][k] or {}
        table.insert(figures[i][k], figure)
      end
    end
  end
  local results = {}
  for i, found in ipairs(figures) do
    results[i] = { ratio = median(ratios[i]) }
    for k, list in ipairs(found) do
      results[i][k] = median(list)
    end
  end
  return results
end

local function timed(command, environment)
  return (environment or "") .. PROGRAMS .. "timed " .. command
end

local function sockets(f)
  return table.concat(f.sockets, " ")
end

local load_before = output("cat /proc/loadavg"):match "^%S+"

-- ---- the works ----

local results = { listings = {}, kept = {} }

local function listing_command(f, how)
  return ("%s spec/bench/listing.lua %s %s"):format(LUA, f:folder(), how)
end

local function listing(f, servers, processes, rounds)
  local floor = ("%sfloor '%s' %s"):format(PROGRAMS, DUMP, sockets(f))
  local bytes = numbers(floor)[1]
  local found = in_turns(rounds, {
    timed(floor),
    timed(listing_command(f, "snapshot print")),
    timed(listing_command(f, "snapshot write")),
    timed(("%s spec/bench/columns.lua %s"):format(LUA, f:folder())),
  })
  local entry = {
    servers = servers,
    processes = processes,
    rounds = rounds,
    bytes = bytes,
    floor = found[1][1],
    floor_cpu = found[1][2],
    wall = found[2][1],
    cpu = found[2][2],
    peak = found[2][3] * 1024,
    ratio = found[2].ratio,
    buffered = found[3][1],
    buffered_ratio = found[3].ratio,
    columns = found[4][1],
    columns_ratio = found[4].ratio,
  }
  table.insert(results.listings, entry)
  say(
    "listing %d servers, %d processes: ratio %.2f, buffered %.2f, five columns %.2f",
    servers,
    processes,
    entry.ratio,
    entry.buffered_ratio,
    entry.columns_ratio
  )
  return entry
end

local function phases(f)
  return in_turns(5, { ("%s spec/bench/phases.lua %s 2>&1 >/dev/null"):format(LUA, f:folder()) })[1]
end

-- Is there the option `keep`, with which connections are kept?
local function can_keep(f)
  local can, hap = pcall(haproxyadmin.HAProxy, { socket_dir = f:folder(), keep = true })
  if can then
    hap:close()
  end
  return can
end

local function against_python(f, entry)
  local peer = in_turns(1, { timed("env " .. PEER .. "peer_listing.py " .. f:folder()) })[1]
  say "the peer's listing is done"
  local live = in_turns(1, { timed(listing_command(f, "live print")) })[1]
  results.peer = { wall = peer[1], cpu = peer[2], peak = peer[3] * 1024 }
  results.live = { wall = live[1], cpu = live[2], peak = live[3] * 1024, ratio = peer[1] / live[1] }
  results.peer.ratio = peer[1] / entry.wall
  if can_keep(f) then
    local kept = in_turns(1, { timed(listing_command(f, "kept print")) })[1]
    results.kept.listing = { wall = kept[1], ratio = peer[1] / kept[1] }
    say("the listing on kept connections: %.1f times faster", results.kept.listing.ratio)
  end
end

-- What one question costs on this farm, whoever asks.
local function live_floor(f)
  local server = haproxyadmin.HAProxy({ socket_dir = f:folder() }):backend("b500"):servers()[1]
  local ask = ("raw %%s 2000 'show stat %d 4 %d' %s"):format(server.iid, server.sid, sockets(f))
  local found = in_turns(5, { PROGRAMS .. ask:format "", PROGRAMS .. ask:format "-k" })
  results.live.raw, results.live.kept = found[1][1], found[2][1]
end

local function property(f)
  local hap = haproxyadmin.HAProxy { socket_dir = f:folder() }
  local server = hap:backend("b7"):servers()[1]
  local line = ("show stat %d 4 %d"):format(server.iid, server.sid)
  local count = 2000
  local found = in_turns(9, {
    ("%sraw %d '%s' %s"):format(PROGRAMS, count, line, sockets(f)),
    ("%s spec/bench/property.lua new %d b7 %s"):format(LUA, count, sockets(f)),
    ("%sraw %d '%s' %s"):format(PROGRAMS, count, line, f.sockets[1]),
  })
  results.property = { raw = found[1][1], wall = found[2][1], ratio = found[2].ratio, single = found[3][1] }
  say("one property: ratio %.2f", found[2].ratio)
end

-- On connections that are kept: one read, and one command after the other.
local function kept(f, count)
  local servers = haproxyadmin.HAProxy({ socket_dir = f:folder() }):servers()
  local lines = {}
  for i = 1, count do
    lines[i] = ("set weight %s/%s 10"):format(servers[i].backendname, servers[i].name)
  end
  local line = ("show stat %d 4 %d"):format(servers[61].iid, servers[61].sid)
  local raw = "%sraw -k %d '%s' %s"
  local reads = 2000
  local read = in_turns(9, {
    raw:format(PROGRAMS, reads, line, sockets(f)),
    ("%s spec/bench/property.lua kept %d b7 %s"):format(LUA, reads, sockets(f)),
  })
  local set = in_turns(9, {
    raw:format(PROGRAMS, count, table.concat(lines, "\n"), sockets(f)),
    ("%s spec/bench/setweight_each.lua %s %d"):format(LUA, f:folder(), count),
  })
  results.kept.property = { raw = read[1][1], wall = read[2][1], ratio = read[2].ratio }
  results.kept.setweight = { count = count, raw = set[1][1], wall = set[2][1], ratio = set[2].ratio }
  say("on kept connections: one property %.2f, setweight %.2f", read[2].ratio, set[2].ratio)
end

local function setweight(f, count)
  local found = in_turns(5, {
    ("%s spec/bench/setweight.lua %s %d"):format(LUA, f:folder(), count),
    ("env %speer_setweight.py %s %d"):format(PEER, f:folder(), count),
  })
  results.setweight = { count = count, wall = found[1][1], peer = found[2][1], ratio = found[2].ratio }
  say("setweight: %.0f times faster", found[2].ratio)
end

local function sums(f)
  local found = in_turns(5, { ("%s spec/bench/sum.lua %s"):format(LUA, f:folder()) })[1]
  results.sum = { loop = found[1], whole = found[2], sum = found[3] }
end

-- With checks, so that there is something to read.
local COLUMNS = { "status", "weight", "address", "check_status" }

local function values(f)
  local command = ("%s spec/bench/values.lua %s %s"):format(LUA, f:folder(), table.concat(COLUMNS, " "))
  local found = in_turns(5, { command })[1]
  results.values = {}
  for i, column in ipairs(COLUMNS) do
    results.values[i] = { column = column, ratio = found[i] }
    say("%s of a snapshot's server: %.2f", column, found[i])
  end
end

-- A dump of one process, as it came, in a file.
local function record(f, path)
  local session = core.session("once", 2 ^ 30)
  session:ask("show stat", "stat")
  local request = { address = f.sockets[1], line = session:line(), reply = session }
  core.exchange({ request }, core.now() + 60)
  assert(not request.code)
  haproxy.write(path, session:raw())
end

local function parse(f)
  local path = f.dir .. "/dump"
  record(f, path)
  local found = in_turns(5, { PROGRAMS .. "parse " .. path })[1]
  results.parse = { bytes = found[1], index = found[2], copy = found[3], read = found[4] }
end

local function with_farm(servers, processes, work, options)
  say("%d servers, %d processes", servers, processes)
  local f = farm.start(servers, processes, options)
  local ok, err = pcall(work, f)
  f:stop()
  if not ok then
    error(err, 0)
  end
end

-- Measured: a process with 100,000 servers needs 0.7 GB.
local function enough_memory(servers, processes)
  local text = assert(io.open "/proc/meminfo"):read "*a"
  local free = tonumber(text:match "MemAvailable:%s+(%d+)") * 1024
  return free > processes * servers * 7500 + 2 ^ 30
end

local function rounds_for(servers, processes)
  if servers * processes >= 400000 then
    return servers * processes > 400000 and 3 or 9
  end
  return 15
end

-- Beside the sizes on which the bars stand.
local function more(servers, processes)
  return ALL or servers <= 10000 and (servers == 10000 or processes == 4)
end

local machine = {
  lua = output(LUA .. " -v 2>&1"),
  haproxy = output(haproxy.program() .. " -v"),
  python = output "python3 --version 2>&1",
  peer = "haproxyadmin 0.2.4 (python3-haproxyadmin of Debian trixie)",
  compiler = output((os.getenv "CC" or "cc") .. " --version"),
  kernel = output "uname -sr",
  cpu = output "grep -m1 'model name' /proc/cpuinfo",
  cores = output "nproc",
  load = load_before,
  memory = output "grep MemTotal /proc/meminfo",
}

os.execute "mkdir -p doc/performance"
local means = { lua = LUA, programs = PROGRAMS, say = say, numbers = numbers, timed = timed, in_turns = in_turns }
-- Documents of their own: with BENCH the one of this name alone.
local documents = {
  exposition = exposition,
  maps = maps,
  masters = masters,
  program = program,
  serve = serve_bench,
  servers = server_bench,
  tables = tables,
}
local only = documents[os.getenv "BENCH"] and os.getenv "BENCH"
for name, write in pairs(documents) do
  if not only or only == name then
    haproxy.write(("doc/performance/%s.md"):format(name), write(means, report.machine(machine)))
  end
end
if only then
  return
end

for _, servers in ipairs { 100, 1000, 10000, 100000 } do
  for _, processes in ipairs { 1, 4, 16 } do
    local bar = processes == 4 and servers >= 1000
    if not bar and not more(servers, processes) then
      say("%d servers, %d processes: only with BENCH=all", servers, processes)
    elseif not enough_memory(servers, processes) then
      say("%d servers, %d processes: not enough memory", servers, processes)
    else
      with_farm(servers, processes, function(f)
        local entry = listing(f, servers, processes, rounds_for(servers, processes))
        if processes ~= 4 then
          return
        elseif servers == 1000 then
          property(f)
          setweight(f, 1000)
          if can_keep(f) then
            kept(f, 1000)
          end
        elseif servers == 10000 then
          sums(f)
          against_python(f, entry)
          live_floor(f)
        elseif servers == 100000 then
          parse(f)
        end
        if bar then
          entry.phases = phases(f)
        end
      end)
    end
  end
end

with_farm(10000, 4, values, "check inter 1h")

results.load = in_turns(15, { timed(LUA .. " -e 'require \"haproxyadmin\"'") })[1][1]
results.bare = in_turns(15, { timed(LUA .. " -e ''") })[1][1]

local text, pictures = report.document(results, machine)
haproxy.write("doc/performance.md", text)
for name, picture in pairs(pictures) do
  haproxy.write("doc/performance/" .. name, picture)
end
io.write(text)
