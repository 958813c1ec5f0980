-- /metrics: what all processes count, in the text that Prometheus reads.

local other = require "haproxyadmin.web.other"
local own = require "haproxyadmin.web.own"
local query = require "haproxyadmin.web.query"

local scrape = {}

local TYPE = "text/plain; version=0.0.4; charset=utf-8"
local PLAIN = "text/plain; charset=utf-8"

-- Seconds: Prometheus' own default, and the most that is believed.
local DEFAULT, LONGEST = 10, 120
-- What is left of the scraper's time for the way there and back.
local PART = 0.9

-- The scopes of HAProxy's exporter. The last two are none of the statistics, and are shown where
-- they are asked for.
local SCOPES = {
  global = true,
  frontend = true,
  listener = true,
  backend = true,
  server = true,
  sticktable = false,
  resolver = false,
}

local function refuse(words)
  return 400, { ["content-type"] = PLAIN }, words .. "\n"
end

local takes = {}

-- Several are several; an empty one takes all back that stood before it.
function takes.scope(asked, value)
  if value == nil then
    return "'scope' needs a value"
  elseif value == "" then
    asked.scope, asked.others = {}, {}
  elseif value == "*" then
    asked.scope, asked.others = nil, { sticktable = true, resolver = true }
  elseif SCOPES[value] == nil then
    return "a scope is global, frontend, listener, backend, server, sticktable, resolver or *"
  else
    asked.scope = asked.scope or {}
    if SCOPES[value] then
      asked.scope[#asked.scope + 1] = value
    else
      asked.others[value] = true
    end
  end
end

function takes.metrics(asked, value)
  if value == nil or value == "" then
    return "'metrics' needs names"
  end
  asked.metrics = asked.metrics or {}
  for name in value:gmatch "[^,]+" do
    if not name:match "^-?[%a_:][%w_:]*$" then
      return "a name in 'metrics' is none of a metric"
    end
    table.insert(asked.metrics, name)
  end
end

function takes.process(asked, value)
  if value ~= "*" and not (value and value:match "^[1-9]%d*$" and #value <= 9) then
    return "'process' is a number or *"
  end
  asked.process = tonumber(value) or value
end

takes["no-maint"] = function(asked)
  asked.no_maint = true
end

takes["extra-counters"] = function(asked)
  asked.extra_counters = true
end

-- What the query asks for; or nil and what is wrong with it. What is not known is passed over,
-- as HAProxy's exporter does.
local function parse(text)
  local found = query.pairs(text)
  if not found then
    return nil, "the query is not well-formed"
  end
  local asked = { others = {} }
  for _, pair in ipairs(found) do
    local take = takes[pair[1]]
    local words = take and take(asked, pair[2])
    if words then
      return nil, words
    end
  end
  return asked
end

-- The scraper says how long it waits.
local function seconds(headers)
  local text = headers["x-prometheus-scrape-timeout-seconds"] or ""
  local given = text:match "^%d+%.?%d*$" and #text < 20 and tonumber(text) or DEFAULT
  return math.max(math.min(given, LONGEST), 0.1) * PART
end

-- Is it a process that was read, or no single one?
local function is_read(snapshot, process)
  for _, one in ipairs(type(process) == "number" and snapshot:processes() or {}) do
    if one.process_nb == process then
      return true
    end
  end
  return type(process) ~= "number"
end

-- The families that are none of the snapshot's.
local function more_families(site, others, asked, scopes, taken, deadline)
  local list = type(asked.process) ~= "number" and own.families(site, taken) or nil
  for _, scope in ipairs { "sticktable", "resolver" } do
    local families = scopes[scope] and is_read(taken.snapshot, asked.process)
      and others:get(scope, asked.process, deadline, asked.totals)
    for _, family in ipairs(families or {}) do
      list = list or {}
      list[#list + 1] = family
    end
  end
  return list
end

--- The handler of a site.
function scrape.new(site)
  local others = other.new(site)
  return function(request)
    local asked, words = parse(request.query)
    if not asked then
      return refuse(words)
    elseif request.method == "HEAD" then
      return 200, { ["content-type"] = TYPE }, function() end
    end
    local deadline = site.now() + seconds(request.headers)
    local taken, err = site.reading:get(deadline)
    if not taken then
      return 503, { ["content-type"] = PLAIN }, err.message .. "\n"
    end
    local scopes = asked.others
    asked.others = nil
    -- What each process counts is shown as it counts it.
    asked.totals = not asked.process and taken.totals or nil
    asked.own = more_families(site, others, asked, scopes, taken, deadline)
    asked.die = false
    local body
    body, err = taken.snapshot:exposition(asked)
    if not body then
      return err.code == "not_found" and 404 or 400, { ["content-type"] = PLAIN }, err.message .. "\n"
    end
    return 200, { ["content-type"] = TYPE }, body
  end
end

return scrape
