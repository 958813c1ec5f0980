-- Frontends and backends as items.

local core = require "haproxyadmin.core"
local fields = require "haproxyadmin.cli.show.fields"
local filters = require "haproxyadmin.cli.items.filters"
local selectors = require "haproxyadmin.cli.items.selectors"
local text = require "haproxyadmin.cli.base.text"

local proxies = {}

-- A column of two numbers: how many there are of how many there may be.
local function sessions(kind)
  local now, most = fields.column(kind, "scur"), fields.column(kind, "slim")
  return {
    key = "scur",
    title = "SESSIONS",
    right = true,
    get = now.get,
    listed = now.listed,
    of_item = true,
    show = function(value, object)
      local limit = most.get(object)
      return text.grouped(value) .. (limit and limit > 0 and "/" .. text.grouped(limit) or "")
    end,
  }
end

local function field(kind, key, title, wide)
  return fields.column(kind, key, { title = title, wide = wide })
end

local columns = {}

function columns.frontend(total)
  return {
    fields.name("frontend", "proxy"),
    field("frontend", "status", "STATUS"),
    fields.processes(total),
    field("frontend", "req_rate", "REQ/S"),
    field("frontend", "rate", "SESS/S"),
    sessions "frontend",
    field("frontend", "req_tot", "REQUESTS"),
    field("frontend", "bin", "IN"),
    field("frontend", "bout", "OUT"),
    field("frontend", "hrsp_4xx", "4XX"),
    field("frontend", "hrsp_5xx", "5XX"),
    field("frontend", "dreq", "DENIED", true),
    field("frontend", "ereq", "ERRORS", true),
    field("frontend", "mode", "MODE", true),
  }
end

-- How many servers each backend has that serve, and how many it has.
local function count_servers(snapshot)
  local up, all = {}, {}
  for _, server in ipairs(snapshot:servers()) do
    local name = core.proxy(server)
    local status = server:get "status"
    all[name] = (all[name] or 0) + 1
    if status and (status:match "^UP" or status == "no check") then
      up[name] = (up[name] or 0) + 1
    end
  end
  return up, all
end

-- The servers of a backend that serve, of all it has.
local function servers_column(snapshot)
  local up, all
  local function count()
    if not up then
      up, all = count_servers(snapshot)
    end
  end
  return {
    key = "servers_up",
    title = "SERVERS",
    listed = { key = "servers_up", what = "servers_up" },
    of_item = true,
    get = function(backend)
      count()
      return up[core.name(backend)] or 0
    end,
    show = function(value, backend)
      count()
      return ("%d/%d"):format(value, all[core.name(backend)] or 0)
    end,
    color = function(value)
      return value == 0 and "red" or nil
    end,
  }
end

function columns.backend(total, snapshot)
  return {
    fields.name("backend", "proxy"),
    field("backend", "status", "STATUS"),
    fields.processes(total),
    servers_column(snapshot),
    field("backend", "rate", "SESS/S"),
    sessions "backend",
    field("backend", "qcur", "QUEUE"),
    field("backend", "stot", "REQUESTS"),
    field("backend", "bin", "IN"),
    field("backend", "bout", "OUT"),
    field("backend", "hrsp_5xx", "5XX"),
    field("backend", "ttime", "TIME"),
    field("backend", "wretr", "RETRIES", true),
    field("backend", "econ", "ERRORS", true),
    field("backend", "mode", "MODE", true),
    field("backend", "lastchg", "SINCE", true),
  }
end

--- The columns of a kind, "frontend" or "backend", in a snapshot.
function proxies.columns(kind, snapshot)
  return columns[kind](#snapshot:processes(), snapshot)
end

--- A function that makes a column of a metric's name.
function proxies.more(kind)
  return fields.of(kind)
end

--- The name of a frontend or backend.
proxies.name = core.name

local function name_of(object)
  return nil, core.name(object)
end

local plural = { frontend = "frontends", backend = "backends" }

--- All of a kind in a snapshot.
function proxies.all(kind, snapshot)
  return snapshot[plural[kind]](snapshot)
end

--- Those that the selectors mean, and that the filters in `given` leave.
function proxies.choose(kind, snapshot, words, given)
  local chosen = selectors.choose(selectors.compile(words or {}, false), proxies.all(kind, snapshot), name_of)
  return filters.apply(chosen, given or {}, columns[kind](0, snapshot), fields.of(kind))
end

--- The argument of verbs that take some of a kind.
function proxies.argument(kind)
  local words = ("names of %s, or patterns: 'a*', '!api'"):format(plural[kind])
  return { "selector", value = kind:upper(), count = "*", help = words }
end

return proxies
