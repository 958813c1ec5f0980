-- haproxyadmin cert ...

return {
  name = "cert",
  help = "Certificates.",
  verbs = require("haproxyadmin.cli.verbs.stores").verbs "cert",
}
