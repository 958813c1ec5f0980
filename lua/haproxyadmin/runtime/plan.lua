-- A plan: what is wanted, as a line for each process that it concerns, and as a request
-- for each of them.
--
-- What is *wanted* is {row =, processes =, line =, args =}, where all processes get the same
-- line, or {row =, processes =, lines =}, where each has its own; `object`: the frontend,
-- backend or server that it is on.

local commands = require "haproxyadmin.commands"
local errors = require "haproxyadmin.errors"
local record = require "haproxyadmin.runtime.process"
local new_request = require("haproxyadmin.runtime.request").new

local plan = {}

-- May a line be sent to this process? True, or nil and an error.
local function check_version(row, line, process)
  local ok, err = commands.allowed(row, line, process.version)
  -- A master takes the mode for itself, whoever the command in front of it is for.
  if ok and process.worker and row.mode and commands.mode(row, process.version) then
    local message = ("'%s' needs HAProxy's %s, which a master gives to no worker: use the worker's own socket"):format(
      row.name,
      commands.mode(row, process.version)
    )
    ok, err = nil, errors.new("CommandFailed", "unsupported", message)
  end
  if not ok then
    err.message = ("process %s: %s"):format(record.number(process.nb, process.name), err.message)
    return nil, err
  end
  return true
end

-- The same arguments for all processes: one line.
local function for_all(processes, row, args)
  local line, err = commands.encode(row, args)
  if not line then
    return nil, err
  end
  -- Processes are nearly always of one version.
  local allowed
  for i = 1, #processes do
    local process = processes[i]
    if i == 1 or process.version ~= allowed then
      local ok
      ok, err = check_version(row, line, process)
      if not ok then
        return nil, err
      end
      allowed = process.version
    end
  end
  return { row = row, processes = processes, line = line, args = args, object = nil }
end

-- Arguments of its own for each process.
local function for_each(processes, row, args_of)
  local concerned, lines = {}, {}
  for i = 1, #processes do
    local process = processes[i]
    local args, err = args_of(process)
    local line, ok
    if args then
      line, err = commands.encode(row, args, process.version)
      if line then
        ok, err = check_version(row, line, process)
      end
      if ok then
        line, err = commands.in_mode(row, line, process.version)
        ok = line
      end
    end
    if ok then
      concerned[#concerned + 1], lines[#lines + 1] = process, line
    elseif err then
      return nil, err
    end
  end
  return { row = row, processes = concerned, lines = lines }
end

-- Has each process a line of its own, of the same arguments?
local function differs_by_version(row, processes)
  -- How a payload ends depends on the version.
  local differs = row.payload ~= nil
  for i = 1, row.mode and #processes or 0 do
    differs = differs or commands.has_mode_in_line(row, processes[i].version)
  end
  return differs
end

--- What is wanted of these processes. `args`: the command's arguments by name, or a
-- function of the process that returns them, nil for a process that is left out, or nil
-- and an error. Where one process cannot be asked, nothing may be sent to any: nil and a
-- ValueError or `unsupported` then.
function plan.wanted(processes, name, args)
  local row = commands.find(name)
  if type(args) == "function" then
    return for_each(processes, row, args)
  elseif differs_by_version(row, processes) then
    return for_each(processes, row, function()
      return args
    end)
  end
  return for_all(processes, row, args)
end

-- A command of one of HAProxy's modes goes behind the one that turns the mode on: it
-- lasts as long as the connection.
local function in_mode(request, mode)
  request.commands = { mode .. " on", request.commands[1] }
  request.frame = { "text", request.frame }
  request.place = 2
end

--- The requests of what is wanted, one for each process.
function plan.requests(wanted)
  local row, processes, lines = wanted.row, wanted.processes, wanted.lines
  local requests = { object = wanted.object }
  local common = wanted.line and { wanted.line }
  local frame, safe = row.answer or "text", not row.changes
  -- Where such an answer ends only what follows it tells (marked.lua).
  frame = frame == "sections" and "text" or frame
  for i = 1, #processes do
    local request = new_request(processes[i], row, common or { lines[i] }, frame, safe)
    local mode = row.mode and commands.mode(row, processes[i].version)
    if mode and not commands.has_mode_in_line(row, processes[i].version) then
      in_mode(request, mode)
    end
    requests[i] = request
  end
  return requests
end

--- Both in one: requests, or nil and an error.
function plan.command(processes, name, args)
  local wanted, err = plan.wanted(processes, name, args)
  if not wanted then
    return nil, err
  end
  return plan.requests(wanted)
end

--- Raw text, as it is.
function plan.raw(processes, text)
  local requests = {}
  for i, process in ipairs(processes) do
    requests[i] = new_request(process, nil, { text }, "text", false)
  end
  return requests
end

--- An error where no process is left that could be asked.
function plan.nobody()
  return nil, errors.new("ValueError", "not_found", "no process is there that could be asked")
end

return plan
