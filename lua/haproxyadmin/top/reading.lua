-- A reading: the last snapshot, and what has grown since the one before; of all processes,
-- or of one.

local class = require "haproxyadmin.objects.class"
local core = require "haproxyadmin.core"
local behind = require "haproxyadmin.base.behind"
local metrics = require "haproxyadmin.base.metrics"
local status = require "haproxyadmin.top.status"

local reading = {}

local Reading = {}
Reading.__index = Reading

--- Nothing was read yet.
function reading.new(hap)
  return setmetatable({ hap = hap }, Reading)
end

--- Takes a snapshot; `at`: when that was, in seconds of a clock that only goes forward.
function Reading:take(snapshot, at)
  self.interval = self.snapshot and core.interval(self.snapshot, snapshot) or nil
  self.seconds = self.snapshot and at - self.at or nil
  self.snapshot, self.at = snapshot, at
end

--- How many processes there are, whether they answer or not.
function Reading:process_count()
  local context = class.context(self.hap)
  local count = #context.processes
  for _, entry in ipairs(context.passed_over) do
    count = count + (behind.is_missed(entry[2]) and 1 or 0)
  end
  return count
end

--- The number of the process that is looked at; nil: all of them.
function Reading:look_at(nb)
  self.nb = nb
end

-- ---- objects ----

local lists = { frontend = "frontends", backend = "backends", server = "servers" }

--- The objects of a kind, in HAProxy's order: those of the process that is looked at.
function Reading:objects(kind)
  local all = self.snapshot[lists[kind]](self.snapshot)
  if not self.nb then
    return all
  end
  local found = {}
  for _, object in ipairs(all) do
    if core.field(object, metrics.number[kind].pxname, self.nb) then
      found[#found + 1] = object
    end
  end
  return found
end

--- What tells an object from all others.
function reading.key(object)
  local kind = core.kind(object)
  if kind == "server" then
    return core.proxy(object) .. "/" .. core.name(object)
  end
  return kind .. " " .. core.name(object)
end

--- The object of that kind and name in the last snapshot, or nil.
function Reading:find(kind, proxy, name)
  return core.find(self.snapshot, kind, class.context(self.hap), false, proxy, name)
end

-- ---- values ----

--- A number: of all processes together, by the metric's own rule or another one.
function Reading:number(object, name, rule)
  local metric = metrics.number[core.kind(object)][name]
  if not metric then
    return nil
  elseif self.nb then
    return core.field(object, metric, self.nb)
  elseif not self:has(object, name) then
    return nil
  end
  return (core.metric(object, metric, rule))
end

--- Does any process say something there? A sum of nothing is 0.
function Reading:has(object, name) -- luacheck: no self
  local metric = metrics.number[core.kind(object)][name]
  return metric ~= nil and core.has(object, metric)
end

--- What the processes agree on; nil, true where they do not.
function Reading:agreed(object, name)
  local metric = metrics.number[core.kind(object)][name]
  if not metric then
    return nil
  elseif self.nb then
    return core.field(object, metric, self.nb)
  end
  return core.metric(object, metric, "same")
end

--- A sequence of {process_nb, value}.
function Reading:values(object, name) -- luacheck: no self
  local metric = metrics.number[core.kind(object)][name]
  return metric and core.values(object, metric) or {}
end

--- How much a counter grows a second; nil where that cannot be told yet.
function Reading:rate(object, name, nb)
  local metric = metrics.number[core.kind(object)][name]
  if not self.interval or not metric or self.seconds <= 0 then
    return nil
  end
  local increase = core.increase(self.interval, object, metric, nb or self.nb)
  return increase and increase / self.seconds
end

--- The same of a value of `show info`.
function Reading:info_rate(name, nb)
  if not self.interval or self.seconds <= 0 then
    return nil
  end
  local increase = core.increase(self.interval, nil, metrics.number.process[name], nb or self.nb)
  return increase and increase / self.seconds
end

--- What an object is: the worst that any process says. Returns its meaning (status.lua), its
-- text, and in how many processes it is so.
function Reading:status(object)
  local text, disagreed = self:agreed(object, "status")
  if not disagreed then
    return status.of(text or ""), text or "", self.nb and 1 or core.count(object)
  end
  return status.worst(self:values(object, "status"))
end

return reading
