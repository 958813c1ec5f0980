-- Writes doc/prometheus.md: what Snapshot:exposition shows, from the core's table.

local haproxyadmin = require "haproxyadmin"

local HEAD = [[
# What Prometheus gets

What `snapshot:exposition()` shows, made from the table of families (`csrc/core/exposition/hadm_family.c`) by `make
commands`. Names, labels and types are those of HAProxy's own exporter of 2.4 and later, so that its dashboards and
alerts work as they are. Of one process (`process = 1`) the values are the same. The differences:

- What is empty is left out; HAProxy's exporter prints NaN, and a sum with one NaN in it is NaN.
- Labels are escaped, and what is no UTF-8 in them becomes U+FFFD; either costs Prometheus the whole answer otherwise.
- What only later versions of HAProxy's exporter have is shown wherever HAProxy says it: `current_session_rate`, for
  one.
- HAProxy 2.2 says `Memmax_MB` alone, which is shown as `max_memory_bytes`. It does not say when a process was started:
  `haproxy_process_start_time_seconds` is absent there. The clock less `uptime_seconds` would be that to a second, and
  so go back and forth from one scrape to the next; who looks for changes of it would see restarts.
- `check_failures_total`, `check_up_down_total` and `downtime_seconds_total` of servers are counters, which some
  versions call gauges.
- Stick tables and name servers (`haproxy_sticktable_*`, `haproxy_resolver_*`) are none of the statistics: they are
  shown where their scope is asked for by name, or all of them by `*`. They are gauges, as HAProxy's exporter has them.
  What is counted of name servers is a sum over the processes that answer, or what `haproxyadmin.totals()` say, where
  they are given (`serve`, nginx, `metrics --state`), since a sum falls where a process is replaced. Descriptions of
  proxies (`desc-labels`) are told by no command.
- Of several listeners of one frontend that have one name, as a range of ports has them, the first is shown; HAProxy's
  exporter shows one series several times, of which Prometheus takes the first.
- What HAProxy's modules count (`extra_counters = true`) is a counter or a gauge by what it is, with a label `mod`.

## All processes as one

| rule | the value of all processes |
| --- | --- |
| sum | the sum; of counters what `haproxyadmin.totals()` say, where they are given, since a sum falls with a restart |
| avg | the mean, cut off towards zero; of times those with three decimals |
| max, min | the largest, the least |
| since | the least that is not negative: -1 stands for never |
| busy | the mean of the processes that have ever had a session; with totals by the sessions since the last reading |
| worst | one series for each state, of which one is 1: the worst of DOWN, NOLB, DRAIN, MAINT, UP |
| check | the same for what checks found: what failed, passed under a condition, passed; then by layer |
| beside | the code of the process whose check is the worst |
| same | a series for each text that there is |
| processes | how many processes there are |
| servers | how many servers of the backend are in each state, each as it is in all processes |
| none | not shown of all processes together |

Of listeners the states are, from the worst on, FULL, WAITING and OPEN. An old worker that is read counts in sums that
are no limits, and nowhere else.

## Of its own

`haproxyadmin_process_up` (process, address), `haproxyadmin_process_info` (version, pid),
`haproxyadmin_process_idle_percent` and `haproxyadmin_process_current_connections` tell of each process.
`haproxyadmin_processes` (state) says how many are up and how many are down; `foreign` are sockets that something else
than HAProxy answers. Sockets of the folder at which no process has answered yet count, too; they have no number.
Where the processes do not agree on a server, `haproxyadmin_server_processes` (proxy, server, state) says how many
processes see it in which state, and `haproxyadmin_disagreements` (proxy, server, field) is 1 for `status`, `weight`
and `addr`. None of these is shown of one process alone.
]]

local KINDS = {
  { "process", "Processes", "`show info`" },
  { "frontend", "Frontends", "`show stat`; label `proxy`" },
  { "listener", "Listeners", "`show stat` of frontends with `option socket-stats`; labels `proxy`, `listener`" },
  { "backend", "Backends", "`show stat`; label `proxy`" },
  { "server", "Servers", "`show stat`; labels `proxy`, `server`" },
}

local families_table = {}

local function row(family)
  local name = family.name:gsub("^haproxy_%l+_", "")
  local field = family.field == "hrsp_1xx" and "hrsp_*" or family.field
  return ("| `%s` | `%s` | %s | %s | %s | %s |\n"):format(
    name,
    field,
    family.type,
    family.unit or "",
    family.rule,
    family.help
  )
end

--- The text of doc/prometheus.md.
function families_table.text()
  local parts = { HEAD }
  for _, kind in ipairs(KINDS) do
    parts[#parts + 1] = ("\n## %s\n\n`haproxy_%s_*`, from %s.\n\n"):format(kind[2], kind[1], kind[3])
    parts[#parts + 1] = "| metric | field | type | unit | rule | what it is |\n| --- | --- | --- | --- | --- | --- |\n"
    for _, family in ipairs(haproxyadmin.families()) do
      if family.kind == kind[1] then
        parts[#parts + 1] = row(family)
      end
    end
  end
  return table.concat(parts)
end

--- Writes it.
function families_table.write()
  local file = assert(io.open("doc/prometheus.md", "w"))
  file:write(families_table.text())
  file:close()
end

return families_table
