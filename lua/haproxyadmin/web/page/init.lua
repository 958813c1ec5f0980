-- The page: three files that never change while this runs. All that changes comes from api/.

local content = require "haproxyadmin.web.page.content"
local core = require "haproxyadmin.core"
local plain = require "haproxyadmin.web.plain"

local page = {}

-- Nothing but its own files and its own api/; no text of HAProxy's can become a script.
local POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
  .. "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

local files = {
  ["/"] = { "index.html", "text/html; charset=utf-8" },
  ["/app.js"] = { "app.js", "text/javascript; charset=utf-8" },
  ["/app.css"] = { "app.css", "text/css; charset=utf-8" },
}

local function headers_of(type)
  return { ["content-type"] = type, ["content-security-policy"] = POLICY }
end

local function file(path)
  local name, type = files[path][1], files[path][2]
  local headers = headers_of(type)
  headers["cache-control"] = "no-cache"
  headers.etag = ('"%s"'):format(core.sha1(content[name]))
  return 200, headers, content[name]
end

--- The handler of a site.
function page.new(site)
  return function(request)
    if request.path == "/" and (request.query or ""):match "^plain" then
      local status, text = plain.answer(site)
      return status, headers_of "text/html; charset=utf-8", text
    end
    return file(request.path)
  end
end

return page
