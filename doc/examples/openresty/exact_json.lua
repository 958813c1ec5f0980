-- JSON with every digit of a counter: cjson writes 14 of them. LuaJIT's numbers
-- are exact to 2^53, which has 16.

local json = {}

local is_array = {}

--- A sequence, which may be empty.
function json.array(list)
  return setmetatable(list, is_array)
end

local function escape(character)
  return ("\\u%04x"):format(character:byte())
end

local encoders = {}

local function encode(value)
  return encoders[type(value)](value)
end

function encoders.string(value)
  return '"' .. value:gsub('[%c"\\]', escape) .. '"'
end

function encoders.number(value)
  return (value % 1 == 0 and "%.0f" or "%.17g"):format(value)
end

encoders.boolean = tostring

function encoders.table(value)
  local parts = {}
  if getmetatable(value) == is_array then
    for i, entry in ipairs(value) do
      parts[i] = encode(entry)
    end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for key, entry in pairs(value) do
    parts[#parts + 1] = encode(key) .. ":" .. encode(entry)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

json.encode = encode

return json
