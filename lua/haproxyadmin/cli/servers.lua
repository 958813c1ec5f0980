-- Servers as items: their columns, and which of them are meant.

local duration = require "haproxyadmin.cli.duration"
local selectors = require "haproxyadmin.cli.selectors"

local servers = {}

-- A column that is a property of the object's; nil where processes disagree.
local function property(name)
  return function(item)
    return (item:get(name))
  end
end

local function plural(count, total)
  return ("%d/%d"):format(count, total)
end

--- The columns of servers in a snapshot of so many processes.
function servers.columns(total)
  return {
    { key = "backend", title = "BACKEND", get = property "backendname" },
    { key = "server", title = "SERVER", get = property "name" },
    { key = "status", title = "STATUS", get = property "status" },
    {
      key = "processes",
      title = "PROC",
      get = property "process_nb",
      show = function(value)
        return plural(#value, total)
      end,
    },
    { key = "weight", title = "WEIGHT", right = true, get = property "weight" },
    { key = "scur", title = "SESS", right = true, get = property "scur" },
    { key = "smax", title = "MAX", right = true, get = property "smax" },
    { key = "qcur", title = "QUEUE", right = true, get = property "qcur" },
    { key = "rate", title = "REQ/S", right = true, get = property "rate" },
    { key = "check_status", title = "CHECK", get = property "check_status" },
    { key = "last_chk", title = "LAST CHECK", wide = true, get = property "last_chk" },
    { key = "lastchg", title = "SINCE", get = property "lastchg", show = duration.write },
    { key = "addr", title = "ADDRESS", wide = true, get = property "addr" },
  }
end

--- "app/web1"
function servers.name(server)
  return server.backendname .. "/" .. server.name
end

--- The servers of a snapshot that the selectors mean.
function servers.choose(snapshot, words)
  local compiled = selectors.compile(words or {}, true)
  return selectors.choose(compiled, snapshot:servers(), function(server)
    return server.backendname, server.name
  end)
end

--- The argument of verbs that take servers.
servers.argument = {
  "selector",
  value = "SELECTOR",
  count = "*",
  help = "app/web1, 'app/*', web1 (in every backend), '!app/web3' (not that one), @FILE, -",
}

return servers
