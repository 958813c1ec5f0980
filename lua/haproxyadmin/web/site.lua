-- What is served: one function from a request to an answer, for every host.

local check = require "haproxyadmin.base.check"
local errors = require "haproxyadmin.errors"
local gzip = require "haproxyadmin.web.gzip"
local protected = require "haproxyadmin.base.protected"
local reading = require "haproxyadmin.web.reading"
local routes = require "haproxyadmin.web.routes"

local site = {}

-- Nothing of it may be taken for something else, framed, or shown by another site. A handler
-- may say otherwise.
local defaults = {
  ["cache-control"] = "no-store",
  ["content-security-policy"] = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ["cross-origin-resource-policy"] = "same-origin",
  ["referrer-policy"] = "no-referrer",
  ["x-content-type-options"] = "nosniff",
}

local function plain(status, words, headers)
  headers = headers or {}
  headers["content-type"] = "text/plain; charset=utf-8"
  return status, headers, words .. "\n"
end

-- The name in "name:port" and "[address]:port".
local function host_name(host)
  return (host:match "^%[[^%]]*%]" or host:match "^[^:]*"):lower()
end

-- A page of another site may have its name changed to an address of this machine's (DNS
-- rebinding), and is let in by browsers then, under its own name. An address is nobody's
-- name.
local function is_own_host(self, host)
  if not self.hosts or not host then
    return true
  end
  local name = host_name(host)
  return self.hosts[name] or name:match "^%[[%x:.]+%]$" ~= nil or name:match "^%d+%.%d+%.%d+%.%d+$" ~= nil
end

local function find(self, path)
  for _, route in ipairs(self.routes) do
    if path == route.path or (route.below and path:sub(1, #route.path) == route.path) then
      return route
    end
  end
end

-- Handlers are made when they are first asked for, so that what nobody looks at is not
-- loaded.
local function handler(self, route)
  if not self.handlers[route] then
    self.handlers[route] = require(route.file).new(self)
  end
  return self.handlers[route]
end

local function dispatch(self, request)
  if not is_own_host(self, request.headers.host) then
    local words = ("this is not %s: no host of that name is served here"):format(check.excerpt(request.headers.host))
    return plain(421, words)
  end
  local route = find(self, request.path)
  if not route then
    return plain(404, "there is nothing here")
  end
  local method = request.method == "HEAD" and "GET" or request.method
  if not (" " .. route.methods .. " "):find(" " .. method .. " ", 1, true) then
    local allow = route.methods:gsub("GET", "GET HEAD"):gsub(" ", ", ")
    return plain(405, "the methods here are " .. allow, { allow = allow })
  end
  return handler(self, route)(request)
end

-- Does the client have this already?
local function is_known(request, tag)
  for known in (request.headers["if-none-match"] or ""):gmatch "[^,%s]+" do
    if known == "*" or known:gsub("^W/", "") == tag:gsub("^W/", "") then
      return true
    end
  end
  return false
end

local function finish(self, request, status, headers, body)
  for name, value in pairs(defaults) do
    headers[name] = headers[name] or value
  end
  if status == 200 and headers.etag and is_known(request, headers.etag) then
    headers["content-type"] = nil
    return 304, headers, ""
  end
  if self.gzip and status == 200 and not headers["content-encoding"] then
    headers.vary = "accept-encoding"
    if gzip.is_taken(request.headers["accept-encoding"]) then
      local smaller = gzip.compress(body)
      if smaller then
        headers["content-encoding"] = "gzip"
        body = smaller
      end
    end
  end
  return status, headers, body
end

--- A site: a function `handle(request)` that returns status, headers and body. A request is
-- `{ method =, path =, query = (as it came), headers = (by names in lower case), body =,
-- remote = (an address, for the log) }`. It waits in the transport, so that it is called where that may.
--
-- `options`: those of `reading.new`, among them `timeout` (seconds that a reading may take);
-- `keep()` (is called when the Totals have taken more than a reading);
-- `hosts` (a set of names; nil: any), `gzip` (compress, where that is
-- possible), `log(words)`, `admin` (who may change something: `{ token = }`, or `{ trusted =
-- true }` where the host has made sure; nil: nobody), `name` (what the page is called; nil: what HAProxy calls itself).
function site.new(options)
  local transport = options.transport
  local self = {
    reading = reading.new(options),
    routes = routes,
    handlers = {},
    hosts = options.hosts,
    gzip = options.gzip and gzip.is_there(),
    log = options.log or function() end,
    keep = options.keep or function() end,
    admin = options.admin,
    name = options.name,
    now = function()
      return transport:now()
    end,
    sleep = function(seconds)
      transport:sleep(seconds)
    end,
  }
  -- Makes all handlers, for hosts that find no files later.
  function self.load()
    for _, route in ipairs(self.routes) do
      handler(self, route)
    end
  end
  -- Is a request one of those of which a host answers a few at a time only?
  function self.is_heavy(request)
    local route = find(self, request.path)
    return route ~= nil and route.heavy == true
  end
  return function(request)
    local ok, status, headers, body = protected.call(dispatch, self, request)
    if not ok then
      local err = status
      self.log(("%s %s: %s"):format(request.method, check.excerpt(request.path), check.excerpt(tostring(err))))
      status, headers, body = plain(500, errors.is_error(err) and err.message or "this went wrong; the log says how")
    end
    return finish(self, request, status, headers, body)
  end, self
end

return site
