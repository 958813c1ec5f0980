-- Which nouns there are: their names, and one line about each, so that whoever asks for
-- help loads no more. Each has a file of its name in nouns/.

return {
  { "status", "everything in one screen: the processes, what is wrong, frontends and backends" },
  { "top", "a live view of all processes, and what can be done to their servers" },
  { "check", "one line and an exit status for Nagios and its friends" },
  { "process", "HAProxy's processes", aliases = { "proc" } },
  { "frontend", "frontends", aliases = { "fe" } },
  { "backend", "backends", aliases = { "be" } },
  { "server", "servers of backends", aliases = { "srv" } },
  { "roll", "something done to one server after the other, while the others serve" },
  { "map", "maps: keys with values" },
  { "acl", "ACLs: lists of patterns" },
  { "table", "stick tables" },
  { "session", "sessions that are under way" },
  { "state", "what can be set at run time: saved, and made so again" },
  { "serve", "what all processes count, over HTTP: a page, and /metrics for Prometheus" },
  { "metrics", "what Prometheus reads, of all processes together" },
  { "metric", "one metric of some objects, or the names of all" },
  { "dump", "one snapshot, whole" },
  { "raw", "a command as it is, and what each process answers" },
  { "help", "help on a topic or a command" },
  { "version", "the versions of the program and of Lua" },
  { "completion", "what a shell loads to complete the words of this program" },
}
