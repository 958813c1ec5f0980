--- What HAProxy and Snapshot have in common: everything that is read from a
-- snapshot of all processes. `source(self, context, what, name)` brings that
-- snapshot: for a HAProxy object a new reading, for a Snapshot itself.
-- @classmod haproxyadmin.HAProxy

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local metrics = require "haproxyadmin.base.metrics"
local new_list = require "haproxyadmin.base.list"
local new_process = require "haproxyadmin.objects.process"
local handle = require "haproxyadmin.objects.handle"

local queries = {}

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

-- The process of a slot. One that has left meanwhile is known by what the snapshot has of it.
local function process_at(context, slot, nb)
  for _, list in ipairs { context.processes, context.old } do
    for _, process in ipairs(list) do
      if process.slot == slot then
        return process
      end
    end
  end
  return { slot = slot, nb = nb, address = context.identity, generation = 0 }
end

-- Builds the methods. `live`: do the objects take new readings?
function queries.methods(source, live)
  local function all(kind)
    return function(self, context, _, name)
      local ok, err = optional_text("name", name)
      if not ok then
        return nil, err
      end
      local snapshot
      snapshot, err = source(self, context, kind, name)
      if not snapshot then
        return nil, err
      end
      if name == nil then
        return new_list(core.objects(snapshot, kind, context, live))
      end
      return new_list { core.find(snapshot, kind, context, live, name) }
    end
  end

  local function one(kind)
    local list = all(kind)
    return function(self, context, options, name)
      local ok, err = check.text("name", name)
      if not ok then
        return nil, err
      end
      local found
      found, err = list(self, context, options, name)
      if not found then
        return nil, err
      elseif not found[1] then
        return not_found(kind, name)
      end
      return found[1]
    end
  end

  local function servers(self, context, _, backend)
    local ok, err = optional_text("backend", backend)
    if not ok then
      return nil, err
    end
    local snapshot
    snapshot, err = source(self, context, "server", backend)
    if not snapshot then
      return nil, err
    end
    if backend == nil then
      return new_list(core.objects(snapshot, "server", context, live))
    end
    local found = core.find(snapshot, "backend", context, live, backend)
    return new_list(found and core.siblings(found) or {})
  end

  local function server(self, context, options, name, backend)
    local ok, err = check.text("name", name)
    if not ok then
      return nil, err
    end
    local list
    list, err = servers(self, context, options, backend)
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

  local function metric(self, context, options, name)
    local number, err = handle.metric_number("process", name, options.rule)
    if not number then
      return nil, err
    end
    local snapshot
    snapshot, err = source(self, context, "info")
    if not snapshot then
      return nil, err
    end
    local value, disagreed = core.info_metric(snapshot, number, options.rule)
    if disagreed then
      return handle.disagreement(core.info_values(snapshot, number), name)
    end
    return value
  end

  local function each_info(self, context, use)
    local snapshot, err = source(self, context, "info")
    if not snapshot then
      return nil, err
    end
    local found = {}
    local text, slot, nb = core.info_text(snapshot, 1)
    while text do
      found[#found + 1] = use(core.info(text), slot, nb)
      text, slot, nb = core.info_text(snapshot, #found + 1)
    end
    return found
  end

  local function info(self, context)
    return each_info(self, context, function(fields)
      return fields
    end)
  end

  local function processes(self, context)
    return each_info(self, context, function(fields, slot, nb)
      return new_process(context, process_at(context, slot, nb), fields.Pid)
    end)
  end

  return {
    --- The frontends, in HAProxy's order: `show stat -1 1 -1` to every process, or
    -- `show stat <name> 1 -1` for one (management guide 9.1 and 9.3, "show stat").
    -- @function HAProxy:frontends
    -- @tparam[opt] string name only the frontend of this name
    -- @treturn List of Frontend; empty when there is none
    -- @raise `ValueError` (`name` is no text), `HAProxySocketError`
    frontends = { arguments = 1, call = all "frontend" },
    --- One frontend.
    -- @function HAProxy:frontend
    -- @tparam string name
    -- @treturn Frontend
    -- @raise `ValueError` (`not_found`), `HAProxySocketError`
    frontend = { arguments = 1, call = one "frontend" },
    --- The backends, in HAProxy's order: `show stat -1 2 -1` to every process, or
    -- `show stat <name> 2 -1` for one (9.1 and 9.3, "show stat").
    -- @function HAProxy:backends
    -- @tparam[opt] string name only the backend of this name
    -- @treturn List of Backend; empty when there is none
    -- @raise `ValueError` (`name` is no text), `HAProxySocketError`
    backends = { arguments = 1, call = all "backend" },
    --- One backend.
    -- @function HAProxy:backend
    -- @tparam string name
    -- @treturn Backend
    -- @raise `ValueError` (`not_found`), `HAProxySocketError`
    backend = { arguments = 1, call = one "backend" },
    --- The servers, in HAProxy's order: `show stat -1 4 -1` to every process, or
    -- `show stat <backend> 6 -1` for those of one backend (9.1 and 9.3, "show stat").
    -- @function HAProxy:servers
    -- @tparam[opt] string backend only the servers of the backend of this name
    -- @treturn List of Server; empty when there is none
    -- @raise `ValueError` (`backend` is no text), `HAProxySocketError`
    servers = { arguments = 1, call = servers },
    --- The servers of one name: one object for each backend that has such a server.
    -- @function HAProxy:server
    -- @tparam string name
    -- @tparam[opt] string backend look only there
    -- @treturn List of Server, never empty
    -- @raise `ValueError` (`not_found`), `HAProxySocketError`
    server = { arguments = 2, call = server },
    --- A value of `show info`, aggregated over the processes that report it (9.2 and
    -- 9.3, "show info"; doc/metrics.md has the rules). A field that no process
    -- reports is 0; a text or code that no process reports is nil.
    -- @function HAProxy:metric
    -- @tparam string name one of `haproxyadmin.HAPROXY_METRICS`, or a text or code of
    -- `show info` such as `Version` or `Pid`, on which the processes must agree
    -- @tparam[opt] table options `rule`: `sum`, `avg`, `max`, `min` or `same` instead
    -- of the metric's own rule
    -- @treturn number|string
    -- @raise `ValueError` (no such metric or rule), `InconsistentData`,
    -- `HAProxySocketError`
    metric = { arguments = 1, call = metric, options = { rule = "string" } },
    --- Every field of `show info` of every process (9.3, "show info").
    -- @function HAProxy:info
    -- @treturn {table,...} one a process, in the processes' order: name = value,
    -- numbers as numbers; empty fields are left out
    -- @raise `HAProxySocketError`
    info = { call = info },
    --- The processes, one by one. Asks each for its `show info`.
    -- @function HAProxy:processes
    -- @treturn {Process,...}
    -- @raise `HAProxySocketError`
    processes = { call = processes },
  }
end

-- The number of a metric of `show info`.
queries.numbers = metrics.number.process

return queries
