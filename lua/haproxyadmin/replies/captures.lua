-- What `show errors` says: the last request and the last response of each proxy that
-- HAProxy found invalid, with its bytes.

local captures = {}

local plain = { t = "\t", n = "\n", r = "\r", e = "\27" }

local function unescape(character, digits)
  if character == "x" and #digits == 2 then
    return string.char(tonumber(digits, 16))
  end
  return (plain[character] or character) .. digits
end

-- "frontend www (#2)", whose name is not there for "<NONE> (#-1)".
local function name_of(text, kind)
  local name = text:match(kind .. " (%S+) %(#%-?%d+%)")
  return name ~= "<NONE>" and name or nil
end

local function begin(line)
  local date, proxy, kind = line:match "^%[([^%]]*)%] (.-): invalid (%l+)"
  return date
    and {
      date = date,
      kind = kind,
      frontend = name_of(proxy, "frontend"),
      backend = name_of(proxy, "backend"),
    }
end

-- The second line names the other proxy.
local function add_peers(capture, line)
  capture.frontend = capture.frontend or name_of(line, "frontend")
  capture.backend = capture.backend or name_of(line, "backend")
  capture.server = name_of(line, "server")
  capture.event = tonumber(line:match "event #(%d+)")
  capture.source = line:match "src (%S+)"
end

local function add_line(capture, parts, line)
  -- A line of the dump begins with its offset; "+" continues the one before.
  local bytes = line:match "^  %d%d%d%d%d[ +] (.*)$"
  if bytes then
    parts[#parts + 1] = bytes:gsub("\\(.)(%x?%x?)", unescape)
  elseif not capture.event and line:find("event #", 1, true) then
    add_peers(capture, line)
  else
    capture.length = capture.length or tonumber(line:match "^  len (%d+),")
    capture.position = capture.position or tonumber(line:match "error at position (%d+)")
  end
end

--- The captures of an answer's lines, in HAProxy's order.
function captures.of(lines)
  local found, parts = {}, {}
  local function finish()
    if #found > 0 then
      found[#found].bytes = table.concat(parts)
    end
    parts = {}
  end
  for _, line in ipairs(lines) do
    local capture = begin(line)
    if capture then
      finish()
      found[#found + 1] = capture
    elseif #found > 0 then
      add_line(found[#found], parts, line)
    end
  end
  finish()
  return found
end

return captures
