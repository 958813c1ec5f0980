-- What goes to stdout: items in columns, in the format that was asked for.
--
-- A column: `key`, HAProxy's name of the field where it has one; `title`, of a table; `get(item)`, its
-- value (a number, a text, a sequence or nil; or nil and a sequence of what the processes have, where they
-- differ); `show(value, item)`, the same for people; `right`: numbers, which stand at the right; `color(value)`: a
-- colour of terminal.paint or nil; `wide`: only shown by -o wide and where it is asked for; `names`: it names the
-- item; `listed`: where items are objects of a snapshot, what core.listing knows the column by: it writes
-- them; `of_item`: `show` asks for more of an item than its value.

local chosen = require "haproxyadmin.cli.show.columns"
local core = require "haproxyadmin.core"
local json = require "haproxyadmin.base.json_writer"
local stdout = require "haproxyadmin.cli.show.stdout"
local text = require "haproxyadmin.cli.base.text"

local output = {}

--- Writes texts to stdout, as they are.
output.write = stdout.write

--- Writes what is still kept back; whoever ends the program asks this at last.
output.flush = stdout.finish

-- ---- values as words of a line ----

local between = { list = ",", differing = "|" }

local as_word

local function joined(values, separator)
  if type(values[1]) == "number" and values[1] % 1 == 0 then
    return table.concat(values, separator)
  end
  local parts = {}
  for i, part in ipairs(values) do
    parts[i] = as_word(part)
  end
  return table.concat(parts, separator)
end

function as_word(value, differing)
  if differing then
    return joined(differing, between.differing)
  elseif value == nil then
    return ""
  elseif type(value) == "string" then
    return value
  elseif type(value) == "table" then
    return joined(value, between.list)
  end
  return json.encode(value)
end

local tsv_escapes = { ["\t"] = "\\t", ["\n"] = "\\n", ["\r"] = "\\r", ["\\"] = "\\\\" }

local function tsv_word(word)
  if word:find "[\t\n\r\\]" then
    return (word:gsub("[\t\n\r\\]", tsv_escapes))
  end
  return word
end

local function csv_word(word)
  if word:find '[",\r\n]' then
    return '"' .. word:gsub('"', '""') .. '"'
  end
  return word
end

-- ---- formats ----

local formats = {}

function formats.table(columns, items, options)
  local drawn = require "haproxyadmin.cli.show.table"
  local lines, missing = drawn.lines(columns, items, options)
  local rows = options.terminal.rows
  if rows and #lines >= rows and options.pager then
    stdout.page()
  end
  for _, line in ipairs(lines) do
    stdout.write(line, "\n")
  end
  if #missing > 0 and options.missing then
    options.missing(missing)
  end
end

formats.wide = formats.table

-- Below this every Lua joins integers with all their digits.
local PLAIN = 1e14

local concat = table.concat

-- How many lines are joined before they are written.
local AT_ONCE = 500

-- Writes objects of a snapshot in a form of the core's. Returns whether these are any.
local function list_objects(columns, objects, form, plain)
  local listed = chosen.listed(columns, objects)
  if not listed then
    return false
  end
  for piece in core.listing(objects, listed, form, plain) do
    stdout.write(piece)
  end
  return true
end

