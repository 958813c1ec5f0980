-- A health endpoint that costs HAProxy one reading a second, however many
-- requests ask. One request at a time takes it; the others answer from what it
-- left in the shared dictionary `haproxy`.
--
--    lua_package_path "/etc/nginx/haproxy/?.lua;;"; # for haproxies.lua
--    lua_shared_dict haproxy 1m;
--    location /health {
--      set $haproxy_sockets "/run/haproxy/admin1.sock /run/haproxy/admin2.sock";
--      content_by_lua_file /etc/nginx/haproxy/health.lua;
--    }
--
-- Answers 200 while every process answers and every backend has an active server
-- in each, else 503, and names what is missing.

local haproxies = require "haproxies"

local ngx = rawget(_G, "ngx")

-- Seconds: how long an answer serves, the longest that a reading may take, and
-- how often the others look for its answer.
local FRESH, LONGEST, PAUSE = 1, 5, 0.05

local shared = ngx.shared.haproxy
local sockets = ngx.var.haproxy_sockets
local ANSWER, LOCK = "answer " .. sockets, "lock " .. sockets

-- The names of the backends without an active server, comma separated.
local function look()
  local down = {}
  for _, backend in ipairs(haproxies(sockets):snapshot():backends()) do
    for _, entry in ipairs(backend:stats_per_process()) do
      if entry[2].status ~= "UP" then
        down[#down + 1] = backend.name
        break
      end
    end
  end
  return "ok:" .. table.concat(down, ",")
end

-- Reads, for all. Whoever was held up for so long that another may be reading by
-- now keeps its answer to itself.
local function read()
  local begun = ngx.now()
  local ok, text = pcall(look)
  if not ok then
    text = "error:" .. tostring(text)
  end
  ngx.update_time()
  if ngx.now() - begun < LONGEST then
    shared:set(ANSWER, text, FRESH)
    shared:delete(LOCK)
  end
  return text
end

local function answer()
  local deadline = ngx.now() + 2 * LONGEST
  repeat
    local fresh = shared:get(ANSWER)
    if fresh then
      return fresh
    elseif shared:add(LOCK, true, LONGEST) then
      -- Another may have read between the two looks.
      fresh = shared:get(ANSWER)
      if not fresh then
        return read()
      end
      shared:delete(LOCK)
      return fresh
    end
    ngx.sleep(PAUSE)
  until ngx.now() > deadline
  return "error:no reading was made in time"
end

local kind, text = answer():match "^(%a+):(.*)$"
ngx.header.content_type = "text/plain"
if kind == "ok" and text == "" then
  return ngx.say "all backends are up"
end
ngx.status = 503
ngx.say(kind == "ok" and "no active server: " .. text or text)
