-- What goes to stdout: items in columns, in the format that was asked for.
--
-- A column: `key`, HAProxy's name of the field where it has one; `title`, of a table; `get(item)`, its
-- value (a number, a text, a sequence or nil); `show(value, item)`, the same for people; `right`: numbers,
-- which stand at the right; `wide`: only shown by -o wide and where it is asked for.

local failure = require "haproxyadmin.cli.failure"
local json = require "haproxyadmin.base.json_writer"
local text = require "haproxyadmin.cli.text"

local output = {}

-- Writes to stdout, or ends the program: who reads it may have gone, its disk may be full.
function output.write(...)
  local ok, words, code = io.stdout:write(...)
  if not ok then
    output.failed(words, code)
  end
end

local EPIPE = 32

--- Ends the program because stdout takes no more.
function output.failed(words, code)
  if code == EPIPE then
    failure.raise("closed", "")
  end
  failure.raise("failed", "what was asked for cannot be written: " .. tostring(words))
end

--- Says what is still kept back; whoever ends the program asks this at last.
function output.flush()
  local ok, words, code = io.stdout:flush()
  if not ok then
    output.failed(words, code)
  end
end

-- ---- values as texts ----

-- A value as programs read it in a line of words.
local function as_text(value)
  if value == nil then
    return ""
  elseif type(value) == "table" then
    local parts = {}
    for i, part in ipairs(value) do
      parts[i] = as_text(part)
    end
    return table.concat(parts, ",")
  elseif type(value) == "number" and value % 1 == 0 then
    return json.encode(value)
  end
  return tostring(value)
end

local function shown(column, item)
  local value = column.get(item)
  if value == nil then
    return "-"
  end
  return text.plain(column.show and column.show(value, item) or as_text(value))
end

-- ---- formats ----

local formats = {}

local function header(columns, name)
  local titles = {}
  for i, column in ipairs(columns) do
    titles[i] = column[name]
  end
  return titles
end

local function write_lines(lines, widths, columns)
  for _, cells in ipairs(lines) do
    local parts = {}
    for i, cell in ipairs(cells) do
      parts[i] = text.pad(cell, widths[i], columns[i].right)
    end
    output.write((table.concat(parts, "  "):gsub(" +$", "")), "\n")
  end
end

function formats.table(columns, items, options)
  local lines = {}
  if not options.no_header then
    lines[1] = header(columns, "title")
  end
  for _, item in ipairs(items) do
    local cells = {}
    for i, column in ipairs(columns) do
      cells[i] = shown(column, item)
    end
    lines[#lines + 1] = cells
  end
  local widths = {}
  for _, cells in ipairs(lines) do
    for i, cell in ipairs(cells) do
      widths[i] = math.max(widths[i] or 0, text.width(cell))
    end
  end
  write_lines(lines, widths, columns)
end

formats.wide = formats.table

local tsv_escapes = { ["\t"] = "\\t", ["\n"] = "\\n", ["\r"] = "\\r", ["\\"] = "\\\\" }

local function tsv_cell(value)
  return (as_text(value):gsub("[\t\n\r\\]", tsv_escapes))
end

local function csv_cell(value)
  local cell = as_text(value)
  if cell:find '[",\r\n]' then
    return '"' .. cell:gsub('"', '""') .. '"'
  end
  return cell
end

-- A record a line.
local function records(cell_of, between, line_end)
  return function(columns, items, options)
    local lines = {}
    local function add(cells)
      for i = 1, #columns do
        cells[i] = cell_of(cells[i])
      end
      lines[#lines + 1] = table.concat(cells, between, 1, #columns) .. line_end
    end
    if not options.no_header then
      add(header(columns, "key"))
    end
    for _, item in ipairs(items) do
      local cells = {}
      for i, column in ipairs(columns) do
        cells[i] = column.get(item)
      end
      add(cells)
    end
    output.write(table.concat(lines))
  end
end

formats.tsv = records(tsv_cell, "\t", "\n")
formats.csv = records(csv_cell, ",", "\r\n")

local function as_object(columns, item)
  local members = {}
  for i, column in ipairs(columns) do
    members[2 * i - 1], members[2 * i] = column.key, column.get(item)
  end
  return json.object(members, #columns)
end

function formats.json(columns, items, options)
  local list = {}
  for i, item in ipairs(items) do
    list[i] = as_object(columns, item)
  end
  output.document("items", json.list(list), options)
end

function formats.ndjson(columns, items)
  local lines = {}
  for i, item in ipairs(items) do
    lines[i] = json.encode(as_object(columns, item)) .. "\n"
  end
  output.write(table.concat(lines))
end

function formats.name(_, items, options)
  for _, item in ipairs(items) do
    output.write(text.plain(options.name(item)), "\n")
  end
end

--- Writes one document of JSON: what all have in common, and one member more.
-- `options.head`: a sequence {key, value, ...} of what stands before it.
function output.document(key, value, options)
  local members = { "haproxyadmin", 1, "time", os.date "!%Y-%m-%dT%H:%M:%SZ" }
  for _, part in ipairs(options.head or {}) do
    members[#members + 1] = part
  end
  members[#members + 1], members[#members + 2] = key, value
  members[#members + 1], members[#members + 2] = "errors", json.list(options.errors or {})
  output.write(json.encode(json.object(members)), "\n")
end

--- Writes items. `options`: `format`, `no_header`, `name(item)`, and for JSON `head` and `errors`.
function output.items(columns, items, options)
  formats[options.format](columns, items, options)
end

return output
