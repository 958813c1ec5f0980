-- JSON, by whichever well-kept library is installed. Nothing but files of state needs
-- one: a state itself is a plain Lua table.
--
-- An empty table is written as the library likes, `{}` or `[]`, and both are read as an
-- empty table; `null` is read as nothing. A number or text that the library would not
-- write faithfully is refused.

local check = require "haproxyadmin.base.check"
local errors = require "haproxyadmin.errors"
local sorted_keys = require "haproxyadmin.base.sorted_keys"
local utf8 = require "haproxyadmin.base.utf8"

local json = {}

-- Each adapter takes the loaded module and returns how to encode and to decode, both of
-- which may raise, and what the library makes of `null`.
local adapters = {}

function adapters.rapidjson(library)
  local options = { pretty = true, sort_keys = true }
  return {
    encode = function(value)
      return library.encode(value, options)
    end,
    decode = function(text)
      local value, err = library.decode(text)
      return value == nil and error(err, 0) or value
    end,
    null = library.null,
  }
end

function adapters.cjson(library)
  -- One of our own: its settings are the library's otherwise, shared with everybody.
  local own = library.new and library.new() or library
  return { encode = own.encode, decode = own.decode, null = library.null }
end

-- dkjson writes keys in the order that it is given, which `keys` collects.
local function collect_keys(value, keys)
  for key, item in pairs(value) do
    if type(key) == "string" then
      keys[key] = true
    end
    if type(item) == "table" then
      collect_keys(item, keys)
    end
  end
  return keys
end

function adapters.dkjson(library)
  return {
    encode = function(value)
      local order = type(value) == "table" and sorted_keys(collect_keys(value, {})) or nil
      return library.encode(value, { indent = true, keyorder = order })
    end,
    decode = function(text)
      local value, next_place, err = library.decode(text, 1, nil, nil, nil)
      if err then
        error(err, 0)
      elseif text:find("%S", next_place) then
        error(("something stands behind the value at position %d"):format(next_place), 0)
      end
      return value
    end,
  }
end

function adapters.lunajson(library)
  return { encode = library.encode, decode = library.decode }
end

-- Those that keep 64-bit integers and sort keys stand first.
json.libraries = { "rapidjson", "dkjson", "cjson", "lunajson" }

local found

--- The library that is used, {name =, encode =, decode =, null =}; or nil and a
-- ValueError (`unsupported`) where none is installed.
function json.library()
  for _, name in ipairs(found and {} or json.libraries) do
    local ok, library = pcall(require, name)
    if ok and type(library) == "table" then
      found = adapters[name](library)
      found.name = name
      break
    elseif not ok then
      -- Lua 5.1 would call a second attempt a loop.
      package.loaded[name] = nil
    end
  end
  if not found then
    local message = ("no JSON library is installed: one of %s is needed (as by `luarocks install dkjson`)"):format(
      table.concat(json.libraries, ", ")
    )
    return nil, errors.new("ValueError", "unsupported", message)
  end
  return found
end

--- Looks for a library again with the next call.
function json.forget()
  found = nil
end

-- ---- what can be written ----

-- Libraries write this many digits at least.
local EXACT = 1e14

local function check_number(library, value, where)
  if value % 1 == 0 and value > -EXACT and value < EXACT then
    return true
  end
  local ok, text = pcall(library.encode, value)
  if ok and type(text) == "string" and tonumber(text) == value then
    return true
  end
  local message = ("%s: %s cannot be written to JSON by %s without loss"):format(where, tostring(value), library.name)
  return nil, errors.new("ValueError", "bad_argument", message)
end

local function check_text(value, where)
  if utf8.valid(value) then
    return true
  end
  local message = ("%s: %s is not UTF-8, which JSON has to be"):format(where, check.quote(value))
  return nil, errors.new("ValueError", "bad_argument", message)
end

-- A table that holds itself would have no end.
local DEEPEST = 50

local check_value

local function check_table(library, value, where, depth)
  if depth > DEEPEST then
    return check.fail(where, "table of less depth", value)
  end
  local count = #value
  for key, item in pairs(value) do
    local inner = where .. "." .. tostring(key)
    local ok, err
    if type(key) == "string" and count == 0 then
      ok, err = check_text(key, where)
    else
      ok = type(key) == "number" and key % 1 == 0 and key >= 1 and key <= count
      if not ok then
        return check.fail(where, "either a sequence or a table with texts as keys", value)
      end
    end
    if ok then
      ok, err = check_value(library, item, inner, depth + 1)
    end
    if not ok then
      return nil, err
    end
  end
  return true
end

function check_value(library, value, where, depth)
  local kind = type(value)
  if kind == "boolean" then
    return true
  elseif kind == "number" then
    return check_number(library, value, where)
  elseif kind == "string" then
    return check_text(value, where)
  elseif kind == "table" then
    return check_table(library, value, where, depth)
  end
  return check.fail(where, "boolean, number, string or table", value)
end

-- ---- both ways ----

--- The JSON text of a value (`name`: what a message calls it), with a line end; or nil
-- and a ValueError.
function json.encode(name, value)
  local library, err = json.library()
  local ok
  if library then
    ok, err = check_value(library, value, name, 1)
  end
  if not ok then
    return nil, err
  end
  local text
  ok, text = pcall(library.encode, value)
  if not ok or type(text) ~= "string" then
    local message = ("%s: %s cannot write it: %s"):format(name, library.name, tostring(text))
    return nil, errors.new("ValueError", "bad_argument", message)
  end
  return text .. "\n"
end

-- A value without what stands for `null`, and with integers where the library makes
-- floats of all numbers.
local function plain(null, value)
  local kind = type(value)
  if null ~= nil and value == null then
    return nil
  elseif kind == "number" and value % 1 == 0 and value > -2 ^ 53 and value < 2 ^ 53 then
    return math.floor(value)
  elseif kind == "table" then
    for key, item in pairs(value) do
      value[key] = plain(null, item)
    end
  end
  return value
end

--- The value of a JSON text (`name`: what a message calls it); or nil and a ValueError.
-- Integers of 2^53 and more are what the library makes of them.
function json.decode(name, text)
  local library, err = json.library()
  if not library then
    return nil, err
  end
  local ok, value = pcall(library.decode, text)
  if ok then
    value = plain(library.null, value)
  end
  if not ok or value == nil then
    local message = ("%s is not JSON: %s"):format(name, check.excerpt(tostring(value)))
    return nil, errors.new("ValueError", "bad_argument", message)
  end
  return value
end

return json
