-- A plan: what is wanted, as a request for each process that it concerns.

local commands = require "haproxyadmin.commands"
local errors = require "haproxyadmin.errors"

local plan = {}

-- Adds the request of one process, if its version may be asked; else nil and an error.
local function add(requests, row, process, line)
  local ok, err = commands.allowed(row, line, process.version)
  if not ok then
    err.message = ("process %d: %s"):format(process.nb, err.message)
    return nil, err
  end
  requests[#requests + 1] = {
    process = process,
    row = row,
    commands = { line },
    frame = row.answer or "text",
    safe = not row.changes,
  }
  return true
end

-- The same arguments for all processes: one line.
local function for_all(processes, row, args)
  local line, err = commands.encode(row, args)
  if not line then
    return nil, err
  end
  local requests = {}
  for _, process in ipairs(processes) do
    local ok
    ok, err = add(requests, row, process, line)
    if not ok then
      return nil, err
    end
  end
  return requests
end

-- Arguments of its own for each process.
local function for_each(processes, row, args_of)
  local requests = {}
  for _, process in ipairs(processes) do
    local args, err = args_of(process)
    local line, ok
    if args then
      line, err = commands.encode(row, args)
      if line then
        ok, err = add(requests, row, process, line)
      end
    end
    if err and not ok then
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
    requests[i] = { process = process, commands = { text }, frame = "text", safe = false }
  end
  return requests
end

--- An error where no process is left that could be asked.
function plan.nobody()
  return nil, errors.new("ValueError", "not_found", "no process is there that could be asked")
end

return plan
