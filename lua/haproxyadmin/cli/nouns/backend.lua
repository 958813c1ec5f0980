-- haproxyadmin backend ...

return {
  name = "backend",
  help = "Backends.",
  verbs = require "haproxyadmin.cli.verbs.proxies" "backend",
}
