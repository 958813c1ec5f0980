/* What is known of each field: whose it is and how it is aggregated.
 *
 * The fields are those of `show stat` and `show info` from HAProxy 2.2 to 3.4
 * (management guide, 9.1 and 9.2: every value is typed by format, origin,
 * nature and scope). A name is looked up by halving: those of `show stat` come
 * first, and the names sort bytewise within each of the two parts. */
#include "hadm_metric.h"

#include "../base/hadm_address.h"

#include <string.h>

enum {
  P = HADM_OF(HADM_PROCESS),
  F = HADM_OF(HADM_FRONTEND),
  B = HADM_OF(HADM_BACKEND),
  S = HADM_OF(HADM_SERVER),
  L = HADM_OF(HADM_LISTENER)
};
enum {
  NUMBER = HADM_METRIC_NUMBER,
  KEY = HADM_METRIC_KEY,
  TEXT = HADM_METRIC_TEXT,
  OPTION = HADM_METRIC_OPTION,
  CHECK = HADM_METRIC_CHECK
};
enum {
  SUM = HADM_RULE_SUM,
  AVG = HADM_RULE_AVG,
  MAX = HADM_RULE_MAX,
  MIN = HADM_RULE_MIN,
  SAME = HADM_RULE_SAME,
  NONE = HADM_RULE_NONE
};

