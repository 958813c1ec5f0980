-- TLS on a connected socket of LuaSocket, by LuaSec. LuaSec checks a
-- certificate's chain; whom it is for is checked here.

local check = require "haproxyadmin.base.check"
local errors = require "haproxyadmin.errors"
local library = require "haproxyadmin.transport.library"
local tls_name = require "haproxyadmin.transport.tls_name"

local tls = {}

local known = {
  cafile = "string",
  capath = "string",
  certificate = "string",
  key = "string",
  password = "string",
  server_name = "string",
  ciphers = "string",
  verify = "boolean",
}

local function refuse(message)
  return nil, errors.new("ValueError", "bad_argument", "argument 'tls': " .. message)
end

local function readable(name, path)
  local file, words = io.open(path)
  if not file then
    return refuse(("%s cannot be read: %s"):format(name, words))
  end
  file:close()
  return true
end

local function check_files(options)
  for _, name in ipairs { "cafile", "capath", "certificate", "key" } do
    if options[name] then
      local ok, err = readable(name, options[name])
      if not ok then
        return nil, err
      end
    end
  end
  return true
end

local function check_options(options)
  local ok, err = check.options(options, known)
  if not ok then
    return nil, err
  elseif options.verify ~= false and not options.cafile and not options.capath then
    return refuse "cafile or capath expected: whose signatures are trusted (verify = false trusts anybody)"
  elseif (options.certificate == nil) ~= (options.key == nil) then
    return refuse "certificate and key expected together"
  end
  return check_files(options)
end

--- Checks the options and reads their files. Returns {context =, verify =,
-- name =}, or nil and a ValueError.
function tls.settings(options)
  local ok, err = check_options(options)
  if not ok then
    return nil, err
  end
  local ssl = library("luasocket", "ssl", "lua-sec", "luasec")
  local verify = options.verify ~= false
  local context, words = ssl.newcontext {
    mode = "client",
    protocol = "any",
    options = { "all", "no_sslv2", "no_sslv3", "no_tlsv1", "no_tlsv1_1" },
    verify = verify and "peer" or "none",
    cafile = options.cafile,
    capath = options.capath,
    certificate = options.certificate,
    key = options.key,
    password = options.password,
    ciphers = options.ciphers,
  }
  if not context then
    return refuse(words)
  end
  return { ssl = ssl, context = context, verify = verify, name = options.server_name }
end

-- An IP address as certificates write it.
local function usual(name)
  if tls_name.is_ip(name) then
    local found = require("socket").dns.getaddrinfo(name)
    return found and found[1].addr or name
  end
  return name
end

--- Speaks TLS on `stream` with the server called `host`. `wait(stream, events)`
-- waits for it, true unless time is over. Returns the stream to use from now
-- on, or nil, a code, words, and the stream to close.
function tls.start(settings, stream, host, wait)
  local name = usual(settings.name or host)
  local secure, words = settings.ssl.wrap(stream, settings.context)
  if not secure then
    return nil, "failed", "TLS: " .. words, stream
  end
  secure:settimeout(0)
  if not tls_name.is_ip(name) then
    secure:sni(name)
  end
  local ok
  repeat
    ok, words = secure:dohandshake()
    local events = not ok and ({ wantread = "r", wantwrite = "w" })[words]
    if events and not wait(secure, events) then
      return nil, "timeout", nil, secure
    end
  until ok or not events
  if ok and settings.verify then
    ok, words = tls_name.check(secure:getpeercertificate(), name)
  end
  if not ok then
    return nil, "failed", "TLS: " .. words, secure
  end
  return secure
end

return tls
