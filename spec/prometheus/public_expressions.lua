-- What public dashboards and alerts ask of Prometheus: rfmoz' Grafana dashboard (D), Grafana's
-- haproxy-mixin (M) and awesome-prometheus-alerts (A), by metric and function. Their variables are
-- set as by somebody who looks at everything, and every range is five minutes.

local expressions = {}

-- What each of them selects by.
local selectors = {
  D = {
    process = 'instance="HOST"',
    frontend = 'instance="HOST",proxy=~".+"',
    backend = 'instance="HOST",proxy=~".+"',
    server = 'instance="HOST",proxy=~".+",server=~".+"',
  },
  M = {
    process = 'instance=~"HOST",job=~"JOB"',
    frontend = 'instance=~"HOST",job=~"JOB",proxy=~".+"',
    backend = 'instance=~"HOST",job=~"JOB",proxy=~".+"',
    server = 'instance=~"HOST",job=~"JOB",proxy=~".+",server=~".+"',
  },
}

local forms = {
  value = "%s",
  rate = "rate(%s[5m])",
  ["rate * 8"] = "rate(%s[5m])*8",
  increase = "increase(%s[5m])",
}

-- Of each metric: whose expression it is, the metric's kind, the function, and the names.
local each = {
  { "D", "process", "rate", [[
    dropped_logs_total failed_resolutions pipes_free_total pipes_used_total pool_failures_total
    recv_logs_total ssl_cache_lookups_total ssl_cache_misses_total ssl_connections_total
  ]] },
  { "D", "process", "value", [[
    active_peers connected_peers current_backend_ssl_key_rate current_connections
    current_frontend_ssl_key_rate current_run_queue current_ssl_connections current_tasks current_zlib_memory
    frontend_ssl_reuse hard_max_connections idle_time_percent jobs limit_connection_rate limit_session_rate
    limit_ssl_rate listeners max_connection_rate max_memory_bytes max_pipes max_session_rate
    max_ssl_connections max_ssl_rate max_zlib_memory nbproc nbthread pool_allocated_bytes pool_used_bytes
    stopping unstoppable_jobs uptime_seconds
  ]] },
  { "D", "frontend", "rate", [[
    connections_total denied_connections_total denied_sessions_total failed_header_rewriting_total
    http_cache_hits_total http_cache_lookups_total http_comp_responses_total http_requests_total
    http_responses_total intercepted_requests_total internal_errors_total request_errors_total
    requests_denied_total responses_denied_total sessions_total
  ]] },
  { "D", "frontend", "rate * 8", [[
    bytes_in_total bytes_out_total http_comp_bytes_bypassed_total http_comp_bytes_in_total
    http_comp_bytes_out_total
  ]] },
  { "D", "frontend", "value", [[
    current_sessions max_sessions
  ]] },
  { "D", "backend", "increase", [[
    downtime_seconds_total
  ]] },
  { "D", "backend", "rate", [[
    check_up_down_total client_aborts_total connection_attempts_total connection_errors_total
    connection_reuses_total failed_header_rewriting_total http_cache_hits_total http_cache_lookups_total
    http_comp_responses_total http_requests_total http_responses_total internal_errors_total
    loadbalanced_total redispatch_warnings_total requests_denied_total response_errors_total
    responses_denied_total retry_warnings_total server_aborts_total sessions_total
  ]] },
  { "D", "backend", "rate * 8", [[
    bytes_in_total bytes_out_total http_comp_bytes_bypassed_total http_comp_bytes_in_total
    http_comp_bytes_out_total
  ]] },
  { "D", "backend", "value", [[
    active_servers backup_servers connect_time_average_seconds current_queue current_sessions
    last_session_seconds max_sessions queue_time_average_seconds response_time_average_seconds
    total_time_average_seconds weight
  ]] },
  { "D", "server", "increase", [[
    downtime_seconds_total
  ]] },
  { "D", "server", "rate", [[
    check_failures_total check_up_down_total client_aborts_total connection_attempts_total
    connection_errors_total connection_reuses_total failed_header_rewriting_total http_responses_total
    internal_errors_total loadbalanced_total redispatch_warnings_total response_errors_total
    responses_denied_total retry_warnings_total server_aborts_total sessions_total
  ]] },
  { "D", "server", "rate * 8", [[
    bytes_in_total bytes_out_total
  ]] },
  { "D", "server", "value", [[
    check_duration_seconds check_last_change_seconds connect_time_average_seconds current_queue
    idle_connections_current last_session_seconds max_sessions need_connections_current
    queue_time_average_seconds response_time_average_seconds safe_idle_connections_current
    total_time_average_seconds unsafe_idle_connections_current used_connections_current weight
  ]] },
  { "M", "process", "value", [[
    current_connections limit_connection_rate limit_session_rate limit_ssl_rate max_connections max_fds
    max_memory_bytes max_pipes max_sockets nbproc nbthread pool_allocated_bytes pool_used_bytes
  ]] },
  { "M", "frontend", "rate", [[
    bytes_in_total bytes_out_total connections_total http_requests_total internal_errors_total
    request_errors_total
  ]] },
  { "M", "backend", "rate", [[
    bytes_in_total bytes_out_total connection_attempts_total connection_errors_total http_requests_total
    internal_errors_total response_errors_total
  ]] },
  { "M", "backend", "value", [[
    connect_time_average_seconds max_connect_time_seconds max_queue_time_seconds max_response_time_seconds
    max_total_time_seconds queue_time_average_seconds response_time_average_seconds total_time_average_seconds
  ]] },
  { "M", "server", "rate", [[
    bytes_in_total bytes_out_total connection_attempts_total connection_errors_total http_responses_total
    internal_errors_total response_errors_total
  ]] },
  { "M", "server", "value", [[
    connect_time_average_seconds max_connect_time_seconds max_queue_time_seconds max_response_time_seconds
    max_total_time_seconds queue_time_average_seconds response_time_average_seconds total_time_average_seconds
  ]] },
}

