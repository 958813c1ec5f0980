/* The families, in the order in which they are shown. Their names, types and
 * labels are those of HAProxy's own exporter (2.4 to 3.4). */
#include "hadm_family.h"

#include "../data/hadm_counter.h"

enum {
  P = HADM_OF(HADM_PROCESS),
  F = HADM_OF(HADM_FRONTEND),
  L = HADM_OF(HADM_LISTENER),
  B = HADM_OF(HADM_BACKEND),
  S = HADM_OF(HADM_SERVER)
};
enum { GAUGE = HADM_GAUGE, COUNTER = HADM_COUNTER };
enum {
  NUMBER = HADM_FORM_NUMBER,
  SECONDS = HADM_FORM_SECONDS,
  CODES = HADM_FORM_CODES,
  STATES = HADM_FORM_STATES,
  CHECKS = HADM_FORM_CHECKS,
  TEXT = HADM_FORM_TEXT,
  SERVER_STATES = HADM_FORM_SERVER_STATES,
  SERVER_CHECKS = HADM_FORM_SERVER_CHECKS
};
enum {
  SUM = HADM_MERGE_SUM,
  MEAN = HADM_MERGE_MEAN,
  MAX = HADM_MERGE_MAX,
  MIN = HADM_MERGE_MIN,
  SINCE = HADM_MERGE_SINCE,
  BUSY = HADM_MERGE_BUSY,
  WORST = HADM_MERGE_WORST,
  CHECK = HADM_MERGE_CHECK,
  BESIDE = HADM_MERGE_BESIDE,
  SAME = HADM_MERGE_SAME,
  PROCESSES = HADM_MERGE_PROCESSES,
  NOTHING = HADM_MERGE_NOTHING
};
#define T HADM_STATIC

