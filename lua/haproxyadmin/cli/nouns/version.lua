-- haproxyadmin version

local output = require "haproxyadmin.cli.show.output"
local release = require "haproxyadmin.base.release"

local function run()
  local lua = type(rawget(_G, "jit")) == "table" and rawget(_G, "jit").version or _VERSION
  output.write(("haproxyadmin %s (%s)\n"):format(release, lua))
end

return {
  name = "version",
  help = "Prints the versions of the program and of Lua.",
  examples = { "haproxyadmin version", "haproxyadmin --version" },
  run = run,
}
