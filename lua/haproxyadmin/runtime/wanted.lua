-- Wanted entries of a map or an ACL: a table, an iterator or a file becomes one set of
-- the core's, in which no entry is a Lua string any more.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local file = require "haproxyadmin.base.file"

local wanted = {}

local characters = { ["\0"] = "NUL", ["\n"] = "LF", ["\r"] = "CR" }

local function character(text, at)
  local found = text:sub(at, at)
  return characters[found] or ("'%s'"):format(found)
end

-- Why the core refused an entry, in words.
local function reason(fault, at, text)
  if fault == "character" then
    return ("%s at position %d cannot be sent to HAProxy"):format(character(text, at), at)
  elseif fault == "empty" then
    return "the key is empty"
  elseif fault == "value" then
    return "the value is missing"
  elseif fault == "utf8" then
    return ("position %d is no UTF-8"):format(at)
  elseif fault == "size" then
    return "all entries together have more than 4 GB"
  end
  return "longer than 12288 bytes"
end

local function refuse(message, code)
  return nil, errors.new("ValueError", code or "bad_argument", "argument 'wanted': " .. message)
end

local function text(value)
  if type(value) == "number" then
    return (check.numeral("wanted", value))
  end
  return type(value) == "string" and value or nil
end

-- How many entries, or pieces of a file, are taken at once, before others may run.
local ENTRIES, PIECES = 500, 4

-- Adds one entry; true, or nil and an error. `place`: what a message calls it.
local function add(entries, map, key, value, place)
  local own = text(key)
  local own_value = map and text(value)
  if not own then
    return refuse(("%s: key: string or number expected, got %s"):format(place, check.describe(key)))
  elseif map and not own_value then
    local got = check.describe(value)
    return refuse(("%s, key %s: value: string or number expected, got %s"):format(place, check.quote(own), got))
  end
  local ok, fault, at = entries:add(own, own_value)
  if ok then
    return true
  end
  local what = "key " .. check.quote(own)
  if fault == "character" and at > #own then
    return refuse(("%s, value of %s: %s"):format(place, what, reason(fault, at - #own, own_value)))
  end
  local code = (fault == "size" or fault == "length") and "too_big" or nil
  return refuse(("%s, %s: %s"):format(place, what, reason(fault, at, own)), code)
end

-- ---- where they come from ----

local function of_iterator(entries, map, iterator, pause)
  local count = 0
  for key, value in iterator do
    count = count + 1
    if count % ENTRIES == 0 then
      pause()
    end
    local ok, err = add(entries, map, key, value, "entry " .. count)
    if not ok then
      return nil, err
    end
  end
  return true
end

local function of_sequence(entries, map, list, pause)
  for i, entry in ipairs(list) do
    if i % ENTRIES == 0 then
      pause()
    end
    local place = "entry " .. i
    local key, value = entry, nil
    if map then
      if type(entry) ~= "table" then
        return refuse(("%s: {key, value} expected, got %s"):format(place, check.describe(entry)))
      end
      key, value = entry[1], entry[2]
    end
    local ok, err = add(entries, map, key, value, place)
    if not ok then
      return nil, err
    end
  end
  return true
end

local function of_table(entries, list, pause)
  local count = 0
  for key, value in pairs(list) do
    count = count + 1
    if count % ENTRIES == 0 then
      pause()
    end
    local ok, err = add(entries, true, key, value, "an entry")
    if not ok then
      return nil, err
    end
  end
  return true
end

local function line_error(path, entries, fault, at)
  local why = reason(fault, at, "")
  if fault == "character" then
    why = ("NUL or CR at position %d cannot be sent to HAProxy"):format(at)
  end
  local line = entries:lines()
  local code = (fault == "size" or fault == "length") and "too_big" or "bad_argument"
  return nil, file.error(path, code, ("file '%s', line %d: %s"):format(path, line, why), line)
end

local function of_file(entries, path, pause)
  local reader, err = file.reader(path)
  if not reader then
    return nil, err
  end
  local count = 0
  repeat
    local more, failure, fault, at = reader:feed(entries)
    if fault then
      reader:close()
      return line_error(path, entries, fault, at)
    elseif more == nil then
      return nil, failure
    end
    count = count + 1
    if count % PIECES == 0 then
      pause()
    end
  until not more
  reader:close()
  return true
end

-- A table whose only field is `file`, or that says `bytes` beside it.
local function is_file(value)
  for key in pairs(value) do
    if key ~= "file" and key ~= "bytes" then
      return false
    end
  end
  return type(value.file) == "string" and (value.bytes == nil or type(value.bytes) == "boolean")
end

local function fill(entries, map, value, pause)
  if type(value) == "function" then
    return of_iterator(entries, map, value, pause)
  elseif type(value) ~= "table" then
    local expected = map and "table, iterator or {file = path}" or "sequence, iterator or {file = path}"
    return check.fail("wanted", expected, value)
  elseif is_file(value) then
    return of_file(entries, value.file, pause)
  elseif not map or type(value[1]) == "table" then
    if value[1] == nil and next(value) ~= nil then
      return refuse("a sequence expected, got a table with other keys")
    end
    return of_sequence(entries, map, value, pause)
  end
  return of_table(entries, value, pause)
end

--- The wanted entries that a value stands for: of a map {key = value}, a sequence of
-- {key, value}, of an ACL a sequence of keys; an iterator that returns key (and value);
-- or {file = path}, with `bytes = true` where it need not be UTF-8. Or nil and an error. `pause()` lets others run.
-- `any_bytes`: nothing of it need be UTF-8.
function wanted.entries(map, value, pause, any_bytes)
  any_bytes = any_bytes or type(value) == "table" and is_file(value) and value.bytes
  local entries = core.entries(map, any_bytes)
  local ok, err = fill(entries, map, value, pause)
  if not ok then
    return nil, err
  end
  return entries
end

-- How many are looked at at once for keys that come again.
local AT_ONCE = 10000

--- How many of the entries have a key that one before them has, and the first such key.
-- `pause()` lets others run.
function wanted.repeated(entries, pause)
  local repeats = core.repeats(entries)
  local count, key
  repeat
    count, key = repeats:step(AT_ONCE)
    pause()
  until count
  return count, key
end

return wanted
