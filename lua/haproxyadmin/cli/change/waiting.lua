-- Verbs that wait: how far it is goes to stderr, and what stands when the time is up, or when
-- somebody presses Ctrl-C, is told.

local core = require "haproxyadmin.core"
local duration = require "haproxyadmin.cli.base.duration"
local errors = require "haproxyadmin.errors"
local failure = require "haproxyadmin.cli.base.failure"
local interrupt = require "haproxyadmin.cli.base.interrupt"

local waiting = {}

-- Seconds between two looks.
local INTERVAL = 0.25

--- The option of a verb that does nothing but wait: there it is the time of all, not of one exchange. (A verb that
-- waits where it is asked to has --wait[=DURATION].) Its value is `call.given.within`.
function waiting.timeout(help)
  return { "-t", "--timeout", key = "within", value = "DURATION", convert = duration.read, help = help }
end

-- How many numbers a line shows at most.
local MOST = 6

local function plural(count)
  return count == 1 and "session" or "sessions"
end

-- Tells how many sessions are left: in one line that grows on a terminal, else in a line for
-- each change.
local function new_counter(call)
  local seen, moving = {}, core.terminal(2) ~= nil and not call.given.quiet
  local function chain()
    local parts = {}
    for i = math.max(#seen - MOST + 1, 1), #seen do
      parts[#parts + 1] = tostring(seen[i])
    end
    return table.concat(parts, " → ")
  end
  local counter = {}
  function counter.see(left)
    if left == seen[#seen] then
      return
    end
    seen[#seen + 1] = left
    if moving then
      io.stderr:write("\r", chain(), " ", plural(left), " \27[K")
      io.stderr:flush()
    elseif left > 0 then
      call:say(("%d %s left"):format(left, plural(left)))
    end
  end
  -- Whatever is written next begins a line of its own.
  function counter.stop()
    if moving and #seen > 0 then
      io.stderr:write "\n"
    end
  end
  function counter.finish(seconds)
    if moving and #seen > 0 then
      io.stderr:write "\r\27[K"
    end
    call:say(("%s sessions in %s"):format(chain(), duration.write(seconds)))
  end
  return counter
end

-- ---- what stands ----

-- Seconds in which a process says what state it is in; nobody who pressed Ctrl-C waits for longer.
local LAST = 1

--- What each of the servers is now, in one line each.
function waiting.tell_state(call, servers)
  local hap = call:haproxy()
  local ok, snapshot = pcall(hap.snapshot, hap, { partial = true, timeout = LAST })
  if not ok then
    return
  end
  for _, entry in ipairs(snapshot.failed) do
    call:warn(entry[2].message)
  end
  for _, server in ipairs(servers) do
    local found = snapshot:server(core.name(server), core.proxy(server), { die = false })
    if found then
      local statuses, seen = {}, {}
      for _, entry in ipairs(found[1]:stats_per_process()) do
        if not seen[entry[2].status] then
          seen[entry[2].status] = true
          statuses[#statuses + 1] = entry[2].status
        end
      end
      local left = found[1]:metric "scur"
      call:warn(
        ("%s/%s is %s with %d %s"):format(
          core.proxy(server),
          core.name(server),
          table.concat(statuses, ", "),
          left,
          plural(left)
        )
      )
    end
  end
end

-- Runs a function that waits. When it was broken off, what stands is told, and `undo` called
-- where there is one.
local function run(call, servers, undo, fn)
  local ok, result, err = pcall(fn)
  if ok and result ~= nil then
    return result
  end
  err = ok and err or result
  local late = errors.is_error(err, "WaitTimeout")
  if not late and not interrupt.is(err) then
    error(err, 0)
  end
  call:warn(late and err.message or "interrupted")
  if undo then
    undo()
  end
  waiting.tell_state(call, servers)
  return nil, late and failure.status.timeout or failure.status.interrupted
end

--- Waits until no process has a session of the servers, in state `drain` or `maint`. Options:
-- `timeout`, `on_timeout` ("fail", "kill", "undo"), `undo()`. Returns true, or nil and an exit
-- status.
function waiting.for_sessions(call, servers, options)
  local counter = new_counter(call)
  local hap = call:haproxy()
  local undo = options.on_timeout == "undo" and options.undo or nil
  local result, status = run(call, servers, undo, function()
    local ok, drained, err = pcall(hap.drain, hap, servers, {
      timeout = options.timeout,
      interval = INTERVAL,
      state = options.state,
      on_timeout = options.on_timeout == "kill" and "kill" or "fail",
      progress = function(now)
        counter.see(now.left)
      end,
      die = false,
    })
    if not ok or not drained then
      counter.stop()
    end
    if not ok then
      error(drained, 0)
    end
    return drained, err
  end)
  if not result then
    return nil, status
  end
  if result.killed > 0 then
    counter.see(0)
    call:say(("%d %s ended"):format(result.killed, result.killed == 1 and "session was" or "sessions were"))
  end
  counter.finish(result.waited)
  return true
end

-- What the last checks of servers said.
local function tell_checks(call, servers)
  for _, server in ipairs(servers) do
    local found = call:haproxy():server(core.name(server), core.proxy(server), { die = false })
    local check = found and found[1]:get "check_status"
    if check then
      local words = found[1]:get "last_chk"
      call:warn(("%s/%s: %s%s"):format(core.proxy(server), core.name(server), check, words and ": " .. words or ""))
    end
  end
end

--- Waits until every process says that the servers are up. Returns the seconds, or nil and an exit
-- status.
function waiting.for_up(call, servers, timeout)
  local hap = call:haproxy()
  local seconds, status = run(call, servers, nil, function()
    return hap:wait_up(servers, { timeout = timeout, interval = INTERVAL, die = false })
  end)
  if not seconds then
    if status == failure.status.timeout then
      tell_checks(call, servers)
    end
    return nil, status
  end
  call:say(("up after %s"):format(duration.write(seconds)))
  return seconds
end

--- Waits until `holds(server, values)` is true of each server in each process; `what` is what they are to
-- be. Returns true, or nil and an exit status.
function waiting.until_all(call, servers, timeout, what, holds)
  local hap = call:haproxy()
  local result, status = run(call, servers, nil, function()
    return hap:wait_until(function(snapshot)
      for _, server in ipairs(servers) do
        local found = snapshot:server(core.name(server), core.proxy(server), { die = false })
        if not found then
          return nil, ("%s/%s is gone"):format(core.proxy(server), core.name(server))
        end
        for _, entry in ipairs(found[1]:stats_per_process()) do
          if not holds(entry[2]) then
            local words = "%s/%s is %s with %s sessions in process %s, not %s"
            return nil,
              words:format(
                core.proxy(server),
                core.name(server),
                tostring(entry[2].status),
                tostring(entry[2].scur),
                tostring(entry[1]),
                what
              )
          end
        end
      end
      return true
    end, { timeout = timeout, interval = INTERVAL, die = false })
  end)
  return result, status
end

return waiting
