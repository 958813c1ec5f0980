-- Arguments: each check returns the value, or nil and a ValueError that names
-- the argument, what was expected, and what came.

local errors = require "haproxyadmin.errors"

local check = {}

local SHOWN = 60

--- A text in quotes for a message, short and on one line.
function check.quote(text)
  if #text > SHOWN then
    text = text:sub(1, SHOWN) .. "..."
  end
  return (("%q"):format(text):gsub("\n", "n"))
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

--- An integer from `least` to `most` (nil: no bound).
function check.integer(name, value, least, most)
  if not is_integer(value) or (least and value < least) or (most and value > most) then
    local expected = "integer"
    if least and most then
      expected = ("integer from %d to %d"):format(least, most)
    elseif least then
      expected = ("integer >= %d"):format(least)
    end
    return check.fail(name, expected, value)
  end
  return math.floor(value)
end

--- Every key must be one of `known` (a set), and each value of its type.
function check.options(options, known)
  for key, value in pairs(options) do
    local kind = known[key]
    if not kind then
      local names = {}
      for name in pairs(known) do
        names[#names + 1] = tostring(name)
      end
      table.sort(names)
      local message = ("unknown option '%s' (known: %s)"):format(tostring(key), table.concat(names, ", "))
      return nil, errors.new("ValueError", "bad_argument", message)
    elseif kind ~= "any" and type(value) ~= kind then
      return check.fail(key, kind, value)
    end
  end
  return options
end

return check
