-- haproxyadmin server ...

local detail = require "haproxyadmin.cli.show.detail"
local fields = require "haproxyadmin.cli.show.fields"
local servers = require "haproxyadmin.cli.items.servers"

local function list(call)
  local snapshot = call:snapshot()
  local chosen = servers.choose(snapshot, call.given.selector, call.given)
  local options = { name = servers.name, snapshot = snapshot, more = servers.more }
  call:items(servers.columns(#snapshot:processes()), chosen, options)
end

-- "app/web1  UP in 4 of 4 processes for 2m 14s"
local function heading(server, total)
  local status = server:get "status" or "differs"
  local count = ("%d of %d processes"):format(#server.process_nb, total)
  return ("%s  %s in %s"):format(servers.name(server), status, count), fields.color(status)
end

local function show(call)
  local snapshot = call:snapshot()
  detail.print(call, snapshot, "server", servers.choose(snapshot, call.given.selector, call.given), {
    heading = heading,
    name = servers.name,
    columns = { servers.columns(0)[1], servers.columns(0)[2] },
  })
end

local noun = {
  name = "server",
  help = "Servers of backends.",
  verbs = {
    {
      name = "list",
      aliases = { "ls" },
      help = "Lists servers: their state, weight and sessions, over all processes.",
      arguments = { servers.argument },
      options = servers.filters,
      examples = {
        "haproxyadmin server list --state down,drain",
        "haproxyadmin server list 'app/*' --where 'scur>0' --sort -scur -o json",
      },
      run = list,
    },
    {
      name = "show",
      help = "Shows servers with all of their fields, and what each process has.",
      arguments = { { "selector", value = "SELECTOR", count = "+", help = servers.argument.help } },
      options = servers.filters,
      examples = { "haproxyadmin server show app/web1", "haproxyadmin server show web1 -o json" },
      run = show,
    },
  },
}

for _, verb in ipairs(require "haproxyadmin.cli.verbs.server_changes") do
  table.insert(noun.verbs, verb)
end

return noun
