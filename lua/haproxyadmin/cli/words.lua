-- Which nouns there are: their names, and one line about each, so that whoever asks for
-- help loads no more. Each has a file of its name in nouns/.

return {
  { "status", "everything in one screen: the processes, what is wrong, frontends and backends" },
  { "server", "servers of backends", aliases = { "srv" } },
  { "map", "maps: keys with values" },
  { "acl", "ACLs: lists of patterns" },
  { "table", "stick tables" },
  { "session", "sessions that are under way" },
  { "state", "what can be set at run time: saved, and made so again" },
  { "serve", "what all processes count, over HTTP: a page, and /metrics for Prometheus" },
  { "metrics", "what Prometheus reads, of all processes together" },
}
