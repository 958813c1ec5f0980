-- haproxyadmin crl ...

return {
  name = "crl",
  help = "Revocation lists (HAProxy 2.5 and later).",
  verbs = require("haproxyadmin.cli.verbs.stores").verbs "crl",
}
