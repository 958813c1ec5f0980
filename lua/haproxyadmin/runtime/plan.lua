-- A plan: what is wanted, as a request for each process that it concerns.

local commands = require "haproxyadmin.commands"
local errors = require "haproxyadmin.errors"

local plan = {}

-- The line for one process, or nil and an error. Lines are encoded once for all
-- processes that get the same arguments.
local function line_for(row, process, args, lines)
  local line, err = lines[args]
  if not line then
    line, err = commands.encode(row, args)
    if not line then
      return nil, err
    end
    lines[args] = line
  end
  local ok
  ok, err = commands.allowed(row, line, process.version)
  if not ok then
    err.message = ("process %d: %s"):format(process.nb, err.message)
    return nil, err
  end
  return line
end

--- Requests of one command, one for each process. `args`: its arguments by name, or
-- a function of the process that returns them, nil for a process that is left out,
-- or nil and an error. Nothing is sent where one process cannot be asked: nil and a
-- ValueError or `unsupported` then.
function plan.command(processes, name, args)
  local row = commands.find(name)
  local requests, lines = {}, {}
  for _, process in ipairs(processes) do
    local own, err = args, nil
    if type(args) == "function" then
      own, err = args(process)
    end
    if own then
      local line
      line, err = line_for(row, process, own, lines)
      if line then
        requests[#requests + 1] = {
          process = process,
          row = row,
          commands = { line },
          frame = row.answer or "text",
          safe = not row.changes,
        }
      end
    end
    if err then
      return nil, err
    end
  end
  return requests
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
