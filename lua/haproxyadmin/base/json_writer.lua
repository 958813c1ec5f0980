-- A writer of JSON: integers with all their digits, members in the order that is given, and
-- nothing but UTF-8.

local json = {}

--- What is written as null within a list, which a nil would end.
function json.null()
  return nil
end

local escapes = {
  ['"'] = '\\"',
  ["\\"] = "\\\\",
  ["\b"] = "\\b",
  ["\f"] = "\\f",
  ["\n"] = "\\n",
  ["\r"] = "\\r",
  ["\t"] = "\\t",
}

local function escape(character)
  return escapes[character] or ("\\u%04x"):format(character:byte())
end

-- A character of UTF-8 that is longer than one byte has one of these forms.
local forms = {
  "^[\194-\223][\128-\191]",
  "^\224[\160-\191][\128-\191]",
  "^[\225-\236\238\239][\128-\191][\128-\191]",
  "^\237[\128-\159][\128-\191]",
  "^\240[\144-\191][\128-\191][\128-\191]",
  "^[\241-\243][\128-\191][\128-\191][\128-\191]",
  "^\244[\128-\143][\128-\191][\128-\191]",
}

local function last_of_character(text, place)
  for _, form in ipairs(forms) do
    local _, last = text:find(form, place)
    if last then
      return last
    end
  end
end

-- The text with U+FFFD for each byte that is in no character.
local function mended(text)
  local parts, place = {}, 1
  while place <= #text do
    local next_high = text:find("[\128-\255]", place)
    local last = next_high and last_of_character(text, next_high)
    if not next_high then
      parts[#parts + 1] = text:sub(place)
      place = #text + 1
    elseif last then
      parts[#parts + 1] = text:sub(place, last)
      place = last + 1
    else
      parts[#parts + 1] = text:sub(place, next_high - 1) .. "\239\191\189"
      place = next_high + 1
    end
  end
  return table.concat(parts)
end

--- A text as UTF-8, with U+FFFD for each byte that is in no character.
function json.utf8(value)
  return value:find "[\128-\255]" and mended(value) or value
end

local function of_string(value)
  value = json.utf8(value)
  if value:find '[%c"\\]' then
    value = value:gsub('[%c"\\]', escape)
  end
  return '"' .. value .. '"'
end

local function of_number(value)
  if value ~= value or value == math.huge or value == -math.huge then
    return "null"
  elseif value % 1 ~= 0 then
    return (("%.14g"):format(value):gsub(",", "."))
  end
  -- From 5.3 on an integer has 64 bits; elsewhere the digits of a double are its own.
  local text = tostring(value)
  return text:match "^-?%d+$" or ("%.0f"):format(value)
end

local list_meta, object_meta = {}, {}

--- A sequence that is written as an array, even where it is empty.
function json.list(values)
  return setmetatable(values, list_meta)
end

--- A sequence {key, value, key, value, ...} that is written as an object, in this order.
-- A member whose value is nil is written as null; `count` is the number of members.
function json.object(pairs_of, count)
  return setmetatable({ pairs_of = pairs_of, count = count or #pairs_of / 2 }, object_meta)
end

local write

local function write_list(parts, values)
  parts[#parts + 1] = "["
  for i, value in ipairs(values) do
    if i > 1 then
      parts[#parts + 1] = ","
    end
    write(parts, value)
  end
  parts[#parts + 1] = "]"
end

local function write_object(parts, members, count)
  parts[#parts + 1] = "{"
  for i = 1, count do
    parts[#parts + 1] = (i > 1 and "," or "") .. of_string(members[2 * i - 1]) .. ":"
    write(parts, members[2 * i])
  end
  parts[#parts + 1] = "}"
end

-- A table that says nothing of itself: its keys, in their order.
local function write_table(parts, value)
  local keys = {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    return tostring(a) < tostring(b)
  end)
  local members = {}
  for i, key in ipairs(keys) do
    members[2 * i - 1], members[2 * i] = tostring(key), value[key]
  end
  write_object(parts, members, #keys)
end

function write(parts, value)
  local kind = type(value)
  if kind == "string" then
    parts[#parts + 1] = of_string(value)
  elseif kind == "number" then
    parts[#parts + 1] = of_number(value)
  elseif kind == "boolean" then
    parts[#parts + 1] = tostring(value)
  elseif kind ~= "table" then
    parts[#parts + 1] = "null"
  elseif getmetatable(value) == object_meta then
    write_object(parts, value.pairs_of, value.count)
  elseif getmetatable(value) == list_meta or value[1] ~= nil then
    write_list(parts, value)
  else
    write_table(parts, value)
  end
end

--- The text of a value.
function json.encode(value)
  local parts = {}
  write(parts, value)
  return table.concat(parts)
end

return json
