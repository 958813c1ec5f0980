-- The program `haproxyadmin`: what its arguments ask for, done; its exit status.
--
-- `--version` and `--help` load nothing but this and what they print; a verb loads the library
-- and its own noun.

local arguments = require "haproxyadmin.cli.words.arguments"
local failure = require "haproxyadmin.cli.base.failure"
local interrupt = require "haproxyadmin.cli.base.interrupt"
local output = require "haproxyadmin.cli.show.output"
local text = require "haproxyadmin.cli.base.text"

local cli = {}

local function print_lines(lines)
  output.write(table.concat(lines, "\n"), "\n")
end

-- A context that is read-only keeps its verbs from changing anything.
local function check_allowed(call, verb)
  if verb.changes and call.settings.read_only then
    local name = call.settings.context
    failure.raise("permission", name and ("context %s is read-only"):format(name) or "the configuration is read-only")
  end
end

-- Ctrl-C ends a verb at once, unless it waits: then what only reads is broken off, and "interrupted!" raised, so
-- that it can say how far it got. One that changes something and does not wait does that to its end (changing.lua).
local function waits(verb)
  for _, row in ipairs(verb.options or {}) do
    if row[#row] == "--wait" then
      return true
    end
  end
  return verb.waits
end

local function run(argv, asked)
  if argv[1] == "__complete" then
    return require("haproxyadmin.cli.words.complete").print(argv)
  end
  arguments.read(argv, asked)
  if asked.version then
    output.write("haproxyadmin ", require "haproxyadmin.base.release", "\n")
  elseif asked.help then
    print_lines(require("haproxyadmin.cli.words.help").lines(asked))
  else
    local call = require("haproxyadmin.cli.call").new(asked.given)
    asked.call, asked.as_json = call, call:is_json()
    if waits(asked.verb) then
      interrupt.note()
      call.wrap = interrupt.transport
    else
      interrupt.ends()
    end
    check_allowed(call, asked.verb)
    asked.status = call:finish(asked.verb.run(call))
  end
  output.flush()
end

-- Is it an error of the library's? One that was not loaded raised none.
local function is_error(err)
  local errors = package.loaded["haproxyadmin.errors"]
  return errors and errors.is_error(err)
end

-- Did the caller ask for JSON, as far as can be told where the arguments could not be read?
local function wants_json(argv)
  for i, word in ipairs(argv) do
    local value = word:match "^%-%-output=(.*)$" or word:match "^%-o(.+)$"
    if word == "--json" or value == "json" or word == "-o" and argv[i + 1] == "json" then
      return true
    end
  end
  return false
end

-- Says what state things are in, where something was being changed.
local function tell_interrupt(call)
  if call and call.interrupted then
    call:warn "interrupted"
    pcall(call.interrupted)
  end
  return failure.status.interrupted
end

local function tell_defect(words, asked)
  -- Lua's own programs raise the same where Ctrl-C is pressed before the program takes care of it.
  if interrupt.is(words.message) then
    return tell_interrupt(asked.call)
  end
  io.stderr:write("haproxyadmin: a defect of this program: ", text.plain(words.message), "\n")
  if asked.given and asked.given.verbose then
    io.stderr:write(words.trace, "\n")
  else
    io.stderr:write("  --verbose shows where\n")
  end
  return failure.status.failed
end

-- Prints what ended the program; returns the exit status.
local function tell(err, asked, argv)
  local known = failure.is(err)
  if not known and not is_error(err) then
    return tell_defect(err, asked)
  end
  local status = known and err.status or failure.status_of(err)
  if status == failure.status.closed then
    return status
  elseif asked.noun and asked.noun.fails then
    return asked.noun.fails(err, status)
  end
  local as_json = asked.as_json
  if as_json == nil then
    as_json = wants_json(argv)
  end
  require("haproxyadmin.cli.show.messages").failure(err, status, as_json)
  return status
end

-- A text is Lua's own error: only its trace tells where it comes from.
local function with_trace(err)
  if type(err) == "table" then
    return err
  end
  return { message = tostring(err), trace = debug.traceback("", 2) }
end

local function main(argv, asked)
  local ok, err = xpcall(function()
    run(argv, asked)
  end, with_trace)
  if ok then
    return asked.status or failure.status.done
  end
  -- What was printed before stands before the message.
  local kept, trouble = pcall(output.flush)
  if not kept and failure.is(trouble) then
    err = trouble
  end
  return tell(err, asked, argv)
end

--- Does what the arguments ask for; returns the exit status.
function cli.main(argv)
  local asked = {}
  local status = main(argv, asked)
  local call = asked.call
  if call and call.finishes and interrupt.is_noted() then
    call:warn "interrupted; what was being changed was not left half-way"
    return failure.status.interrupted
  end
  return status
end

return cli
