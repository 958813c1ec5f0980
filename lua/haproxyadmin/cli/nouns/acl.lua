-- haproxyadmin acl ...

return {
  name = "acl",
  help = "ACLs: lists of patterns.",
  verbs = require "haproxyadmin.cli.verbs.patterns" "acl",
}
