-- haproxyadmin acl ...

return {
  name = "acl",
  help = "ACLs: lists of patterns.",
  verbs = require "haproxyadmin.cli.patterns" "acl",
}
