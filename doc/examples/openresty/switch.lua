-- Drains a server, or makes it ready, in every process: for those who know
-- $HAPROXYADMIN_TOKEN.
--
--   curl -X POST -H "Authorization: Bearer $HAPROXYADMIN_TOKEN" http://127.0.0.1:8405/servers/app/app1/drain

local cjson = require "cjson"
local hap = require "haproxies"

local switch = {}

local function random_bytes(count)
  local file = assert(io.open("/dev/urandom", "rb"))
  local bytes = assert(file:read(count))
  file:close()
  return bytes
end

-- Digests are compared, so that the time it takes tells nothing about the token.
local salt = random_bytes(16)
local function digest(text)
  return ngx.hmac_sha1(salt, text)
end

local token = os.getenv "HAPROXYADMIN_TOKEN" or ""
assert(#token >= 16, "HAPROXYADMIN_TOKEN has fewer than 16 characters")

local function answer(status, body)
  ngx.status = status
  ngx.header.content_type = "application/json"
  ngx.say(cjson.encode(body))
  return ngx.exit(status)
end

--- Lets nobody through without the token.
function switch.authenticate()
  local given = ngx.req.get_headers().authorization
  given = type(given) == "string" and given:match "^[Bb]earer (%S+)$"
  if not given or digest(given) ~= digest(token) then
    ngx.header.www_authenticate = "Bearer"
    return answer(401, { error = "a token is needed" })
  end
end

local statuses = { not_found = 404, bad_argument = 400, timeout = 504 }

-- Which process took the command stands in the error.
local function failure(err)
  local processes
  for i, result in ipairs(err.results or {}) do
    local why = result.err and result.err.message
    processes = processes or {}
    processes[i] = { process_nb = result[1], ok = result.ok, reply = result[2], error = why }
  end
  return answer(statuses[err.code] or 502, { error = err.message, processes = processes })
end

--- `state` is "drain" or "ready".
function switch.set(backend, name, state)
  if ngx.req.get_method() ~= "POST" then
    ngx.header.allow = "POST"
    return answer(405, { error = "POST it" })
  end
  local servers, err = hap:server(name, backend, { die = false })
  if not servers then
    return failure(err)
  end
  local ok
  ok, err = servers[1]:setstate(state, { die = false })
  if not ok then
    return failure(err)
  end
  return answer(200, { backend = backend, server = name, status = servers[1]:get "status" })
end

return switch
