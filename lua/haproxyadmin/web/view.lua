-- What the page is shown of a reading: as much of it as was asked for.
--
-- `asked`: `columns` (names by kind), `open` (a set of backends whose servers are wanted; `["*"]`:
-- all), `closed` (a set of those of which not even servers with problems are), `words` (what
-- proxies, servers and addresses have to contain), `only` (`bad`, `busy`, `errors`), `process`
-- (a number: the values of this one), `details` (a sequence of {kind, proxy, server}, whose values in
-- each process are wanted), `limit`.

local columns = require "haproxyadmin.web.columns"
local core = require "haproxyadmin.core"
local digest = require "haproxyadmin.web.digest"
local json = require "haproxyadmin.base.json_writer"
local metrics = require "haproxyadmin.base.metrics"
local processes = require "haproxyadmin.web.processes"
local rates = require "haproxyadmin.web.rates"
local status = require "haproxyadmin.web.status"

local view = {}

--- The most rows of servers, and of problems, that are told at once.
view.LIMIT = 1000
local PROBLEMS = 200

-- Servers with problems that are told of a backend that is not open.
local WRONG = 20

-- Seconds. Between readings that are further apart a rate would say nothing of now.
local LONGEST = 90

local View = {}
View.__index = View

--- A view, which remembers the reading before the one that it shows.
function view.new()
  return setmetatable({}, View)
end

--- Takes a reading, `{ snapshot =, ended = }`, if it is not the one that it has.
function View:take(reading)
  local last = self.reading
  if last == reading then
    return
  end
  local seconds = last and reading.ended - last.ended
  local before = seconds and seconds > 0 and seconds < LONGEST and last.snapshot or nil
  self.reading = reading
  self.rates = rates.new(before, reading.snapshot, seconds)
  self.digest = digest.new(reading.snapshot)
end

local function has(object, process)
  if not process then
    return true
  end
  for _, nb in ipairs(core.process_nb(object)) do
    if nb == process then
      return true
    end
  end
  return false
end

-- ---- which ones ----

local fields = { backend = "proxy", frontend = "proxy", server = "name", address = "address" }

-- Does an object have all words? `status:`, `backend:`, `server:` and `address:` say what of
-- it is meant.
local function matches(words, texts)
  for _, word in ipairs(words) do
    local field, rest = word:match "^(%a+):(.+)$"
    local found
    if field == "status" then
      found = texts.status:lower():find(rest, 1, true)
    elseif fields[field] then
      local text = texts[fields[field]]
      found = text and text:lower():find(rest, 1, true)
    else
      found = texts.proxy:lower():find(word, 1, true)
        or texts.name:lower():find(word, 1, true)
        or (texts.address or ""):lower():find(word, 1, true)
    end
    if not found then
      return false
    end
  end
  return true
end

