-- How much counters grew between two readings, process by process. A process that is another
-- one than before, or whose counters were cleared, counts for nothing this once: what was lost is
-- not known, and a rate is never negative.

local core = require "haproxyadmin.core"

local Rates = {}
Rates.__index = Rates

-- Who each process is, by its number.
local function identities(snapshot)
  local found = {}
  local infos = snapshot:info()
  for i, process in ipairs(snapshot:processes()) do
    local info = infos[i]
    -- Up to HAProxy 2.3 nothing says when it started.
    found[process.process_nb] = ("%s %s"):format(tostring(info.Pid), tostring(info.Start_time_sec))
  end
  return found
end

local rates = {}

--- The rates between two snapshots, `seconds` apart. `before` nil: there are none yet.
function rates.new(before, after, seconds)
  local self = setmetatable({ before = before, context = core.context(after), seconds = seconds }, Rates)
  if before then
    self.same = {}
    local old = identities(before)
    for nb, identity in pairs(identities(after)) do
      self.same[nb] = old[nb] == identity
    end
  end
  return self
end

-- What was added by those of {nb, value}, {nb, value} ... that are in both; nil where none is.
local function growth(self, now, before, process)
  local of, total = {}, nil
  for _, entry in ipairs(before) do
    of[entry[1]] = entry[2]
  end
  for _, entry in ipairs(now) do
    local nb, value = entry[1], entry[2]
    local old = of[nb]
    if value and old and self.same[nb] and value >= old and (not process or process == nb) then
      total = (total or 0) + (value - old)
    end
  end
  -- Nobody reads more than three digits behind the point.
  return total and math.floor(1000 * total / self.seconds + 0.5) / 1000
end

--- By how much a counter (`number`: of a metric) of an object grew, a second; nil where that is
-- not known. `process`: in the one of this number only.
function Rates:of(object, number, process)
  if not self.before then
    return nil
  end
  local old = core.find(
    self.before,
    core.kind(object),
    self.context,
    false,
    core.proxy(object),
    core.kind(object) == "server" and core.name(object) or nil
  )
  return old and growth(self, core.values(object, number), core.values(old, number), process)
end

--- The same of a field of `show info`.
function Rates:of_info(snapshot, number, process)
  if not self.before then
    return nil
  end
  return growth(self, core.info_values(snapshot, number), core.info_values(self.before, number), process)
end

return rates
