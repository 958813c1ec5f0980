-- Filters: which rows are shown. A filter is words with blanks between, all of which must fit:
--
-- * `app` (a part of the name of the proxy or the server), `app/web*`, `*/web1` (the whole
--   name, with `*` and `?`)
-- * `status:down`, `status:drain,maint`: in any process
-- * `scur>0`, `weight=0`: a number of `show stat`
-- * `!app/web3`: not those

local core = require "haproxyadmin.core"
local metrics = require "haproxyadmin.base.metrics"
local selectors = require "haproxyadmin.cli.items.selectors"
local status = require "haproxyadmin.top.status"

local filter = {}

-- ---- words ----

local function names_of(object)
  local proxy = core.proxy(object)
  if core.kind(object) == "server" then
    return proxy .. "/" .. core.name(object)
  end
  return proxy
end

local function by_part(word)
  local wanted = word:lower()
  return function(_, object)
    return names_of(object):lower():find(wanted, 1, true) ~= nil
  end
end

local function by_pattern(word)
  local pattern = selectors.pattern(word)
  return function(_, object)
    return names_of(object):find(pattern) ~= nil
  end
end

local function by_status(word)
  local wanted = {}
  for class in word:gmatch "[^,]+" do
    if not status.is_class(class) then
      return nil, ("no status is called '%s'"):format(class)
    end
    wanted[class] = true
  end
  return function(reading, object)
    local text, disagreed = reading:agreed(object, "status")
    if not disagreed then
      return wanted[status.of(text or "").class] ~= nil
    end
    for _, entry in ipairs(reading:values(object, "status")) do
      if wanted[status.of(entry[2] or "").class] then
        return true
      end
    end
    return false
  end
end

local comparisons = {
  ["="] = function(a, b)
    return a == b
  end,
  ["<"] = function(a, b)
    return a < b
  end,
  [">"] = function(a, b)
    return a > b
  end,
  ["<="] = function(a, b)
    return a <= b
  end,
  [">="] = function(a, b)
    return a >= b
  end,
}

local function is_metric(name)
  for _, kind in ipairs { "server", "backend", "frontend" } do
    if metrics.number[kind][name] then
      return true
    end
  end
  return false
end

local function by_number(name, operator, number)
  local compare, value = comparisons[operator], tonumber(number)
  if not is_metric(name) then
    return nil, ("no column of 'show stat' is called '%s'"):format(name)
  elseif not compare or not value then
    return nil, ("'%s%s%s' compares nothing"):format(name, operator, number)
  end
  return function(reading, object)
    local found = reading:number(object, name)
    return type(found) == "number" and compare(found, value)
  end
end

local function negate(fits)
  return fits and function(reading, object)
    return not fits(reading, object)
  end
end

local function of_word(word)
  local rest = word:match "^!(.+)$"
  if rest then
    local fits, err = of_word(rest)
    return negate(fits), err
  end
  local classes = word:match "^status:(.+)$"
  if classes then
    return by_status(classes:lower())
  end
  local name, operator, number = word:match "^([%w_]+)([<>=]+)(.+)$"
  if name then
    return by_number(name, operator, number)
  elseif word:find "[/*?%[]" then
    return by_pattern(word)
  end
  return by_part(word)
end

--- Reads a filter: a function of a reading and an object, nil for one that all fit; or nil and
-- what is wrong with it.
function filter.read(text)
  local all = {}
  for word in text:gmatch "%S+" do
    local fits, err = of_word(word)
    if not fits then
      return nil, err
    end
    all[#all + 1] = fits
  end
  if #all == 0 then
    return nil
  end
  return function(reading, object)
    for _, fits in ipairs(all) do
      if not fits(reading, object) then
        return false
      end
    end
    return true
  end
end

--- The filter for what is wrong in any process, or not the same in all.
function filter.wrong(reading, object)
  local text, disagreed = reading:agreed(object, "status")
  return disagreed or status.of(text or "").wrong
end

return filter
