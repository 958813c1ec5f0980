-- The table of commands: what is known of each of HAProxy's commands that this
-- module sends. A row is plain data, in the file of its family; whoever needs to
-- know something of a command asks here. doc/contributing.md describes a row's
-- fields and how a command is added.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local version = require "haproxyadmin.base.version"

local commands = {}

--- What stands for a version of a map that is not known, since it is only rehearsed, as HAProxy's manual writes it.
commands.ANY_VERSION = "@<ver>"

local rows = {}
for _, family in ipairs {
  "general",
  "proxies",
  "servers",
  "patterns",
  "ssl",
  "tables",
  "master",
  "facts",
  "events",
  "sessions",
} do
  for name, row in pairs(require("haproxyadmin.commands." .. family)) do
    row.name = name
    row.family = family
    rows[name] = row
  end
end

--- The row of a command; asking for one that is not there is a fault of the
-- module's own.
function commands.find(name)
  return rows[name] or error("no command '" .. tostring(name) .. "' in the table", 2)
end

--- All rows, by name.
function commands.all()
  return rows
end

-- ---- argument classes ----

-- The parts of a line stand one after the other in a sequence, each as a class of the encoder's, its
-- value, and the name of the argument (of a server, its own). What makes an argument's parts puts
-- them behind the `count` parts that are there, and returns how many there are then; or nil, and what
-- was expected.

local function put(parts, count, class, value, name)
  local at = 3 * count
  parts[at + 1], parts[at + 2], parts[at + 3] = class, value, name
  return count + 1
end

-- Classes of the encoder's own: what may be sent is decided there.
local tokens = { identifier = true, key = true, value = true, reference = true, address = true }

-- Words that HAProxy knows stand as they are; anything else would be another word.
local function one_of(pattern, expected)
  return function(parts, count, value, name)
    if type(value) == "string" and value:match(pattern) then
      return put(parts, count, "words", value, name)
    end
    return nil, expected
  end
end

-- What may stand at a place of a sequence: a pattern of the word, and what comes before
-- it.
local DATA = { "^%l[%l%d_]*%[?%d*%]?$", "data." }
local OPERATOR = { "^[egln][eqt]$", "" }
local NUMBER = { "^%d+$", "" }

