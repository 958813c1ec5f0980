-- haproxyadmin status

local core = require "haproxyadmin.core"
local duration = require "haproxyadmin.cli.base.duration"
local fields = require "haproxyadmin.cli.show.fields"
local health = require "haproxyadmin.cli.items.health"
local json = require "haproxyadmin.base.json_writer"
local metrics = require "haproxyadmin.base.metrics"
local output = require "haproxyadmin.cli.show.output"
local proxies = require "haproxyadmin.cli.items.proxies"
local servers = require "haproxyadmin.cli.items.servers"
local table_of = require "haproxyadmin.cli.show.table"
local text = require "haproxyadmin.cli.base.text"

local function seen(list)
  local found, names = {}, {}
  for _, name in ipairs(list) do
    if not found[name] then
      found[name] = true
      names[#names + 1] = name
    end
  end
  return names
end

-- The line about the processes: what they are, and what they do together.
local function head_of(snapshot)
  local infos = snapshot:info()
  local versions, sums = {}, { CurrConns = 0, Maxconn = 0, Idle = 0 }
  local least, uptime
  for i, info in ipairs(infos) do
    versions[i] = info.Version or "?"
    sums.CurrConns = sums.CurrConns + (info.CurrConns or 0)
    sums.Maxconn = sums.Maxconn + (info.Maxconn or 0)
    sums.Idle = sums.Idle + (info.Idle_pct or 0)
    least = math.min(least or 100, info.Idle_pct or 100)
    uptime = math.min(uptime or math.huge, info.Uptime_sec or 0)
  end
  local rate = snapshot:sum("frontend", "req_rate")
  return {
    processes = #infos,
    versions = seen(versions),
    uptime = uptime,
    connections = sums.CurrConns,
    limit = sums.Maxconn,
    rate = rate,
    idle = math.floor(sums.Idle / #infos),
    least_idle = least,
  }
end

-- The parts of the first line: on a narrow terminal they take several.
local function head_parts(head)
  return {
    ("%d process%s"):format(head.processes, head.processes == 1 and "" or "es"),
    "HAProxy " .. table.concat(head.versions, ", "),
    "up " .. duration.write(head.uptime),
    ("%s conn (of %s)"):format(text.grouped(head.connections), text.grouped(head.limit)),
    text.grouped(head.rate) .. " req/s",
    ("idle %d%% (least %d%%)"):format(head.idle, head.least_idle),
  }
end

local function print_head(call, head)
  local line
  for _, part in ipairs(head_parts(head)) do
    local longer = line and line .. "  " .. part or part
    if line and call.terminal.columns and #longer > call.terminal.columns then
      output.write(text.plain(line), "\n")
      longer = part
    end
    line = longer
  end
  output.write(text.plain(line), "\n\n")
end

local function of(key)
  return function(problem)
    return problem[key]
  end
end

local function problem_columns(total)
  return {
    { key = "kind", title = "", get = of "kind", color = fields.color },
    {
      key = "object",
      title = "",
      get = function(problem)
        return servers.name(problem.server)
      end,
    },
    { key = "since", title = "", get = of "since", show = duration.write },
    {
      key = "processes",
      title = "",
      get = of "processes",
      show = function(numbers)
        return ("%d/%d"):format(#numbers, total)
      end,
    },
    { key = "detail", title = "", get = of "detail" },
  }
end

-- Seconds between two readings, of which rates are made.
local BETWEEN = 1

-- How much a counter of all processes has grown a second, between the two readings of a screen.
local function rate_column(screen, kind, entry)
  local metric = metrics.number[kind][entry[1]]
  return {
    key = entry[1] .. "_per_second",
    title = entry[2],
    right = true,
    show = entry[3],
    get = function(object)
      local increase = core.increase(screen.interval, object, metric)
      return increase and increase / screen.seconds
    end,
  }
end

local function bytes(value)
  return text.short(value) .. "/s"
end

local function tenths(value)
  return (("%.1f"):format(value):gsub(",", "."))
end

local function whole(value)
  return text.grouped(math.floor(value + 0.5))
end

-- What the screen shows of frontends and backends: their columns, and counters as rates.
local shown = {
  frontend = {
    "frontend",
    "status",
    "processes",
    "req_rate",
    "scur",
    { "bin", "IN", bytes },
    { "bout", "OUT", bytes },
    { "hrsp_4xx", "4XX/S", tenths },
    { "hrsp_5xx", "5XX/S", tenths },
  },
  backend = {
    "backend",
    "status",
    "servers_up",
    { "stot", "REQ/S", whole },
    "scur",
    "qcur",
    "ttime",
    { "hrsp_5xx", "5XX/S", tenths },
    { "wretr", "RETRIES/S", tenths },
  },
}

-- The columns of a kind on a screen; `totals`: with the counters that the rates are made of.
local function columns_of(kind, screen, totals)
  local by_key, chosen = {}, {}
  for _, column in ipairs(proxies.columns(kind, screen.snapshot)) do
    by_key[column.key] = column
  end
  for _, entry in ipairs(shown[kind]) do
    if type(entry) == "string" then
      chosen[#chosen + 1] = by_key[entry]
    else
      chosen[#chosen + 1] = rate_column(screen, kind, entry)
      chosen[#chosen + 1] = totals and fields.column(kind, entry[1]) or nil
    end
  end
  return chosen
end

local function print_lines(call, columns, items, no_header)
  local options = { terminal = call.terminal, wide = call.format == "wide", no_header = no_header }
  for _, line in ipairs((table_of.lines(columns, items, options))) do
    output.write(line, "\n")
  end
end

local function print_screen(call, screen)
  local snapshot = screen.snapshot
  local total = #snapshot:processes()
  print_head(call, head_of(snapshot))
  local problems = health.problems(snapshot:servers(), total)
  if #problems > 0 then
    print_lines(call, problem_columns(total), problems, true)
    output.write "\n"
  end
  for _, kind in ipairs { "frontend", "backend" } do
    print_lines(call, columns_of(kind, screen), proxies.all(kind, snapshot), call.given.no_header)
  end
end

local function object_of(columns, item)
  local members = {}
  for i, column in ipairs(columns) do
    members[2 * i - 1], members[2 * i] = column.key, column.get(item)
  end
  return json.object(members, #columns)
end

local function objects_of(columns, items)
  local list = {}
  for i, item in ipairs(items) do
    list[i] = object_of(columns, item)
  end
  return json.list(list)
end

local function print_document(call, screen)
  local snapshot = screen.snapshot
  local frame = call:frame(snapshot)
  for _, kind in ipairs { "frontend", "backend" } do
    frame.head[#frame.head + 1] = kind .. "s"
    frame.head[#frame.head + 1] = objects_of(columns_of(kind, screen, true), proxies.all(kind, snapshot))
  end
  local total = #snapshot:processes()
  local problems = health.problems(snapshot:servers(), total)
  output.document("items", objects_of(problem_columns(total), problems), frame)
end

-- A reading of now, and what has grown since the one before.
local function screen_of(call, before)
  local snapshot, now = call:snapshot(), core.now()
  return {
    snapshot = snapshot,
    at = now,
    interval = core.interval(before.snapshot, snapshot),
    seconds = math.max(now - before.at, 0.001),
  }
end

-- A reading that only the next one is compared with; who does not answer is told by that.
local function first(call)
  local snapshot = call:haproxy():snapshot { partial = true }
  local screen = { snapshot = snapshot, at = core.now() }
  core.sleep(BETWEEN)
  return screen
end

local function print_once(call, before)
  local screen = screen_of(call, before)
  if call:is_json() then
    print_document(call, screen)
  else
    print_screen(call, screen)
  end
  return screen
end

-- Clears a terminal's screen; elsewhere an empty line stands between two screens.
local CLEAR = "\27[H\27[2J"

local function watch(call, seconds)
  local before, is_first = first(call), true
  while true do
    local began = core.now()
    if call.terminal.is then
      output.write(CLEAR)
    elseif not is_first then
      output.write "\n"
    end
    call.failed, is_first = {}, false
    before = print_once(call, before)
    for _, err in ipairs(call.failed) do
      call:warn(err.message)
    end
    output.flush()
    core.sleep(math.max(0, seconds - (core.now() - began)))
  end
end

local function run(call)
  if call.given.watch then
    watch(call, call.given.watch)
  end
  print_once(call, first(call))
end

return {
  name = "status",
  help = "Shows everything in one screen: the processes, what is wrong, frontends and backends, rates of one second.",
  options = {
    {
      "--watch",
      value = "DURATION",
      optional = "2s",
      convert = duration.read,
      help = "again and again, every 2s or so often",
    },
  },
  examples = { "haproxyadmin status", "haproxyadmin status --watch=5s" },
  run = run,
}
