-- What is wrong: servers that are down, taken out, missing somewhere or not the same everywhere.

local core = require "haproxyadmin.core"
local fields = require "haproxyadmin.cli.show.fields"
local metrics = require "haproxyadmin.base.metrics"

local health = {}

local status = fields.column("server", "status")
local weight = fields.column("server", "weight")

-- In words of the state of one process's server, as --state has them.
local words = {
  { "^UP", "up" },
  { "^no check", "up" },
  { "^DOWN", "down" },
  { "^DRAIN", "drain" },
  { "^MAINT", "maint" },
  { "^NOLB", "nolb" },
}

local function word_of(value)
  for _, entry in ipairs(words) do
    if value:find(entry[1]) then
      return entry[2]
    end
  end
  return "down"
end

-- The worst stands first.
local order = { "down", "nolb", "maint", "drain", "up" }

--- The state of a server over all processes: the worst that any of them has ("up", "drain", "maint", "nolb",
-- "down"), and the statuses of HAProxy's where they differ.
function health.state(server)
  local value, differing = status.get(server)
  if not differing then
    return word_of(value or ""), nil
  end
  local seen = {}
  for _, one in ipairs(differing) do
    seen[word_of(one)] = true
  end
  for _, word in ipairs(order) do
    if seen[word] then
      return word, differing
    end
  end
end

-- "5 in 1,3; 3 in 2": what each process has, where they differ.
local function spread(server, name)
  local values, places = {}, {}
  for _, entry in ipairs(core.values(server, metrics.number.server[name], "same")) do
    local value = tostring(entry[2] == nil and "nothing" or entry[2])
    if not places[value] then
      places[value] = {}
      values[#values + 1] = value
    end
    table.insert(places[value], tostring(entry[1]))
  end
  for i, value in ipairs(values) do
    values[i] = ("%s in %s"):format(value, table.concat(places[value], ","))
  end
  return table.concat(values, "; ")
end

local function check_of(server)
  local code, took = server:get "check_status", server:get "check_duration"
  if not code then
    return ""
  end
  local http = server:get "check_code"
  local words_of = http and http ~= 0 and ("%s %s"):format(code, http) or code
  return took and ("%s in %s ms"):format(words_of, tostring(took)) or words_of
end

local function detail(server, state)
  if state == "drain" then
    return ("%s sessions left"):format(tostring(server:get "scur" or 0))
  elseif state == "maint" then
    return ""
  end
  return check_of(server)
end

local function problem(server, kind, what, numbers)
  return {
    kind = kind,
    server = server,
    detail = what,
    since = server:get "lastchg",
    processes = numbers,
  }
end

--- What is wrong with the servers of a snapshot, a sequence of {kind =, server =, detail =, since =, processes =}.
-- `kind`: a status of HAProxy's, "differ" or "missing". `total`: how many processes there are.
function health.problems(servers, total)
  local found = {}
  for _, server in ipairs(servers) do
    local state, differing = health.state(server)
    local numbers = core.process_nb(server)
    if differing then
      found[#found + 1] = problem(server, "differ", "status " .. spread(server, "status"), numbers)
    elseif state ~= "up" then
      found[#found + 1] = problem(server, (status.get(server)), detail(server, state), numbers)
    end
    if select(2, weight.get(server)) then
      found[#found + 1] = problem(server, "differ", "weight " .. spread(server, "weight"), numbers)
    end
    if #numbers < total then
      local where = ("only in process %s"):format(table.concat(numbers, ","))
      found[#found + 1] = problem(server, "missing", where, numbers)
    end
  end
  return found
end

return health