-- Those that `show info` and `show stat` have since 2.6 only.
local late = {
  haproxy_backend_uweight = true,
  haproxy_process_pool_allocated_bytes = true,
  haproxy_process_pool_used_bytes = true,
  haproxy_process_recv_logs_total = true,
  haproxy_process_start_time_seconds = true,
  haproxy_server_uweight = true,
}

-- What is no function of one metric: its expression, and how many series there are of which kind.
local others = {
  { "haproxy_sticktable_size{name=~'.+',instance='HOST'}", "table" },
  { "haproxy_sticktable_used{name=~'.+',instance='HOST'}", "table" },
  { "haproxy_frontend_status{FRONTEND,state='UP'}", "frontend" },
  { "haproxy_backend_status{BACKEND,state='UP'}", "backend" },
  { "haproxy_server_status{SERVER,state='UP'}", "server" },
  { "haproxy_server_status{SERVER,state!~'UP|DOWN'}", "server", 3 },
  { "sum(haproxy_frontend_status{PROCESS,state='UP'} == 1)", "process" },
  { "sum(haproxy_backend_status{PROCESS,state='UP'} ==1)", "process" },
  { "haproxy_frontend_status{PROCESS} == 1", "frontend" },
  { "haproxy_backend_status{PROCESS} == 1", "backend" },
  { "haproxy_server_status{BACKEND} == 1", "server" },
  { "time() - haproxy_process_start_time_seconds{PROCESS}", "process" },
  { "haproxy_backend_uweight{BACKEND} - haproxy_backend_weight{BACKEND}", "backend" },
  { "haproxy_server_uweight{SERVER} - haproxy_server_weight{SERVER}", "server" },
  { "sum(rate(haproxy_frontend_http_responses_total{FRONTEND,code=~'.+'}[5m])) by (proxy)", "frontend" },
  { "sum(rate(haproxy_frontend_http_responses_total{FRONTEND,code=~'.+'}[5m])) by (code)", "process", 6 },
  { "sum(rate(haproxy_backend_http_responses_total{BACKEND,code=~'.+'}[5m])) by (proxy)", "backend" },
  { "sum(rate(haproxy_backend_http_responses_total{BACKEND,code=~'.+'}[5m])) by (code)", "process", 6 },
  { "sum(rate(haproxy_server_http_responses_total{SERVER,code=~'.+'}[5m])) by (proxy, server)", "server" },
}

