-- haproxyadmin backend ...

return {
  name = "backend",
  help = "Backends.",
  verbs = require "haproxyadmin.cli.proxy_verbs" "backend",
}
