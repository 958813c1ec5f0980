-- Texts as a terminal shows them.

local text = {}

local function escape(character)
  return ("\\x%02x"):format(character:byte())
end

--- A text without anything that a terminal obeys: control characters of ASCII, and those of
-- its upper half, which some terminals obey, too.
function text.plain(value)
  if not value:find "[%c\194]" then
    return value
  end
  return (value:gsub("\194[\128-\159]", function(pair)
    return escape(pair:sub(2))
  end):gsub("%c", escape))
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

return text
