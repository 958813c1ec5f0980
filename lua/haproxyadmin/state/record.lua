-- Records: what each process is like now, as far as it can be set at run time.
--
-- A record is {process =, limits = {name = value}, frontends = {name = {field = value}},
-- backends = {name = {field = value}}, servers =}; what was not asked for is nil. `servers` is
-- {values =, count =, known =}: of each server, one after the other, the values of
-- settings.columns, so that ten thousand of them are no tables; how many they are; and which
-- columns this process shows. Processes whose servers are all alike share it.

local core = require "haproxyadmin.core"
local metrics = require "haproxyadmin.base.metrics"
local plan = require "haproxyadmin.runtime.plan"
local reading = require "haproxyadmin.runtime.reading"
local rows = require "haproxyadmin.runtime.rows"
local settings = require "haproxyadmin.state.settings"

local record = {}

local STATE = "show servers state"

local columns, place = settings.columns, settings.place

-- How many values each server has.
record.WIDTH = #columns

-- What `show stat` has of a server: on most servers the processes agree, and share a table.
local function metric_of(self, name, backend, server)
  local own = self.others and self.others[name]
  local value = own and own[backend .. "/" .. server]
  if value == nil then
    local servers = self[name][backend]
    value = servers and servers[server]
  end
  return value
end

--- The value of a server's field in a record; nil where it has none. `at`: where the
-- server's values begin, less one.
function record.value(self, at, field)
  local values = self.servers.values
  if field.metric then
    return metric_of(self, field.name, values[at + 1], values[at + 2])
  end
  local value = values[at + place[field.column]]
  if value ~= nil and field.of then
    return field.of(value, values, at)
  end
  return value
end

--- Does a process of this version show a field of servers, if it was read?
function record.shows(self, field)
  if field.metric then
    return self[field.name] ~= nil
  end
  return self.servers.known[place[field.column]] == true
end

-- ---- what is read of `show info` and `show stat` ----