-- The status as one text, with what it means, so that a search for `down` finds `STOP`, too.
local function status_text(object)
  local number = metrics.number[core.kind(object)].status
  local text, disagreed = core.metric(object, number)
  if disagreed then
    local words = {}
    for value in pairs(columns.by_value(core.values(object, number))) do
      words[#words + 1] = value .. " " .. status.word(value)
    end
    return table.concat(words, " "), true
  end
  return (text or "") .. " " .. status.word(text or ""), status.rank(text or "") > 0
end

local errors_of = {
  frontend = { "ereq", "hrsp_5xx" },
  backend = { "econ", "eresp", "hrsp_5xx" },
  server = { "econ", "eresp", "hrsp_5xx" },
}

local function has_errors(self, object, process)
  local kind = core.kind(object)
  for _, name in ipairs(errors_of[kind]) do
    if (self.rates:of(object, metrics.number[kind][name], process) or 0) > 0 then
      return true
    end
  end
  return false
end

local function is_chosen(self, object, asked)
  if not has(object, asked.process) then
    return false
  end
  local kind = core.kind(object)
  if #asked.words > 0 then
    local texts = { proxy = core.proxy(object), name = core.name(object), status = status_text(object) }
    texts.address = kind == "server" and core.metric(object, metrics.number.server.addr) or nil
    if not matches(asked.words, texts) then
      return false
    end
  end
  if asked.only == "bad" then
    return select(2, status_text(object))
  elseif asked.only == "busy" then
    return (core.metric(object, metrics.number[kind].scur) or 0) > 0
  elseif asked.only == "errors" then
    return has_errors(self, object, asked.process)
  end
  return true
end

-- ---- tables ----

local function copy(list)
  local found = json.list {}
  for i, item in ipairs(list) do
    found[i] = item
  end
  return found
end

local function frontends(self, asked)
  local chosen, rows = columns.of("frontend", asked.columns.frontend), json.list {}
  for _, frontend in ipairs(self.digest.frontends) do
    if is_chosen(self, frontend, asked) then
      rows[#rows + 1] = columns.read(chosen, { core.name(frontend) }, frontend, self.rates, asked.process)
    end
  end
  local names = copy(chosen.names)
  table.insert(names, 1, "name")
  return { columns = names, rows = rows }
end

local function is_searched(asked)
  return #asked.words > 0 or asked.only ~= nil
end

-- The servers of a backend that are told: all, where it is open; those that were searched for;
-- otherwise some of those with which something is wrong.
local function servers_of(self, backend, asked)
  local name = core.name(backend)
  local is_open = is_searched(asked) or (asked.open["*"] or asked.open[name]) and not asked.closed[name]
  local wrong = not asked.closed[name] and self.digest.wrong[name] or {}
  local found = {}
  for _, server in ipairs((is_open or next(wrong)) and core.siblings(backend) or {}) do
    if (is_open or wrong[core.name(server)]) and is_chosen(self, server, asked) then
      found[#found + 1] = server
      if not is_open and #found == WRONG then
        break
      end
    end
  end
  return found
end

local function backends(self, asked)
  local chosen, rows = columns.of("backend", asked.columns.backend), json.list {}
  local of_servers, servers = columns.of("server", asked.columns.server), json.list {}
  local matching = 0
  for _, backend in ipairs(self.digest.backends) do
    local found = servers_of(self, backend, asked)
    if #found > 0 or is_chosen(self, backend, asked) then
      local name = core.name(backend)
      local counts = digest.counts_of(self.digest, name)
      local row = { name, counts.up, counts.down, counts.drain, counts.maint }
      rows[#rows + 1] = columns.read(chosen, row, backend, self.rates, asked.process)
      matching = matching + #found
      for _, server in ipairs(found) do
        if #servers == asked.limit then
          break
        end
        local begun = { name, core.name(server) }
        servers[#servers + 1] = columns.read(of_servers, begun, server, self.rates, asked.process)
      end
    end
  end
  local names, more = copy(chosen.names), copy(of_servers.names)
  for place, name in ipairs { "name", "up", "down", "drain", "maint" } do
    table.insert(names, place, name)
  end
  table.insert(more, 1, "backend")
  table.insert(more, 2, "name")
  return { columns = names, rows = rows }, { columns = more, rows = servers, matching = matching }
end

local function problems(self)
  local all = self.digest.problems
  local found = json.list {}
  for i = 1, math.min(#all, PROBLEMS) do
    found[i] = digest.explain(self.digest, all[i])
  end
  return { count = #all, list = found }
end

-- What all frontends do together.
local function head(self, asked)
  local number = metrics.number.frontend
  local sums = { sessions = 0 }
  local of = { requests = "req_tot", received = "bin", sent = "bout", errors = "hrsp_5xx" }
  for _, frontend in ipairs(self.digest.frontends) do
    for key, name in pairs(of) do
      local rate = self.rates:of(frontend, number[name], asked.process)
      if rate then
        sums[key] = (sums[key] or 0) + rate
      end
    end
    for _, entry in ipairs(core.values(frontend, number.scur)) do
      if not asked.process or asked.process == entry[1] then
        sums.sessions = sums.sessions + (entry[2] or 0)
      end
    end
  end
  return sums
end

-- ---- one row, process by process ----

local function detail(self, wanted, asked)
  local kind, proxy, name = wanted[1], wanted[2], wanted[3]
  local object = core.find(self.reading.snapshot, kind, self.digest.context, false, proxy, name)
  if not object then
    return nil
  end
  local chosen, rows = columns.of(kind, asked.columns[kind]), json.list {}
  for _, nb in ipairs(core.process_nb(object)) do
    rows[#rows + 1] = columns.read(chosen, { nb }, object, self.rates, nb)
  end
  local names = copy(chosen.names)
  table.insert(names, 1, "process")
  return { kind = kind, proxy = proxy, server = name, columns = names, rows = rows }
end

--- What was asked for, as a table that JSON can be made of.
function View:show(asked)
  local snapshot = self.reading.snapshot
  local found = {
    time = snapshot.time,
    head = head(self, asked),
    processes = processes.table(self.reading, self.rates),
    problems = problems(self),
    servers_by_state = self.digest.servers,
    frontends = frontends(self, asked),
    details = json.list {},
  }
  found.backends, found.servers = backends(self, asked)
  for _, wanted in ipairs(asked.details) do
    table.insert(found.details, detail(self, wanted, asked))
  end
  return found
end

return view
