-- Is every process there and every backend up? 200 or 503, and JSON that tells.
--
-- However many requests come to however many workers, HAProxy is asked once a
-- second: the request that gets the lock asks, the others wait for its answer.

local cjson = require "cjson"
local hap = require "haproxies"

local store = ngx.shared.haproxyadmin

-- Seconds: how long an answer serves; how long a lock holds when the request
-- that has it dies (more than a snapshot's deadline); how often the others look.
local FRESH, LOCK, PAUSE = 1, 5, 0.01

local function read()
  local snapshot, err = hap:snapshot { partial = true, die = false }
  if not snapshot then
    return { healthy = false, error = err.message }
  end
  local answer = { healthy = #snapshot.failed == 0, backends = {} }
  for _, backend in ipairs(snapshot:backends()) do
    -- nil where processes disagree.
    local status = backend:get "status" or "differs"
    answer.backends[backend.name] = status
    answer.healthy = answer.healthy and status == "UP"
  end
  for _, failure in ipairs(snapshot.failed) do
    answer.failed = answer.failed or {}
    answer.failed[failure[1]] = failure[2].message
  end
  return answer
end

local function poll()
  local answer = read()
  local body, status = cjson.encode(answer), answer.healthy and 200 or 503
  store:set("health", body, FRESH, status)
  return body, status
end

-- The answer of this second, and its status.
local function shared()
  local deadline = ngx.now() + 2 * LOCK
  repeat
    local body, status = store:get "health"
    if body then
      return body, status
    elseif store:add("health_lock", true, LOCK) then
      -- Somebody may have answered between the two looks.
      body, status = store:get "health"
      if not body then
        body, status = poll()
      end
      store:delete "health_lock"
      return body, status
    end
    ngx.sleep(PAUSE)
  until ngx.now() > deadline
  return cjson.encode { healthy = false, error = "nobody has an answer" }, 503
end

return function()
  local body, status = shared()
  ngx.status = status
  ngx.say(body)
end
