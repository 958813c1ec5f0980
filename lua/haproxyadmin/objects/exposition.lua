-- What Snapshot has methods for: itself as Prometheus, JSON and CSV read it. The core
-- writes all of that straight from the rows; here arguments are checked.

local check = require "haproxyadmin.base.check"
local core = require "haproxyadmin.core"
local errors = require "haproxyadmin.errors"
local own_metrics = require "haproxyadmin.objects.own_metrics"

local exposition = {}

-- The scopes of HAProxy's exporter, and what they are of.
local SCOPES = {
  global = "process",
  frontend = "frontend",
  listener = "listener",
  backend = "backend",
  server = "server",
}
local ALL_SCOPES = { "process", "frontend", "listener", "backend", "server" }
local KINDS = { process = true, frontend = true, listener = true, backend = true, server = true }
local FORMS = { columns = true, records = true }

local function check_process(value)
  if value == nil or value == "*" then
    return true
  end
  return check.integer("process", value, 1)
end

--- True of nil and a Totals; or nil and an error.
function exposition.check_totals(value)
  if value == nil or type(value) == "userdata" and getmetatable(value) == core.metatable "haproxyadmin.Totals" then
    return true
  end
  return check.fail("totals", "a Totals", value)
end

local function no_process(value)
  local message = ("the snapshot has no process %d"):format(value)
  return nil, errors.new("ValueError", "not_found", message)
end

-- A text, or a sequence of texts, with commas between; nil is empty.
local function joined(name, value)
  if value == nil then
    return ""
  elseif type(value) == "string" then
    return value
  elseif type(value) ~= "table" then
    return check.fail(name, "string or sequence of strings", value)
  end
  for _, word in ipairs(value) do
    if type(word) ~= "string" or word == "" or word:find(",", 1, true) then
      return check.fail(name, "sequence of names", word)
    end
  end
  return table.concat(value, ",")
end

-- The kinds that the scopes name, in a sequence; an empty name resets.
local function kinds_of(scope)
  if scope == nil then
    return ALL_SCOPES
  end
  local text, err = joined("scope", scope)
  if not text then
    return nil, err
  end
  local kinds, all = {}, false
  for word in (text .. ","):gmatch "([^,]*)," do
    if word == "" then
      kinds, all = {}, false
    elseif word == "*" then
      all = true
    elseif not SCOPES[word] then
      return check.fail("scope", "'global', 'frontend', 'listener', 'backend', 'server' or '*'", word)
    else
      kinds[#kinds + 1] = SCOPES[word]
    end
  end
  return all and ALL_SCOPES or kinds
end

-- The pieces of `pieces`, and `text` behind them.
local function with_text(pieces, text)
  return function()
    local piece = pieces and pieces()
    if not piece then
      pieces, piece, text = nil, text, nil
    end
    return piece
  end
end

-- Our own metrics, as text.
local function own(snapshot, options, filter, members)
  local families = {}
  if options.process == nil or options.process == "*" then
    families = own_metrics.of_processes(snapshot, members, options.totals)
  end
  for _, family in ipairs(options.own or {}) do
    families[#families + 1] = family
  end
  return own_metrics.text(families, filter)
end

--- The text for Prometheus. `members`: the snapshot's processes, as own_metrics.lua has them.
function exposition.exposition(snapshot, options, members)
  local kinds, err = kinds_of(options.scope)
  if not kinds then
    return nil, err
  end
  local filter
  filter, err = joined("metrics", options.metrics)
  if not filter then
    return nil, err
  end
  local ok
  ok, err = check_process(options.process)
  if ok then
    ok, err = exposition.check_totals(options.totals)
  end
  if not ok then
    return nil, err
  end
  local pieces = core.exposition(
    snapshot,
    kinds,
    options.process,
    options.no_maint,
    filter,
    options.totals,
    options.extra_counters
  )
  if not pieces then
    return no_process(options.process)
  end
  return with_text(pieces, own(snapshot, options, filter, members))
end

local function document(snapshot, kind, form, options)
  if not KINDS[kind] then
    return check.fail("kind", "'process', 'frontend', 'listener', 'backend' or 'server'", kind)
  end
  local ok, err = check_process(options.process)
  if ok then
    ok, err = exposition.check_totals(options.totals)
  end
  if not ok then
    return nil, err
  end
  local columns
  columns, err = joined("columns", options.columns)
  if not columns then
    return nil, err
  end
  local pieces = core.document(snapshot, kind, form, options.process, columns, options.totals)
  if not pieces then
    return no_process(options.process)
  end
  return pieces
end

--- All objects of a kind as JSON.
function exposition.json(snapshot, options)
  local form = options.form or "columns"
  if not FORMS[form] then
    return check.fail("form", "'columns' or 'records'", form)
  end
  return document(snapshot, options.kind, form, options)
end

--- The same as CSV.
function exposition.csv(snapshot, options)
  return document(snapshot, options.kind, "csv", options)
end

return exposition