-- A record a line.
local function records(form, word_of, separator, line_end)
  return function(columns, items, options)
    local lines, count = {}, #columns
    local function add(line)
      lines[#lines + 1] = line .. line_end
      if #lines == AT_ONCE then
        stdout.write(table.concat(lines))
        lines = {}
      end
    end
    if not options.no_header then
      local keys = {}
      for i, column in ipairs(columns) do
        keys[i] = word_of(column.key)
      end
      stdout.write(concat(keys, separator), line_end)
    end
    if list_objects(columns, items, form, options.terminal.is) then
      return
    end
    local getters, words = {}, {}
    for i, column in ipairs(columns) do
      getters[i] = column.get
    end
    for _, item in ipairs(items) do
      for i = 1, count do
        local value, differing = getters[i](item)
        if value == nil and differing == nil then
          words[i] = ""
        elseif type(value) == "number" and value % 1 == 0 and value < PLAIN and value > -PLAIN then
          words[i] = value
        else
          words[i] = word_of(as_word(value, differing))
        end
      end
      add(concat(words, separator, 1, count))
    end
    stdout.write(table.concat(lines))
  end
end

local function seen(word_of)
  return function(word)
    return text.plain(word_of(word))
  end
end

-- On a terminal nothing is printed that it would obey.
local function lines_of(form, word_of, separator, line_end)
  local plain, any = records(form, seen(word_of), separator, line_end), records(form, word_of, separator, line_end)
  return function(columns, items, options)
    local write = options.terminal.is and plain or any
    write(columns, items, options)
  end
end

formats.csv = lines_of("csv", csv_word, ",", "\r\n")
formats.tsv = lines_of("tsv", tsv_word, "\t", "\n")

local encode = json.encode

-- The text of an item as an object, by the texts of its members' names.
local function object_text(names, columns, item)
  local parts, differs = {}, nil
  for i = 1, #columns do
    local value, differing = columns[i].get(item)
    if differing then
      differs = differs or {}
      differs[#differs + 1] = columns[i].key
      differs[#differs + 1] = json.list(differing)
    end
    if value == nil then
      parts[i] = names[i] .. "null"
    elseif type(value) == "number" and value % 1 == 0 and value < PLAIN and value > -PLAIN then
      parts[i] = names[i] .. value
    elseif type(value) == "table" and type(value[1]) == "number" then
      parts[i] = names[i] .. "[" .. table.concat(value, ",") .. "]"
    else
      parts[i] = names[i] .. encode(value)
    end
  end
  if differs then
    parts[#parts + 1] = '"differs":' .. json.encode(json.object(differs))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local function names_of(columns)
  local names = {}
  for i, column in ipairs(columns) do
    names[i] = json.encode(column.key) .. ":"
  end
  return names
end

function formats.json(columns, items, options)
  local names = names_of(columns)
  output.document("items", function()
    stdout.write("[", items[1] and "\n" or "")
    if not list_objects(columns, items, "json") then
      for i, item in ipairs(items) do
        stdout.write(i > 1 and ",\n" or "", object_text(names, columns, item))
      end
    end
    stdout.write "]"
  end, options)
end

function formats.ndjson(columns, items)
  if list_objects(columns, items, "ndjson") then
    return
  end
  local names = names_of(columns)
  for _, item in ipairs(items) do
    stdout.write(object_text(names, columns, item), "\n")
  end
end

function formats.name(_, items, options)
  for _, item in ipairs(items) do
    stdout.write(text.plain(options.name(item)), "\n")
  end
end

-- When something was read, in ISO 8601.
local function now()
  return os.date "!%Y-%m-%dT%H:%M:%SZ"
end

--- Writes one document of JSON: what all have in common, and one member more, `value`, or what that writes where it
-- is a function. `options`: `head`, a sequence {key, value, ...} of what stands before it, and `errors`.
function output.document(key, value, options)
  stdout.write('{"haproxyadmin":1,"time":', json.encode(now()))
  local head = options.head or {}
  for i = 1, #head, 2 do
    stdout.write(",", json.encode(head[i]), ":", json.encode(head[i + 1]))
  end
  stdout.write(",\n", json.encode(key), ":")
  if type(value) == "function" then
    value()
  else
    stdout.write(json.encode(value))
  end
  stdout.write(',\n"errors":', json.encode(json.list(options.errors or {})), "}\n")
end

--- Writes items. `options`: `format`, `no_header`, `name(item)`, `terminal`; for tables `pager`, `wide` and
-- `missing(titles)`, which is told what had no room; for JSON `head` and `errors`.
function output.items(columns, items, options)
  formats[options.format](columns, items, options)
end

return output
