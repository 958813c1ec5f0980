-- The body of a request that changes something: one flat object of JSON, which is all that
-- such a request is. A library would take more, and is not everywhere.

local REPLACEMENT = "\239\191\189"

local unescapes =
  { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

-- A character of 16 bits as UTF-8; names of HAProxy's have none that need more.
local function utf8_of(code)
  if code < 0x80 then
    return string.char(code)
  elseif code < 0x800 then
    return string.char(0xC0 + math.floor(code / 0x40), 0x80 + code % 0x40)
  elseif code >= 0xD800 and code < 0xE000 then
    return REPLACEMENT
  end
  return string.char(0xE0 + math.floor(code / 0x1000), 0x80 + math.floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
end

-- The text whose opening quote is at `place`, and the place behind it; or nil.
local function read_text(source, place)
  local pieces = {}
  place = place + 1
  while true do
    local last = source:find('["\\%c]', place)
    if not last then
      return nil
    end
    pieces[#pieces + 1] = source:sub(place, last - 1)
    local found = source:sub(last, last)
    if found == '"' then
      return table.concat(pieces), last + 1
    elseif found ~= "\\" then
      return nil
    end
    local kind = source:sub(last + 1, last + 1)
    local code = kind == "u" and source:match("^%x%x%x%x", last + 2)
    local value = code and utf8_of(tonumber(code, 16)) or unescapes[kind]
    if not value then
      return nil
    end
    pieces[#pieces + 1] = value
    place = last + (code and 6 or 2)
  end
end

local words = { ["true"] = true, ["false"] = false }

-- A value that is no object and no list, and the place behind it; or nil.
local function read_plain(source, place)
  if source:sub(place, place) == '"' then
    return read_text(source, place)
  end
  local word = source:match("^%a+", place)
  if words[word] ~= nil then
    return words[word], place + #word
  end
  local digits = source:match("^-?%d+", place)
  local behind = digits and source:sub(place + #digits, place + #digits)
  if digits and #digits <= 15 and not behind:find "[%.eE%d]" and not digits:find "^-?0%d" then
    return math.floor(tonumber(digits)), place + #digits
  end
end

-- A list of plain values, one at least, and the place behind it; or nil.
local function read_list(source, place)
  local found = {}
  repeat
    local value
    value, place = read_plain(source, source:match("^.%s*()", place))
    if value == nil then
      return nil
    end
    found[#found + 1] = value
    place = source:match("^%s*()[,%]]", place)
  until not place or source:sub(place, place) == "]"
  return place and found, place and place + 1
end

local function read_value(source, place)
  local read = source:sub(place, place) == "[" and read_list or read_plain
  return read(source, place)
end

--- Reads one flat object, which is all that a request to change something is: texts,
-- integers, true and false, and lists of these, by name. Returns nil where the text is anything
-- else, or says one name twice.
return function(source)
  local found = {}
  local place = source:match "^%s*{%s*()"
  local behind = place and source:match("^}%s*()", place)
  while place and not behind do
    local key, value
    if source:sub(place, place) ~= '"' then
      return nil
    end
    key, place = read_text(source, place)
    place = key and source:match("^%s*:%s*()", place)
    if not place or found[key] ~= nil then
      return nil
    end
    value, place = read_value(source, place)
    if value == nil then
      return nil
    end
    found[key] = value
    behind = source:match("^%s*}%s*()", place)
    place = source:match("^%s*,%s*()", place)
  end
  return behind == #source + 1 and found or nil
end

