-- What has to be sent to a process so that it is as wanted.
--
-- A *change* is {process =, object =, order =, row =, line =, fields =}: `object` is what
-- it is on ("server app/app1", "frontend www", "limits"), `order` its place among the
-- commands on that object, `fields` a sequence of {name, from, to}; `why` is why its process
-- did not take it, when it was sent. What is not done is
-- *skipped*: {process_nb =, object =, field =, code =, why =}.

local commands = require "haproxyadmin.commands"
local document = require "haproxyadmin.state.document"
local record = require "haproxyadmin.state.record"
local settings = require "haproxyadmin.state.settings"
local sorted_keys = require "haproxyadmin.base.sorted_keys"

local difference = {}

-- ---- what is needed ----

local function have_metric(servers)
  for _, fields in pairs(servers) do
    for key in pairs(fields) do
      if settings.fields.server[key].metric then
        return true
      end
    end
  end
  return false
end

--- What has to be read for checked states: the parts, and the only backend, if there is
-- just one; see record.read.
function difference.needs(states)
  local needs, backends = {}, {}
  for _, state in ipairs(states) do
    needs.limits = needs.limits or (state.limits ~= nil and next(state.limits) ~= nil)
    needs.frontends = needs.frontends or (state.frontends ~= nil and next(state.frontends) ~= nil)
    for name, backend in pairs(state.backends or {}) do
      backends[name] = true
      needs.servers = true
      needs.backends = needs.backends or backend.published ~= nil or backend.from ~= nil
      needs.metrics = needs.metrics or have_metric(backend.servers or {})
    end
  end
  local only = next(backends)
  return needs, only ~= nil and next(backends, only) == nil and only or nil
end

-- ---- one object ----

local function skip(out, process, object, field, why)
  local code = field and "unsupported" or "not_found"
  table.insert(out.skipped, { process_nb = process.nb, object = object, field = field, code = code, why = why })
end

