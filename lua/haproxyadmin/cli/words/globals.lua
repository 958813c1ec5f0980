-- The options that every verb takes.
--
-- A row: its flags, the long one last; `value`: what its value is called in help, for one that
-- takes a value; `many`: it may be given several times; `dash`: its value may begin with "-";
-- `optional`: its value may be left out, and is this then (it is joined by "=" otherwise);
-- `choices`; `convert`: a function of the text that returns the value, or nil and what was
-- expected; `key`: of its value, where that is not the long flag's; `help`.

local duration = require "haproxyadmin.cli.base.duration"
local numbers = require "haproxyadmin.cli.base.numbers"

return {
  { "-D", "--socket-dir", value = "DIR", help = "the folder of the stats sockets" },
  {
    "-s",
    "-F",
    "--file",
    "--socket",
    value = "ADDRESS",
    many = true,
    help = "a stats socket: a path, tcp@host:port, abns@name",
  },
  { "--master", value = "ADDRESS", help = "the socket of a master process" },
  { "-c", "--context", value = "CONTEXT", help = "a context of the configuration" },
  { "-p", "--process", value = "PROCESSES", convert = numbers.list, help = "these processes only: 1,3-4" },
  { "-t", "--timeout", value = "DURATION", convert = duration.read, help = "for one exchange with all processes (5s)" },
  { "--retry", value = "N", convert = numbers.count, help = "attempts after a failed one (2)" },
  {
    "-o",
    "--output",
    value = "FORMAT",
    choices = { "table", "wide", "tsv", "json", "ndjson", "csv", "name" },
    help = "table (on a terminal), wide, tsv (elsewhere), json, ndjson, csv, name",
  },
  { "--json", help = "the same as --output=json" },
  { "-H", "--no-header", help = "no line of headings" },
  { "--columns", value = "LIST", dash = true, help = "these columns: a,b; or with (+c) and without (-d) others" },
  { "--sort", value = "FIELD", dash = true, help = "in the order of a field; -FIELD: the largest first" },
  { "--limit", value = "N", convert = numbers.count, help = "so many at most" },
  { "--strict", help = "print nothing where a process does not answer" },
  { "-q", "--quiet", help = "say nothing but what was asked for" },
  { "-v", "--verbose", help = "show each command and its reply, and traces of defects" },
  { "--color", value = "WHEN", choices = { "auto", "always", "never" }, help = "auto (on a terminal), always, never" },
  { "--no-pager", help = "never show long tables in a pager" },
  { "-h", "--help", help = "this text" },
  { "-V", "--version", help = "the version" },
}