-- A record for each process that did not fail, and the same by number. Some of a master's
-- workers may only be read: these have none.
local function empty(context, failed)
  local list, by_nb = {}, {}
  for _, process in ipairs(context.processes) do
    if not failed[process] then
      list[#list + 1] = { process = process }
      by_nb[process.nb] = list[#list]
    end
  end
  return list, by_nb
end

local function take_limits(list, by_nb, snapshot)
  for _, own in ipairs(list) do
    own.limits = {}
  end
  for _, switch in ipairs(settings.limits) do
    for _, field in ipairs(switch.fields) do
      for _, entry in ipairs(core.info_values(snapshot, metrics.number.process[field.info])) do
        local own = by_nb[entry[1]]
        if own then
          own.limits[field.name] = entry[2]
        end
      end
    end
  end
end

-- Before it a frontend that was disabled says STOP; one that was shut down is not shown.
local TOLD_SINCE = 20300

local function frontend_state(status, process)
  if status == "STOP" then
    return (process.version or TOLD_SINCE) < TOLD_SINCE and "disabled" or "stopped"
  end
  return status == "PAUSED" and "disabled" or "enabled"
end

local function take_frontends(context, list, by_nb, snapshot)
  local number = metrics.number.frontend
  for _, own in ipairs(list) do
    own.frontends = {}
  end
  for _, frontend in ipairs(core.objects(snapshot, "frontend", context, false)) do
    local name = core.name(frontend)
    for _, entry in ipairs(core.values(frontend, number.status)) do
      local own = by_nb[entry[1]]
      if own then
        own.frontends[name] = { state = frontend_state(entry[2], own.process) }
      end
    end
    for _, entry in ipairs(core.values(frontend, number.slim)) do
      local own = by_nb[entry[1]]
      if own then
        own.frontends[name].maxconn = entry[2]
      end
    end
  end
end

-- The first version that publishes backends.
local PUBLISHES_SINCE = 30400

local function take_backends(context, list, by_nb, snapshot)
  local number = metrics.number.backend
  for _, own in ipairs(list) do
    own.backends = {}
  end
  for _, backend in ipairs(core.objects(snapshot, "backend", context, false)) do
    local name = core.name(backend)
    for _, entry in ipairs(core.values(backend, number.status)) do
      local own = by_nb[entry[1]]
      if own then
        local published
        if (own.process.version or 0) >= PUBLISHES_SINCE then
          published = entry[2]:find("(UNPUB)", 1, true) == nil
        end
        own.backends[name] = { published = published }
      end
    end
  end
end

-- A value of each server on which the processes do not agree, for each of them.
local function take_others(context, by_nb, snapshot, name, number, absent, others)
  for i = 1, #others, 2 do
    local server = core.find(snapshot, "server", context, false, others[i], others[i + 1])
    for _, entry in ipairs(core.values(server, number)) do
      local own = by_nb[entry[1]]
      if own then
        own.others = own.others or {}
        own.others[name] = own.others[name] or {}
        own.others[name][others[i] .. "/" .. others[i + 1]] = entry[2] or absent
      end
    end
  end
end

-- Values of servers that only `show stat` has, by backend and server: the records' field
-- `name`, from this column, where nothing stands for `absent`.
local function take_metric(context, list, by_nb, snapshot, name, column, absent)
  local number = metrics.number.server[column]
  local values, count, others = core.column(snapshot, "server", number)
  local common = {}
  for at = 0, (count - 1) * 3, 3 do
    local backend = values[at + 1]
    local own = common[backend]
    if not own then
      own = {}
      common[backend] = own
    end
    own[values[at + 2]] = values[at + 3] or absent
  end
  for _, own in ipairs(list) do
    own[name] = common
  end
  take_others(context, by_nb, snapshot, name, number, absent, others)
end

local function take_metrics(context, list, by_nb, snapshot, needs)
  for name, field in pairs(settings.fields.server) do
    if field.metric then
      take_metric(context, list, by_nb, snapshot, name, field.metric, field.absent)
    end
  end
  if needs.tracked then
    take_metric(context, list, by_nb, snapshot, "tracked", "tracked")
  end
end

local function types_of(needs)
  return (needs.frontends and reading.types.frontend or 0)
    + (needs.backends and reading.types.backend or 0)
    + (needs.metrics and reading.types.server or 0)
end

-- The narrowest reading that has what is needed; nil where nothing is.
local function take_snapshot(context, needs, backend)
  if needs.metrics and backend and not needs.limits and not needs.frontends and not needs.backends then
    return reading.proxy(context, "backend", backend, true)
  end
  local types = types_of(needs)
  if types > 0 then
    return reading.all(context, types)
  elseif needs.limits then
    return reading.info(context)
  end
end

local function note_stat(context, list, by_nb, needs, snapshot)
  if needs.limits then
    take_limits(list, by_nb, snapshot)
  end
  if needs.frontends then
    take_frontends(context, list, by_nb, snapshot)
  end
  if needs.backends then
    take_backends(context, list, by_nb, snapshot)
  end
  if needs.metrics then
    take_metrics(context, list, by_nb, snapshot, needs)
  end
end

-- ---- what is read of `show servers state` ----

-- Has a process the same servers as another one, and the same values of them? Then it
-- shares the other's.
local function is_alike(found, first, own)
  local unlike = core.rows_unlike(found, first.process.nb, own.process.nb, columns)
  return unlike ~= nil and #unlike == 0
end

-- Notes the rows (nil: no process has the backend, and so none its servers).
local function note_servers(list, found)
  local first
  for _, own in ipairs(list) do
    if not found then
      own.servers = { values = {}, count = 0, known = {} }
    elseif first and is_alike(found, first, own) then
      own.servers = first.servers
    else
      local values, count, known = core.row_values(found, own.process.nb, columns)
      own.servers = { values = values, count = count, known = known }
      first = first or own
    end
  end
end

-- ---- both ----

-- Those that were answered, and the errors of the others, by process; nil and an error where
-- nobody answered, or where all had to.
local function answered(requests, third, partial)
  local found, failed = {}, {}
  for i, request in ipairs(requests) do
    local err = reading.error(request) or third and rows.error(STATE, request, third)
    if not err then
      found[#found + 1] = request
    elseif partial and (#found > 0 or i < #requests) then
      failed[request.process] = err
    else
      return reading.tell(requests, i, err)
    end
  end
  return found, failed
end

-- All that is needed, in one exchange: the snapshot and the rows, or nil and an error.
-- `partial`: also without processes that do not answer; their errors are returned at last.
local function take_together(context, needs, partial)
  local third = needs.servers and 3 or nil
  local types = types_of(needs)
  if types == 0 then
    -- Something has to be asked for.
    types = reading.types.backend
  end
  local asked = reading.whole(context, third and STATE, types)
  reading.send(context, asked)
  local requests, failed = answered(asked, third, partial)
  if not requests then
    return nil, failed
  end
  local found, err
  if third then
    found, err = rows.of(STATE, requests, third)
    if not found then
      return nil, err
    end
  end
  local snapshot
  snapshot, err = reading.snapshot(context, requests)
  return snapshot, err, found, failed
end

-- Where there is less to read, one after the other.
local function take_apart(context, needs, backend)
  local snapshot, err = take_snapshot(context, needs, backend)
  local found
  if needs.servers and (snapshot or not err) then
    found, err = rows.read(context, STATE, backend)
    if not found and err.code == "not_found" then
      err = nil
    end
  end
  return snapshot, err, found
end

--- Reads all processes; a sequence of records, or nil and an error. `needs`: which parts,
-- {limits =, frontends =, backends =, servers =, metrics =, tracked =}; `backend`: the only backend
-- whose servers are needed. `partial`: processes that do not answer have no record, as long as
-- one answers; the error of each is returned behind the records, by process.
function record.read(context, needs, backend, partial)
  if #context.processes == 0 then
    return plan.nobody()
  end
  local snapshot, err, found, failed
  if partial or needs.servers and types_of(needs) > 0 and not backend then
    snapshot, err, found, failed = take_together(context, needs, partial)
  else
    snapshot, err, found = take_apart(context, needs, backend)
  end
  if err then
    return nil, err
  end
  local list, by_nb = empty(context, failed or {})
  if snapshot then
    note_stat(context, list, by_nb, needs, snapshot)
  end
  if needs.servers then
    note_servers(list, found)
  end
  return list, nil, failed
end

-- ---- as a state ----

-- HAProxy's own proxy to its workers, which nobody sets anything of.
local function is_internal(backend, server)
  return backend == "MASTER" and server:match "^%l+%-%d+$" ~= nil
end

local function fields_of(self, at)
  local values, fields = self.servers.values, {}
  for name, field in pairs(settings.fields.server) do
    fields[name] = record.value(self, at, field)
  end
  -- The health of a server that tracks another one is that one's.
  if metric_of(self, "tracked", values[at + 1], values[at + 2]) then
    fields.health = nil
  end
  return fields
end

local function servers_of(self)
  local backends, values = {}, self.servers.values
  for i = 1, self.servers.count do
    local at = (i - 1) * record.WIDTH
    local backend, server = values[at + 1], values[at + 2]
    if not is_internal(backend, server) then
      backends[backend] = backends[backend] or { servers = {} }
      backends[backend].servers[server] = fields_of(self, at)
    end
  end
  return backends
end

-- The servers of each backend, and whether it is published.
local function backends_of(self)
  local backends = servers_of(self)
  for name, fields in pairs(self.backends or {}) do
    if fields.published ~= nil then
      backends[name] = backends[name] or {}
      backends[name].published = fields.published
    end
  end
  return backends
end

--- What a record says as a state does: {process_nb =, limits =, frontends =, backends =}.
function record.state(self)
  return {
    process_nb = self.process.nb,
    limits = self.limits,
    frontends = self.frontends,
    backends = backends_of(self),
  }
end

return record
