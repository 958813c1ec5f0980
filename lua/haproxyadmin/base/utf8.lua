-- UTF-8: which bytes are characters.

local utf8 = {}

-- A character that is longer than one byte has one of these forms.
local forms = {
  "^[\194-\223][\128-\191]",
  "^\224[\160-\191][\128-\191]",
  "^[\225-\236\238\239][\128-\191][\128-\191]",
  "^\237[\128-\159][\128-\191]",
  "^\240[\144-\191][\128-\191][\128-\191]",
  "^[\241-\243][\128-\191][\128-\191][\128-\191]",
  "^\244[\128-\143][\128-\191][\128-\191]",
}

-- The place of the last byte of the character that begins at `place` with a byte above 127; nil where
-- none does.
local function last_byte(text, place)
  for _, form in ipairs(forms) do
    local _, last = text:find(form, place)
    if last then
      return last
    end
  end
end

--- The text with what `replace(byte)` returns for each byte that is in no character.
function utf8.mend(text, replace)
  local place = text:find "[\128-\255]"
  if not place then
    return text
  end
  local parts, from = {}, 1
  while place do
    local last = last_byte(text, place)
    if not last then
      parts[#parts + 1] = text:sub(from, place - 1) .. replace(text:sub(place, place))
      from = place + 1
    end
    place = text:find("[\128-\255]", (last or place) + 1)
  end
  return table.concat(parts) .. text:sub(from)
end

--- Is all of the text UTF-8?
function utf8.valid(text)
  local place = text:find "[\128-\255]"
  while place do
    local last = last_byte(text, place)
    if not last then
      return false
    end
    place = text:find("[\128-\255]", last + 1)
  end
  return true
end

return utf8
