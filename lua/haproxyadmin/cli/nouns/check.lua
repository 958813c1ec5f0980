-- haproxyadmin check: for Nagios and its friends.

local core = require "haproxyadmin.core"
local health = require "haproxyadmin.cli.items.health"
local numbers = require "haproxyadmin.cli.base.numbers"
local output = require "haproxyadmin.cli.show.output"
local servers = require "haproxyadmin.cli.items.servers"
local text = require "haproxyadmin.cli.base.text"

local states = { [0] = "OK", "WARNING", "CRITICAL", "UNKNOWN" }

-- A word without a slash is a backend here.
local function selectors_of(words)
  local found = {}
  for i, word in ipairs(words) do
    found[i] = word:find "[/@]" and word or word == "-" and word or word .. "/*"
  end
  return found
end

-- How many servers are in each state, their sessions, the names of those that are down, and the backends that
-- have none up.
local function count(chosen)
  local found = { up = 0, down = 0, drain = 0, maint = 0, nolb = 0, sessions = 0, names = {}, all = #chosen }
  local backends, order = {}, {}
  for _, server in ipairs(chosen) do
    local state = health.state(server)
    local backend = core.proxy(server)
    found[state] = found[state] + 1
    found.sessions = found.sessions + (server:get "scur" or 0)
    if backends[backend] == nil then
      backends[backend] = false
      order[#order + 1] = backend
    end
    backends[backend] = backends[backend] or state == "up"
    if state == "down" then
      local code = server:get "check_status"
      found.names[#found.names + 1] = servers.name(server) .. (code and " " .. code or "")
    end
  end
  found.without = {}
  for _, backend in ipairs(order) do
    if not backends[backend] then
      found.without[#found.without + 1] = backend
    end
  end
  return found
end

local function state_of(found, given, failed)
  if given.critical and found.down >= given.critical or #found.without > 0 and not given.critical then
    return 2
  elseif found.down >= (given.warning or 1) or #failed > 0 then
    return 1
  end
  return 0
end

-- Nobody reads more names in one line.
local MOST = 5

local function listed(names)
  local shown = {}
  for i = 1, math.min(#names, MOST) do
    shown[i] = names[i]
  end
  if #names > MOST then
    shown[#shown + 1] = ("%d more"):format(#names - MOST)
  end
  return table.concat(shown, ", ")
end

local function sentence(found, failed)
  local parts = { ("%d of %d servers down"):format(found.down, found.all) }
  if found.down > 0 then
    parts[1] = parts[1] .. (" (%s)"):format(listed(found.names))
  end
  if #found.without > 0 then
    parts[#parts + 1] = ("no server up in %s"):format(listed(found.without))
  end
  parts[#parts + 1] = ("%d draining, %d in maintenance"):format(found.drain, found.maint)
  for _, err in ipairs(failed) do
    parts[#parts + 1] = err.message
  end
  return (text.plain(table.concat(parts, "; ")):gsub("|", "/"))
end

-- Label=value;warning;critical;least;most, as the guidelines of monitoring plugins have it.
local function performance(found, given)
  local down = ("down=%d;%d;%s;0;%d"):format(found.down, given.warning or 1, given.critical or "", found.all)
  return ("up=%d;;;0;%d %s drain=%d maint=%d sessions=%d;;;0"):format(
    found.up,
    found.all,
    down,
    found.drain,
    found.maint,
    found.sessions
  )
end

local function run(call)
  local snapshot = call:snapshot()
  local found = count(servers.choose(snapshot, selectors_of(call.given.selector)))
  local state = state_of(found, call.given, call.failed)
  output.write(("%s: %s | %s\n"):format(states[state], sentence(found, call.failed), performance(found, call.given)))
  call.failed = {}
  return state
end

-- Who is not reached is down; what else goes wrong says nothing of HAProxy.
local function fails(err, status)
  local state = status == 6 and 2 or 3
  output.write(states[state], ": ", (text.plain(err.message):gsub("|", "/")), "\n")
  output.flush()
  return state
end

return {
  name = "check",
  help = "Tells in one line, and by the exit status, whether servers are down: for Nagios and its friends.",
  arguments = {
    { "selector", value = "SELECTOR", count = "*", help = "backends (app) or servers (app/web1, '*/web1'); else all" },
  },
  options = {
    { "-w", "--warning", value = "N", convert = numbers.count, help = "WARNING where so many servers are down (1)" },
    {
      "-c",
      "--critical",
      value = "N",
      convert = numbers.count,
      help = "CRITICAL where so many are (where a backend has none that is up)",
    },
  },
  examples = { "haproxyadmin check", "haproxyadmin check app -w 1 -c 2" },
  run = run,
  fails = fails,
}
