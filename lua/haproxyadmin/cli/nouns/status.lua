-- haproxyadmin status

local output = require "haproxyadmin.cli.output"
local servers = require "haproxyadmin.cli.servers"
local text = require "haproxyadmin.cli.text"

-- Serves, or is not checked.
local fine = { UP = true, ["no check"] = true }

local function run(call)
  local snapshot = call:snapshot()
  output.write(("%d processes\n"):format(#snapshot:processes()))
  for _, server in ipairs(snapshot:servers()) do
    local status = server:get "status"
    if not fine[status] then
      output.write(("%-8s %s\n"):format(text.plain(status or "differ"), text.plain(servers.name(server))))
    end
  end
end

return {
  name = "status",
  help = "Shows everything in one screen.",
  examples = { "haproxyadmin status", "haproxyadmin status --socket-dir /run/haproxy" },
  run = run,
}
