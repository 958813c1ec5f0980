-- haproxyadmin ca ...

return {
  name = "ca",
  help = "Authorities that clients and servers are checked against (HAProxy 2.5 and later).",
  verbs = require("haproxyadmin.cli.verbs.stores").verbs "ca",
}
