-- The program `haproxyadmin`: what its arguments ask for, done; its exit status.
--
-- `--version` and `--help` load nothing but this and what they print; a verb loads the library
-- and its own noun.

local arguments = require "haproxyadmin.cli.arguments"
local failure = require "haproxyadmin.cli.failure"
local output = require "haproxyadmin.cli.output"
local text = require "haproxyadmin.cli.text"

local cli = {}

local function run(argv, seen)
  local asked = arguments.read(argv)
  seen.given = asked.given
  if asked.version then
    output.write("haproxyadmin ", require "haproxyadmin.base.release", "\n")
  elseif asked.help then
    output.write(table.concat(require("haproxyadmin.cli.help").lines(asked), "\n"), "\n")
  else
    local call = require("haproxyadmin.cli.call").new(asked.given)
    seen.status = call:finish(asked.verb.run(call))
  end
  output.flush()
end

-- Is it an error of the library's? One that was not loaded raised none.
local function is_error(err)
  local errors = package.loaded["haproxyadmin.errors"]
  return errors and errors.is_error(err)
end

-- Prints what ended the program; returns the exit status.
local function tell(err, given)
  if failure.is(err) then
    if err.status ~= failure.status.closed then
      io.stderr:write("haproxyadmin: ", text.plain(err.message), "\n")
    end
    if err.hint then
      io.stderr:write("  ", text.plain(err.hint), "\n")
    end
    return err.status
  elseif is_error(err) then
    io.stderr:write("haproxyadmin: ", text.plain(err.message), "\n")
    return failure.status_of(err)
  end
  local words = tostring(err.words or err)
  if words:match "interrupted!$" then
    return failure.status.interrupted
  end
  io.stderr:write("haproxyadmin: a defect of this program: ", text.plain(words), "\n")
  if given and given.verbose then
    io.stderr:write(err.trace or "", "\n")
  end
  return failure.status.failed
end

-- A text is Lua's own error: only its trace tells where it comes from.
local function with_trace(err)
  if type(err) == "string" then
    return { words = err, trace = debug.traceback("", 2) }
  end
  return err
end

--- Does what the arguments ask for; returns the exit status.
function cli.main(argv)
  local seen = {}
  local ok, err = xpcall(function()
    run(argv, seen)
  end, with_trace)
  if not ok then
    return tell(err, seen.given)
  end
  return seen.status or failure.status.done
end

return cli
