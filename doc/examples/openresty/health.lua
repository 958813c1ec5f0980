-- A health endpoint that costs HAProxy one reading a second, however many
-- requests ask. One worker at a time takes it; the others answer from what it
-- left in the shared dictionary `haproxy`.
--
--    lua_shared_dict haproxy 1m;
--    location /health { content_by_lua_file health.lua; }
--
-- Answers 200 while every backend has an active server, else 503, and names the
-- backends without one.

local haproxyadmin = require "haproxyadmin"

local ngx = rawget(_G, "ngx")

local FRESH = 1 -- seconds
local KEPT = 10 -- how long an old answer stands in while a new one is made

local shared = ngx.shared.haproxy

local hap

local function open()
  hap = hap or haproxyadmin.HAProxy { socket_dir = ngx.var.haproxy_sockets, retry = false }
  return hap
end

-- The names of the backends without an active server, comma separated.
local function look()
  local down = {}
  for _, backend in ipairs(open():snapshot():backends()) do
    if backend:metric("act", { rule = "min" }) + backend:metric("bck", { rule = "min" }) == 0 then
      down[#down + 1] = backend.name
    end
  end
  return "ok:" .. table.concat(down, ",")
end

-- `add` succeeds for one worker only: that one reads, for all.
local function answer()
  local fresh = shared:get "fresh"
  if fresh then
    return fresh
  end
  if not shared:add("reading", true, KEPT) then
    return shared:get "last" or answer(ngx.sleep(0.05))
  end
  local ok, text = pcall(look)
  if not ok then
    text = "error:" .. tostring(text)
  end
  shared:set("fresh", text, FRESH)
  shared:set("last", text, KEPT)
  shared:delete "reading"
  return text
end

local kind, text = answer():match "^(%a+):(.*)$"
ngx.header.content_type = "text/plain"
if kind == "ok" and text == "" then
  return ngx.say "all backends are up"
end
ngx.status = 503
ngx.say(kind == "ok" and "no active server: " .. text or text)
