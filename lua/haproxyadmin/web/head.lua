-- The head of a request of HTTP/1.x: its text as a request, or why it is none.
--
-- What servers and those in front of them might read in two ways is refused, so that
-- nobody can hide a request in another's: lines that end in LF alone, folded lines,
-- spaces before a colon, two lengths, bodies in chunks.

local head = {}

--- How many lines of headers a head may have.
head.LINES = 100

local TOKEN = "^[%w!#$%%&'*+.^_`|~-]+$"

-- Those of which a second one would say something else than the first.
local single = { ["content-length"] = true, host = true, authorization = true, ["content-type"] = true, origin = true }

local function refuse(status, words)
  return nil, status, words
end

-- "http://host/path", which a proxy's client sends, is that path on that host.
local function split_target(target)
  local host, rest = target:match "^[hH][tT][tT][pP]://([^/?#]+)(.*)$"
  if host then
    target = rest:sub(1, 1) == "/" and rest or "/" .. rest
  end
  if not target:match "^/[!-~]*$" or target:find("#", 1, true) then
    return nil
  end
  local path, query = target:match "^([^?]*)%??(.*)$"
  return path, query, host
end

-- Text in which %41 stands for A. Nil where what stands behind a per cent sign is no byte,
-- or one that no path has.
local function unescape(text)
  local wrong = text:gsub("%%%x%x", ""):find("%", 1, true)
  local plain = text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end)
  if wrong or plain:find "%c" then
    return nil
  end
  return plain
end

local function first_line(line)
  local method, target, major, minor = line:match "^(%S+) (%S+) HTTP/(%d)%.(%d)$"
  if not method or not method:match(TOKEN) then
    return refuse(400, "the first line is not one of HTTP/1.1")
  elseif major ~= "1" then
    return refuse(505, "HTTP/1.0 and HTTP/1.1 are spoken here")
  end
  local path, query, host = split_target(target)
  path = path and unescape(path)
  if not path then
    return refuse(400, "the target is not a path")
  end
  local version = minor == "0" and 10 or 11
  return { method = method, path = path, query = query, version = version, headers = {} }, host
end

local function add_header(headers, line)
  local name, value = line:match "^([^:%s]+):[ \t]*(.-)[ \t]*$"
  if not name or not name:match(TOKEN) or value:gsub("\t", ""):find "%c" then
    return refuse(400, "a header is not well-formed")
  end
  name = name:lower()
  if headers[name] and single[name] then
    return refuse(400, "header '" .. name .. "' came twice")
  end
  headers[name] = headers[name] and headers[name] .. ", " .. value or value
  return true
end

-- Does a list of words, separated by commas, have this one?
local function has_word(list, word)
  for found in (list or ""):lower():gmatch "[^,%s]+" do
    if found == word then
      return true
    end
  end
  return false
end

-- How long the body is, and whether its sender waits to be told that it may come.
local function read_length(request)
  local headers = request.headers
  local length, expect = headers["content-length"], headers.expect
  if headers["transfer-encoding"] then
    return refuse(length and 400 or 501, "bodies are taken with a Content-Length only")
  elseif length and not length:match "^%d+$" then
    return refuse(400, "Content-Length is not a number")
  elseif length and #length:gsub("^0+", "") > 9 then
    return refuse(413, "the body is too large")
  elseif expect and expect:lower() ~= "100-continue" then
    return refuse(417, "nothing is expected here but 100-continue")
  end
  request.length = tonumber(length or "0")
  request.waits = expect ~= nil and request.version == 11
  return request
end

local function complete(request, host)
  local headers = request.headers
  if host then
    headers.host = host
  elseif request.version == 11 and not headers.host then
    return refuse(400, "header 'host' is missing")
  end
  -- HTTP/1.0 closes unless it was asked not to; how long it may stay nobody need know.
  request.keep = request.version == 11 and not has_word(headers.connection, "close")
  return read_length(request)
end

--- The request of a head, the text up to its empty line: `{ method =, path = (unescaped),
-- query = (as it came), headers = (by names in lower case), version = 10 or 11, keep =
-- (may another follow), length = (of its body), waits = (for "100 Continue") }`; or nil,
-- the status to answer with, and words.
function head.parse(text)
  if text:find("%z") or text:gsub("\r\n", ""):find "[\r\n]" then
    return refuse(400, "a line does not end in CR LF")
  end
  local request, host, words
  local count = 0
  for line in (text .. "\r\n"):gmatch "(.-)\r\n" do
    if not request then
      request, host, words = first_line(line)
      if not request then
        return refuse(host, words)
      end
    elseif line ~= "" then
      count = count + 1
      if count > head.LINES then
        return refuse(431, "too many headers")
      end
      local ok, status, why = add_header(request.headers, line)
      if not ok then
        return refuse(status, why)
      end
    end
  end
  return complete(request, host)
end

return head
