-- Arguments: each check returns the value, or nil and a ValueError that names
-- the argument, what was expected, and what came.

local errors = require "haproxyadmin.errors"
local sorted_keys = require "haproxyadmin.base.sorted_keys"

local check = {}

local SHOWN = 60

--- A text in quotes for a message, short and on one line.
function check.quote(text)
  if #text > SHOWN then
    text = text:sub(1, SHOWN) .. "..."
  end
  return (("%q"):format(text):gsub("\n", "n"))
end

-- How much a message quotes of what a peer said: a peer may say megabytes.
check.EXCERPT = 200

local function escape(character)
  return ("\\%03d"):format(character:byte())
end

local function is_continuation(byte)
  return byte >= 128 and byte < 192
end

--- The beginning of a peer's words, for a message: their first line that is not
-- empty, at most `check.EXCERPT` bytes of it. Control characters, which a
-- terminal would obey, stand there as a backslash and three digits.
function check.excerpt(text)
  local from = text:find "[^\r\n]" or #text + 1
  -- One byte more than is shown tells that there is more.
  local line = text:sub(from, from + check.EXCERPT):match("^[^\r\n]*"):gsub("%c", escape)
  if #line <= check.EXCERPT then
    return line
  end
  local last = check.EXCERPT
  -- A character of UTF-8 is not cut in two.
  while last > check.EXCERPT - 3 and is_continuation(line:byte(last + 1)) do
    last = last - 1
  end
  return line:sub(1, last) .. "..."
end

--- A value for a message.
function check.describe(value)
  local kind = type(value)
  if kind == "string" then
    return "string " .. check.quote(value)
  elseif kind == "number" or kind == "boolean" then
    return kind .. " " .. tostring(value)
  end
  return kind
end

function check.fail(name, expected, value, code)
  local message = ("argument '%s': %s expected, got %s"):format(
    name,
    expected,
    check.describe(value)
  )
  return nil, errors.new("ValueError", code or "bad_argument", message)
end

function check.type(name, value, kind)
  if type(value) ~= kind then
    return check.fail(name, kind, value)
  end
  return value
end

--- A string that is not empty.
function check.text(name, value)
  if type(value) ~= "string" or value == "" then
    return check.fail(name, "string that is not empty", value)
  end
  return value
end

local function is_integer(value)
  return type(value) == "number" and value % 1 == 0 and value > -2 ^ 53 and value < 2 ^ 53
end

--- HAProxy keeps limits in 32 bits and cuts what is larger, often without a
-- word.
check.LARGEST = 2 ^ 31 - 1

-- The integer that `number` is, or an error that shows `value`, which the
-- caller gave for it.
local function in_range(name, number, value, least, most)
  if not is_integer(number) or (least and number < least) or (most and number > most) then
    local expected = "integer"
    if least and most then
      expected = ("integer from %d to %d"):format(least, most)
    elseif least then
      expected = ("integer >= %d"):format(least)
    end
    return check.fail(name, expected, value)
  end
  return math.floor(number)
end

--- An integer from `least` to `most` (nil: no bound).
function check.integer(name, value, least, most)
  return in_range(name, value, value, least, most)
end

-- The number that a text of digits says; another value as it is.
local function number_in(value, pattern)
  if type(value) ~= "string" then
    return value
  end
  return tonumber(value:match(pattern))
end

--- How long something may take, or is waited between.
function check.seconds(name, value)
  if type(value) ~= "number" or value ~= value or value <= 0 then
    return check.fail(name, "number of seconds above 0", value)
  end
  return value
end

--- An id of HAProxy's, of a proxy, a server, a map or an ACL: a number, or its
-- text, "4" or "#4". HAProxy keeps ids in 32 bits and cuts what is larger, so
-- that 2^32 + 6 would be id 6.
function check.id(name, value)
  return in_range(name, number_in(value, "^#?(%d+)$"), value, 0, check.LARGEST)
end

--- A port: a number from 1 to 65535, or its text.
function check.port(name, value)
  return in_range(name, number_in(value, "^(%d+)$"), value, 1, 65535)
end

-- The shortest text from which the same number is read again. The decimal point
-- is the locale's, whatever that is; digits, signs and the exponent are not.
local function shortest(value)
  for digits = 14, 17 do
    local text = ("%%.%dg"):format(digits):format(value)
    if tonumber(text) == value then
      return (text:gsub("[^%de+-]+", "."))
    end
  end
end

--- A number as the text that HAProxy gets for it: an integer with all its
-- digits, a fraction as the shortest text that reads back the same. A double of
-- 2^53 or more may stand for another number, whose digits are lost: it is
-- refused, as are infinity and what is no number.
function check.numeral(name, value)
  if is_integer(value) then
    return ("%d"):format(value)
  elseif type(value) == "number" and value > -2 ^ 53 and value < 2 ^ 53 then
    return shortest(value)
  end
  -- From Lua 5.3 on an integer has 64 bits, and its text has no exponent.
  local text = type(value) == "number" and tostring(value):match "^-?%d+$"
  if not text then
    return check.fail(name, "number that is exact (below 2^53; integers of Lua 5.3 and later: all)", value)
  end
  return text
end

--- Every key must be one of `known` (a set), and each value of its type.
function check.options(options, known)
  for key, value in pairs(options) do
    local kind = known[key]
    if not kind then
      local message = ("unknown option '%s' (known: %s)"):format(tostring(key), table.concat(sorted_keys(known), ", "))
      return nil, errors.new("ValueError", "bad_argument", message)
    elseif kind ~= "any" and type(value) ~= kind then
      return check.fail(key, kind, value)
    end
  end
  return options
end

return check
