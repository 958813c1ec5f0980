-- The help of the program, of a noun and of a verb, written from their rows.

local arguments = require "haproxyadmin.cli.words.arguments"
local nouns = require "haproxyadmin.cli.words.nouns"
local text = require "haproxyadmin.cli.base.text"

local help = {}

--- Two columns, the second one behind the widest of the first.
local function add_rows(lines, rows)
  local widest = 0
  for _, row in ipairs(rows) do
    widest = math.max(widest, text.width(row[1]))
  end
  for _, row in ipairs(rows) do
    lines[#lines + 1] = "  " .. text.pad(row[1], widest) .. "  " .. row[2]
  end
end

help.add_rows = add_rows

local function add_options(lines, verb)
  local rows = {}
  for i, option in ipairs(arguments.options(verb)) do
    local value = option.row.value and (option.row.optional and "[=%s]" or " %s"):format(option.row.value) or ""
    rows[i] = { table.concat(option.flags, ", ") .. value, option.row.help }
  end
  add_rows(lines, rows)
end

local counts = { ["*"] = "[%s...]", ["+"] = "%s...", ["?"] = "[%s]" }

--- How a verb is called, in one line.
function help.usage(noun, verb)
  local parts = { "haproxyadmin", noun.name }
  if verb ~= noun then
    parts[3] = verb.name
  end
  for _, argument in ipairs(verb.arguments or {}) do
    parts[#parts + 1] = (counts[argument.count] or "%s"):format(argument.value or argument[1]:upper())
  end
  parts[#parts + 1] = "[OPTION...]"
  if verb.rest then
    parts[#parts + 1] = "-- " .. verb.rest
  end
  return table.concat(parts, " ")
end

local function add_examples(lines, verb)
  for _, example in ipairs(verb.examples or {}) do
    lines[#lines + 1] = "  " .. example
  end
end

local function of_verb(noun, verb)
  local lines = { verb.help, "" }
  add_examples(lines, verb)
  lines[#lines + 1] = ""
  lines[#lines + 1] = help.usage(noun, verb)
  local rows = {}
  for i, argument in ipairs(verb.arguments or {}) do
    rows[i] = { argument.value or argument[1]:upper(), argument.help }
  end
  add_rows(lines, rows)
  lines[#lines + 1] = ""
  add_options(lines, verb)
  return lines
end

local function of_noun(noun)
  local lines, rows = { noun.help, "" }, {}
  for i, verb in ipairs(noun.verbs) do
    rows[i] = { verb.name, verb.help }
  end
  add_rows(lines, rows)
  lines[#lines + 1] = ""
  lines[#lines + 1] = ("haproxyadmin %s COMMAND --help tells more."):format(noun.name)
  return lines
end

local function of_program()
  local lines = {
    "haproxyadmin shows and changes what HAProxy's processes do, all of them at once.",
    "",
    "  haproxyadmin status",
    "  haproxyadmin server list --socket-dir /run/haproxy",
    "",
    "haproxyadmin COMMAND [OPTION...]",
  }
  local rows = {}
  for i, noun in ipairs(nouns) do
    rows[i] = { noun[1], noun[2] }
  end
  add_rows(lines, rows)
  lines[#lines + 1] = ""
  add_options(lines)
  return lines
end

--- The lines of help for what was asked.
function help.lines(asked)
  if asked.verb then
    return of_verb(asked.noun, asked.verb)
  elseif asked.noun then
    return of_noun(asked.noun)
  end
  return of_program()
end

return help
