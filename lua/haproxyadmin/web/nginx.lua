-- The site in nginx (lua-nginx-module, OpenResty): in a location, for all workers together.
-- nginx has TLS, users and compression; here is what is behind a location:
--
--    init_by_lua_block {
--      haproxies = require("haproxyadmin.web.nginx").new {
--        haproxy = { sockets = { "/run/haproxy/admin1.sock", "/run/haproxy/admin2.sock" } },
--        dictionary = "haproxy",
--        prefix = "/haproxy",
--      }
--    }
--    location /haproxy/ { content_by_lua_block { haproxies() } }

local embedded = require "haproxyadmin.web.embedded"
local relay = require "haproxyadmin.web.relay"

local nginx = {}

-- The functions of relay.lua. No answer throws out what is there, least of all the totals.
local function dictionary_of(shared)
  return {
    get = function(key)
      return shared:get(key)
    end,
    set = function(key, value, seconds)
      return shared:safe_set(key, value, seconds)
    end,
    add = function(key, seconds)
      return (shared:add(key, true, seconds))
    end,
    delete = function(key)
      shared:delete(key)
    end,
  }
end

-- What a worker answers with. It is made with the first request: before, in init_by_lua,
-- there are neither workers nor sockets.
local function build(ngx, options)
  local transport = require "haproxyadmin.transport.ngx"
  local dictionary = dictionary_of(ngx.shared[options.dictionary])
  local function log(words)
    ngx.log(ngx.NOTICE, words)
  end
  local accumulate, keep = relay.accumulator(dictionary, require("haproxyadmin").totals, ngx.worker.pid(), log)
  local handle = embedded.site(options, {
    transport = transport,
    accumulate = accumulate,
    keep = keep,
    log = log,
  })
  return relay.new(dictionary, handle, function(seconds)
    transport:sleep(seconds)
  end)
end

-- A header that came several times is a list of its values.
local function headers_of(ngx)
  local headers = {}
  for name, value in pairs(ngx.req.get_headers()) do
    headers[name] = type(value) == "table" and table.concat(value, ", ") or tostring(value)
  end
  return headers
end

local function request_of(ngx, prefix)
  ngx.req.read_body()
  return {
    method = ngx.req.get_method(),
    path = embedded.path(prefix, ngx.var.uri),
    query = ngx.var.args or "",
    headers = headers_of(ngx),
    -- A body that nginx has put into a file is larger than any that is meant.
    body = ngx.req.get_body_data() or "",
    remote = ngx.var.remote_addr,
  }
end

local function send(ngx, status, headers, body)
  ngx.status = status
  for name, value in pairs(headers) do
    ngx.header[name] = value
  end
  if ngx.req.get_method() == "HEAD" then
    return ngx.send_headers()
  elseif type(body) == "string" then
    if status ~= 304 then
      ngx.header["content-length"] = #body
      ngx.print(body)
    end
    return
  end
  for piece in body do
    -- The next piece is made when the client has taken this one.
    if not ngx.print(piece) or not ngx.flush(true) then
      return
    end
  end
end

--- A function that answers a request, to be called by `content_by_lua`. `options`: those of
-- embedded.lua; `dictionary`: the name of a `lua_shared_dict`, for totals and answers;
-- `prefix`: of the location, "/haproxy" (default: none).
function nginx.new(options)
  local handle
  return function()
    local ngx = rawget(_G, "ngx")
    handle = handle or build(ngx, options)
    send(ngx, handle(request_of(ngx, options.prefix or "")))
  end
end

return nginx
