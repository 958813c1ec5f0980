-- What one reading says at a glance: how many servers are in which state, and what is wrong.
-- It is made once a reading, however many look.

local columns = require "haproxyadmin.web.columns"
local core = require "haproxyadmin.core"
local json = require "haproxyadmin.base.json_writer"
local metrics = require "haproxyadmin.base.metrics"
local status = require "haproxyadmin.web.status"

local digest = {}

-- A frontend that has this part of its limit is nearly full.
local NEARLY_FULL = 0.8

-- By the word of a status, where it is counted.
local counted = {
  up = "up",
  unchecked = "up",
  failing = "up",
  full = "up",
  maint = "maint",
  drain = "drain",
  nolb = "drain",
  rising = "down",
  down = "down",
}

local function find(self, kind, proxy, name)
  return core.find(self.snapshot, kind, self.context, false, proxy, name)
end

local function new_counts()
  return { up = 0, down = 0, drain = 0, maint = 0 }
end

local function count(self, proxy, text)
  local counts = self.counts[proxy]
  if not counts then
    counts = new_counts()
    self.counts[proxy] = counts
  end
  local word = counted[status.word(text)]
  counts[word] = counts[word] + 1
  self.servers[word] = self.servers[word] + 1
end

local function add(self, rank, problem)
  problem.rank = rank
  problem.place = #self.problems
  table.insert(self.problems, problem)
  local proxy, server = problem.proxy, problem.server
  if server and (type(problem.value) ~= "string" or status.is_wrong(problem.value)) then
    self.wrong[proxy] = self.wrong[proxy] or {}
    self.wrong[proxy][server] = true
  end
end

-- Each server's status: counted, and noted where it is not up.
local function look_at_states(self)
  local number = metrics.number.server.status
  local agreed, size, others = core.column(self.snapshot, "server", number)
  for i = 1, 3 * size, 3 do
    local proxy, name, text = agreed[i], agreed[i + 1], agreed[i + 2] or ""
    count(self, proxy, text)
    local rank = status.rank(text)
    if rank > 0 then
      add(self, rank, { what = "status", proxy = proxy, server = name, value = text })
    end
  end
  for i = 1, #others, 2 do
    local proxy, name = others[i], others[i + 1]
    local texts = columns.by_value(core.values(find(self, "server", proxy, name), number))
    local worst = status.worst(texts)
    count(self, proxy, worst)
    add(self, math.max(status.rank(worst), 1), { what = "status", proxy = proxy, server = name, value = texts })
  end
end

-- Servers whose processes disagree on their weight.
local function look_at_weights(self)
  local number = metrics.number.server.weight
  local _, _, others = core.column(self.snapshot, "server", number)
  for i = 1, #others, 2 do
    local object = find(self, "server", others[i], others[i + 1])
    local value = columns.by_value(core.values(object, number))
    add(self, 1.5, { what = "weight", proxy = others[i], server = others[i + 1], value = value })
  end
end

-- Servers that some of the processes lack which have their backend.
local function look_at_absences(self)
  for _, backend in ipairs(self.backends) do
    local having = core.process_nb(backend)
    for _, server in ipairs(#having > 1 and core.siblings(backend) or {}) do
      if core.count(server) < #having then
        local has, lack = {}, json.list {}
        for _, nb in ipairs(core.process_nb(server)) do
          has[nb] = true
        end
        for _, nb in ipairs(having) do
          if not has[nb] then
            table.insert(lack, nb)
          end
        end
        add(self, 1.5, { what = "absent", proxy = core.proxy(server), server = core.name(server), processes = lack })
      end
    end
  end
end

local function by_process(object, number)
  local found = {}
  for _, entry in ipairs(core.values(object, number)) do
    found[entry[1]] = entry[2]
  end
  return found
end

-- One process may be full while others are idle, so that each is looked at.
local function look_at_frontends(self)
  local number = metrics.number.frontend
  for _, frontend in ipairs(self.frontends) do
    local limits, full = by_process(frontend, number.slim), json.list {}
    local now, limit = 0, 0
    for _, entry in ipairs(core.values(frontend, number.scur)) do
      local most = limits[entry[1]] or 0
      if most > 0 and (entry[2] or 0) > NEARLY_FULL * most then
        table.insert(full, entry[1])
        now, limit = now + entry[2], limit + most
      end
    end
    if #full > 0 then
      local name = core.name(frontend)
      add(self, 8, { what = "full", proxy = name, kind = "frontend", value = now, limit = limit, processes = full })
    end
    local text, disagreed = core.metric(frontend, number.status)
    if disagreed then
      text = columns.by_value(core.values(frontend, number.status))
    end
    if disagreed or (text and status.rank(text) > 0) then
      add(self, 9, { what = "status", proxy = core.name(frontend), kind = "frontend", value = text })
    end
  end
end

local function look_at_queues(self)
  local number = metrics.number.backend.qcur
  for _, backend in ipairs(self.backends) do
    local queued = core.metric(backend, number)
    if (queued or 0) > 0 then
      add(self, 7.5, { what = "queue", proxy = core.name(backend), kind = "backend", value = queued })
    end
  end
end

local function worse(a, b)
  if a.rank ~= b.rank then
    return a.rank > b.rank
  end
  return a.place < b.place
end

--- The digest of a snapshot: `frontends` and `backends`, `counts` of servers by backend,
-- `servers` in all, `problems`, the worst first, and `wrong`: by backend the set of its servers with
-- problems other than what somebody has set in every process.
function digest.new(snapshot)
  local self = {
    snapshot = snapshot,
    context = core.context(snapshot),
    counts = {},
    wrong = {},
    servers = new_counts(),
    problems = json.list {},
  }
  self.frontends = core.objects(snapshot, "frontend", self.context, false)
  self.backends = core.objects(snapshot, "backend", self.context, false)
  look_at_states(self)
  look_at_weights(self)
  look_at_absences(self)
  look_at_frontends(self)
  look_at_queues(self)
  table.sort(self.problems, worse)
  return self
end

--- What tells more of a problem with a server: since when, and what its last check said.
function digest.explain(self, problem)
  if problem.what == "status" and problem.server and not problem.check then
    local number = metrics.number.server
    local object = find(self, "server", problem.proxy, problem.server)
    local since = core.metric(object, number.lastchg, "min")
    problem.since = since
    local words = {}
    for _, name in ipairs { "check_status", "last_chk" } do
      for _, entry in ipairs(core.values(object, number[name])) do
        if entry[2] and entry[2] ~= "" then
          words[#words + 1] = tostring(entry[2])
          break
        end
      end
    end
    problem.check = table.concat(words, ": ")
  end
  return problem
end

--- What is counted of a backend's servers.
function digest.counts_of(self, proxy)
  return self.counts[proxy] or new_counts()
end

return digest
