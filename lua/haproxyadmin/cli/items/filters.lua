-- Which of the objects that selectors mean are left: by backend, by state, by a condition on a field.

local failure = require "haproxyadmin.cli.base.failure"
local selectors = require "haproxyadmin.cli.items.selectors"
local similar = require "haproxyadmin.cli.base.similar"
local sorted_keys = require "haproxyadmin.base.sorted_keys"

local filters = {}

-- How HAProxy's status begins, by the words of --state.
local states = {
  up = "^UP",
  down = "^DOWN",
  drain = "^DRAIN",
  maint = "^MAINT",
  nolb = "^NOLB",
  nocheck = "^no check",
  open = "^OPEN",
  stop = "^STOP",
}

local function state_names()
  return table.concat(sorted_keys(states), ", ")
end

local function read_states(text)
  local list = {}
  for word in text:gmatch "[^,%s]+" do
    if not states[word:lower()] then
      return nil, "some of " .. state_names()
    end
    list[#list + 1] = states[word:lower()]
  end
  if #list == 0 then
    return nil, "some of " .. state_names()
  end
  return list
end

-- Longer operators stand before those that they begin with.
local operators = { ">=", "<=", "!=", "!~", "==", "=", ">", "<", "~" }

local function compare(operator, a, b)
  if operator == ">" then
    return a > b
  elseif operator == "<" then
    return a < b
  elseif operator == ">=" then
    return a >= b
  end
  return a <= b
end

local tests = {
  ["="] = function(value, wanted)
    return value == wanted
  end,
  ["!="] = function(value, wanted)
    return value ~= wanted
  end,
  ["~"] = function(value, wanted)
    return tostring(value):find(wanted, 1, true) ~= nil
  end,
  ["!~"] = function(value, wanted)
    return tostring(value):find(wanted, 1, true) == nil
  end,
}
tests["=="] = tests["="]

local function read_condition(text)
  local expected = "FIELD OP VALUE with one of " .. table.concat(operators, " ")
  local field, rest = text:match "^%s*([%w_.]+)%s*(.*)$"
  for _, operator in ipairs(field and operators or {}) do
    if rest:sub(1, #operator) == operator then
      local value = rest:sub(#operator + 1):gsub("^%s+", ""):gsub("%s+$", "")
      if not tests[operator] and not tonumber(value) then
        return nil, "a number behind " .. operator
      end
      return { field = field, operator = operator, value = value }
    end
  end
  return nil, expected
end

--- The options of verbs on servers.
filters.backend = { "-b", "--backend", value = "BACKEND", many = true, help = "only of these backends: app, 'a*'" }
filters.state = {
  "--state",
  value = "LIST",
  convert = read_states,
  help = "only in these states: up, down, drain, maint, nolb, nocheck",
}
filters.where = {
  "--where",
  value = "CONDITION",
  many = true,
  convert = read_condition,
  help = "only where a field is so: 'scur>0', 'check_status~L7', 'status=DOWN' (= != > < >= <= ~ !~)",
}

-- All values that an object has in a column: one, or one of each process.
local function values_of(column, object)
  local value, differing = column.get(object)
  if type(value) == "table" then
    value = #value
  end
  return differing or { value }
end

local function any(values, holds)
  for _, value in ipairs(values) do
    if holds(value) then
      return true
    end
  end
  return false
end

local function in_backends(patterns, name)
  for _, pattern in ipairs(patterns) do
    if name:find(pattern) then
      return true
    end
  end
  return #patterns == 0
end

local function holds_condition(condition)
  local number = tonumber(condition.value)
  return function(value)
    local test = tests[condition.operator]
    if not test then
      return type(value) == "number" and compare(condition.operator, value, number)
    elseif type(value) == "number" and condition.operator:find("=", 1, true) then
      return test(value, number)
    end
    return test(value, condition.value)
  end
end

local function column_of(columns, more, key)
  for _, column in ipairs(columns) do
    if column.key == key then
      return column
    end
  end
  local made = more(key)
  if not made then
    failure.raise("usage", ("option '--where': there is no field %s"):format(similar.quote(key)))
  end
  return made
end

--- What is left of the objects. `given`: the values of the options above; `columns` and `more(key)`: where
-- their fields are read; `parent(object)`: the name of an object's backend.
function filters.apply(objects, given, columns, more, parent)
  if not (given.state or given.where and given.where[1] or given.backend and given.backend[1]) then
    return objects
  end
  local patterns, conditions = {}, {}
  for i, glob in ipairs(given.backend or {}) do
    patterns[i] = selectors.pattern(glob)
  end
  for i, condition in ipairs(given.where or {}) do
    conditions[i] = { column = column_of(columns, more, condition.field), holds = holds_condition(condition) }
  end
  local status = given.state and column_of(columns, more, "status")
  local function is_left(object)
    if not in_backends(patterns, parent and parent(object) or "") then
      return false
    elseif given.state and not any(values_of(status, object), function(value)
      return in_backends(given.state, value)
    end) then
      return false
    end
    for _, condition in ipairs(conditions) do
      if not any(values_of(condition.column, object), condition.holds) then
        return false
      end
    end
    return true
  end
  local left = {}
  for _, object in ipairs(objects) do
    if is_left(object) then
      left[#left + 1] = object
    end
  end
  return left
end

return filters
