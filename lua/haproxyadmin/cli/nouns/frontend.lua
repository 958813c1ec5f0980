-- haproxyadmin frontend ...

return {
  name = "frontend",
  help = "Frontends.",
  verbs = require "haproxyadmin.cli.proxy_verbs" "frontend",
}