-- How full it is, of those that have a limit.
for kind, selector in pairs { frontend = "{FRONTEND}", backend = "{BACKEND}" } do
  local now, limit = ("haproxy_%s_current_sessions"):format(kind), ("haproxy_%s_limit_sessions"):format(kind)
  local text = "(%s%s > bool 0) * ((max_over_time(%s%s[5m]) / %s%s) * 100)"
  others[#others + 1] = { text:format(limit, selector, now, selector, limit, selector), kind }
end

-- Of all together.
for words in
  ([[
frontend bytes_in *8
frontend bytes_out *8
frontend connections
frontend http_requests
frontend sessions
backend bytes_in *8
backend bytes_out *8
backend connection_attempts
backend http_requests
backend sessions
]]):gmatch "[^\n]+"
do
  local kind, name, factor = words:match "^(%a+) ([%a_]+) ?(.*)$"
  local text = "sum(rate(haproxy_%s_%s_total{%s}[5m])%s) by (instance)"
  others[#others + 1] = { text:format(kind, name, kind:upper(), factor), "process" }
end

-- Answers with a code, in per cent of all, by a label.
local function part(label, metric)
  local all = ("sum by (%s) (rate(haproxy_server_http_responses_total[5m]))"):format(label)
  return ("((sum by (%s) (rate(%s[5m])) / %s) * 100) > 5 and %s > 0"):format(label, metric, all, all)
end

-- More than so many a second, of a metric.
local function rate(metric)
  return ("sum by (proxy) (rate(%s[5m])) > LIMIT"):format(metric)
end

--- Alerts: the expression; the label by which it tells what is wrong, and the values of that which
-- it has to raise in spec/prometheus/documents_spec.lua, or of which kind it has to have as many
-- series where it is asked without what follows ">". `limit` stands for LIMIT; nothing of what a
-- spec does comes up to it, so that what is raised is asked with 0.
expressions.alerts = {
  { part("proxy", "haproxy_server_http_responses_total{code='4xx'}"), "proxy", { "failing" } },
  { part("proxy", "haproxy_server_http_responses_total{code='5xx'}"), "proxy", { "failing" } },
  { part("server", "haproxy_server_http_responses_total{code='4xx'}"), "server", { "fails" } },
  { part("server", "haproxy_server_http_responses_total{code='5xx'}"), "server", { "fails" } },
  { part("server", "haproxy_server_response_errors_total"), "server", { "cuts" } },
  { rate "haproxy_backend_connection_errors_total", "proxy", { "broken" }, limit = 100 },
  { rate "haproxy_server_connection_errors_total", "proxy", { "broken" }, limit = 100 },
  { rate "haproxy_backend_retry_warnings_total", "proxy", { "broken" }, limit = 10 },
  { rate "haproxy_frontend_denied_connections_total", "proxy", { "shut" }, limit = 10 },
  { "haproxy_backend_active_servers + haproxy_backend_backup_servers == 0", "proxy", { "dead" } },
  {
    "(haproxy_backend_current_sessions / haproxy_backend_limit_sessions * 100) > 80 "
      .. "and haproxy_backend_limit_sessions > 0",
    "proxy",
    {},
  },
  { "sum by (proxy) (haproxy_backend_current_queue) > 0", "proxy", {} },
  { "rate(haproxy_process_dropped_logs_total[5m]) != 0", "instance", {} },
  { "rate(haproxy_backend_check_up_down_total[5m]) != 0", "proxy", { "dead" } },
  { "rate(haproxy_server_check_up_down_total[5m]) != 0", "server", { "flaps" } },
  -- What these come to is not in the hands of a spec.
  { "avg by (instance, proxy) (haproxy_backend_max_total_time_seconds) > LIMIT", "proxy", "backend", limit = 1 },
  { "increase(haproxy_server_check_failures_total[5m]) > LIMIT", "server", "checked", limit = 2 },
}

-- How many series there are of a metric for each object that has it.
local several = { http_responses_total = 6 }

-- Those that only some of the servers have.
local of_some = {
  check_duration_seconds = "checked",
  check_failures_total = "checked",
  check_up_down_total = "checked",
  downtime_seconds_total = "checked",
}

local function filled(text, who, host, job)
  return (
    text
      :gsub("%f[%u]%u+%f[%U]", function(word)
        return selectors[who][word:lower()]
      end)
      :gsub("HOST", host)
      :gsub("JOB", job)
  )
end

-- Is it of something that this HAProxy lacks?
local function is_late(text, version)
  for metric in text:gmatch "haproxy_[%w_]+" do
    if version < 206 and late[metric] then
      return true
    end
  end
  return false
end

--- The expressions of the dashboards, of a target: a sequence of `{ expression, kind, count =
-- series of each object of this kind, name = the metric, if it is one }`. `version`: HAProxy's; what that
-- one lacks has no series.
function expressions.dashboards(host, job, version)
  local found = {}
  for _, row in ipairs(each) do
    local who, kind, form = row[1], row[2], forms[row[3]]
    for name in row[4]:gmatch "[%w_]+" do
      local metric = ("haproxy_%s_%s"):format(kind, name)
      local codes = several[name] and who == "D" and ",code=~'.+'" or ""
      found[#found + 1] = {
        filled(form:format(("%s{%s%s}"):format(metric, kind:upper(), codes)), who, host, job),
        kind == "server" and of_some[name] or kind,
        count = is_late(metric, version) and 0 or several[name] or 1,
        name = metric,
      }
    end
  end
  for _, row in ipairs(others) do
    for _, who in ipairs { "D", "M" } do
      local count = is_late(row[1], version) and 0 or row[3] or 1
      found[#found + 1] = { filled(row[1], who, host, job), row[2], count = count }
    end
  end
  return found
end

return expressions
