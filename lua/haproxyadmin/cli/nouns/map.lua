-- haproxyadmin map ...

return {
  name = "map",
  help = "Maps: keys with values.",
  verbs = require "haproxyadmin.cli.verbs.patterns" "map",
}
