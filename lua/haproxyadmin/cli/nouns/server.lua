-- haproxyadmin server ...

local servers = require "haproxyadmin.cli.servers"

local function list(call)
  local snapshot = call:snapshot()
  local chosen = servers.choose(snapshot, call.given.selector)
  call:items(servers.columns(#snapshot:processes()), chosen, { name = servers.name, snapshot = snapshot })
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
      examples = { "haproxyadmin server list", "haproxyadmin server list 'app/*' -o json" },
      run = list,
    },
  },
}

for _, verb in ipairs(require "haproxyadmin.cli.server_verbs") do
  table.insert(noun.verbs, verb)
end

return noun