/* clang-format off */
static const struct hadm_metric metrics[] = {
    /* show stat */
    {HADM_STATIC("act"), B | S, NUMBER, AVG, AVG},
    {HADM_STATIC("addr"), L | S, TEXT, SAME, NONE},
    {HADM_STATIC("agent_code"), S, KEY, SAME, NONE},
    {HADM_STATIC("agent_desc"), S, TEXT, SAME, NONE},
    {HADM_STATIC("agent_duration"), S, NUMBER, MAX, NONE},
    {HADM_STATIC("agent_fall"), S, NUMBER, MAX, NONE},
    {HADM_STATIC("agent_health"), S, NUMBER, MIN, NONE},
    {HADM_STATIC("agent_rise"), S, NUMBER, MAX, NONE},
    {HADM_STATIC("agent_status"), S, CHECK, SAME, NONE},
    {HADM_STATIC("agg_check_status"), B, NUMBER, SUM, NONE},
    {HADM_STATIC("agg_server_check_status"), B, NUMBER, SUM, NONE},
    {HADM_STATIC("agg_server_status"), B, NUMBER, SUM, NONE},
    {HADM_STATIC("algo"), B, TEXT, SAME, NONE},
    {HADM_STATIC("bck"), B | S, NUMBER, AVG, AVG},
    {HADM_STATIC("bin"), F | L | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("bout"), F | L | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("cache_hits"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("cache_lookups"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("check_code"), S, KEY, SAME, NONE},
    {HADM_STATIC("check_desc"), S, TEXT, SAME, NONE},
    {HADM_STATIC("check_duration"), S, NUMBER, AVG, AVG},
    {HADM_STATIC("check_fall"), S, NUMBER, MAX, NONE},
    {HADM_STATIC("check_health"), S, NUMBER, MIN, NONE},
    {HADM_STATIC("check_rise"), S, NUMBER, MAX, NONE},
    {HADM_STATIC("check_status"), S, CHECK, SAME, NONE},
    {HADM_STATIC("chkdown"), B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("chkfail"), S, NUMBER, SUM, SUM},
    {HADM_STATIC("cli_abrt"), B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("comp_byp"), F | B, NUMBER, SUM, SUM},
    {HADM_STATIC("comp_in"), F | B, NUMBER, SUM, SUM},
    {HADM_STATIC("comp_out"), F | B, NUMBER, SUM, SUM},
    {HADM_STATIC("comp_rsp"), F | B, NUMBER, SUM, SUM},
    {HADM_STATIC("conn_rate"), F, NUMBER, SUM, NONE},
    {HADM_STATIC("conn_rate_max"), F, NUMBER, MAX, NONE},
    {HADM_STATIC("conn_tot"), F | L, NUMBER, SUM, NONE},
    {HADM_STATIC("connect"), B | S, NUMBER, SUM, NONE},
    {HADM_STATIC("cookie"), B | S, TEXT, SAME, NONE},
    {HADM_STATIC("ctime"), B | S, NUMBER, AVG, AVG},
    {HADM_STATIC("ctime_max"), B | S, NUMBER, MAX, NONE},
    {HADM_STATIC("dcon"), F | L, NUMBER, SUM, NONE},
    {HADM_STATIC("downtime"), B | S, NUMBER, AVG, AVG},
    {HADM_STATIC("dreq"), F | L | B, NUMBER, SUM, SUM},
    {HADM_STATIC("dresp"), F | L | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("dses"), F | L, NUMBER, SUM, NONE},
    {HADM_STATIC("econ"), B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("eint"), F | L | B | S, NUMBER, SUM, NONE},
    {HADM_STATIC("ereq"), F | L, NUMBER, SUM, SUM},
    {HADM_STATIC("eresp"), B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("h1_bytes_in"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h1_bytes_out"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h1_open_connections"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h1_open_streams"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h1_spliced_bytes_in"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h1_spliced_bytes_out"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h1_total_connections"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h1_total_streams"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h1req"), F, NUMBER, SUM, NONE},
    {HADM_STATIC("h1sess"), F, NUMBER, SUM, NONE},
    {HADM_STATIC("h2_backend_open_streams"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h2_backend_total_streams"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h2_data_rcvd"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h2_detected_conn_protocol_errors"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h2_detected_strm_protocol_errors"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h2_goaway_rcvd"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h2_goaway_resp"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h2_headers_rcvd"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h2_open_connections"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h2_rst_stream_rcvd"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h2_rst_stream_resp"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h2_settings_rcvd"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h2_total_connections"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h2req"), F, NUMBER, SUM, NONE},
    {HADM_STATIC("h2sess"), F, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_cancel_push"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_closed_critical_stream"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_connect_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_data"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_excessive_load"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_frame_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_frame_unexpected"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_general_protocol_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_goaway"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_headers"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_id_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_internal_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_max_push_id"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_message_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_missing_settings"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_no_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_push_promise"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_request_cancelled"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_request_incomplete"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_request_rejected"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_settings"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_settings_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_stream_creation_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3_version_fallback"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("h3req"), F, NUMBER, SUM, NONE},
    {HADM_STATIC("h3sess"), F, NUMBER, SUM, NONE},
    {HADM_STATIC("hanafail"), S, NUMBER, SUM, NONE},
    {HADM_STATIC("hrsp_1xx"), F | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("hrsp_2xx"), F | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("hrsp_3xx"), F | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("hrsp_4xx"), F | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("hrsp_5xx"), F | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("hrsp_other"), F | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("idle_conn_cur"), S, NUMBER, SUM, NONE},
    {HADM_STATIC("iid"), F | L | B | S, KEY, SAME, NONE},
    {HADM_STATIC("intercepted"), F, NUMBER, SUM, NONE},
    {HADM_STATIC("last_agt"), S, TEXT, SAME, NONE},
    {HADM_STATIC("last_chk"), S, TEXT, SAME, NONE},
    {HADM_STATIC("lastchg"), B | S, NUMBER, AVG, AVG},
    {HADM_STATIC("lastsess"), B | S, NUMBER, AVG, AVG},
    {HADM_STATIC("lbtot"), B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("mode"), F | L | B | S, TEXT, SAME, NONE},
    {HADM_STATIC("need_conn_est"), S, NUMBER, SUM, NONE},
    {HADM_STATIC("pack_decompression_failed"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("pid"), F | L | B | S, KEY, SAME, NONE},
    {HADM_STATIC("priv_idle_cur"), S, NUMBER, SUM, NONE},
    {HADM_STATIC("pxname"), F | L | B | S, TEXT, SAME, NONE},
    {HADM_STATIC("qcur"), B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("qlimit"), S, NUMBER, AVG, AVG},
    {HADM_STATIC("qmax"), B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("qpack_decoder_stream_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("qpack_encoder_stream_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("qtime"), B | S, NUMBER, AVG, AVG},
    {HADM_STATIC("qtime_max"), B | S, NUMBER, MAX, NONE},
    {HADM_STATIC("quic_conn_migration_done"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_data_blocked"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_dropped_parsing_pkt"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_dropped_pkt"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_dropped_pkt_bufoverrun"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_half_open_conn"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_hdshk_fail"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_lost_pkt"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_ncbuf_gap_limit"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_retry_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_retry_sent"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_retry_validated"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_rxbuf_full"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_sendto_err"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_sendto_err_unknwn"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_sent_pkt"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_socket_full"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_stless_rst_sent"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_stream_data_blocked"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_streams_blocked_bidi"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_streams_blocked_uni"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_too_short_dgram"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_aead_limit_reached"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_application_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_connection_id_limit"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_connection_refused"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_crypto_buffer_exceeded"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_crypto_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_final_size_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_flow_control_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_frame_encoding_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_internal_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_invalid_token"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_key_update_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_no_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_no_viable_path"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_protocol_violation_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_stream_limit_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_stream_state_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_transport_parameter_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("quic_transp_err_unknown_error"), F | B, NUMBER, SUM, NONE},
    {HADM_STATIC("rate"), F | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("rate_lim"), F, NUMBER, SUM, SUM},
    {HADM_STATIC("rate_max"), F | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("req_other"), F, NUMBER, SUM, NONE},
    {HADM_STATIC("req_rate"), F, NUMBER, SUM, SUM},
    {HADM_STATIC("req_rate_max"), F, NUMBER, SUM, SUM},
    {HADM_STATIC("req_tot"), F | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("reqbin"), F | L | B | S, NUMBER, SUM, NONE},
    {HADM_STATIC("reqbout"), F | L | B | S, NUMBER, SUM, NONE},
    {HADM_STATIC("resbin"), F | L | B | S, NUMBER, SUM, NONE},
    {HADM_STATIC("resbout"), F | L | B | S, NUMBER, SUM, NONE},
    {HADM_STATIC("reuse"), B | S, NUMBER, SUM, NONE},
    {HADM_STATIC("rtime"), B | S, NUMBER, AVG, AVG},
    {HADM_STATIC("rtime_max"), B | S, NUMBER, MAX, NONE},
    {HADM_STATIC("safe_conn_cur"), S, NUMBER, SUM, NONE},
    {HADM_STATIC("scur"), F | L | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("sess_other"), F, NUMBER, SUM, NONE},
    {HADM_STATIC("sid"), F | L | B | S, KEY, SAME, NONE},
    {HADM_STATIC("slim"), F | L | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("smax"), F | L | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("src_ilim"), S, NUMBER, SUM, NONE},
    {HADM_STATIC("srid"), S, NUMBER, MAX, NONE},
    {HADM_STATIC("srv_abrt"), B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("srv_icur"), S, NUMBER, SUM, NONE},
    {HADM_STATIC("srv_ilim"), S, NUMBER, SUM, NONE},
    {HADM_STATIC("ssl_failed_handshake"), F | L | B | S, NUMBER, SUM, NONE},
    {HADM_STATIC("ssl_failed_ocsp_staple"), F | L | B | S, NUMBER, SUM, NONE},
    {HADM_STATIC("ssl_ocsp_staple"), F | L | B | S, NUMBER, SUM, NONE},
    {HADM_STATIC("ssl_reused_sess"), F | L | B | S, NUMBER, SUM, NONE},
    {HADM_STATIC("ssl_sess"), F | L | B | S, NUMBER, SUM, NONE},
    {HADM_STATIC("status"), F | L | B | S, TEXT, SAME, NONE},
    {HADM_STATIC("stot"), F | L | B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("svname"), F | L | B | S, TEXT, SAME, NONE},
    {HADM_STATIC("throttle"), S, NUMBER, AVG, AVG},
    {HADM_STATIC("tracked"), S, TEXT, SAME, NONE},
    {HADM_STATIC("ttime"), B | S, NUMBER, AVG, AVG},
    {HADM_STATIC("ttime_max"), B | S, NUMBER, MAX, NONE},
    {HADM_STATIC("type"), F | L | B | S, KEY, SAME, NONE},
    {HADM_STATIC("used_conn_cur"), S, NUMBER, SUM, NONE},
    {HADM_STATIC("uweight"), B | S, NUMBER, AVG, NONE},
    {HADM_STATIC("weight"), B | S, NUMBER, AVG, AVG},
    {HADM_STATIC("wredis"), B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("wretr"), B | S, NUMBER, SUM, SUM},
    {HADM_STATIC("wrew"), F | L | B | S, NUMBER, SUM, NONE},
    /* show info */
    {HADM_STATIC("ActivePeers"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("BlockedTrafficWarnings"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("BootTime_ms"), P, NUMBER, MAX, NONE},
    {HADM_STATIC("Build info"), P, TEXT, SAME, NONE},
    {HADM_STATIC("BusyPolling"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("BytesOutRate"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("CompressBpsIn"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("CompressBpsOut"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("CompressBpsRateLim"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("ConnRate"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("ConnRateLimit"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("ConnectedPeers"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("CumConns"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("CumRecvLogs"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("CumReq"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("CumSslConns"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("CumStreams"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("CurrConns"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("CurrSslConns"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("CurrStreams"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("DebugCommandsIssued"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("DroppedLogs"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("FailedResolutions"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("Hard_maxconn"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("Idle_pct"), P, NUMBER, AVG, AVG},
    {HADM_STATIC("Jobs"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("Listeners"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("MaxConnRate"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("MaxSessRate"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("MaxSslConns"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("MaxSslRate"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("MaxZlibMemUsage"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("Maxconn"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("MaxconnReached"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("Maxpipes"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("Maxsock"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("Memmax_MB"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("Memmax_bytes"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("Name"), P, TEXT, SAME, NONE},
    {HADM_STATIC("NbThreadGroups"), P, NUMBER, MAX, NONE},
    {HADM_STATIC("Nbproc"), P, NUMBER, MAX, NONE},
    {HADM_STATIC("Nbthread"), P, NUMBER, MAX, NONE},
    {HADM_STATIC("Niced_tasks"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("PatternsAdded"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("PatternsFreed"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("Pid"), P, KEY, SAME, NONE},
    {HADM_STATIC("PipesFree"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("PipesUsed"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("PoolAlloc_MB"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("PoolAlloc_bytes"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("PoolFailed"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("PoolUsed_MB"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("PoolUsed_bytes"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("Process_num"), P, NUMBER, MAX, NONE},
    {HADM_STATIC("Release_date"), P, TEXT, SAME, NONE},
    {HADM_STATIC("Run_queue"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("SessRate"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("SessRateLimit"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("SslBackendKeyRate"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("SslBackendMaxKeyRate"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("SslCacheLookups"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("SslCacheMisses"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("SslFrontendKeyRate"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("SslFrontendMaxKeyRate"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("SslFrontendSessionReuse_pct"), P, NUMBER, AVG, AVG},
    {HADM_STATIC("SslRate"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("SslRateLimit"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("Start_time_sec"), P, NUMBER, MAX, NONE},
    {HADM_STATIC("Stopping"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("Tainted"), P, TEXT, SAME, NONE},
    {HADM_STATIC("Tasks"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("TotalBytesOut"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("TotalSplicdedBytesOut"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("TotalSplicedBytesOut"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("TotalWarnings"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("Ulimit-n"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("Unstoppable Jobs"), P, NUMBER, SUM, NONE},
    {HADM_STATIC("Uptime"), P, TEXT, SAME, NONE},
    {HADM_STATIC("Uptime_sec"), P, NUMBER, MAX, NONE},
    {HADM_STATIC("Version"), P, TEXT, SAME, NONE},
    {HADM_STATIC("ZlibMemUsage"), P, NUMBER, SUM, SUM},
    {HADM_STATIC("description"), P, OPTION, SAME, NONE},
    {HADM_STATIC("node"), P, TEXT, SAME, NONE},
};
/* clang-format on */

size_t hadm_metric_count(void) { return sizeof(metrics) / sizeof(metrics[0]); }

const struct hadm_metric *hadm_metric_at(size_t index) {
  return &metrics[index];
}

/* Is <metric> before <name> in the list, at it (0), or behind it? */
static int compare(const struct hadm_metric *metric, bool of_process,
                   struct hadm_slice name) {
  if ((metric->kinds == P) != of_process)
    return of_process ? -1 : 1;
  size_t len = metric->name.len < name.len ? metric->name.len : name.len;
  int order = memcmp(metric->name.ptr, name.ptr, len);
  if (order != 0 || metric->name.len == name.len)
    return order;
  return metric->name.len < name.len ? -1 : 1;
}

static const struct hadm_metric *
find_in(bool of_process, struct hadm_slice name, unsigned kinds) {
  size_t from = 0;
  size_t to = hadm_metric_count();
  while (from < to) {
    size_t middle = from + (to - from) / 2;
    int order = compare(&metrics[middle], of_process, name);
    if (order == 0)
      return (metrics[middle].kinds & kinds) != 0 ? &metrics[middle] : NULL;
    if (order < 0)
      from = middle + 1;
    else
      to = middle;
  }
  return NULL;
}

const struct hadm_metric *hadm_metric_find(struct hadm_slice name,
                                           unsigned kinds) {
  const struct hadm_metric *metric = NULL;
  if ((kinds & HADM_OF_ROWS) != 0)
    metric = find_in(false, name, kinds);
  if (metric == NULL && (kinds & P) != 0)
    metric = find_in(true, name, kinds);
  return metric;
}

bool hadm_metric_is_text(const struct hadm_metric *metric) {
  return metric->kind == HADM_METRIC_TEXT ||
         metric->kind == HADM_METRIC_OPTION ||
         metric->kind == HADM_METRIC_CHECK;
}

static struct hadm_slice half_of(enum hadm_rule rule, struct hadm_slice text) {
  struct hadm_slice host;
  unsigned port;
  enum hadm_status status = hadm_address_split(text, &host, &port);
  if (rule == HADM_RULE_ADDRESS)
    return status != HADM_E_ARG ? host : text;
  size_t start = text.len;
  while (status == HADM_OK && text.ptr[start - 1] != ':')
    start--;
  return (struct hadm_slice){text.ptr + start, text.len - start};
}

struct hadm_slice hadm_metric_part(const struct hadm_metric *metric,
                                   enum hadm_rule rule,
                                   struct hadm_slice text) {
  const struct hadm_slice mark = HADM_LITERAL("* ");
  if (rule != HADM_RULE_SAME)
    return half_of(rule, text);
  if (metric->kind != HADM_METRIC_CHECK || !hadm_slice_starts(text, mark))
    return text;
  return (struct hadm_slice){text.ptr + mark.len, text.len - mark.len};
}

bool hadm_metric_is_limit(const struct hadm_metric *metric) {
  static const struct hadm_slice limits[] = {
      HADM_STATIC("slim"),
      HADM_STATIC("rate_lim"),
      HADM_STATIC("qlimit"),
      HADM_STATIC("src_ilim"),
      HADM_STATIC("srv_ilim"),
      HADM_STATIC("CompressBpsRateLim"),
      HADM_STATIC("ConnRateLimit"),
      HADM_STATIC("Hard_maxconn"),
      HADM_STATIC("MaxSslConns"),
      HADM_STATIC("MaxZlibMemUsage"),
      HADM_STATIC("Maxconn"),
      HADM_STATIC("Maxpipes"),
      HADM_STATIC("Maxsock"),
      HADM_STATIC("Memmax_MB"),
      HADM_STATIC("Memmax_bytes"),
      HADM_STATIC("SessRateLimit"),
      HADM_STATIC("SslRateLimit"),
      HADM_STATIC("Ulimit-n"),
      HADM_STATIC("agg_server_check_status"),
      HADM_STATIC("agg_check_status"),
      HADM_STATIC("agg_server_status"),
  };
  for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
    if (hadm_slice_equal(metric->name, limits[i]))
      return true;
  return false;
}

bool hadm_rule_is_agreement(enum hadm_rule rule) {
  return rule == HADM_RULE_SAME || rule == HADM_RULE_ADDRESS ||
         rule == HADM_RULE_PORT;
}

size_t hadm_metric_index(const struct hadm_metric *metric) {
  return (size_t)(metric - metrics);
}
