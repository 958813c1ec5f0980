-- haproxyadmin crl ...

return {
  name = "crl",
  help = "Revocation lists (HAProxy 2.5 and later).",
  verbs = require("haproxyadmin.cli.stores").verbs "crl",
}
