-- haproxyadmin cert ...

return {
  name = "cert",
  help = "Certificates.",
  verbs = require("haproxyadmin.cli.stores").verbs "cert",
}
