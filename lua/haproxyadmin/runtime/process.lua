-- The record of one HAProxy process:
--
-- * `slot`: its place in its context, which it keeps
-- * `nb`: its process number
-- * `address`: its socket; `name`: what the caller calls it, if he gave names
-- * `version`: 20612 is 2.6.12; nil while it never answered
-- * `pid`, `start`, `node`: who it was when it last said so; the first two tell a
--   process from its successor behind the same socket
-- * `member`: it belongs to its context, not only asked who it is
-- * `generation`: how often another one was met in its place; behind a master's socket how
--   many reloads the master had seen when it started it
-- * `worker`, `place`: behind a master's socket the process id by which it is reached, and
--   the master's own number of it
-- * `fixed`: it is this worker and no other that is meant, however many reloads come
-- * `old`: a reload has replaced it
-- * `kept`: the connection that is kept to it, if there is one (kept.lua)

local version = require "haproxyadmin.base.version"

local process = {}

function process.new(slot, address)
  return { slot = slot, nb = slot, address = address, generation = 0 }
end

--- The record of one worker of a master's, whichever generation it is of (`row`: as
-- replies/workers.lua has it).
function process.worker(address, row)
  local self = process.new(1, address)
  self.worker, self.fixed = row.pid, true
  self.generation, self.version = row.generation, version.number(row.version)
  return self
end

--- Its number as a message shows it: "1", or "1 (edge1)" where it has a name.
function process.number(nb, name)
  return name and ("%d (%s)"):format(nb, name) or tostring(nb)
end

--- Its socket as a message shows it: the address, behind its name if it has one.
function process.socket(self)
  return self.name and ("%s (%s)"):format(self.name, self.address) or self.address
end

-- A field of the text of `show info`.
local function field(text, name)
  return text:match("\n" .. name .. ": ([^\n]*)")
end

--- Takes note of what a process says of itself in `show info`.
function process.learn_text(self, text)
  self.version = version.number(field(text, "Version")) or 0
  local pid, start = tonumber(field(text, "Pid")), field(text, "Start_time_sec")
  if self.pid and not self.worker and (pid ~= self.pid or start ~= self.start) then
    self.generation = self.generation + 1
  end
  self.pid, self.start = pid, start
  self.node = field(text, "node")
end

--- Does a process say that it is ending, as the one does that a reload has replaced?
function process.is_ending(text)
  return field(text, "Stopping") == "1"
end

return process
