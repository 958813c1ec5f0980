-- api/: what the page asks for, as JSON.
--
-- GET api/state tells processes, problems, frontends, backends, some of the servers of each with
-- which something is wrong, and those that were asked for:
--
--    columns=NAME,NAME   metrics of `show stat`; NAME_s is what NAME grew by a second;
--                        columns=server:NAME,NAME for one kind
--    open=BACKEND        with its servers; more than once for several, * for all
--    closed=BACKEND      without its servers, also those with which something is wrong
--    q=WORDS             that proxy, server or address contain; status:, backend:, server:,
--                        address: and process: say what is meant
--    only=bad|busy|errors
--    process=N           the values of one process
--    detail=KIND/PROXY[/SERVER]   its values in each process, too
--    limit=N             rows of servers, 1000 at most
--
-- GET api/state.csv tells the same rows as CSV. POST changes something: see changes.lua.

local changes = require "haproxyadmin.web.changes"
local columns = require "haproxyadmin.web.columns"
local core = require "haproxyadmin.core"
local csv = require "haproxyadmin.web.csv"
local json = require "haproxyadmin.base.json_writer"
local processes = require "haproxyadmin.web.processes"
local query = require "haproxyadmin.web.query"
local view = require "haproxyadmin.web.view"

local api = {}

-- Seconds for a reading: whoever looks does not wait longer.
local LONGEST = 5

-- How many answers are kept of a reading, for others who look at the same.
local KEPT = 16

local JSON, CSV = "application/json", "text/csv; charset=utf-8"

local takes = {}

local kinds = { frontend = { "frontend" }, backend = { "backend" }, server = { "server" } }
local ALL = { "frontend", "backend", "server" }

function takes.columns(asked, value)
  local kind, names = value:match "^(%a+):(.*)$"
  if kind and not kinds[kind] then
    return "columns are of a frontend, a backend or a server"
  end
  for _, each in ipairs(kinds[kind] or ALL) do
    asked.columns[each] = asked.columns[each] or {}
  end
  for name in (names or value):gmatch "[^,]+" do
    if not columns.exists(name) then
      return ("there is no column '%s'"):format(name:gsub("[^%w_]", "?"):sub(1, 40))
    end
    for _, each in ipairs(kinds[kind] or ALL) do
      table.insert(asked.columns[each], name)
    end
  end
end

function takes.open(asked, value)
  asked.open[value] = true
end

function takes.closed(asked, value)
  asked.closed[value] = true
end

function takes.q(asked, value)
  for word in value:lower():gmatch "%S+" do
    local number = word:match "^process:(%d+)$"
    if number and #number <= 9 then
      asked.process = tonumber(number)
    else
      table.insert(asked.words, word)
    end
  end
end

local filters = { bad = true, busy = true, errors = true }

function takes.only(asked, value)
  if not filters[value] then
    return "'only' is bad, busy or errors"
  end
  asked.only = value
end

function takes.process(asked, value)
  if not value:match "^%d+$" or #value > 9 then
    return "'process' is a number"
  end
  asked.process = tonumber(value)
end

function takes.detail(asked, value)
  local kind, proxy, server = value:match "^(%a+)/([^/]+)/?(.*)$"
  if kind == "server" and server ~= "" or (kind == "backend" or kind == "frontend") and server == "" then
    table.insert(asked.details, { kind, proxy, kind == "server" and server or nil })
    return
  end
  return "'detail' is server/BACKEND/SERVER, backend/NAME or frontend/NAME"
end

function takes.limit(asked, value)
  if not value:match "^%d+$" or #value > 9 then
    return "'limit' is a number"
  end
  asked.limit = math.min(tonumber(value), view.LIMIT)
end

-- What the query asks for; or nil and what is wrong with it.
local function parse(text)
  local asked = { columns = {}, open = {}, closed = {}, words = {}, details = {}, limit = view.LIMIT }
  local pairs_of = query.pairs(text or "")
  if not pairs_of then
    return nil, "the query is not well-formed"
  end
  for _, pair in ipairs(pairs_of) do
    local name, value = pair[1], pair[2] or ""
    if not takes[name] then
      return nil, ("there is no parameter '%s'"):format(name:gsub("[^%w_]", "?"):sub(1, 40))
    end
    local words = takes[name](asked, value)
    if words then
      return nil, words
    end
  end
  return asked
end

local function refuse(status, code, words)
  return status, { ["content-type"] = JSON }, json.encode { error = { code = code, message = words } }
end

-- The state as a table, with what the site is.
local function show(self, asked)
  local found = self.view:show(asked)
  local admin = self.site.admin
  found.name = self.site.name or processes.title(self.view.reading.snapshot)
  found.admin = admin ~= nil
  found.trusted = admin ~= nil and admin.trusted == true
  return found
end

-- The text of an answer; whoever else asks for the same of this reading is given the same.
local function text_of(self, reading, request, asked, write)
  if self.kept_of ~= reading then
    self.kept_of, self.kept, self.kept_count = reading, {}, 0
    self.view:take(reading)
  end
  local key = request.path .. "?" .. (request.query or "")
  local text = self.kept[key]
  if not text then
    text = write(show(self, asked))
    if self.kept_count < KEPT then
      self.kept[key], self.kept_count = text, self.kept_count + 1
    end
  end
  return text
end

local forms = {
  ["/api/state"] = { type = JSON, write = json.encode },
  ["/api/state.csv"] = { type = CSV, write = csv.encode },
}

local function get(self, request)
  local form = forms[request.path]
  if not form then
    return refuse(404, "not_found", "there is nothing here; api/state is")
  end
  local asked, words = parse(request.query)
  if not asked then
    return refuse(400, "bad_argument", words)
  end
  local reading, err = self.site.reading:get(self.site.now() + LONGEST)
  if not reading then
    return refuse(503, err.code, err.message)
  end
  local text = text_of(self, reading, request, asked, form.write)
  local headers = {
    ["content-type"] = form.type,
    -- Kept by a browser to be asked for again, not to be shown again.
    ["cache-control"] = "no-cache",
    etag = ('"%s"'):format(core.sha1(text)),
  }
  if form.type == CSV then
    headers["content-disposition"] = 'attachment; filename="haproxy.csv"'
  end
  return 200, headers, text
end

--- The handler of a site.
function api.new(site)
  local self = { site = site, view = view.new() }
  local change = changes.new(site)
  return function(request)
    if request.method == "POST" then
      return change(request)
    end
    return get(self, request)
  end
end

return api
