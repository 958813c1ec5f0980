-- The page as one plain table, for browsers without JavaScript.

local columns = require "haproxyadmin.web.columns"
local core = require "haproxyadmin.core"
local json = require "haproxyadmin.base.json_writer"
local processes = require "haproxyadmin.web.processes"
local rates = require "haproxyadmin.web.rates"

local plain = {}

-- Seconds for a reading.
local LONGEST = 5

local NAMES = { "status", "weight", "scur", "slim", "qcur", "stot", "bin", "bout", "econ", "eresp", "last_chk" }

local escapes = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

local function text_of(value)
  if value == nil or value == json.null then
    return ""
  elseif type(value) ~= "string" then
    value = json.encode(value)
  end
  return (json.utf8(value):gsub("[&<>\"']", escapes))
end

local function row(tag, cells)
  local texts = {}
  for i, cell in ipairs(cells) do
    texts[i] = ("<%s>%s</%s>"):format(tag, text_of(cell), tag)
  end
  return "<tr>" .. table.concat(texts) .. "</tr>\n"
end

local function objects(pieces, snapshot, kind)
  local chosen = columns.of(kind, NAMES)
  local none = rates.new(nil, snapshot)
  for _, object in ipairs(core.objects(snapshot, kind, core.context(snapshot), false)) do
    local read = columns.read(chosen, {}, object, none)
    local values = {}
    for i, name in ipairs(chosen.names) do
      values[name] = read[i]
    end
    local cells = { kind, core.proxy(object), kind == "server" and core.name(object) or "" }
    for _, name in ipairs(NAMES) do
      cells[#cells + 1] = values[name] == nil and "" or values[name]
    end
    pieces[#pieces + 1] = row("td", cells)
  end
end

local function document(title, body)
  return '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="10">'
    .. ("<title>%s</title></head><body>\n%s</body></html>\n"):format(text_of(title), body)
end

--- The status and the document.
function plain.answer(site)
  local reading, err = site.reading:get(site.now() + LONGEST)
  if not reading then
    return 503, document("HAProxy", ("<p>%s</p>"):format(text_of(err.message)))
  end
  local snapshot = reading.snapshot
  local title = site.name or processes.title(snapshot)
  local pieces = { ("<h1>%s</h1>\n<table border>\n"):format(text_of(title)) }
  local told = processes.table(reading, rates.new(nil, snapshot))
  pieces[#pieces + 1] = row("th", told.columns)
  for _, cells in ipairs(told.rows) do
    pieces[#pieces + 1] = row("td", cells)
  end
  pieces[#pieces + 1] = "</table>\n<table border>\n"
  pieces[#pieces + 1] = row("th", { "kind", "proxy", "server", (table.unpack or unpack)(NAMES) }) -- luacheck: ignore
  for _, kind in ipairs { "frontend", "backend", "server" } do
    objects(pieces, snapshot, kind)
  end
  pieces[#pieces + 1] = "</table>\n"
  return 200, document(title, table.concat(pieces))
end

return plain
