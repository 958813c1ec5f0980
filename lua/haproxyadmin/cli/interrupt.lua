-- Ctrl-C: it ends a verb that reads at once, and one that waits where it can say how far it got.

local core = require "haproxyadmin.core"
local failure = require "haproxyadmin.cli.failure"

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

return interrupt