-- The fields of a switch that differ.
local function fields_that_differ(switch, wanted, now)
  local fields = {}
  for _, field in ipairs(switch.fields) do
    local value, is = wanted[field.name], now[field.name]
    local concerns = switch.to == nil or switch.to == value
    if is == nil and field.implied then
      is = field.implied(now)
    end
    if value ~= nil and value ~= is and concerns then
      fields[#fields + 1] = { field.name, is, value }
    end
  end
  return fields
end

-- Why a switch cannot make an object as wanted: a field, and the reason; nil if it can.
-- `why_not(field)`: why the object cannot have a field, if it has none.
local function obstacle(switch, wanted, now, why_not)
  local idle = switch.idle and switch.idle(wanted, now)
  if idle then
    return switch.fields[1].name, idle
  end
  for _, field in ipairs(switch.fields) do
    local name = field.name
    local is, to_be = now[name], wanted[name]
    local why
    if to_be ~= nil and is == nil then
      why = why_not(field)
    elseif to_be ~= nil and field.stuck then
      why = field.stuck[is]
    end
    if why then
      return name, why
    end
  end
end

local function add_change(out, process, object, order, name, args, fields)
  local row = commands.find(name)
  local line, err = commands.encode(row, args)
  if not line then
    return nil, err
  end
  local ok
  ok, err = commands.allowed(row, line, process.version)
  if not ok then
    skip(out, process, object, fields[1][1], err.message)
    return true
  end
  table.insert(out.changes, {
    process = process,
    object = object,
    order = order,
    row = row,
    line = line,
    fields = fields,
  })
  return true
end

-- Compares an object with what is wanted; `now` has the fields that it has, `why_not` is
-- as above.
local function compare(out, process, kind, object, id, wanted, now, why_not)
  for order, switch in ipairs(settings[kind]) do
    local fields = fields_that_differ(switch, wanted, now)
    if fields[1] then
      local field, why = obstacle(switch, wanted, now, why_not)
      local ok, err = true, nil
      if field then
        skip(out, process, object, field, why)
      else
        local name, args = switch.command(id, wanted, now)
        ok, err = add_change(out, process, object, order, name, args, fields)
      end
      if not ok then
        return nil, err
      end
    end
  end
  return true
end

-- ---- all of a process ----

local GONE = "this process does not have it"

local function not_shown(field)
  return ("this process shows no %s of it"):format(field.name)
end

local function compare_limits(out, self, wanted)
  return compare(out, self.process, "limits", "limits", nil, wanted, self.limits, not_shown)
end

local function compare_frontends(out, self, wanted)
  for _, name in ipairs(sorted_keys(wanted)) do
    local fields, now = wanted[name], self.frontends[name]
    local object = "frontend " .. name
    if now then
      local ok, err = compare(out, self.process, "frontend", object, name, fields, now, not_shown)
      if not ok then
        return nil, err
      end
    else
      skip(out, self.process, object, nil, GONE)
    end
  end
  return true
end

local function compare_backends(out, self, wanted)
  for _, name in ipairs(sorted_keys(wanted)) do
    local fields, object = wanted[name], "backend " .. name
    local now = self.backends[name]
    local ok, err = true, nil
    if fields.published ~= nil and now then
      ok, err = compare(out, self.process, "backend", object, name, fields, now, not_shown)
    elseif not now and (fields.published ~= nil or fields.from) then
      skip(out, self.process, object, nil, GONE)
    end
    if not ok then
      return nil, err
    end
  end
  return true
end

local server_fields = settings.fields.server

-- How the fields of a server are compared: those that stand in a column as they are; those
-- that a number stands for, by that number; and the others. Servers are many: this is
-- found out once.
local direct, direct_at = {}, {}
local worded, worded_at, words = {}, {}, {}
local others = {}

local MOST_BITS = 128

local function words_of(field)
  local meanings = {}
  for number = 0, MOST_BITS - 1 do
    meanings[number] = field.of(number)
  end
  return meanings
end

for name, field in pairs(server_fields) do
  local column = settings.place[field.column]
  if column and (not field.of or field.plain) then
    direct[#direct + 1], direct_at[#direct_at + 1] = name, column
  elseif column and field.word then
    worded[#worded + 1], worded_at[#worded_at + 1], words[#words + 1] = name, column, words_of(field)
  else
    others[#others + 1] = field
  end
end

-- Is a server as wanted? Most are. Where it cannot be told here, it is not.
local function is_as_wanted(self, values, at, wanted)
  for i = 1, #direct do
    local value = wanted[direct[i]]
    if value ~= nil and values[at + direct_at[i]] ~= value then
      return false
    end
  end
  for i = 1, #worded do
    local value = wanted[worded[i]]
    if value ~= nil and words[i][values[at + worded_at[i]]] ~= value then
      return false
    end
  end
  for i = 1, #others do
    local value = wanted[others[i].name]
    if value ~= nil and record.value(self, at, others[i]) ~= value then
      return false
    end
  end
  return true
end

local function compare_server(out, self, at, wanted)
  local values, now = self.servers.values, {}
  for name, field in pairs(server_fields) do
    if field.column or self[name] then
      now[name] = record.value(self, at, field)
    end
  end
  local function why_not(field)
    if not record.shows(self, field) then
      return ("this version of HAProxy does not show its %s"):format(field.name)
    elseif field.lacks and field.lacks(values, at) then
      return field.lacks(values, at)
    end
    return not field.unset and not_shown(field) or nil
  end
  local id = { values[at + 1], values[at + 2] }
  return compare(out, self.process, "server", ("server %s/%s"):format(id[1], id[2]), id, wanted, now, why_not)
end

-- Names the servers that are wanted and were not met.
local function skip_servers(out, self, backends, met)
  for _, name in ipairs(sorted_keys(backends)) do
    for _, server in ipairs(sorted_keys(backends[name].servers or {})) do
      if not met[name] or not met[name][server] then
        skip(out, self.process, ("server %s/%s"):format(name, server), nil, GONE)
      end
    end
  end
end

local function met_servers(self)
  local met, values = {}, self.servers.values
  for i = 1, self.servers.count do
    local at = (i - 1) * record.WIDTH
    met[values[at + 1]] = met[values[at + 1]] or {}
    met[values[at + 1]][values[at + 2]] = true
  end
  return met
end

local function count_servers(backends)
  local count = 0
  for _, backend in pairs(backends) do
    for _ in pairs(backend.servers or {}) do
      count = count + 1
    end
  end
  return count
end

-- Which servers of a process are not as wanted, {at, wanted, at, wanted, ...}; how many are
-- wanted, and how many of these it has. Processes whose servers are alike have the same answer, as
-- long as the same is wanted of them.
local function look_through(out, self, backends)
  local seen = out.seen
  if seen and seen.servers == self.servers and seen.backends == backends and not self.others then
    return seen
  end
  seen = { servers = self.servers, backends = backends, found = 0, wanted = count_servers(backends), different = {} }
  local values, width, different = self.servers.values, record.WIDTH, seen.different
  for at = 0, (self.servers.count - 1) * width, width do
    local backend = backends[values[at + 1]]
    local wanted = backend and backend.servers and backend.servers[values[at + 2]]
    if wanted then
      seen.found = seen.found + 1
      if not is_as_wanted(self, values, at, wanted) then
        different[#different + 1] = at
        different[#different + 1] = wanted
      end
    end
  end
  if not self.others then
    out.seen = seen
  end
  return seen
end

local function compare_servers(out, self, backends)
  local seen = look_through(out, self, backends)
  for i = 1, #seen.different, 2 do
    local ok, err = compare_server(out, self, seen.different[i], seen.different[i + 1])
    if not ok then
      return nil, err
    end
  end
  if seen.found < seen.wanted then
    skip_servers(out, self, backends, met_servers(self))
  end
  return true
end

--- Adds to `out`, {changes =, skipped =}, what a record's process needs to be as a
-- checked state wants it; true, or nil and an error.
function difference.add(out, self, state)
  local wanted = document.for_process(state, self.process.nb)
  local ok, err = true, nil
  if wanted.limits and self.limits then
    ok, err = compare_limits(out, self, wanted.limits)
  end
  if ok and wanted.frontends and self.frontends then
    ok, err = compare_frontends(out, self, wanted.frontends)
  end
  if ok and wanted.backends and self.backends then
    ok, err = compare_backends(out, self, wanted.backends)
  end
  if ok and wanted.backends and self.servers then
    ok, err = compare_servers(out, self, wanted.backends)
  end
  return ok, err
end

return difference
