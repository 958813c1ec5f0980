-- The site inside HAProxy: a service for `http-request use-service lua.NAME`.
--
--    global
--      lua-load /etc/haproxy/statistics.lua
--    frontend statistics
--      bind 127.0.0.1:8404
--      http-request use-service lua.statistics

local embedded = require "haproxyadmin.web.embedded"

local applet = {}

-- Bytes of a body that are read, one more than may be.
local BODY = 65536 + 1

-- HAProxy counts the values of a header from 0.
local function headers_of(found)
  local headers = {}
  for name, values in pairs(found) do
    local list = { values[0] }
    for _, value in ipairs(values) do
      list[#list + 1] = value
    end
    headers[name:lower()] = table.concat(list, ", ")
  end
  return headers
end

local function unescape(text)
  return (text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

local function request_of(host, prefix)
  return {
    method = host.method,
    path = embedded.path(prefix, unescape(host.path)),
    query = host.qs,
    headers = headers_of(host.headers),
    body = host:receive(BODY) or "",
    remote = host.f:src(),
  }
end

local function send(host, status, headers, body)
  host:set_status(status)
  for name, value in pairs(headers) do
    host:add_header(name, tostring(value))
  end
  if type(body) == "string" then
    host:add_header("content-length", tostring(#body))
  end
  host:start_response()
  if host.method == "HEAD" or status == 304 then
    return
  elseif type(body) == "string" then
    host:send(body)
  else
    for piece in body do
      host:send(piece)
    end
  end
end

--- A function that answers, for `core.register_service(NAME, "http", ...)`, to be made while
-- HAProxy starts: later it may have left for its chroot, where no file is found. `options`: those
-- of embedded.lua; `prefix`: where the paths begin, "/haproxy" (default: none).
function applet.new(options)
  local host = rawget(_G, "core")
  local totals = require("haproxyadmin").totals()
  local handle, site = embedded.site(options, {
    transport = require "haproxyadmin.transport.haproxy",
    accumulate = function(snapshot)
      totals:take(snapshot)
      return totals
    end,
    log = function(words)
      host.Info(words)
    end,
  })
  site:load()
  return function(asked)
    send(asked, handle(request_of(asked, options.prefix or "")))
  end
end

return applet
