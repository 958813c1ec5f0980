-- Servers as items: their columns, and which of them are meant.

local core = require "haproxyadmin.core"
local failure = require "haproxyadmin.cli.base.failure"
local fields = require "haproxyadmin.cli.show.fields"
local filters = require "haproxyadmin.cli.items.filters"
local selectors = require "haproxyadmin.cli.items.selectors"

local servers = {}

local function field(key, title, wide)
  return fields.column("server", key, { title = title, wide = wide })
end

--- A column of a server's metric of this name; nil where there is none.
servers.more = fields.of "server"

--- The columns of servers in a snapshot of so many processes.
function servers.columns(total)
  return {
    fields.name("backend", "proxy"),
    fields.name("server", "name"),
    field("status", "STATUS"),
    fields.processes(total),
    field("weight", "WEIGHT"),
    field("scur", "SESS"),
    field("smax", "MAX"),
    field("qcur", "QUEUE"),
    field("rate", "REQ/S"),
    field("check_status", "CHECK"),
    field("last_chk", "LAST CHECK", true),
    field("lastchg", "SINCE"),
    field("addr", "ADDRESS", true),
  }
end

--- "app/web1"
function servers.name(server)
  return core.proxy(server) .. "/" .. core.name(server)
end

local function names(server)
  return core.proxy(server), core.name(server)
end

--- The servers of a snapshot that the selectors mean, and of these those that the filters in `given` (or nil)
-- leave. Raises a failure where a selector means none, or filters leave none.
function servers.choose(snapshot, words, given)
  local compiled = selectors.compile(words or {}, true)
  local chosen = selectors.choose(compiled, snapshot:servers(), names)
  local left = chosen
  if given then
    left = filters.apply(chosen, given, servers.columns(0), servers.more, core.proxy)
  end
  if #left == 0 and #chosen > 0 and #compiled > 0 then
    failure.raise("nothing", "none of the servers that are meant is so")
  end
  return left
end

--- The options that choose among the servers that are meant.
servers.filters = { filters.backend, filters.state, filters.where }

--- The argument of verbs that take servers.
servers.argument = {
  "selector",
  value = "SELECTOR",
  count = "*",
  help = "app/web1, 'app/*', web1 (in every backend), '!app/web3' (not that one), @FILE, -",
}

return servers
