-- Ctrl-C: it ends a verb that reads at once, and one that waits where it can say how far it got.

local core = require "haproxyadmin.core"

local interrupt = {}

--- From now on Ctrl-C ends the program at once. Lua's own programs would raise an error somewhere.
function interrupt.ends()
  core.watch_interrupt(false)
end

--- From now on Ctrl-C is noted, and `interrupt.check` raises it; a second one ends the program.
function interrupt.note()
  core.watch_interrupt(true)
end

--- Was it noted?
function interrupt.is_noted()
  return core.interrupted()
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

--- Is it what that raises?
function interrupt.is(err)
  return type(err) == "string" and err:find(WORDS .. "$") ~= nil
end

-- What changes something is waited for, so that it is known what came of it.
local function are_safe(requests)
  for _, request in ipairs(requests) do
    if not request.safe then
      return false
    end
  end
  return true
end

-- Seconds between two looks at Ctrl-C in a pause.
local PIECE = 0.1

--- A transport (nil: the native one) whose waiting ends with that error when Ctrl-C was noted. The native one
-- breaks off what only reads at once; another one ends it first.
function interrupt.transport(chosen)
  local base = require "haproxyadmin.transport"(chosen)
  local wrapped = setmetatable({}, { __index = base })
  function wrapped:exchange(requests, deadline) -- luacheck: no self
    base:exchange(requests, deadline, are_safe(requests))
    interrupt.raise()
  end
  function wrapped:sleep(seconds) -- luacheck: no self
    local deadline = base:now() + seconds
    repeat
      base:sleep(math.max(math.min(deadline - base:now(), PIECE), 0))
      interrupt.raise()
    until base:now() >= deadline
  end
  return wrapped
end

return interrupt
