-- Serves what all processes count, as JSON, from HAProxy itself:
--
--    global
--      setenv LISTING_SOCKETS "/run/haproxy/admin1.sock /run/haproxy/admin2.sock"
--      lua-load /etc/haproxy/listing.lua
--
--    frontend listing
--      bind 127.0.0.1:8404
--      http-request use-service lua.listing
--
-- The sockets are those of this process and of its siblings. The JSON is dkjson's
-- (Debian's package lua-dkjson, the rock dkjson).

-- Loaded here, while HAProxy starts: later it may have left for its chroot.
local haproxyadmin = require "haproxyadmin"
local json = require "dkjson"
local transport = require "haproxyadmin.transport.haproxy"

local sockets = {}
for address in (os.getenv "LISTING_SOCKETS" or ""):gmatch "%S+" do
  sockets[#sockets + 1] = address
end

local hap

local function array(list, entry)
  local entries = {}
  for i, object in ipairs(list) do
    entries[i] = entry(object)
  end
  return entries
end

-- `get` reads what the processes may disagree on: no key then.
local function server(object)
  return {
    name = object.name,
    status = object:get "status",
    weight = object:get "weight",
    requests = object.requests,
    process_nb = object.process_nb,
  }
end

local function frontend(object)
  return {
    name = object.name,
    status = object:get "status",
    requests = object.requests,
    process_nb = object.process_nb,
  }
end

local function backend(object)
  local entry = frontend(object)
  entry.servers = array(object:servers(), server)
  return entry
end

local function failure(entry)
  return { socket = entry[1], message = entry[2].message }
end

local function listing()
  hap = hap or haproxyadmin.HAProxy { sockets = sockets, transport = transport, retry = false }
  local snapshot = hap:snapshot { partial = true }
  return {
    frontends = array(snapshot:frontends(), frontend),
    backends = array(snapshot:backends(), backend),
    failed = array(snapshot.failed, failure),
  }
end

core.register_service("listing", "http", function(applet)
  local ok, answer = pcall(listing)
  local body = json.encode(ok and answer or { error = tostring(answer) }) .. "\n"
  applet:set_status(ok and 200 or 503)
  applet:add_header("content-type", "application/json")
  applet:add_header("content-length", tostring(#body))
  applet:start_response()
  applet:send(body)
end)
