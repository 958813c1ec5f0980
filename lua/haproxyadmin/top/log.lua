-- The log: what was done, and what happened to processes, the newest first.

local columns = {
  {
    id = "time",
    title = "TIME",
    width = 9,
    keep = 1,
    value = function(_, entry)
      return entry.number
    end,
    show = function(_, _, entry)
      return entry.time, "dim"
    end,
  },
  {
    id = "what",
    title = "WHAT",
    width = 20,
    keep = 1,
    left = true,
    value = function(_, entry)
      return entry.text
    end,
    show = function(value, _, entry)
      return value, entry.style
    end,
  },
}

local log = { columns = columns }

local Log = {}
Log.__index = Log

-- Nobody reads more of them.
local KEPT = 1000

function log.new()
  return setmetatable({ count = 0 }, Log)
end

function Log:add(text, style)
  self.count = self.count + 1
  table.insert(self, { number = self.count, time = os.date "%H:%M:%S", text = text, style = style or "plain" })
  if #self > KEPT then
    table.remove(self, 1)
  end
end

--- Notes which processes do not answer any more, answer again, or are others than before. Both
-- are lists of processes.lua; `before` may be nil.
function Log:compare(before, now, title)
  local was = {}
  for _, process in ipairs(before or {}) do
    was[process.address] = process
  end
  for _, process in ipairs(now) do
    local old = was[process.address]
    if process.err and not (old and old.err) then
      self:add(("process %s does not answer: %s"):format(title(process), process.err.message), "alarm")
    elseif old and old.err and process.info then
      self:add(("process %s answers again"):format(title(process)), "green")
    elseif old and old.info and process.info and old.info.Pid ~= process.info.Pid then
      local words = "process %s was replaced: pid %s, which was %s"
      self:add(words:format(title(process), tostring(process.info.Pid), tostring(old.info.Pid)), "yellow")
    end
  end
end

return log
