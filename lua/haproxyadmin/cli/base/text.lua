-- Texts as people read them in a terminal.

local utf8 = require "haproxyadmin.base.utf8"

local text = {}

local function escape(byte)
  return ("\\x%02x"):format(byte:byte())
end

local function escape_high(pair)
  return ("\\u%04x"):format(pair:byte(2))
end

--- A text without anything that a terminal obeys: control characters of ASCII and of Unicode's
-- second block, and bytes that are no UTF-8, stand there as their numbers.
function text.plain(value)
  if not value:find "[%c\128-\255]" then
    return value
  end
  return (utf8.mend(value, escape):gsub("%c", escape):gsub("\194[\128-\159]", escape_high))
end

--- The same for a locale without UTF-8.
function text.ascii(value)
  return (text.plain(value):gsub("[\128-\255]", escape))
end

--- How many cells it takes: a character of UTF-8 is one.
function text.width(value)
  if not value:find "[\128-\255]" then
    return #value
  end
  local _, continued = value:gsub("[\128-\191]", "")
  return #value - continued
end

--- The text with spaces up to a width: behind it, or before it.
function text.pad(value, width, right)
  local spaces = (" "):rep(width - text.width(value))
  return right and spaces .. value or value .. spaces
end

-- Shows that something was left out.
local MARK = "~"

--- The beginning of a text that is wider than `width`, with a mark behind it.
function text.cut(value, width)
  if text.width(value) <= width then
    return value
  end
  local cells, last = 0, 0
  while cells < width - #MARK do
    last = last + 1
    cells = cells + 1
    while (value:byte(last + 1) or 0) >= 128 and value:byte(last + 1) < 192 do
      last = last + 1
    end
  end
  return value:sub(1, last) .. MARK
end

local units = { "", "k", "M", "G", "T", "P", "E" }

--- A large number for people: three digits and a unit of thousands.
function text.short(number)
  local step = 1
  while number >= 1000 and step < #units do
    number, step = number / 1000, step + 1
  end
  if step == 1 or number >= 100 then
    return ("%d%s"):format(math.floor(number), units[step])
  end
  return ("%s%s"):format(("%.1f"):format(math.floor(number * 10) / 10):gsub(",", "."), units[step])
end

--- A number with commas between thousands.
function text.grouped(number)
  local digits = ("%.0f"):format(number)
  if #digits <= 3 then
    return digits
  end
  local sign, rest = digits:match "^(-?)(%d+)$"
  return sign .. rest:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
end

return text