-- A sequence of sequences, each of whose values must be a word of its place.
local function triples(expected, places)
  return function(parts, count, value, name)
    local words = {}
    for i, group in ipairs(type(value) == "table" and value or {}) do
      for j, place in ipairs(places) do
        local given = type(group) == "table" and group[j]
        local word = type(given) == "number" and ("%d"):format(given) or given
        if type(word) ~= "string" or not word:match(place[1]) then
          return nil, expected
        end
        words[(i - 1) * #places + j] = place[2] .. word
      end
    end
    if #words == 0 then
      return nil, expected
    end
    return put(parts, count, "words", table.concat(words, " "), name)
  end
end

-- Keywords that may be sent: they are few, and asked for again and again.
local sound = {}

local function is_keyword(name)
  if sound[name] == nil and type(name) == "string" then
    sound[name] = name:match "^[%w-]+$" ~= nil or name:match "^[%w-]+%([%w]+%)$" ~= nil
  end
  return sound[name]
end

local classes = {
  number = function(parts, count, value, name)
    if type(value) == "number" then
      return put(parts, count, "number", value, name)
    end
    return nil, "integer"
  end,
  -- A proxy is found by its name.
  proxy = function(parts, count, value, name)
    if type(value) == "string" then
      return put(parts, count, "name", value, name)
    end
    return nil, "string that is not empty"
  end,
  -- A server is found by its backend's name and its own.
  server = function(parts, count, value)
    if type(value) == "table" and type(value[1]) == "string" and type(value[2]) == "string" then
      return put(parts, count, "server", value[1], value[2])
    end
    return nil, "{backend, server}"
  end,
  -- The version of a map or an ACL that is being prepared: "@3".
  version = function(parts, count, value, name)
    if value == commands.ANY_VERSION then
      return put(parts, count, "words", value, name)
    elseif type(value) == "number" and value % 1 == 0 and value >= 0 and value < 2 ^ 32 then
      return put(parts, count, "words", ("@%d"):format(value), name)
    end
    return nil, "integer from 0 to 4294967295"
  end,
  -- Conditions on what a stick table's entries store: {{"gpc0", "gt", 5}, ...}.
  conditions = triples("{data, operator, number} triples", { DATA, OPERATOR, NUMBER }),
  -- What an entry of a stick table is to store: {{"gpc0", 1}, ...}.
  data = triples("{data, number} pairs", { DATA, NUMBER }),
  -- The address of a session in the memory of its process.
  session = one_of("^0x%x+$", "address such as 0x55d1"),
  -- A server's keywords, each with its value, if it takes one: {{"check"}, {"port", "80"}}.
  keywords = function(parts, count, value)
    if type(value) ~= "table" or value[1] == nil then
      return nil, "keywords"
    end
    for i = 1, #value do
      local name, of_it = value[i][1], value[i][2]
      if not is_keyword(name) then
        return nil, "keywords"
      end
      count = put(parts, count, "words", name, name)
      if of_it ~= nil then
        count = put(parts, count, "value", tostring(of_it), name)
      end
    end
    return count
  end,
  state = one_of("^%l+$", "'ready', 'drain' or 'maint'"),
  weight = one_of("^%d+%%?$", "weight"),
}

for class in pairs(tokens) do
  classes[class] = function(parts, count, value, name)
    if type(value) == "string" then
      return put(parts, count, class, value, name)
    end
    return nil, "string that is not empty"
  end
end

-- A number or a name, told by the type; a key, or {reference = "0x..."}, the entry's
-- address in the memory of one process.
local function one_of_two(first, second)
  local own, other = classes[first], classes[second]
  if first == "number" then
    return function(parts, count, value, name)
      return (type(value) == "number" and own or other)(parts, count, value, name)
    end
  end
  return function(parts, count, value, name)
    if type(value) == "table" then
      return other(parts, count, value[second], name)
    end
    return own(parts, count, value, name)
  end
end

-- What makes the parts of an argument.
local function maker(class)
  if type(class) == "table" then
    return one_of_two(class[1], class[2])
  end
  return classes[class]
end

-- ---- encoding ----

-- "set server <server> addr <address> [port <port>]" as a sequence of words and
-- arguments. `optional` is the place from which on the line may end.
local function parse(line)
  local items = {}
  local before, rest = line:match "^(.-)%s*%[(.*)%]$"
  local function add(text)
    for word in text:gmatch "%S+" do
      local argument = word:match "^<(.*)>$"
      local last = items[#items]
      if argument then
        items[#items + 1] = { argument = argument }
      elseif last and last.words and #items ~= items.optional then
        last.words = last.words .. " " .. word
      else
        items[#items + 1] = { words = word }
      end
    end
  end
  add(before or line)
  if rest then
    items.optional = #items
    add(rest)
  end
  return items
end

local function items_of(row)
  local items = parse(row.line or row.name)
  for _, item in ipairs(items) do
    item.make = item.argument and maker(row.arguments[item.argument])
  end
  row.items = items
  return items
end

-- Where the line ends: what is optional is there whole or not at all.
local function last_item(items, args)
  if items.optional then
    for i = items.optional + 1, #items do
      if items[i].argument and args[items[i].argument] == nil then
        return items.optional
      end
    end
  end
  return #items
end

local characters = { ["\0"] = "NUL", ["\n"] = "LF", ["\r"] = "CR" }

local function refused(name, value, why, at)
  value = tostring(value)
  if why == "character" then
    local character = value:sub(at, at)
    character = characters[character] or ("'%s'"):format(character)
    local message = ("argument '%s': %s at position %d cannot be sent to HAProxy"):format(name, character, at)
    return nil, errors.new("ValueError", "bad_argument", message)
  elseif why == "length" then
    return check.fail(name, "text that fits into HAProxy's command line", value)
  elseif why == "line" then
    local message = "argument '%s': HAProxy before 2.9 cannot take the empty line at position %d; 2.9 and later can"
    return nil, errors.new("CommandFailed", "unsupported", message:format(name, at))
  elseif why == "form" then
    return check.fail(name, "another form (a reference is 0x and hex digits, an address an IP address)", value)
  end
  return check.fail(name, "text that is not empty", value)
end

-- The line of so many parts, or nil and a ValueError. `most`: the bytes of one with a payload.
local function encode_parts(parts, count, most)
  local line, index, why, at, half = core.encode(parts, count, most)
  if line then
    return line
  end
  local place = 3 * (index - 1)
  local class, value, name = parts[place + 1], parts[place + 2], parts[place + 3]
  if class == "server" then
    return refused(half == 2 and "server" or "backend", half == 2 and name or value, why, at)
  end
  if class == "payload" and why == "length" then
    -- It may be a private key, of which nothing is shown.
    local message = "argument '%s': at most %d bytes expected, the command included, got %d"
    return nil, errors.new("ValueError", "too_big", message:format(parts.payload, most, #value))
  end
  return refused(class == "payload" and parts.payload or name, value, why, at)
end

-- Patterns that end a payload; an empty line does in all versions.
local PATTERNS_SINCE = version.number "2.9"

-- Adds what follows the line: the text of the argument that the row calls its payload.
local function put_payload(parts, count, row, args, number)
  local text = args[row.payload]
  if type(text) ~= "string" then
    return check.fail(row.payload, "string that is not empty", text)
  end
  parts.payload = row.payload
  return put(parts, count, "payload", text, number ~= nil and number >= PATTERNS_SINCE)
end

--- The most bytes of a command with its payload and its line end for a version.
function commands.payload_max(row, number)
  return version.pick(row.payload_max, number or 0) or core.payload_max
end

-- The parts of a command's line, and how many they are; or nil and a ValueError.
local function parts_of(row, args)
  local items = row.items or items_of(row)
  -- Most lines have no more: a table of that size is made at once.
  local parts, count = { nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil }, 0
  for i = 1, items.optional and last_item(items, args) or #items do
    local item = items[i]
    local name = item.argument
    if name then
      local more, expected = item.make(parts, count, args[name], name)
      if not more then
        return check.fail(name, expected, args[name])
      end
      count = more
    else
      count = put(parts, count, "words", item.words, nil)
    end
  end
  return parts, count
end

--- The line of a command without its line end, or nil and a ValueError that names
-- the argument. `args`: the arguments by name. `number`: the process's version, which
-- decides how a payload ends (nil: not known).
function commands.encode(row, args, number)
  local parts, count = parts_of(row, args)
  if not parts then
    return nil, count
  elseif not row.payload then
    return encode_parts(parts, count)
  end
  local err
  count, err = put_payload(parts, count, row, args, number)
  if not count then
    return nil, err
  end
  return encode_parts(parts, count, commands.payload_max(row, number))
end

--- The same without the payload that its row may ask for.
function commands.words(row, args)
  local parts, count = parts_of(row, args)
  if not parts then
    return nil, count
  end
  return encode_parts(parts, count)
end

-- ---- what a version has ----

local function unsupported(message)
  return nil, errors.new("CommandFailed", "unsupported", message)
end

-- A blank inside a word, which HAProxy 1.9 and 2.0 take for the word's end,
-- whatever stands before it.
local BLANK = "\\[ \t]"
local BLANKS_SINCE, BLANKS_UNTIL = version.number "1.9", version.number "2.2"

--- Is a version (nil: not known) in a range {from =, to =}, both included?
function commands.is_in(range, number)
  return number ~= nil and number >= version.number(range.from) and number <= version.number(range.to)
end

-- What a version says of a row, whatever the line: true, or an error's message.
local function verdict(row, number)
  if number < version.number(row.since) then
    return ("'%s' is in HAProxy %s and later; this process is a %s"):format(row.name, row.since, version.text(number))
  end
  for _, range in ipairs(row.avoid or {}) do
    if commands.is_in(range, number) then
      return ("'%s' is not sent to this version: %s"):format(row.name, range.why)
    end
  end
  return true
end

-- By the name of a row, what was found out of a version.
local verdicts, modes = {}, {}
for name in pairs(rows) do
  verdicts[name], modes[name] = {}, {}
end

--- May a line be sent to a process of this version (nil: not known)? True, or nil and
-- an error that says which version has it, or what it would do to that one.
function commands.allowed(row, line, number)
  if number == nil then
    return true
  end
  local known = verdicts[row.name]
  if known[number] == nil then
    known[number] = verdict(row, number)
  end
  if known[number] ~= true then
    return unsupported(known[number])
  elseif number < BLANKS_UNTIL and number >= BLANKS_SINCE and line:find(BLANK) then
    return unsupported(
      ("'%s': HAProxy %s cannot take a blank in a word; 2.2 and later can"):format(row.name, version.text(number))
    )
  end
  return true
end

--- The mode of HAProxy's that a command needs on a version (nil: not known), as the
-- command that turns it on: "experimental-mode", "expert-mode"; nil or false where it
-- needs none.
function commands.mode(row, number)
  return version.pick(row.mode, number)
end

-- What stands behind a command whose answer's end nothing else tells: its own answer is
-- known.
local MARK = ";show cli level"

-- What is put before a line on a version whose refusals lack their end, where it takes the
-- command in a mode only; or nil.
local function mode_before(row, number)
  local known = row.mode and row.unframed and number and modes[row.name]
  if not known then
    return nil
  elseif known[number] == nil then
    local mode = commands.is_in(row.unframed, number) and commands.mode(row, number)
    known[number] = mode and mode .. " on;" or false
  end
  return known[number] or nil
end

--- Is the mode that a command needs turned on in its own line?
function commands.has_mode_in_line(row, number)
  return mode_before(row, number) ~= nil
end

--- A line with the mode that it needs there, for this version; or nil and a ValueError.
function commands.in_mode(row, line, number)
  local before = mode_before(row, number)
  if not before then
    return line
  end
  local whole = before .. line .. MARK
  if #whole > core.line_max then
    return check.fail(row.name, "text that fits into HAProxy's command line", line)
  end
  return whole
end

--- What was answered to the command itself in such a line.
function commands.out_of_mode(row, line, text)
  if not (row and row.mode and row.unframed) or not line:find("^%l+%-mode on;") then
    return text
  end
  return (text:gsub("^\n", ""):gsub("\n+%l+$", ""))
end

--- The level that a stats socket needs for a command on a version (nil: not known).
function commands.level(row, number)
  return version.pick(row.level, number)
end

return commands
