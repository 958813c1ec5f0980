-- What /metrics shows beside the statistics, where it is asked for by name: stick tables and
-- name servers. However many ask, the processes are asked once a second at most; who comes
-- meanwhile waits.

local errors = require "haproxyadmin.errors"
local protected = require "haproxyadmin.base.protected"
local reading = require "haproxyadmin.web.reading"

local other = {}

-- Seconds between two looks for another's answer, and behind which another one asks although
-- nobody has told how the last one ended.
local PAUSE, FORGOTTEN = 0.02, 30

local Other = {}
Other.__index = Other

--- Of a site.
function other.new(site)
  return setmetatable({ site = site, kept = {} }, Other)
end

local function late()
  return nil, errors.new("WaitTimeout", "timeout", "the processes were not asked in time")
end

local function ask(self, key, scope, process, deadline, totals)
  local site = self.site
  local hap = site.reading.hap
  local mine = { begun = site.now() }
  self.kept[key] = mine
  -- Behind that somebody else asks, and totals take answers in their order only.
  local seconds = math.min(deadline - mine.begun, FORGOTTEN)
  local options = { process = process, partial = true, timeout = seconds, totals = totals, die = false }
  local ok, families, err = protected.call(hap.other_families, hap, scope, options)
  mine.ended = site.now()
  if not ok then
    error(families, 0)
  elseif not families then
    site.reading:miss(err)
  elseif totals then
    site.keep()
  end
  mine.families, mine.err = families, err
  return mine
end

--- The families of a scope, as `HAProxy:other_families` has them; `deadline`: on the site's clock;
-- `totals`: of the last reading, or nil. Nil and an error where nobody answered, or not in time.
function Other:get(scope, process, deadline, totals)
  local key = scope .. " " .. tostring(process)
  while true do
    local now, kept = self.site.now(), self.kept[key]
    if kept and kept.ended and now - kept.ended < reading.FRESH then
      return kept.families, kept.err
    elseif now >= deadline then
      return late()
    elseif not kept or kept.ended or now - kept.begun > FORGOTTEN then
      kept = ask(self, key, scope, process, deadline, totals)
      return kept.families, kept.err
    end
    self.site.sleep(math.min(PAUSE, deadline - now))
  end
end

return other
