-- Waiting: fresh readings until something holds, under one deadline for all of them.

local check = require "haproxyadmin.base.check"
local errors = require "haproxyadmin.errors"

local wait = {}

--- The options of every method that waits, and their types.
wait.options = { timeout = "number", interval = "number" }

-- Seconds, where nothing else was asked for.
local TIMEOUT, INTERVAL = 30, 0.5

local function check_seconds(name, value, default)
  if value == nil then
    return default
  end
  return check.seconds(name, value)
end

--- The limits of one call: its time begins now. Nil and an error where an option is wrong.
function wait.begin(context, options)
  local timeout, err = check_seconds("timeout", options.timeout, TIMEOUT)
  if not timeout then
    return nil, err
  end
  local interval
  interval, err = check_seconds("interval", options.interval, INTERVAL)
  if not interval then
    return nil, err
  end
  local now = context.transport:now()
  return { timeout = timeout, interval = interval, started = now, deadline = now + timeout }
end

--- Seconds since a call began.
function wait.waited(context, limits)
  return context.transport:now() - limits.started
end

-- A reading that failed may succeed the next time: a process is reloaded, is away for a
-- moment, or slow. What else goes wrong stays wrong.
local function is_passing(err)
  return errors.is_error(err, "HAProxySocketError")
end

local function time_is_over(limits, what, seen, results, failure)
  local message = ("waited %g s for %s"):format(limits.timeout, what)
  if seen then
    message = message .. "; last seen: " .. check.excerpt(tostring(seen))
  end
  if failure then
    message = message .. "; the last reading failed: " .. failure.message
  end
  return nil, errors.new("WaitTimeout", "timeout", message, { results = results, cause = failure })
end

--- Looks until something holds, at once and then every `interval` seconds. `what` says in
-- an error what is waited for. `look(seconds)` reads, for so many seconds at most, and
-- returns what is to be returned; or false, what it saw as a text, and the same for each
-- process as `results`; or nil and an error, and true where that is no reading's and ends the
-- waiting in any case. Once more, near the end, it looks if there
-- is less time left than the interval.
function wait.until_holds(context, limits, what, look)
  local transport = context.transport
  local last, seen, results, failure
  while true do
    local left = limits.deadline - transport:now()
    if left <= 0 then
      return time_is_over(limits, what, seen, results, failure)
    end
    local value, told, told_results = look(math.min(context.timeout, left))
    if value then
      return value
    elseif value == false then
      seen, results, failure = told, told_results, nil
    elseif is_passing(told) and not told_results then
      failure = told
    else
      return nil, told
    end
    left = limits.deadline - transport:now()
    if last or left <= 0 then
      return time_is_over(limits, what, seen, results, failure)
    end
    last = left <= limits.interval
    transport:sleep(last and left / 2 or limits.interval)
  end
end

return wait
