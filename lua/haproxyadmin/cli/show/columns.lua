-- Which columns are shown, in which order, and of which items.

local failure = require "haproxyadmin.cli.base.failure"
local similar = require "haproxyadmin.cli.base.similar"

local columns = {}

local function find(list, key)
  for i, column in ipairs(list) do
    if column.key == key then
      return column, i
    end
  end
end

local function keys_of(list)
  local keys = {}
  for i, column in ipairs(list) do
    keys[i] = column.key
  end
  return keys
end

-- The column of a key: one that is known, or one that `more` makes of a field's name.
local function column_of(list, key, more)
  local found = find(list, key) or more and more(key)
  if not found then
    local near = similar.find(keys_of(list), key)
    local message = ("there is no column %s"):format(similar.quote(key))
    if near then
      failure.raise("usage", message .. ("; did you mean '%s'?"):format(near))
    end
    failure.raise("usage", message .. ": " .. table.concat(keys_of(list), ", "))
  end
  return found
end

-- Changes what is shown by "+key" and "-key".
local function change(chosen, word, list, more)
  local sign, key = word:match "^([+-])(.*)$"
  local column = column_of(list, key, more)
  local _, place = find(chosen, key)
  if sign == "-" and place then
    table.remove(chosen, place)
  elseif sign == "+" and not place then
    chosen[#chosen + 1] = column
  end
end

local function is_json(format)
  return format == "json" or format == "ndjson"
end

-- The columns that name an item.
local function names_of(list)
  local names = {}
  for _, column in ipairs(list) do
    if column.names then
      names[#names + 1] = column
    end
  end
  return names
end

--- The columns of `list` that are shown: those that were asked for, or in a table those
-- that are not wide. An object of JSON says what it is of, whatever was asked for, and has each member once.
function columns.choose(list, asked, format, more)
  local chosen = {}
  for _, column in ipairs(list) do
    if not column.wide or format ~= "table" then
      chosen[#chosen + 1] = column
    end
  end
  if not asked then
    return chosen
  end
  if not asked:match "^[+-]" then
    chosen = is_json(format) and names_of(list) or {}
  end
  for word in asked:gmatch "[^,%s]+" do
    if word:match "^[+-]" then
      change(chosen, word, list, more)
    elseif not (is_json(format) and find(chosen, word)) then
      chosen[#chosen + 1] = column_of(list, word, more)
    end
  end
  return chosen
end

--- What core.listing and core.cells know the columns by, where the items are objects of a snapshot; nil where
-- they are not.
function columns.listed(list, items)
  local listed = {}
  for i, column in ipairs(list) do
    listed[i] = column.listed
  end
  return items[1] ~= nil and #listed == #list and listed or nil
end

-- What stands first of two values: numbers before texts, nothing at last.
local function before(a, b)
  if type(a) == type(b) then
    return a < b
  end
  return type(a) == "number"
end

--- The items in the order of a field, "-field" from the largest on; those without stand at
-- the end, and equal ones as they stood.
function columns.sort(items, asked, list, more)
  local sign, key = asked:match "^(-?)(.*)$"
  local column = column_of(list, key, more)
  local values, places = {}, {}
  for i, item in ipairs(items) do
    local value = column.get(item)
    if type(value) == "table" then
      value = #value
    end
    values[item], places[item] = value, i
  end
  table.sort(items, function(a, b)
    local one, other = values[a], values[b]
    if one == other then
      return places[a] < places[b]
    elseif one == nil or other == nil then
      return one ~= nil
    elseif sign == "-" then
      return before(other, one)
    end
    return before(one, other)
  end)
  return items
end

return columns
