-- Members: one server or several, looked at again and again while something is waited for.

local core = require "haproxyadmin.core"
local metrics = require "haproxyadmin.base.metrics"
local reading = require "haproxyadmin.runtime.reading"
local record = require "haproxyadmin.runtime.process"
local run = require "haproxyadmin.runtime.run"

local number = metrics.number.server

local members = {}

--- "server app/a", "servers app/a, app/b".
function members.describe(servers)
  local names = {}
  for i, server in ipairs(servers) do
    names[i] = core.proxy(server) .. "/" .. core.name(server)
  end
  return (#names == 1 and "server " or "servers ") .. table.concat(names, ", ")
end

--- What each process says of a server: a sequence of {nb =, status =, sessions =, weight =,
-- fall =, backup =, old =, shown =}. Its sessions are those that it has and those that wait for it; idle
-- connections are not among them. `old`: a worker that a reload has replaced; no command goes
-- there, and only its sessions matter. `shown`: the process's number for a message.
function members.rows(server)
  local rows, by_nb, processes = {}, {}, {}
  for _, process in ipairs(core.context(server).processes) do
    processes[process.nb] = process
  end
  local function new_row(nb)
    local process = processes[nb]
    return {
      nb = nb,
      shown = record.number(nb, process and process.name),
      old = not process or process.old == true,
      status = "",
      sessions = 0,
      weight = 0,
    }
  end
  local function add(column, field)
    for _, entry in ipairs(core.values(server, number[column])) do
      local row = by_nb[entry[1]]
      if not row then
        row = new_row(entry[1])
        by_nb[row.nb], rows[#rows + 1] = row, row
      end
      if field == "sessions" then
        row.sessions = row.sessions + (entry[2] or 0)
      else
        row[field] = entry[2]
      end
    end
  end
  add("status", "status")
  add("scur", "sessions")
  add("qcur", "sessions")
  add("weight", "weight")
  add("check_fall", "fall")
  add("bck", "backup")
  return rows
end

-- All servers of the backends that the servers are of.
local function with_siblings(context, snapshot, servers)
  local all, seen = {}, {}
  for _, server in ipairs(servers) do
    local backend = core.proxy(server)
    if not seen[backend] then
      seen[backend] = true
      for _, each in ipairs(core.siblings(core.find(snapshot, "backend", context, true, backend))) do
        all[#all + 1] = each
      end
    end
  end
  return all
end

--- The servers as they are now, as objects of their own (`whole`: and all servers of their
-- backends, too); or nil and an error. One that is gone in every process is an error.
function members.read(context, servers, seconds, whole)
  local snapshot, err = reading.servers(context, servers, seconds, whole)
  if not snapshot then
    return nil, err
  end
  local found = {}
  for i, server in ipairs(servers) do
    found[i] = core.find(snapshot, "server", context, true, core.proxy(server), core.name(server))
    if not found[i] then
      return reading.gone(server)
    end
  end
  if not whole then
    return found
  end
  return found, with_siblings(context, snapshot, servers)
end

--- Who each process is, by its number, as one text: another one behind a reload.
function members.identities(context)
  local found = {}
  for _, process in ipairs(context.processes) do
    found[process.nb] = ("%s %s"):format(tostring(process.pid), tostring(process.start))
  end
  return found
end

--- Runs a command on each of the servers: in all processes, or in those whose numbers are in
-- `only`, a set. `args` has what it takes beside the server.
function members.command(context, servers, name, args, only)
  for _, server in ipairs(servers) do
    local all = { server = { core.proxy(server), core.name(server) } }
    for key, value in pairs(args or {}) do
      all[key] = value
    end
    local ok, err = run.command(context, {}, name, only and function(process)
      return only[process.nb] and all or nil
    end or all, server)
    if not ok then
      return nil, err
    end
  end
  return true
end

return members