/* clang-format off */
static const struct hadm_family families[] = {
    {T("nbthread"), T("Nbthread"), P, GAUGE, NUMBER, MAX,
     T(""), T("Threads of the process.")},
    {T("nb_thread_groups"), T("NbThreadGroups"), P, GAUGE, NUMBER, MAX,
     T(""), T("Groups that the threads are in.")},
    {T("nbproc"), T("Nbproc"), P, GAUGE, NUMBER, PROCESSES,
     T(""), T("Processes that were started, or are shown together.")},
    {T("relative_process_id"), T("Process_num"), P, GAUGE, NUMBER, NOTHING,
     T(""), T("Number of the process among those that were started together.")},
    {T("uptime_seconds"), T("Uptime_sec"), P, GAUGE, NUMBER, MIN,
     T(""), T("Seconds since the process was started.")},
    {T("start_time_seconds"), T("Start_time_sec"), P, GAUGE, NUMBER, MAX,
     T(""), T("When the process was started, in seconds since 1970.")},
    {T("max_memory_bytes"), T("Memmax_bytes"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most memory that the process may use, in bytes; 0 is no limit.")},
    {T("pool_allocated_bytes"), T("PoolAlloc_bytes"), P, GAUGE, NUMBER, SUM,
     T(""), T("Memory in pools, in bytes.")},
    {T("pool_used_bytes"), T("PoolUsed_bytes"), P, GAUGE, NUMBER, SUM,
     T(""), T("Memory of pools that is in use, in bytes.")},
    {T("pool_failures_total"), T("PoolFailed"), P, COUNTER, NUMBER, SUM,
     T(""), T("Times that a pool could not get memory.")},
    {T("max_fds"), T("Ulimit-n"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most file descriptors that the process may open.")},
    {T("max_sockets"), T("Maxsock"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most sockets that the process may open.")},
    {T("max_connections"), T("Maxconn"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most connections at once that are allowed now.")},
    {T("hard_max_connections"), T("Hard_maxconn"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most connections at once that were configured.")},
    {T("current_connections"), T("CurrConns"), P, GAUGE, NUMBER, SUM,
     T(""), T("Connections that are open.")},
    {T("connections_total"), T("CumConns"), P, COUNTER, NUMBER, SUM,
     T(""), T("Connections that were accepted.")},
    {T("requests_total"), T("CumReq"), P, COUNTER, NUMBER, SUM,
     T(""), T("Requests that were received.")},
    {T("max_ssl_connections"), T("MaxSslConns"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most TLS connections at once that are allowed; 0 is no limit.")},
    {T("current_ssl_connections"), T("CurrSslConns"), P, GAUGE, NUMBER, SUM,
     T(""), T("TLS connections that are open, on both sides.")},
    {T("ssl_connections_total"), T("CumSslConns"), P, COUNTER, NUMBER, SUM,
     T(""), T("TLS connections that were opened, on both sides.")},
    {T("max_pipes"), T("Maxpipes"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most pipes that the process may use; 0 is no limit.")},
    {T("pipes_used_total"), T("PipesUsed"), P, COUNTER, NUMBER, SUM,
     T(""), T("Pipes that are in use.")},
    {T("pipes_free_total"), T("PipesFree"), P, COUNTER, NUMBER, SUM,
     T(""), T("Pipes that are open and free.")},
    {T("current_connection_rate"), T("ConnRate"), P, GAUGE, NUMBER, SUM,
     T(""), T("Connections accepted in the last second.")},
    {T("limit_connection_rate"), T("ConnRateLimit"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most connections that are accepted in a second; 0 is no limit.")},
    {T("max_connection_rate"), T("MaxConnRate"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most connections that were accepted in a second.")},
    {T("current_session_rate"), T("SessRate"), P, GAUGE, NUMBER, SUM,
     T(""), T("Sessions begun in the last second.")},
    {T("limit_session_rate"), T("SessRateLimit"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most sessions that are begun in a second; 0 is no limit.")},
    {T("max_session_rate"), T("MaxSessRate"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most sessions that were begun in a second.")},
    {T("current_ssl_rate"), T("SslRate"), P, GAUGE, NUMBER, SUM,
     T(""), T("TLS connections accepted in the last second.")},
    {T("limit_ssl_rate"), T("SslRateLimit"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most TLS connections that are accepted in a second; 0 is no limit.")},
    {T("max_ssl_rate"), T("MaxSslRate"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most TLS connections that were accepted in a second.")},
    {T("current_frontend_ssl_key_rate"), T("SslFrontendKeyRate"), P, GAUGE, NUMBER, SUM,
     T(""), T("TLS keys computed for clients in the last second.")},
    {T("max_frontend_ssl_key_rate"), T("SslFrontendMaxKeyRate"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most TLS keys that were computed for clients in a second.")},
    {T("frontend_ssl_reuse"), T("SslFrontendSessionReuse_pct"), P, GAUGE, NUMBER, MEAN,
     T(""), T("Clients' TLS sessions that were resumed, in percent.")},
    {T("current_backend_ssl_key_rate"), T("SslBackendKeyRate"), P, GAUGE, NUMBER, SUM,
     T(""), T("TLS keys computed towards servers in the last second.")},
    {T("max_backend_ssl_key_rate"), T("SslBackendMaxKeyRate"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most TLS keys that were computed towards servers in a second.")},
    {T("ssl_cache_lookups_total"), T("SslCacheLookups"), P, COUNTER, NUMBER, SUM,
     T(""), T("Look-ups in the cache of TLS sessions.")},
    {T("ssl_cache_misses_total"), T("SslCacheMisses"), P, COUNTER, NUMBER, SUM,
     T(""), T("Look-ups in the cache of TLS sessions that found nothing.")},
    {T("http_comp_bytes_in_total"), T("CompressBpsIn"), P, COUNTER, NUMBER, SUM,
     T(""), T("Bytes given to compression in the last second.")},
    {T("http_comp_bytes_out_total"), T("CompressBpsOut"), P, COUNTER, NUMBER, SUM,
     T(""), T("Bytes that came out of compression in the last second.")},
    {T("limit_http_comp"), T("CompressBpsRateLim"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most bytes that compression may put out in a second; 0 is no limit.")},
    {T("current_zlib_memory"), T("ZlibMemUsage"), P, GAUGE, NUMBER, SUM,
     T(""), T("Memory that compression uses, in bytes.")},
    {T("max_zlib_memory"), T("MaxZlibMemUsage"), P, GAUGE, NUMBER, SUM,
     T(""), T("Most memory that compression may use, in bytes; 0 is no limit.")},
    {T("current_tasks"), T("Tasks"), P, GAUGE, NUMBER, SUM,
     T(""), T("Tasks that there are.")},
    {T("current_run_queue"), T("Run_queue"), P, GAUGE, NUMBER, SUM,
     T(""), T("Tasks and tasklets that wait to be run.")},
    {T("idle_time_percent"), T("Idle_pct"), P, GAUGE, NUMBER, MEAN,
     T(""), T("Time that the process waited, in percent of the last second.")},
    {T("node"), T("node"), P, GAUGE, TEXT, SAME,
     T("node"), T("Name of the node.")},
    {T("description"), T("description"), P, GAUGE, TEXT, SAME,
     T("desc"), T("Description of the process.")},
    {T("stopping"), T("Stopping"), P, GAUGE, NUMBER, SUM,
     T(""), T("1 while the process is ending.")},
    {T("jobs"), T("Jobs"), P, GAUGE, NUMBER, SUM,
     T(""), T("Jobs that there are: listeners, connections, peers and the like.")},
    {T("unstoppable_jobs"), T("Unstoppable Jobs"), P, GAUGE, NUMBER, SUM,
     T(""), T("Jobs that do not keep the process from ending.")},
    {T("listeners"), T("Listeners"), P, GAUGE, NUMBER, SUM,
     T(""), T("Listeners that are open.")},
    {T("active_peers"), T("ActivePeers"), P, GAUGE, NUMBER, SUM,
     T(""), T("Connections to peers that are open or being opened.")},
    {T("connected_peers"), T("ConnectedPeers"), P, GAUGE, NUMBER, SUM,
     T(""), T("Connections to peers that are open.")},
    {T("dropped_logs_total"), T("DroppedLogs"), P, COUNTER, NUMBER, SUM,
     T(""), T("Log lines that could not be sent.")},
    {T("busy_polling_enabled"), T("BusyPolling"), P, GAUGE, NUMBER, MAX,
     T(""), T("1 where the process polls without waiting.")},
    {T("failed_resolutions"), T("FailedResolutions"), P, COUNTER, NUMBER, SUM,
     T(""), T("Names that could not be resolved.")},
    {T("bytes_out_total"), T("TotalBytesOut"), P, COUNTER, NUMBER, SUM,
     T(""), T("Bytes sent.")},
    {T("spliced_bytes_out_total"), T("TotalSplicedBytesOut"), P, COUNTER, NUMBER, SUM,
     T(""), T("Bytes sent by the kernel's splicing.")},
    {T("bytes_out_rate"), T("BytesOutRate"), P, GAUGE, NUMBER, SUM,
     T(""), T("Bytes sent in the last second.")},
    {T("recv_logs_total"), T("CumRecvLogs"), P, COUNTER, NUMBER, SUM,
     T(""), T("Log lines that were received.")},
    {T("build_info"), T("Version"), P, GAUGE, TEXT, SAME,
     T("version"), T("Version of HAProxy.")},
    {T("total_warnings"), T("TotalWarnings"), P, COUNTER, NUMBER, SUM,
     T(""), T("Warnings since the process was started.")},
    {T("patterns_added_total"), T("PatternsAdded"), P, GAUGE, NUMBER, SUM,
     T(""), T("Patterns that were added to maps and ACLs.")},
    {T("patterns_freed_total"), T("PatternsFreed"), P, GAUGE, NUMBER, SUM,
     T(""), T("Patterns that were taken out of maps and ACLs.")},
    {T("current_queue"), T("qcur"), B | S, GAUGE, NUMBER, SUM,
     T(""), T("Requests that wait.")},
    {T("max_queue"), T("qmax"), B | S, GAUGE, NUMBER, SUM,
     T(""), T("Most requests that waited at once.")},
    {T("current_sessions"), T("scur"), F | L | B | S, GAUGE, NUMBER, SUM,
     T(""), T("Sessions that there are.")},
    {T("max_sessions"), T("smax"), F | L | B | S, GAUGE, NUMBER, SUM,
     T(""), T("Most sessions that there were at once.")},
    {T("limit_sessions"), T("slim"), F | L | B | S, GAUGE, NUMBER, SUM,
     T(""), T("Most sessions at once that are allowed.")},
    {T("sessions_total"), T("stot"), F | L | B | S, COUNTER, NUMBER, SUM,
     T(""), T("Sessions that there were.")},
    {T("current_session_rate"), T("rate"), F | B | S, GAUGE, NUMBER, SUM,
     T(""), T("Sessions begun in the last second.")},
    {T("limit_session_rate"), T("rate_lim"), F, GAUGE, NUMBER, SUM,
     T(""), T("Most sessions that are begun in a second; 0 is no limit.")},
    {T("max_session_rate"), T("rate_max"), F | B | S, GAUGE, NUMBER, SUM,
     T(""), T("Most sessions that were begun in a second.")},
    {T("connections_rate_max"), T("conn_rate_max"), F, GAUGE, NUMBER, MAX,
     T(""), T("Most connections that were accepted in a second.")},
    {T("connections_total"), T("conn_tot"), F | L, COUNTER, NUMBER, SUM,
     T(""), T("Connections that were accepted.")},
    {T("bytes_in_total"), T("bin"), F | L | B | S, COUNTER, NUMBER, SUM,
     T(""), T("Bytes of requests.")},
    {T("bytes_out_total"), T("bout"), F | L | B | S, COUNTER, NUMBER, SUM,
     T(""), T("Bytes of responses.")},
    {T("req_bytes_in_total"), T("reqbin"), F | L | B | S, COUNTER, NUMBER, SUM,
     T(""), T("Bytes of requests that came from clients.")},
    {T("req_bytes_out_total"), T("reqbout"), F | L | B | S, COUNTER, NUMBER, SUM,
     T(""), T("Bytes of requests that went to servers.")},
    {T("res_bytes_in_total"), T("resbin"), F | L | B | S, COUNTER, NUMBER, SUM,
     T(""), T("Bytes of responses that came from servers.")},
    {T("res_bytes_out_total"), T("resbout"), F | L | B | S, COUNTER, NUMBER, SUM,
     T(""), T("Bytes of responses that went to clients.")},
    {T("loadbalanced_total"), T("lbtot"), B | S, COUNTER, NUMBER, SUM,
     T(""), T("Times that load balancing chose a server.")},
    {T("connection_attempts_total"), T("connect"), B | S, COUNTER, NUMBER, SUM,
     T(""), T("Attempts to connect to a server.")},
    {T("connection_reuses_total"), T("reuse"), B | S, COUNTER, NUMBER, SUM,
     T(""), T("Connections to a server that were used again.")},
    {T("connection_errors_total"), T("econ"), B | S, COUNTER, NUMBER, SUM,
     T(""), T("Attempts to connect to a server that failed.")},
    {T("retry_warnings_total"), T("wretr"), B | S, COUNTER, NUMBER, SUM,
     T(""), T("Attempts to connect to a server that were made again.")},
    {T("redispatch_warnings_total"), T("wredis"), B | S, COUNTER, NUMBER, SUM,
     T(""), T("Requests that were given to another server.")},
    {T("denied_connections_total"), T("dcon"), F | L, COUNTER, NUMBER, SUM,
     T(""), T("Connections that rules refused.")},
    {T("denied_sessions_total"), T("dses"), F | L, COUNTER, NUMBER, SUM,
     T(""), T("Sessions that rules refused.")},
    {T("requests_denied_total"), T("dreq"), F | L | B, COUNTER, NUMBER, SUM,
     T(""), T("Requests that rules refused.")},
    {T("responses_denied_total"), T("dresp"), F | L | B | S, COUNTER, NUMBER, SUM,
     T(""), T("Responses that rules refused.")},
    {T("request_errors_total"), T("ereq"), F | L, COUNTER, NUMBER, SUM,
     T(""), T("Requests that were broken off or not valid.")},
    {T("response_errors_total"), T("eresp"), B | S, COUNTER, NUMBER, SUM,
     T(""), T("Responses that were broken off or not valid.")},
    {T("failed_header_rewriting_total"), T("wrew"), F | L | B | S, COUNTER, NUMBER, SUM,
     T(""), T("Headers that could not be rewritten.")},
    {T("internal_errors_total"), T("eint"), F | L | B | S, COUNTER, NUMBER, SUM,
     T(""), T("Errors inside HAProxy.")},
    {T("client_aborts_total"), T("cli_abrt"), B | S, COUNTER, NUMBER, SUM,
     T(""), T("Transfers that clients broke off.")},
    {T("server_aborts_total"), T("srv_abrt"), B | S, COUNTER, NUMBER, SUM,
     T(""), T("Transfers that servers broke off.")},
    {T("http_requests_rate_max"), T("req_rate_max"), F, GAUGE, NUMBER, SUM,
     T(""), T("Most requests that came in a second.")},
    {T("http_requests_total"), T("req_tot"), F | B | S, COUNTER, NUMBER, SUM,
     T(""), T("HTTP requests.")},
    {T("http_responses_total"), T("hrsp_1xx"), F | B | S, COUNTER, CODES, SUM,
     T(""), T("HTTP responses, by the class of their code.")},
    {T("intercepted_requests_total"), T("intercepted"), F, COUNTER, NUMBER, SUM,
     T(""), T("Requests that HAProxy answered itself.")},
    {T("http_cache_lookups_total"), T("cache_lookups"), F | B, COUNTER, NUMBER, SUM,
     T(""), T("Look-ups in HTTP caches.")},
    {T("http_cache_hits_total"), T("cache_hits"), F | B, COUNTER, NUMBER, SUM,
     T(""), T("Look-ups in HTTP caches that found an answer.")},
    {T("http_cache_hint_hits_total"), T("cache_hint_hits"), F | B, COUNTER, NUMBER, SUM,
     T(""), T("Look-ups in HTTP caches that found a hint.")},
    {T("http_comp_bytes_in_total"), T("comp_in"), F | B, COUNTER, NUMBER, SUM,
     T(""), T("Bytes given to compression.")},
    {T("http_comp_bytes_out_total"), T("comp_out"), F | B, COUNTER, NUMBER, SUM,
     T(""), T("Bytes that came out of compression.")},
    {T("http_comp_bytes_bypassed_total"), T("comp_byp"), F | B, COUNTER, NUMBER, SUM,
     T(""), T("Bytes that were to be compressed and were not, for want of CPU or bandwidth.")},
    {T("http_comp_responses_total"), T("comp_rsp"), F | B, COUNTER, NUMBER, SUM,
     T(""), T("Responses that were compressed.")},
    {T("last_session_seconds"), T("lastsess"), B | S, GAUGE, NUMBER, SINCE,
     T(""), T("Seconds since the last session; -1 where there was none.")},
    {T("queue_time_average_seconds"), T("qtime"), B | S, GAUGE, SECONDS, BUSY,
     T(""), T("Mean time in the queue of the last 1024 requests.")},
    {T("connect_time_average_seconds"), T("ctime"), B | S, GAUGE, SECONDS, BUSY,
     T(""), T("Mean time to connect of the last 1024 requests.")},
    {T("response_time_average_seconds"), T("rtime"), B | S, GAUGE, SECONDS, BUSY,
     T(""), T("Mean time to the response of the last 1024 requests.")},
    {T("total_time_average_seconds"), T("ttime"), B | S, GAUGE, SECONDS, BUSY,
     T(""), T("Mean time in all of the last 1024 requests.")},
    {T("max_queue_time_seconds"), T("qtime_max"), B | S, GAUGE, SECONDS, MAX,
     T(""), T("Longest time in the queue.")},
    {T("max_connect_time_seconds"), T("ctime_max"), B | S, GAUGE, SECONDS, MAX,
     T(""), T("Longest time to connect.")},
    {T("max_response_time_seconds"), T("rtime_max"), B | S, GAUGE, SECONDS, MAX,
     T(""), T("Longest time to the response.")},
    {T("max_total_time_seconds"), T("ttime_max"), B | S, GAUGE, SECONDS, MAX,
     T(""), T("Longest time in all.")},
    {T("status"), T("status"), F | L | B | S, GAUGE, STATES, WORST,
     T(""), T("State: 1 in the series of the state that it is in.")},
    {T("active_servers"), T("act"), B, GAUGE, NUMBER, MIN,
     T(""), T("Servers that are up and no backups.")},
    {T("backup_servers"), T("bck"), B, GAUGE, NUMBER, MIN,
     T(""), T("Backup servers that are up.")},
    {T("active"), T("act"), S, GAUGE, NUMBER, MAX,
     T(""), T("1 for a server that is no backup.")},
    {T("backup"), T("bck"), S, GAUGE, NUMBER, MAX,
     T(""), T("1 for a backup server.")},
    {T("weight"), T("weight"), B | S, GAUGE, NUMBER, MEAN,
     T(""), T("Weight in effect; of a backend that of its servers together.")},
    {T("uweight"), T("uweight"), B | S, GAUGE, NUMBER, MEAN,
     T(""), T("Weight as it was set; of a backend that of its servers together.")},
    {T("check_failures_total"), T("chkfail"), S, COUNTER, NUMBER, SUM,
     T(""), T("Checks that failed while the server was up.")},
    {T("check_up_down_total"), T("chkdown"), B | S, COUNTER, NUMBER, SUM,
     T(""), T("Times that it went down.")},
    {T("check_last_change_seconds"), T("lastchg"), B | S, GAUGE, NUMBER, MIN,
     T(""), T("Seconds since its state changed.")},
    {T("downtime_seconds_total"), T("downtime"), B | S, COUNTER, NUMBER, MEAN,
     T(""), T("Seconds that it was down.")},
    {T("check_status"), T("check_status"), S, GAUGE, CHECKS, CHECK,
     T(""), T("What the last check found: 1 in the series of that.")},
    {T("check_code"), T("check_code"), S, GAUGE, NUMBER, BESIDE,
     T(""), T("Code that the last check found.")},
    {T("check_duration_seconds"), T("check_duration"), S, GAUGE, SECONDS, MEAN,
     T(""), T("How long the last check took.")},
    {T("agent_status"), T("agent_status"), S, GAUGE, CHECKS, CHECK,
     T(""), T("What the last agent check found: 1 in the series of that.")},
    {T("agent_code"), T("agent_code"), S, GAUGE, NUMBER, BESIDE,
     T(""), T("Code that the last agent check found.")},
    {T("agent_duration_seconds"), T("agent_duration"), S, GAUGE, SECONDS, MAX,
     T(""), T("How long the last agent check took.")},
    {T("queue_limit"), T("qlimit"), S, GAUGE, NUMBER, MEAN,
     T(""), T("Most requests that may wait; absent is no limit.")},
    {T("current_throttle"), T("throttle"), S, GAUGE, NUMBER, MEAN,
     T(""), T("Share of its weight that a server that starts slowly has, in percent.")},
    {T("idle_connections_current"), T("srv_icur"), S, GAUGE, NUMBER, SUM,
     T(""), T("Idle connections that are kept.")},
    {T("idle_connections_limit"), T("src_ilim"), S, GAUGE, NUMBER, SUM,
     T(""), T("Most idle connections that are kept; absent is no limit.")},
    {T("unsafe_idle_connections_current"), T("idle_conn_cur"), S, GAUGE, NUMBER, SUM,
     T(""), T("Idle connections that are not safe to use for every request.")},
    {T("safe_idle_connections_current"), T("safe_conn_cur"), S, GAUGE, NUMBER, SUM,
     T(""), T("Idle connections that are safe to use for every request.")},
    {T("private_idle_connections_current"), T("priv_idle_cur"), S, GAUGE, NUMBER, SUM,
     T(""), T("Idle connections that belong to one client's session.")},
    {T("used_connections_current"), T("used_conn_cur"), S, GAUGE, NUMBER, SUM,
     T(""), T("Connections that are in use.")},
    {T("need_connections_current"), T("need_conn_est"), S, GAUGE, NUMBER, SUM,
     T(""), T("Connections that are expected to be needed.")},
    {T("agg_server_status"), T("agg_server_status"), B, GAUGE, SERVER_STATES, NOTHING,
     T(""), T("Servers in each state.")},
    {T("agg_server_check_status"), T("agg_server_check_status"), B, GAUGE, SERVER_STATES, NOTHING,
     T(""), T("The same as agg_server_status, under its old name.")},
    {T("agg_check_status"), T("agg_check_status"), B, GAUGE, SERVER_CHECKS, NOTHING,
     T(""), T("Servers by what their last check found.")},
};
/* clang-format on */

const struct hadm_slice hadm_code_fields[HADM_CODES] = {
    T("hrsp_1xx"), T("hrsp_2xx"), T("hrsp_3xx"),
    T("hrsp_4xx"), T("hrsp_5xx"), T("hrsp_other")};
const struct hadm_slice hadm_code_names[HADM_CODES] = {
    T("1xx"), T("2xx"), T("3xx"), T("4xx"), T("5xx"), T("other")};

size_t hadm_family_count(void) {
  return sizeof(families) / sizeof(families[0]);
}

const struct hadm_family *hadm_family_at(size_t index) {
  return &families[index];
}

bool hadm_family_is_http(const struct hadm_family *family) {
  return hadm_slice_starts(family->name, HADM_LITERAL("http_")) ||
         hadm_slice_equal(family->name,
                          HADM_LITERAL("intercepted_requests_total"));
}

static bool shows(const struct hadm_family *family, struct hadm_slice field) {
  if (family->form != HADM_FORM_CODES)
    return hadm_slice_equal(family->field, field);
  for (int i = 0; i < HADM_CODES; i++)
    if (hadm_slice_equal(hadm_code_fields[i], field))
      return true;
  return false;
}

const struct hadm_family *hadm_family_of(struct hadm_slice field,
                                         enum hadm_kind kind) {
  for (size_t i = 0; i < hadm_family_count(); i++)
    if ((families[i].kinds & HADM_OF(kind)) != 0 && shows(&families[i], field))
      return &families[i];
  return NULL;
}

static bool holds(struct hadm_slice text, struct hadm_slice word) {
  for (; text.len >= word.len; text = hadm_slice_behind(text, 1))
    if (hadm_slice_starts(text, word))
      return true;
  return false;
}

struct hadm_slice hadm_family_unit(const struct hadm_family *family) {
  static const struct {
    struct hadm_slice word;
    struct hadm_slice unit;
  } words[] = {
      {T("seconds"), T("seconds")},   {T("bytes"), T("bytes")},
      {T("zlib_memory"), T("bytes")}, {T("limit_http_comp"), T("bytes")},
      {T("percent"), T("percent")},   {T("frontend_ssl_reuse"), T("percent")},
      {T("throttle"), T("percent")},
  };
  for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
    if (holds(family->name, words[i].word))
      return words[i].unit;
  return HADM_LITERAL("");
}

bool hadm_family_of_module(const struct hadm_metric *metric,
                           enum hadm_kind kind, struct hadm_family *family) {
  static const struct {
    struct hadm_slice prefix;
    struct hadm_slice module;
  } modules[] = {
      {T("h1_"), T("h1")},   {T("h2_"), T("h2")},    {T("h3_"), T("h3")},
      {T("pack_"), T("h3")}, {T("qpack_"), T("h3")}, {T("quic_"), T("quic")},
      {T("ssl_"), T("ssl")},
  };
  for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
    if (!hadm_slice_starts(metric->name, modules[i].prefix) ||
        (metric->kinds & HADM_OF(kind)) == 0)
      continue;
    *family = (struct hadm_family){
        .name = metric->name,
        .field = metric->name,
        .kinds = metric->kinds,
        .type = hadm_counter_is_one(metric) ? HADM_COUNTER : HADM_GAUGE,
        .form = HADM_FORM_MODULE,
        .merge = (unsigned char)hadm_merge_by(metric),
        .label = modules[i].module,
        .help = HADM_LITERAL("What a module of HAProxy says of the object.")};
    return true;
  }
  return false;
}

struct hadm_slice hadm_family_prefix(enum hadm_kind kind) {
  static const struct hadm_slice prefixes[] = {
      T("haproxy_frontend_"), T("haproxy_backend_"), T("haproxy_server_"),
      T("haproxy_listener_"), T("haproxy_process_")};
  return prefixes[kind];
}

enum hadm_merge hadm_merge_by(const struct hadm_metric *metric) {
  switch (metric->rule) {
  case HADM_RULE_SUM:
    return HADM_MERGE_SUM;
  case HADM_RULE_AVG:
    return HADM_MERGE_MEAN;
  case HADM_RULE_MAX:
    return HADM_MERGE_MAX;
  case HADM_RULE_MIN:
    return HADM_MERGE_MIN;
  default:
    return HADM_MERGE_SAME;
  }
}
