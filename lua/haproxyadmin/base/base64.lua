-- Base64, as RFC 4648 has it: with padding, no line ends.

local base64 = {}

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local letters, values = {}, {}
for i = 1, #ALPHABET do
  local letter = ALPHABET:sub(i, i)
  letters[i - 1], values[letter] = letter, i - 1
end

-- Four letters of up to three bytes.
local function group(bytes)
  local a, b, c = bytes:byte(1, 3)
  local number = a * 65536 + (b or 0) * 256 + (c or 0)
  local found = {}
  for i = 4, 1, -1 do
    found[i] = letters[number % 64]
    number = math.floor(number / 64)
  end
  return table.concat(found, "", 1, #bytes + 1) .. ("="):rep(3 - #bytes)
end

--- Bytes as text.
function base64.encode(bytes)
  return (bytes:gsub("..?.?", group))
end

-- Up to three bytes of four letters.
local function ungroup(text)
  local number, count = 0, 0
  for i = 1, 4 do
    local value = values[text:sub(i, i)]
    number = number * 64 + (value or 0)
    count = count + (value and 1 or 0)
  end
  local bytes = string.char(math.floor(number / 65536), math.floor(number / 256) % 256, number % 256)
  return bytes:sub(1, count - 1)
end

--- The bytes of a text, or nil where it is no base64.
function base64.decode(text)
  local body, padding = text:match "^([%w+/]*)(=*)$"
  if not body or #text % 4 ~= 0 or #padding > 2 then
    return nil
  end
  return (text:gsub("....", ungroup))
end

return base64
