-- Sessions that ask one thing.

local core = require "haproxyadmin.core"

local sessions = {}

local commands = { text = "set weight app/app1 1", list = "show map", info = "show info", stat = "show stat" }

--- One whose answer is of this kind; a "reading" is `show info`, then
-- `show stat`.
function sessions.once(kind, max)
  local session = core.session("once", max or 2 ^ 20)
  for _, frame in ipairs(kind == "reading" and { "info", "stat" } or { kind }) do
    assert(session:ask(commands[frame], frame))
  end
  return session
end

return sessions
