-- The columns of the page's tables: every metric of a kind by its name, and with `_s` behind it
-- what it grows by a second.

local core = require "haproxyadmin.core"
local json = require "haproxyadmin.base.json_writer"
local metrics = require "haproxyadmin.base.metrics"

local columns = {}

--- Those that are shown where nobody asks for others, by kind.
columns.default = {
  frontend = { "status", "req_tot_s", "scur", "slim", "bin_s", "bout_s", "hrsp_4xx_s", "hrsp_5xx_s", "ereq_s" },
  backend = {
    "status",
    "stot_s",
    "scur",
    "qcur",
    "bin_s",
    "bout_s",
    "hrsp_4xx_s",
    "hrsp_5xx_s",
    "rtime",
    "wretr_s",
    "weight",
  },
  server = { "status", "weight", "stot_s", "scur", "smax", "slim", "qcur", "rtime", "econ_s", "last_chk", "lastchg" },
}

--- The values as {[value] = {nb, ...}}, for a disagreement to be shown.
function columns.by_value(values)
  local found = {}
  for _, entry in ipairs(values) do
    local key = entry[2] == nil and "" or tostring(entry[2])
    found[key] = found[key] or json.list {}
    table.insert(found[key], entry[1])
  end
  return found
end

local function of_one(object, number, process)
  for _, entry in ipairs(core.values(object, number)) do
    if entry[1] == process then
      return entry[2]
    end
  end
end

-- A metric by its rule, or by another one. Where processes disagree, each value and who has it.
local function value_of(number, rule)
  return function(object, _, process)
    if process then
      return of_one(object, number, process)
    end
    local value, disagreed = core.metric(object, number, rule)
    if disagreed then
      return columns.by_value(core.values(object, number))
    end
    return value
  end
end

local function rate_of(number)
  return function(object, rates, process)
    return rates:of(object, number, process)
  end
end

-- Of a server no mean is shown of what somebody has set.
local same = { weight = true, uweight = true, act = true, bck = true }

local getters = { frontend = {}, backend = {}, server = {} }

-- The function(object, rates, process) of a column, or nil where the kind has none so called.
local function getter(kind, name)
  local found = getters[kind][name]
  if not found then
    local number = metrics.number[kind]
    local counter = name:match "^(.+)_s$"
    if number[name] then
      found = value_of(number[name], kind == "server" and same[name] and "same" or nil)
    elseif counter and number[counter] then
      found = rate_of(number[counter])
    end
    getters[kind][name] = found
  end
  return found
end

--- The columns of a kind that are among `names` (nil: the default ones), {names =, getters =}.
function columns.of(kind, names)
  local chosen = { names = json.list {}, getters = {} }
  for _, name in ipairs(names or columns.default[kind]) do
    local found = getter(kind, name)
    if found then
      table.insert(chosen.names, name)
      table.insert(chosen.getters, found)
    end
  end
  return chosen
end

--- Does any kind have a column of this name?
function columns.exists(name)
  return (getter("frontend", name) or getter("backend", name) or getter("server", name)) ~= nil
end

--- Puts the values of an object behind those in `row`.
function columns.read(chosen, row, object, rates, process)
  for _, get in ipairs(chosen.getters) do
    local value = get(object, rates, process)
    if value == nil then
      value = json.null
    end
    row[#row + 1] = value
  end
  return row
end

return columns
