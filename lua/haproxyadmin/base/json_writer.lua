-- A writer of JSON: integers with all their digits, members in the order that is given, and
-- nothing but UTF-8, without control characters.

local utf8 = require "haproxyadmin.base.utf8"

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

local function mark()
  return "\239\191\189"
end

-- Some terminals obey the control characters of Unicode's second block.
local function escape_high(pair)
  return ("\\u%04x"):format(pair:byte(2))
end

--- A text as UTF-8, with U+FFFD for each byte that is in no character.
function json.utf8(value)
  return utf8.mend(value, mark)
end

local function of_string(value)
  if value:find '[%c"\\\128-\255]' then
    value = json.utf8(value):gsub('[%c"\\]', escape):gsub("\194[\128-\159]", escape_high)
  end
  return '"' .. value .. '"'
end

-- Below this a double is the integer that it says.
local EXACT = 2 ^ 53

local function of_number(value)
  if value % 1 == 0 and value > -EXACT and value < EXACT then
    return ("%d"):format(value)
  elseif value ~= value or value == math.huge or value == -math.huge then
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
  local kind = type(value)
  if kind == "string" then
    return of_string(value)
  elseif kind == "number" then
    return of_number(value)
  end
  local parts = {}
  write(parts, value)
  return table.concat(parts)
end

return json
