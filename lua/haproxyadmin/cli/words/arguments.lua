-- From the words of a command line to the verb that they name and what it was given.
--
-- Options may stand anywhere: which of them take a value is known from their rows, so that
-- the noun and the verb are the first two words that are no option's value. argparse then
-- sees the options and arguments of that one verb.

local failure = require "haproxyadmin.cli.base.failure"
local globals = require "haproxyadmin.cli.words.globals"
local nouns = require "haproxyadmin.cli.words.nouns"
local similar = require "haproxyadmin.cli.base.similar"

local arguments = {}

--- The key of an option's value in what a verb is given: "no_header" of "--no-header".
function arguments.key(row)
  return row.key or (row[#row]:gsub("^%-+", ""):gsub("%-", "_"))
end

--- The options of a verb, its own and then the global ones, as a sequence of
-- {row =, flags =}: a flag of its own is not the global one's any more.
function arguments.options(verb)
  local found, taken = {}, {}
  for _, rows in ipairs { verb and verb.options or {}, globals } do
    for _, row in ipairs(rows) do
      local flags = {}
      for _, flag in ipairs(row) do
        if not taken[flag] then
          flags[#flags + 1] = flag
        end
        taken[flag] = true
      end
      if #flags > 0 then
        found[#found + 1] = { row = row, flags = flags }
      end
    end
  end
  return found
end

--- The rows of a verb's options, by their flags.
function arguments.by_flag(verb)
  local found = {}
  for _, option in ipairs(arguments.options(verb)) do
    for _, flag in ipairs(option.flags) do
      found[flag] = option.row
    end
  end
  return found
end

-- Adds an option to `list` in the form that argparse cannot misunderstand: the long flag,
-- joined with its value. Returns the place behind what was used.
local function add_option(list, row, value, argv, i)
  local flag = row[#row]
  if not row.value then
    list[#list + 1] = value and flag .. "=" .. value or flag
    return i
  elseif value == nil and row.optional then
    value = row.optional
  elseif value == nil and argv[i] and (row.dash or not argv[i]:match "^%-.") then
    value, i = argv[i], i + 1
  end
  list[#list + 1] = value and flag .. "=" .. value or flag
  return i
end

local function unknown_option(rows, flag)
  local flags = {}
  for name in pairs(rows) do
    flags[#flags + 1] = name
  end
  table.sort(flags)
  local near = #flag > 2 and similar.find(flags, flag)
  local message = ("there is no option %s"):format(similar.quote(flag))
  failure.raise("usage", near and message .. ("; did you mean '%s'?"):format(near) or message)
end

-- Letters behind one dash: each is an option, and what stands behind one that takes a
-- value is that.
local function add_letters(list, rows, text, argv, i)
  for place = 2, #text do
    local row = rows["-" .. text:sub(place, place)]
    if not row then
      unknown_option(rows, "-" .. text:sub(place, place))
    elseif row.value and place < #text then
      return add_option(list, row, text:sub(place + 1), argv, i)
    else
      i = add_option(list, row, nil, argv, i)
    end
  end
  return i
end

-- Reads on at `i` up to a word: the options into `list`, and the place of the word.
local function skip_options(list, rows, argv, i)
  while argv[i] do
    local text = argv[i]
    if text == "--" or not text:match "^%-." then
      return i
    elseif text:match "^%-%-" then
      local flag, value = text:match "^(%-%-[^=]*)=(.*)$"
      local row = rows[flag or text]
      if not row then
        unknown_option(rows, flag or text)
      end
      i = add_option(list, row, value, argv, i + 1)
    else
      i = add_letters(list, rows, text, argv, i + 1)
    end
  end
  return i
end

--- The entry of a list of nouns or verbs that has this name, or this other name.
function arguments.named(list, name)
  for _, entry in ipairs(list) do
    if (entry.name or entry[1]) == name then
      return entry
    end
    for _, alias in ipairs(entry.aliases or {}) do
      if alias == name then
        return entry
      end
    end
  end
end

local function names_of(list)
  local names = {}
  for i, entry in ipairs(list) do
    names[i] = entry.name or entry[1]
  end
  return names
end

-- The entry of a list that a word names, or a failure that says which there are.
local function choose(list, word, what, before)
  local found = arguments.named(list, word)
  if found then
    return found
  end
  local message = ("there is no %s %s"):format(what, similar.quote(word))
  local names = names_of(list)
  local near = similar.find(names, word)
  if near then
    failure.raise("usage", message .. ("; did you mean '%s'?"):format(near))
  end
  failure.raise("usage", message .. ": " .. table.concat(names, ", "), ("see: haproxyadmin %s--help"):format(before))
end

--- The file of a noun.
function arguments.noun(name)
  return require("haproxyadmin.cli.nouns." .. name)
end

-- Reads the rest of the words into `list`: what stands behind "--" goes to a list of its
-- own where the verb wants it, and where it takes words as they are, none of them is an option.
local function read_rest(list, verb, argv, i)
  local rows = arguments.by_flag(verb)
  while argv[i] do
    i = skip_options(list, rows, argv, i)
    if argv[i] == "--" or argv[i] and verb.verbatim then
      local rest = {}
      for place = argv[i] == "--" and i + 1 or i, #argv do
        rest[#rest + 1] = argv[place]
      end
      return rest
    end
    list[#list + 1] = argv[i]
    i = i + 1
  end
end

-- A text as the value that a row makes of it, or nil and a sentence.
local function converted(row, text)
  local value, expected = row.convert(text)
  if value == nil then
    return nil, ("option '%s': %s expected, got %s"):format(row[#row], expected, similar.quote(text))
  end
  return value
end

local function add_element(parser, row, flags)
  local element = parser:option(table.concat(flags, " ")):target(arguments.key(row))
  if row.many then
    element:count "*"
  elseif not row.value then
    element:action "store_true"
  end
  if not row.value then
    element:args(0)
  end
  if row.choices then
    element:choices(row.choices)
  end
  if row.convert then
    element:convert(function(text)
      return converted(row, text)
    end)
  end
end

local function load_argparse()
  local ok, argparse = pcall(require, "argparse")
  if not ok then
    failure.raise("failed", "the program needs argparse: apt-get install lua-argparse, or luarocks install argparse")
  end
  return argparse
end

local function parse(verb, list, rest)
  local parser = load_argparse()():add_help(false)
  for _, option in ipairs(arguments.options(verb)) do
    add_element(parser, option.row, option.flags)
  end
  for _, argument in ipairs(verb.arguments or {}) do
    parser:argument(argument[1]):args(argument.count or 1)
  end
  if rest and not verb.rest then
    list[#list + 1] = "--"
    for _, word in ipairs(rest) do
      list[#list + 1] = word
    end
  end
  local ok, given = parser:pparse(list)
  if not ok then
    failure.raise("usage", (given:gsub("\n.*", "")))
  end
  given.rest = verb.rest and rest or nil
  return given
end

--- The rows of the options that may stand before a verb of a noun, by their flags: those of all
-- its verbs.
function arguments.before_verb(noun)
  local rows = {}
  for _, verb in ipairs(noun.verbs) do
    for _, row in ipairs(verb.options or {}) do
      rows[#rows + 1] = row
    end
  end
  return arguments.by_flag { options = rows }
end

local function has(list, flag)
  for _, text in ipairs(list) do
    if text == flag then
      return true
    end
  end
  return false
end

--- What a command line asks for, into `asked`: `noun`, `verb` and `given`; `help` or `version` instead of `given`
-- where that is what is wanted. Raises a failure.
function arguments.read(argv, asked)
  local list = {}
  local i = skip_options(list, arguments.by_flag(), argv, 1)
  if argv[i] and argv[i] ~= "--" then
    asked.noun = arguments.noun(choose(nouns, argv[i], "command", "")[1])
    asked.verb = not asked.noun.verbs and asked.noun or nil
    i = i + 1
  end
  if asked.noun and not asked.verb then
    i = skip_options(list, arguments.before_verb(asked.noun), argv, i)
    if argv[i] then
      asked.verb = choose(asked.noun.verbs, argv[i], asked.noun.name .. " command", asked.noun.name .. " ")
      i = i + 1
    end
  end
  local rest = asked.verb and read_rest(list, asked.verb, argv, i)
  asked.version = has(list, "--version")
  asked.help = has(list, "--help")
  if asked.version or asked.help then
    return asked
  elseif not asked.noun then
    failure.raise("usage", "what is to be done?", "see: haproxyadmin --help")
  elseif not asked.verb then
    local names = table.concat(names_of(asked.noun.verbs), ", ")
    failure.raise("usage", ("%s: which of these? %s"):format(asked.noun.name, names))
  end
  asked.given = parse(asked.verb, list, rest)
  return asked
end

return arguments
