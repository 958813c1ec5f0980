-- Work that is a wanted state: each process gets what it is not yet, and nothing else.

local core = require "haproxyadmin.core"
local failure = require "haproxyadmin.cli.base.failure"

local wanted = {}

local OPTIONS = { partial = true, die = false }

-- The state that is wanted, for each process by itself. `fields_of(server, row)`: what is
-- wanted of a server, or nil; `row` is what `show servers state` says of it in a process.
local function state_of(snapshot, servers, fields_of)
  local processes, by_nb, rows = {}, {}, snapshot:servers_state()
  for _, server in ipairs(servers) do
    local backend, name = core.proxy(server), core.name(server)
    for _, row in ipairs(rows:find(backend, name)) do
      local fields = fields_of(server, row)
      local own = by_nb[row.process_nb]
      if not own then
        own = { process_nb = row.process_nb, backends = {} }
        by_nb[row.process_nb], processes[#processes + 1] = own, own
      end
      if fields then
        own.backends[backend] = own.backends[backend] or { servers = {} }
        own.backends[backend].servers[name] = fields
      end
    end
  end
  return { processes = processes }
end

-- The name of an object of a plan, "server app/web1", as people call it here.
local function name_of(object)
  return (object:gsub("^%l+ ", ""))
end

-- What cannot be done, as opposed to a process that does not have the server or does not
-- answer.
local function refuse(plan)
  for _, skipped in ipairs(plan.skipped) do
    if skipped.field then
      local object = name_of(skipped.object)
      failure.raise("failed", ("%s: process %d: %s"):format(object, skipped.process_nb, skipped.why))
    end
  end
end

-- One step for each command, and one for each process in which an object is so already.
-- `having`: by name the numbers of the processes that have it.
local function steps_of(plan, names, having, done)
  local steps, changed = {}, {}
  for nb, object, field, from, to, command in plan:changes() do
    local name = name_of(object)
    local last = steps[#steps]
    -- One command may set two fields, as an address and a port.
    if last and last.object == name and last.process == nb and last.command == command then
      last.from, last.to = ("%s:%s"):format(last.from, from or ""), ("%s:%s"):format(last.to, to)
    else
      steps[#steps + 1] = { object = name, process = nb, field = field, from = from, to = to, command = command }
    end
    changed[name] = changed[name] or {}
    changed[name][nb] = true
  end
  local missing = {}
  for _, skipped in ipairs(plan.skipped) do
    missing[name_of(skipped.object) .. " " .. skipped.process_nb] = true
  end
  for _, name in ipairs(names) do
    for _, nb in ipairs(having[name] or {}) do
      if not (changed[name] and changed[name][nb]) and not missing[name .. " " .. nb] then
        steps[#steps + 1] = { object = name, process = nb, from = done, to = done }
      end
    end
  end
  return steps
end

local function failures_of(plan)
  local failures, seen = {}, {}
  local count, all = 0, 0
  for nb, object, _, _, _, _, why in plan:changes() do
    local name = name_of(object)
    all = all + 1
    if why then
      count = count + 1
      if not seen[name .. " " .. nb] then
        seen[name .. " " .. nb] = true
        failures[name] = failures[name] or {}
        table.insert(failures[name], { process = nb, why = (why:gsub("\n.*", "")) })
      end
    end
  end
  return failures, count == all
end

-- In the order in which the servers were named.
local function sorted(steps, names)
  local place = {}
  for i, name in ipairs(names) do
    place[name] = i
  end
  for i, step in ipairs(steps) do
    step.place = i
  end
  table.sort(steps, function(a, b)
    if a.object ~= b.object then
      return place[a.object] < place[b.object]
    end
    return a.place < b.place
  end)
  return steps
end

-- What a plan says of the entries of maps and ACLs, a step for each process.
local function add_lists(steps, names, plan)
  for _, lists in ipairs { plan.maps, plan.acls } do
    for file, list in pairs(lists) do
      names[#names + 1] = file
      for _, own in ipairs(list.processes) do
        local count = own.added + own.changed + own.deleted
        local words = ("%d added, %d changed, %d deleted"):format(own.added, own.changed, own.deleted)
        local command = count > 0 and words or nil
        steps[#steps + 1] = { object = file, process = own.process_nb, command = command }
      end
    end
  end
end

-- The names of what a plan changes, in its order.
local function names_of(plan)
  local names, seen = {}, {}
  for _, object in plan:changes() do
    local name = name_of(object)
    if not seen[name] then
      seen[name], names[#names + 1] = true, name
    end
  end
  return names
end

--- The work of a plan. `apply(options)`: what returns one, and with `dry_run` sends nothing, or nil and an error;
-- `names` (default: those of what changes), `having`: by name the numbers of the processes that have each; `more`: the
-- rest of the work's fields; `done`: what a dry run says of one that is so already; `skips`: what cannot be
-- done is only told.
function wanted.plan(apply, names, having, more)
  local plan, err = apply { dry_run = true, partial = true, die = false }
  if not plan then
    error(err, 0)
  elseif not more.skips then
    refuse(plan)
  end
  names = names or names_of(plan)
  local steps = sorted(steps_of(plan, names, having or {}, more.done), names)
  add_lists(steps, names, plan)
  return {
    what = more.what,
    objects = names,
    steps = steps,
    plan = plan,
    sentence = more.sentence,
    question = more.question,
    hint = more.hint,
    interrupted = more.interrupted,
    send = function()
      local sent, failed = apply(OPTIONS)
      if sent then
        if not more.skips then
          refuse(sent)
        end
        return {}
      elseif not failed.outcomes then
        error(failed, 0)
      end
      local failures, nobody = failures_of(failed.plan)
      if nobody then
        error(failed, 0)
      end
      return failures
    end,
  }
end

--- The work of making objects as a state for HAProxy:apply wants them; as wanted.plan.
function wanted.state(call, state, names, having, more)
  local hap = call:haproxy()
  return wanted.plan(function(options)
    return hap:apply(state, options)
  end, names, having, more)
end

--- The same of servers of a snapshot (with the state of servers); `more.fields(server, row)`: what is wanted of
-- a server, or nil; `row` is what `show servers state` says of it in a process.
function wanted.servers(call, snapshot, servers, more)
  local names, having = {}, {}
  for i, server in ipairs(servers) do
    names[i] = core.proxy(server) .. "/" .. core.name(server)
    having[names[i]] = server.process_nb
  end
  more.what = { "server", "servers" }
  return wanted.state(call, state_of(snapshot, servers, more.fields), names, having, more)
end

return wanted
