-- Ctrl-C: it ends a verb that reads at once, and one that waits where it can say how far it got.

local core = require "haproxyadmin.core"
local failure = require "haproxyadmin.cli.base.failure"

local interrupt = {}

--- From now on Ctrl-C ends the program at once. Lua's own programs would raise an error somewhere.
function interrupt.ends()
  core.watch_interrupt(false)
end

--- From now on Ctrl-C is noted, and `interrupt.check` raises it; a second one ends the program.
function interrupt.note()
  core.watch_interrupt(true)
end

--- Raises a failure where Ctrl-C was noted: `message`, what state things are in now.
function interrupt.check(message)
  if core.interrupted() then
    failure.raise("interrupted", message)
  end
end

-- What Lua's own interpreter raises.
local WORDS = "interrupted!"

--- Raises what Lua's own interpreter raises at Ctrl-C, where it was noted, and forgets it: what is done about it
-- may take its time.
function interrupt.raise()
  if core.interrupted() then
    core.watch_interrupt(true)
    error(WORDS, 0)
  end
end

--- A transport (nil: the native one) whose waiting ends with that error when Ctrl-C was noted.
function interrupt.transport(chosen)
  local base = require "haproxyadmin.transport"(chosen)
  local wrapped = setmetatable({}, { __index = base })
  function wrapped:exchange(requests, deadline) -- luacheck: no self
    base:exchange(requests, deadline)
    interrupt.raise()
  end
  function wrapped:sleep(seconds) -- luacheck: no self
    base:sleep(seconds)
    interrupt.raise()
  end
  return wrapped
end

return interrupt
