-- An answer of HTTP/1.1 as the texts to send, each made when the one before was taken.

local sorted_keys = require "haproxyadmin.base.sorted_keys"

local answer = {}

local reasons = {
  [200] = "OK",
  [204] = "No Content",
  [304] = "Not Modified",
  [400] = "Bad Request",
  [401] = "Unauthorized",
  [403] = "Forbidden",
  [404] = "Not Found",
  [405] = "Method Not Allowed",
  [408] = "Request Timeout",
  [409] = "Conflict",
  [413] = "Content Too Large",
  [415] = "Unsupported Media Type",
  [417] = "Expectation Failed",
  [421] = "Misdirected Request",
  [422] = "Unprocessable Content",
  [429] = "Too Many Requests",
  [431] = "Request Header Fields Too Large",
  [500] = "Internal Server Error",
  [501] = "Not Implemented",
  [502] = "Bad Gateway",
  [503] = "Service Unavailable",
  [504] = "Gateway Timeout",
  [505] = "HTTP Version Not Supported",
}

local DAYS = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }
local MONTHS = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" }

--- A time of the system's (`os.time`) as HTTP writes it, whatever the locale.
function answer.date(time)
  local at = os.date("!*t", time)
  return ("%s, %02d %s %d %02d:%02d:%02d GMT"):format(
    DAYS[at.wday],
    at.day,
    MONTHS[at.month],
    at.year,
    at.hour,
    at.min,
    at.sec
  )
end

local function head(status, headers, more)
  local lines = { ("HTTP/1.1 %d %s"):format(status, reasons[status] or "Status") }
  for _, name in ipairs(sorted_keys(headers)) do
    -- A line end in a value would be another header.
    lines[#lines + 1] = name .. ": " .. tostring(headers[name]):gsub("%c", " ")
  end
  for _, line in ipairs(more) do
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

local function chunk(piece)
  return ("%x\r\n%s\r\n"):format(#piece, piece)
end

-- The head, then each piece; `wrap` makes a piece a chunk.
local function in_pieces(first, body, wrap, last)
  local ended = false
  return function()
    if first then
      local text = first
      first = nil
      return text
    elseif ended then
      return nil
    end
    local piece = body()
    while piece == "" do
      piece = body()
    end
    if piece then
      return wrap and chunk(piece) or piece
    end
    ended = true
    return last
  end
end

local function once(text)
  return function()
    local piece = text
    text = nil
    return piece
  end
end

--- The texts that answer a request (nil: one that could not be read), as an iterator; and
-- whether another request may follow on the connection. `body` is a string or an iterator
-- of pieces. An error that the iterator raises goes through: the connection has to be
-- closed then, so that the client sees that the end is missing.
function answer.texts(request, status, headers, body, time)
  local keep = request ~= nil and request.keep
  local empty = status == 204 or status == 304
  local silent = empty or (request ~= nil and request.method == "HEAD")
  local more = { "date: " .. answer.date(time) }
  local in_chunks = false
  if type(body) == "string" then
    if not empty then
      more[#more + 1] = ("content-length: %d"):format(#body)
    end
  elseif request and request.version == 11 then
    in_chunks = true
    more[#more + 1] = "transfer-encoding: chunked"
  else
    keep = false
  end
  if not keep then
    more[#more + 1] = "connection: close"
  end
  local first = head(status, headers, more)
  if silent then
    return once(first), keep
  elseif type(body) == "string" then
    return once(first .. body), keep
  end
  return in_pieces(first, body, in_chunks, in_chunks and "0\r\n\r\n" or nil), keep
end

return answer
