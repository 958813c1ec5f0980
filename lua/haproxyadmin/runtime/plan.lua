-- A plan: what is wanted, as a request for each process that it concerns.

local commands = require "haproxyadmin.commands"
local errors = require "haproxyadmin.errors"
local new_request = require("haproxyadmin.runtime.request").new

local plan = {}

-- May a line be sent to this process? True, or nil and an error.
local function check_version(row, line, process)
  local ok, err = commands.allowed(row, line, process.version)
  if not ok then
    err.message = ("process %d: %s"):format(process.nb, err.message)
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
  -- With room for the field that run.lua adds.
  local requests, lines = { object = nil }, { line }
  local frame, safe = row.answer or "text", not row.changes
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
    requests[i] = new_request(process, row, lines, frame, safe)
  end
  return requests
end

-- Arguments of its own for each process.
local function for_each(processes, row, args_of)
  local requests = {}
  for i = 1, #processes do
    local process = processes[i]
    local args, err = args_of(process)
    local line, ok
    if args then
      line, err = commands.encode(row, args)
      if line then
        ok, err = check_version(row, line, process)
      end
    end
    if ok then
      requests[#requests + 1] = new_request(process, row, { line }, row.answer or "text", not row.changes)
    elseif err then
      return nil, err
    end
  end
  return requests
end

--- Requests of one command, one for each process. `args`: its arguments by name, or
-- a function of the process that returns them, nil for a process that is left out,
-- or nil and an error. Nothing is sent where one process cannot be asked: nil and a
-- ValueError or `unsupported` then.
function plan.command(processes, name, args)
  local row = commands.find(name)
  if type(args) == "function" then
    return for_each(processes, row, args)
  end
  return for_all(processes, row, args)
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
