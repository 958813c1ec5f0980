-- What HAProxy and Snapshot have in common: everything that is read from a
-- snapshot of all processes. `source(self, state, what, name)` brings that
-- snapshot: for a HAProxy object a new reading, for a Snapshot itself.

local check = require "haproxyadmin.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local metrics = require "haproxyadmin.metrics"
local new_list = require "haproxyadmin.list"
local new_process = require "haproxyadmin.process"
local object = require "haproxyadmin.object"

local view = {}

local function not_found(kind, name)
  local message = ("there is no %s %s"):format(kind, check.quote(name))
  return nil, errors.new("ValueError", "not_found", message)
end

local function optional_text(name, value)
  if value == nil then
    return true
  end
  return check.text(name, value)
end

--- Builds the methods. `live`: do the objects take new readings?
function view.methods(source, live)
  local function all(kind)
    return function(self, state, _, name)
      local ok, err = optional_text("name", name)
      if not ok then
        return nil, err
      end
      local snapshot
      snapshot, err = source(self, state, kind, name)
      if not snapshot then
        return nil, err
      end
      if name == nil then
        return new_list(core.objects(snapshot, kind, state, live))
      end
      return new_list { core.find(snapshot, kind, state, live, name) }
    end
  end

  local function one(kind)
    local list = all(kind)
    return function(self, state, options, name)
      local ok, err = check.text("name", name)
      if not ok then
        return nil, err
      end
      local found
      found, err = list(self, state, options, name)
      if not found then
        return nil, err
      elseif not found[1] then
        return not_found(kind, name)
      end
      return found[1]
    end
  end

  local function servers(self, state, _, backend)
    local ok, err = optional_text("backend", backend)
    if not ok then
      return nil, err
    end
    local snapshot
    snapshot, err = source(self, state, "server", backend)
    if not snapshot then
      return nil, err
    end
    if backend == nil then
      return new_list(core.objects(snapshot, "server", state, live))
    end
    local found = core.find(snapshot, "backend", state, live, backend)
    return new_list(found and core.siblings(found) or {})
  end

  local function server(self, state, options, name, backend)
    local ok, err = check.text("name", name)
    if not ok then
      return nil, err
    end
    local list
    list, err = servers(self, state, options, backend)
    if not list then
      return nil, err
    end
    local found = {}
    for _, candidate in ipairs(list) do
      if core.name(candidate) == name then
        found[#found + 1] = candidate
      end
    end
    if not found[1] then
      return not_found("server", backend and backend .. "/" .. name or name)
    end
    return new_list(found)
  end

  local function metric(self, state, options, name)
    local number, err = object.metric_number("process", name, options.rule)
    if not number then
      return nil, err
    end
    local snapshot
    snapshot, err = source(self, state, "info")
    if not snapshot then
      return nil, err
    end
    local value, disagreed = core.info_metric(snapshot, number, options.rule)
    if disagreed == true then
      return object.agreed(core.info_values(snapshot, number), name)
    end
    return value
  end

  local function each_info(self, state, use)
    local snapshot, err = source(self, state, "info")
    if not snapshot then
      return nil, err
    end
    local found = {}
    local text, slot = core.info_text(snapshot, 1)
    while text do
      found[#found + 1] = use(core.info(text), slot)
      text, slot = core.info_text(snapshot, #found + 1)
    end
    return found
  end

  local function info(self, state)
    return each_info(self, state, function(fields)
      return fields
    end)
  end

  local function processes(self, state)
    return each_info(self, state, function(fields, slot)
      return new_process(state, state.processes[slot], fields.Pid)
    end)
  end

  return {
    frontends = { 1, all "frontend" },
    frontend = { 1, one "frontend" },
    backends = { 1, all "backend" },
    backend = { 1, one "backend" },
    servers = { 1, servers },
    server = { 2, server },
    metric = { 1, metric, { rule = "string" } },
    info = { 0, info },
    processes = { 0, processes },
  }
end

--- The number of a metric of `show info`.
view.numbers = metrics.number.process

return view
