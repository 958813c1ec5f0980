-- The words that may stand where somebody presses Tab: "haproxyadmin __complete PLACE WORD..."
-- prints them, one a line, with a tab and a few words of help behind those that have some.
-- PLACE counts from 0, which is the program itself. It says nothing of what goes wrong.

local arguments = require "haproxyadmin.cli.words.arguments"
local names = require "haproxyadmin.cli.words.names"
local nouns = require "haproxyadmin.cli.words.nouns"

local complete = {}

-- bash makes "=" and ":" words of their own. Returns the words as they were typed up to the
-- place, the last being the one to complete, and how much of that bash takes for done.
local function typed(list, place)
  local joined, done = {}, ""
  local glue = false
  for i = 1, place + 1 do
    local word = list[i] or ""
    local breaks = word == "=" or word == ":"
    if i > 1 and (breaks or glue) and joined[#joined] then
      local before = joined[#joined]
      joined[#joined] = before .. word
      done = breaks and joined[#joined] or before
    else
      joined[#joined + 1] = word
      done = ""
    end
    glue = breaks
  end
  return joined, done
end

-- Is a word an option that wants the next word as its value?
local function wants_value(rows, word)
  local flag = word:match "^%-%-[^=]+$" or word:match "^%-%a$"
  local row = flag and rows[flag]
  return row and row.value and not row.optional and row or nil
end

-- Notes an option's value, by the key that the program would give it.
local function note(given, row, value)
  local key = arguments.key(row)
  if row.many then
    given[key] = given[key] or {}
    table.insert(given[key], value)
  else
    given[key] = value
  end
end

-- The rows of the options that may stand here, by their flags.
local function rows_of(seen)
  if seen.noun and not seen.verb then
    return arguments.before_verb(seen.noun)
  end
  return arguments.by_flag(seen.verb)
end

-- What the words before the last one say: {noun =, verb =, given =, arguments = so many,
-- row = the option whose value comes next, verbatim = whether options have ended}.
local function read(list)
  local seen = { given = {}, arguments = 0 }
  for i = 2, #list - 1 do
    local word = list[i]
    local rows = rows_of(seen)
    local flag, value = word:match "^(%-%-[^=]+)=(.*)$"
    if seen.row then
      note(seen.given, seen.row, word)
      seen.row = nil
    elseif seen.verbatim then
      seen.arguments = seen.arguments + 1
    elseif word == "--" then
      seen.verbatim = true
    elseif flag and rows[flag] and rows[flag].value then
      note(seen.given, rows[flag], value)
    elseif word:match "^%-." then
      seen.row = wants_value(rows, word)
    elseif not seen.noun then
      local entry = arguments.named(nouns, word)
      if not entry then
        return nil
      end
      seen.noun = arguments.noun(entry[1])
      seen.verb = not seen.noun.verbs and seen.noun or nil
    elseif not seen.verb then
      seen.verb = arguments.named(seen.noun.verbs, word)
      if not seen.verb then
        return nil
      end
    else
      seen.arguments = seen.arguments + 1
    end
  end
  return seen
end

-- The row of the argument that comes next: the last one may take all that follow.
local function argument_of(seen)
  local rows = seen.verb.arguments or {}
  local place = seen.arguments + 1
  local last = rows[#rows]
  if place > #rows and last and (last.count == "*" or last.count == "+") then
    return last
  end
  return rows[place]
end

local function add(found, word, help)
  found[#found + 1] = { word, help }
end

local function options_of(verb)
  local found = {}
  for _, option in ipairs(arguments.options(verb)) do
    add(found, option.flags[#option.flags], option.row.help)
  end
  return found
end

local function listed(list)
  local found = {}
  for _, entry in ipairs(list) do
    add(found, entry.name or entry[1], entry.help or entry[2])
  end
  return found
end

-- What a row's value may be, behind `text`.
local function values_of(row, text, given)
  if row.choices then
    local found = {}
    for _, choice in ipairs(row.choices) do
      add(found, choice)
    end
    return found
  end
  return names.of(row, text, given)
end

local function candidates(seen, word)
  if seen.row then
    return values_of(seen.row, word, seen.given)
  elseif word:match "^%-" and not seen.verbatim then
    local flag, value = word:match "^(%-%-[^=]+)=(.*)$"
    local row = flag and rows_of(seen)[flag]
    if not flag then
      return options_of(seen.verb)
    end
    local found = row and row.value and values_of(row, value, seen.given) or {}
    for _, entry in ipairs(found) do
      entry[1] = flag .. "=" .. entry[1]
    end
    return found
  elseif not seen.noun then
    return listed(nouns)
  elseif not seen.verb then
    return listed(seen.noun.verbs)
  end
  local row = argument_of(seen)
  return row and values_of(row, word, seen.given) or {}
end

--- The lines for these words: the place, counted from 0, of the one to complete, and all.
function complete.lines(place, list)
  local joined, done = typed(list, place)
  local word = joined[#joined]:gsub("^['\"]", "")
  local seen = read(joined)
  local lines = {}
  for _, entry in ipairs(seen and candidates(seen, word) or {}) do
    local text = entry[1]
    -- What a shell inserts is read by it again: a name that it would read otherwise is none
    -- to offer.
    if text:sub(1, #word) == word and not text:find "[%c%s'\"`$\\;&|<>()]" then
      lines[#lines + 1] = text:sub(#done + 1) .. (entry[2] and "\t" .. entry[2] or "")
    end
  end
  return lines
end

--- Prints the lines for what stands behind "__complete".
function complete.print(argv)
  local place = tonumber(argv[2])
  local list = {}
  for i = 3, #argv do
    list[i - 2] = argv[i]
  end
  local ok, lines = pcall(complete.lines, place, list)
  if ok and #lines > 0 then
    io.stdout:write(table.concat(lines, "\n"), "\n")
  end
end

return complete
