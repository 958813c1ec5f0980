#include "../../csrc/core/exposition/hadm_document.h"
#include "../../csrc/core/exposition/hadm_exposition.h"
#include "reader.h"

#include <stdio.h>

#define HEADER                                                                 \
  "# pxname,svname,type,mode,status,scur,stot,weight,act,lastchg,lastsess,"    \
  "qtime,check_status,check_code,addr,hrsp_1xx,hrsp_2xx,req_tot,slim,"         \
  "last_chk,-,odd,\n"

static enum hadm_status take(struct hadm_snapshot *snapshot, unsigned nb,
                             struct hadm_slice text) {
  struct hadm_session session;
  assert_int_equal(read_at_once(&session, ASK_READING, text), HADM_OK);
  enum hadm_status status =
      hadm_snapshot_take(snapshot, nb, nb, &session.reading);
  hadm_session_free(&session);
  return status;
}

static struct hadm_snapshot *two(void) {
  struct hadm_snapshot *snapshot = hadm_snapshot_new(2);
  assert_non_null(snapshot);
  assert_int_equal(
      take(snapshot, 1,
           TEXT("Name: HAProxy\nVersion: 3.2.1\nNbproc: 1\nProcess_num: 1\n"
                "CurrConns: 3\nIdle_pct: 90\nUptime_sec: 50\n"
                "description: \"a \"\"b\"\", c\"\nTotalSplicdedBytesOut: "
                "5\n\n" HEADER
                "www,FRONTEND,0,http,OPEN,1,10,,,,,,,,,1,2,3,100,,-,4,\n"
                "tcp,FRONTEND,0,tcp,OPEN,1,10,,,,,,,,,,,0,100,,-,4,\n"
                "app,one,2,http,UP 1/3,1,9,10,1,7,5,8,* L7OK,200,10.0.0.1:80,"
                "0,4,,,\"x, \"\"y\"\"\",-,,\n"
                "app,two,2,http,MAINT,0,0,1,1,7,-1,0,,,10.0.0.2:80,,,,,,-,,\n"
                "app,new,2,http,no check,0,0,1,1,7,-1,0,L4CON,,10.0.0.3:80"
                ",,,,,,-,,\n"
                "app,BACKEND,1,http,UP,1,9,11,2,9,5,8,,,,0,4,6,50,,-,,\n\n")),
      HADM_OK);
  assert_int_equal(
      take(snapshot, 2,
           TEXT("Name: HAProxy\nVersion: 3.2.2\nNbproc: 1\nProcess_num: 1\n"
                "CurrConns: 4\nIdle_pct: 60\nUptime_sec: 40\n"
                "description: second\n\n" HEADER
                "www,FRONTEND,0,http,STOP,2,20,,,,,,,,,1,2,3,100,,-,5,\n"
                "app,one,2,http,DOWN 1/2,0,3,20,1,3,9,20,L4TOUT,,10.0.0.9:80,"
                "0,1,,,z,-,,\n"
                "app,two,2,http,MAINT (via x),0,0,1,1,7,-1,0,,,10.0.0.2:80"
                ",,,,,,-,,\n"
                "app,BACKEND,1,http,DOWN,0,3,11,1,4,9,0,,,,0,1,2,50,,-,,\n\n")),
      HADM_OK);
  return snapshot;
}

/* All pieces of at least <size> bytes as one text, which ends with NUL. */
static char *exposed(struct hadm_snapshot *snapshot,
                     const struct hadm_exposition_options *options,
                     size_t size) {
  struct hadm_buffer all = HADM_BUFFER_EMPTY;
  struct hadm_exposition *exposition = hadm_exposition_new(snapshot, options);
  assert_non_null(exposition);
  enum hadm_status status;
  do {
    struct hadm_buffer piece = HADM_BUFFER_EMPTY;
    status = hadm_exposition_next(exposition, &piece, size);
    assert_true(status == HADM_OK || status == HADM_MORE);
    assert_int_equal(hadm_buffer_append(&all, piece.data, piece.len), HADM_OK);
    hadm_buffer_free(&piece);
  } while (status == HADM_MORE);
  hadm_exposition_free(exposition);
  assert_int_equal(hadm_buffer_append(&all, "", 1), HADM_OK);
  return all.data;
}

static char *written(struct hadm_snapshot *snapshot,
                     const struct hadm_document_options *options, size_t size) {
  struct hadm_buffer all = HADM_BUFFER_EMPTY;
  struct hadm_document *document = hadm_document_new(snapshot, options);
  assert_non_null(document);
  enum hadm_status status;
  do {
    struct hadm_buffer piece = HADM_BUFFER_EMPTY;
    status = hadm_document_next(document, NULL, &piece, size);
    assert_true(status == HADM_OK || status == HADM_MORE);
    assert_int_equal(hadm_buffer_append(&all, piece.data, piece.len), HADM_OK);
    hadm_buffer_free(&piece);
  } while (status == HADM_MORE);
  hadm_document_free(document);
  assert_int_equal(hadm_buffer_append(&all, "", 1), HADM_OK);
  return all.data;
}

enum { ALL_KINDS = HADM_OF_ROWS | HADM_OF(HADM_PROCESS), LARGE = 65536 };

static const struct hadm_exposition_options EVERYTHING = {.kinds = ALL_KINDS};

#define assert_line(text, line)                                                \
  do {                                                                         \
    if (strstr(text, "\n" line "\n") == NULL)                                  \
      fail_msg("no line %s in\n%s", line, text);                               \
  } while (0)
#define assert_no(text, part) assert_null(strstr(text, part))

static void all_made_one(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  char *text = exposed(snapshot, &EVERYTHING, LARGE);
  assert_line(text, "# TYPE haproxy_process_current_connections gauge");
  assert_line(text, "haproxy_process_current_connections 7");
  assert_line(text, "haproxy_process_idle_time_percent 75");
  assert_line(text, "haproxy_process_uptime_seconds 40");
  assert_line(text, "haproxy_process_nbproc 2");
  assert_line(text, "haproxy_process_spliced_bytes_out_total 5");
  assert_no(text, "relative_process_id");
  assert_line(text, "haproxy_process_build_info{version=\"3.2.1\"} 1");
  assert_line(text, "haproxy_process_build_info{version=\"3.2.2\"} 1");
  assert_line(text, "haproxy_process_description{desc=\"a \\\"b\\\", c\"} 1");
  assert_line(text, "haproxy_frontend_status{proxy=\"www\",state=\"DOWN\"} 1");
  assert_line(text, "haproxy_frontend_status{proxy=\"www\",state=\"UP\"} 0");
  assert_line(text, "haproxy_frontend_sessions_total{proxy=\"www\"} 30");
  assert_line(text, "haproxy_frontend_http_responses_total{proxy=\"www\",code="
                    "\"2xx\"} 4");
  assert_no(text, "haproxy_frontend_http_requests_total{proxy=\"tcp\"}");
  assert_line(text, "haproxy_server_status{proxy=\"app\",server=\"one\",state="
                    "\"DOWN\"} 1");
  assert_line(text, "haproxy_server_status{proxy=\"app\",server=\"one\",state="
                    "\"UP\"} 0");
  assert_line(text, "haproxy_server_status{proxy=\"app\",server=\"two\",state="
                    "\"MAINT\"} 1");
  assert_line(text, "haproxy_server_check_status{proxy=\"app\",server=\"one\","
                    "state=\"L4TOUT\"} 1");
  /* The worst check has no code. */
  assert_line(text,
              "haproxy_server_check_code{proxy=\"app\",server=\"new\"} 0");
  assert_line(text, "haproxy_server_last_session_seconds{proxy=\"app\",server="
                    "\"one\"} 5");
  assert_line(text, "haproxy_server_last_session_seconds{proxy=\"app\",server="
                    "\"two\"} -1");
  assert_line(text, "haproxy_server_queue_time_average_seconds{proxy=\"app\","
                    "server=\"one\"} 0.014");
  assert_line(text, "haproxy_backend_active_servers{proxy=\"app\"} 1");
  assert_line(text, "haproxy_backend_agg_server_status{proxy=\"app\",state="
                    "\"DOWN\"} 1");
  assert_line(text, "haproxy_backend_agg_server_status{proxy=\"app\",state="
                    "\"MAINT\"} 1");
  assert_line(text, "haproxy_backend_agg_check_status{proxy=\"app\",state="
                    "\"L4CON\"} 1");
  assert_line(text, "haproxyadmin_server_processes{proxy=\"app\",server="
                    "\"one\",state=\"DOWN\"} 1");
  assert_line(text, "haproxyadmin_server_processes{proxy=\"app\",server="
                    "\"one\",state=\"UP\"} 1");
  assert_line(text, "haproxyadmin_disagreements{proxy=\"app\",server=\"one\","
                    "field=\"weight\"} 1");
  assert_line(text, "haproxyadmin_disagreements{proxy=\"app\",server=\"one\","
                    "field=\"addr\"} 1");
  assert_no(text, "haproxyadmin_disagreements{proxy=\"app\",server=\"two\"");
  assert_no(text, "NaN");
  free(text);
  hadm_snapshot_unref(snapshot);
}

/* Of a mean those that never had a session have no part. */
static void one_process_and_each(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  struct hadm_exposition_options options = EVERYTHING;
  options.view = HADM_VIEW_PROCESS;
  options.process = 1;
  char *text = exposed(snapshot, &options, LARGE);
  assert_line(text, "haproxy_process_relative_process_id 1");
  assert_line(text, "haproxy_process_build_info{version=\"3.2.2\"} 1");
  assert_no(text, "3.2.1");
  assert_line(text, "haproxy_frontend_sessions_total{proxy=\"www\"} 20");
  assert_no(text, "server=\"new\"");
  assert_no(text, "haproxyadmin_");
  free(text);
  options.view = HADM_VIEW_EACH;
  text = exposed(snapshot, &options, LARGE);
  assert_line(text, "haproxy_process_current_connections{process=\"1\"} 3");
  assert_line(text, "haproxy_process_current_connections{process=\"2\"} 4");
  assert_line(text, "haproxy_process_build_info{process=\"2\",version="
                    "\"3.2.2\"} 1");
  assert_line(text, "haproxy_server_status{proxy=\"app\",server=\"one\","
                    "process=\"1\",state=\"UP\"} 1");
  assert_line(text, "haproxy_backend_agg_server_status{proxy=\"app\",process="
                    "\"2\",state=\"DOWN\"} 1");
  free(text);
  hadm_snapshot_unref(snapshot);
}

static size_t heads(const char *text) {
  size_t count = 0;
  while ((text = strstr(text, "# TYPE ")) != NULL) {
    count++;
    text++;
  }
  return count;
}

static void what_is_asked_for(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  struct hadm_exposition_options options = EVERYTHING;
  options.kinds = HADM_OF(HADM_SERVER);
  options.no_maint = true;
  options.filter = TEXT("haproxy_server_weight,haproxy_backend_weight,");
  char *text = exposed(snapshot, &options, LARGE);
  assert_int_equal(heads(text), 1);
  assert_line(text, "haproxy_server_weight{proxy=\"app\",server=\"one\"} 15");
  assert_no(text, "\"two\"");
  free(text);
  options.filter = TEXT("-haproxy_server_weight,-haproxyadmin_disagreements");
  text = exposed(snapshot, &options, LARGE);
  assert_no(text, "_weight");
  assert_no(text, "haproxyadmin_disagreements");
  assert_non_null(strstr(text, "haproxyadmin_server_processes"));
  free(text);
  options.kinds = 0;
  text = exposed(snapshot, &options, LARGE);
  assert_string_equal(text, "");
  free(text);
  const struct hadm_slice none = {"", 0};
  assert_true(hadm_exposition_lets(TEXT("-"), none, TEXT("a")));
  assert_false(hadm_exposition_lets(TEXT("a,-a"), none, TEXT("a")));
  hadm_snapshot_unref(snapshot);
}

static void what_modules_count(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = hadm_snapshot_new(1);
  assert_int_equal(
      take(snapshot, 1,
           TEXT("Name: HAProxy\n\n"
                "# pxname,svname,type,mode,h1_open_connections,"
                "h2_total_connections,ssl_sess,h9_x,\n"
                "www,FRONTEND,0,http,3,7,,1,\napp,one,2,http,,,9,1,\n\n")),
      HADM_OK);
  struct hadm_exposition_options options = EVERYTHING;
  options.modules = true;
  options.filter = TEXT("-haproxy_server_ssl_reused_sess");
  char *text = exposed(snapshot, &options, 1);
  assert_line(text, "# TYPE haproxy_frontend_h1_open_connections gauge");
  assert_line(text,
              "haproxy_frontend_h1_open_connections{proxy=\"www\",mod=\"h1\"}"
              " 3");
  assert_line(text, "# TYPE haproxy_frontend_h2_total_connections counter");
  assert_line(text, "haproxy_server_ssl_sess{proxy=\"app\",server=\"one\","
                    "mod=\"ssl\"} 9");
  assert_no(text, "h9_x");
  free(text);
  options.filter = TEXT("-haproxy_server_ssl_sess");
  text = exposed(snapshot, &options, LARGE);
  assert_no(text, "ssl_sess");
  free(text);
  hadm_snapshot_unref(snapshot);
}

static void in_small_pieces(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  char *whole = exposed(snapshot, &EVERYTHING, LARGE);
  char *parts = exposed(snapshot, &EVERYTHING, 1);
  assert_string_equal(whole, parts);
  free(whole);
  free(parts);
  hadm_snapshot_unref(snapshot);
}

static void without_rows(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = hadm_snapshot_new(0);
  char *text = exposed(snapshot, &EVERYTHING, LARGE);
  assert_string_equal(text, "");
  free(text);
  const struct hadm_document_options options = {.kind = HADM_SERVER};
  text = written(snapshot, &options, LARGE);
  assert_string_equal(
      text, "{\"columns\":[\"processes\",\"differs\"],\"rows\":[\n\n]}\n");
  free(text);
  hadm_snapshot_unref(snapshot);
}

/* The one says in MB alone how much memory it may use, the other in bytes,
 * too. What is no number of MB is none. */
static void memory_in_bytes(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = hadm_snapshot_new(3);
  assert_non_null(snapshot);
  assert_int_equal(
      take(snapshot, 1,
           TEXT("Name: HAProxy\nPid: 1\nMemmax_MB: 3\n\n" HEADER "\n")),
      HADM_OK);
  assert_int_equal(take(snapshot, 2,
                        TEXT("Name: HAProxy\nPid: 2\nMemmax_MB: "
                             "4\nMemmax_bytes: 4194305\n\n" HEADER "\n")),
                   HADM_OK);
  assert_int_equal(
      take(snapshot, 3,
           TEXT("Name: HAProxy\nPid: 3\nMemmax_MB: 8796093022208\n\n" HEADER
                "\n")),
      HADM_OK);
  struct hadm_exposition_options options = EVERYTHING;
  char *text = exposed(snapshot, &options, LARGE);
  assert_line(text, "haproxy_process_max_memory_bytes 7340033");
  free(text);
  options.view = HADM_VIEW_EACH;
  text = exposed(snapshot, &options, LARGE);
  assert_line(text, "haproxy_process_max_memory_bytes{process=\"1\"} 3145728");
  assert_line(text, "haproxy_process_max_memory_bytes{process=\"2\"} 4194305");
  assert_no(text, "haproxy_process_max_memory_bytes{process=\"3\"}");
  free(text);
  hadm_snapshot_unref(snapshot);
}

/* An old worker is a part of sums, and of nothing else. */
static void old_workers(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  hadm_snapshot_age(snapshot);
  char *text = exposed(snapshot, &EVERYTHING, LARGE);
  assert_line(text, "haproxy_frontend_sessions_total{proxy=\"www\"} 30");
  assert_line(text, "haproxy_frontend_limit_sessions{proxy=\"www\"} 100");
  assert_line(text, "haproxy_server_weight{proxy=\"app\",server=\"one\"} 10");
  assert_line(text, "haproxy_frontend_status{proxy=\"www\",state=\"UP\"} 1");
  assert_no(text, "3.2.2");
  assert_no(text, "haproxyadmin_");
  free(text);
  hadm_snapshot_unref(snapshot);
}

static void counted_on(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  struct hadm_tally *tally = hadm_tally_new(1);
  assert_non_null(tally);
  assert_int_equal(hadm_tally_take(tally, snapshot, 0, 1000), HADM_OK);
  struct hadm_exposition_options options = EVERYTHING;
  options.tally = tally;
  char *text = exposed(snapshot, &options, LARGE);
  assert_line(text, "haproxy_frontend_sessions_total{proxy=\"www\"} 0");
  assert_line(text, "haproxy_frontend_limit_sessions{proxy=\"www\"} 200");
  free(text);
  /* What these have not taken is not known to them. */
  struct hadm_tally *other = hadm_tally_new(1);
  options.tally = other;
  text = exposed(snapshot, &options, LARGE);
  assert_no(text, "haproxy_frontend_sessions_total");
  free(text);
  hadm_tally_free(tally);
  hadm_tally_free(other);
  hadm_snapshot_unref(snapshot);
}

#define LISTENERS                                                              \
  "# pxname,svname,type,mode,status,scur,stot,slim,conn_tot,ssl_sess,req_tot," \
  "\n"

/* Listeners of one name in two frontends; what other rows there may be is
 * nobody's. */
static void of_listeners(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = hadm_snapshot_new(2);
  assert_int_equal(take(snapshot, 1,
                        TEXT("Name: HAProxy\n\n" LISTENERS
                             "www,FRONTEND,0,http,OPEN,1,9,,,,7,\n"
                             "www,one,3,http,OPEN,1,5,10,6,2,,\n"
                             "www,sock-2,3,http,FULL,0,4,10,4,0,,\n"
                             "www,odd,4,http,OPEN,0,4,10,4,0,,\n"
                             "tcp,one,3,tcp,SLEEPS,0,4,10,4,0,,\n\n")),
                   HADM_OK);
  assert_int_equal(take(snapshot, 2,
                        TEXT("Name: HAProxy\n\n" LISTENERS
                             "www,one,3,http,WAITING,2,3,10,3,1,,\n"
                             "www,sock-2,3,http,WAITING,0,1,10,1,0,,\n\n")),
                   HADM_OK);
  struct hadm_exposition_options options = EVERYTHING;
  options.modules = true;
  char *text = exposed(snapshot, &options, LARGE);
  assert_line(text, "haproxy_frontend_sessions_total{proxy=\"www\"} 9");
  assert_line(
      text,
      "haproxy_listener_sessions_total{proxy=\"www\",listener=\"one\"} 8");
  assert_line(
      text,
      "haproxy_listener_sessions_total{proxy=\"tcp\",listener=\"one\"} 4");
  assert_line(text, "haproxy_listener_status{proxy=\"www\",listener=\"one\","
                    "state=\"WAITING\"} 1");
  assert_line(text, "haproxy_listener_status{proxy=\"www\",listener=\"one\","
                    "state=\"OPEN\"} 0");
  assert_line(text, "haproxy_listener_status{proxy=\"www\",listener=\"sock-2\","
                    "state=\"FULL\"} 1");
  assert_no(text, "haproxy_listener_status{proxy=\"tcp\"");
  assert_line(text, "haproxy_listener_ssl_sess{proxy=\"www\",listener=\"one\","
                    "mod=\"ssl\"} 3");
  assert_no(text, "haproxy_listener_http");
  assert_no(text, "odd");
  free(text);
  const struct hadm_document_options of_listeners = {
      .kind = HADM_LISTENER,
      .form = HADM_DOCUMENT_CSV,
      .columns = TEXT("pxname,svname,conn_tot,processes")};
  text = written(snapshot, &of_listeners, LARGE);
  assert_string_equal(text, "pxname,svname,conn_tot,processes\n"
                            "www,one,9,1 2\nwww,sock-2,5,1 2\ntcp,one,4,1\n");
  free(text);
  hadm_snapshot_unref(snapshot);
}

#define TIMES "# pxname,svname,type,stot,qtime,\n"

/* Two processes at a time, each with a server's sessions and mean time. */
static struct hadm_snapshot *timed(const char *first, const char *second) {
  const char *const rows[] = {first, second};
  struct hadm_snapshot *snapshot = hadm_snapshot_new(2);
  for (unsigned i = 0; i < 2; i++) {
    char text[256];
    snprintf(text, sizeof(text),
             "Name: HAProxy\nPid: %u\nStart_time_sec: 9\n\n" TIMES
             "app,one,2,%s,\n\n",
             i + 1, rows[i]);
    assert_int_equal(take(snapshot, i + 1, text_of(text)), HADM_OK);
  }
  return snapshot;
}

static void assert_mean(struct hadm_snapshot *snapshot,
                        const struct hadm_tally *tally, const char *seconds) {
  struct hadm_exposition_options options = EVERYTHING;
  char line[128];
  options.tally = tally;
  snprintf(line, sizeof(line),
           "\nhaproxy_server_queue_time_average_seconds{proxy=\"app\",server="
           "\"one\"} %s\n",
           seconds);
  char *text = exposed(snapshot, &options, LARGE);
  if (strstr(text, line) == NULL)
    fail_msg("no line %s in\n%s", line, text);
  free(text);
}

/* A mean is of the sessions that there were, not of the processes. */
static void means_have_weights(void **state) {
  (void)state;
  struct hadm_tally *tally = hadm_tally_new(1);
  struct hadm_snapshot *one = timed("100,10", "100,50");
  assert_mean(one, NULL, "0.03");
  assert_int_equal(hadm_tally_take(tally, one, 0, 1000), HADM_OK);
  assert_mean(one, tally, "0.03");
  struct hadm_snapshot *two = timed("130,10", "110,50");
  assert_int_equal(hadm_tally_take(tally, two, 0, 1001), HADM_OK);
  assert_mean(two, tally, "0.02");
  assert_mean(two, NULL, "0.03");
  struct hadm_snapshot *three = timed("130,10", "111,70");
  assert_int_equal(hadm_tally_take(tally, three, 0, 1002), HADM_OK);
  assert_mean(three, tally, "0.07");
  /* Who had sessions last comes first here, and last there. */
  struct hadm_snapshot *four = timed("131,8", "111,70");
  assert_int_equal(hadm_tally_take(tally, four, 0, 1003), HADM_OK);
  assert_mean(four, tally, "0.008");
  /* Without news all that ever had a session weigh the same. */
  struct hadm_snapshot *five = timed("131,8", "111,70");
  assert_int_equal(hadm_tally_take(tally, five, 0, 1004), HADM_OK);
  assert_mean(five, tally, "0.039");
  /* Numbers that are too large to multiply with. */
  struct hadm_snapshot *six = timed("9000000000000000131,4", "111,70");
  assert_int_equal(hadm_tally_take(tally, six, 0, 1005), HADM_OK);
  assert_mean(six, tally, "0.004");
  struct hadm_snapshot *seven =
      timed("9000000000000000133,9000000000000000000", "112,-70");
  assert_int_equal(hadm_tally_take(tally, seven, 0, 1006), HADM_OK);
  assert_mean(seven, tally, "733007751.827");
  struct hadm_snapshot *all[] = {one, two, three, four, five, six, seven};
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
    hadm_snapshot_unref(all[i]);
  hadm_tally_free(tally);
}

/* Two processes with a row each, of which a field is quoted, or none. */
static struct hadm_snapshot *two_that_say(const char *one, const char *other,
                                          const char *mark) {
  struct hadm_snapshot *snapshot = hadm_snapshot_new(2);
  const char *const said[] = {one, other};
  assert_non_null(snapshot);
  for (unsigned i = 0; i < 2; i++) {
    char text[1024];
    const char *it = said[i];
    const int len = snprintf(
        text, sizeof(text),
        "Name: HAProxy\nVersion: 3.2.1\nNbproc: 1\nProcess_num: 1\n\n"
        "# pxname,svname,type,mode,status,%sstot,smax,act,weight,lastsess,"
        "lastchg,qtime,check_status,check_code,srv_ilim,src_ilim,last_chk,\n"
        "app,one,2,http,UP,%s%s,%s,%s,%s,%s,%s,%s,L7OK,%s,%s,%s,%slast%s,\n\n",
        i == 0 ? "" : "slim,", i == 0 ? "" : "3,", it, it, it, it, it, it, it,
        it, it, it, mark, mark);
    assert_int_equal(
        take(snapshot, i + 1, (struct hadm_slice){text, (size_t)len}), HADM_OK);
  }
  return snapshot;
}

/* Rows without quotes are read in a way of their own. */
static void quotes_change_no_number(void **state) {
  (void)state;
  const char *const texts[] = {"",
                               "0",
                               "7",
                               "10",
                               "4294967296",
                               "007",
                               "-1",
                               "-20",
                               "1.5",
                               "no number",
                               "12x",
                               "99999999999999999",
                               "1234567890123456",
                               "9223372036854775807",
                               "-9223372036854775808"};
  const size_t count = sizeof(texts) / sizeof(texts[0]);
  const struct hadm_document_options records = {.kind = HADM_SERVER,
                                                .form = HADM_DOCUMENT_RECORDS};
  for (size_t i = 0; i < count * count; i++) {
    const char *one = texts[i / count];
    const char *other = texts[i % count];
    struct hadm_snapshot *plain = two_that_say(one, other, "");
    struct hadm_snapshot *quoted = two_that_say(one, other, "\"");
    char *text = exposed(plain, &EVERYTHING, LARGE);
    char *expected = exposed(quoted, &EVERYTHING, LARGE);
    assert_string_equal(text, expected);
    free(text);
    free(expected);
    text = written(plain, &records, LARGE);
    expected = written(quoted, &records, LARGE);
    assert_string_equal(text, expected);
    free(text);
    free(expected);
    hadm_snapshot_unref(plain);
    hadm_snapshot_unref(quoted);
  }
}

static void as_columns(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  struct hadm_document_options options = {
      .kind = HADM_SERVER,
      .columns = TEXT("svname,status,check_status,weight,last_chk,differs,"
                      "processes,process,nosuch")};
  char *text = written(snapshot, &options, LARGE);
  assert_string_equal(
      text, "{\"columns\":[\"svname\",\"status\",\"check_status\",\"weight\","
            "\"last_chk\",\"differs\",\"processes\",\"process\",\"nosuch\"],"
            "\"rows\":[\n"
            "[\"one\",\"DOWN 1/2\",\"L4TOUT\",15,\"x, \\\"y\\\"\","
            "[\"status\",\"check_status\",\"weight\",\"last_chk\"],[1,2],null,"
            "null],\n"
            "[\"two\",\"MAINT\",null,1,null,[\"status\"],[1,2],null,null],\n"
            "[\"new\",\"no check\",\"L4CON\",1,null,[],[1],null,null]\n]}\n");
  free(text);
  options.form = HADM_DOCUMENT_CSV;
  options.columns = TEXT("svname,last_chk,differs,processes,nosuch");
  text = written(snapshot, &options, 1);
  assert_string_equal(text, "svname,last_chk,differs,processes,nosuch\n"
                            "one,\"x, \"\"y\"\"\",last_chk,1 2,\n"
                            "two,,,1 2,\n"
                            "new,,,1,\n");
  free(text);
  hadm_snapshot_unref(snapshot);
}

static void as_records(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  struct hadm_document_options options = {.kind = HADM_FRONTEND,
                                          .view = HADM_VIEW_EACH,
                                          .form = HADM_DOCUMENT_RECORDS,
                                          .columns = TEXT("process,pxname,odd"
                                                          ",slim,qcur")};
  char *text = written(snapshot, &options, 1);
  assert_string_equal(
      text, "[\n"
            "{\"process\":1,\"pxname\":\"www\",\"odd\":4,\"slim\":100},\n"
            "{\"process\":2,\"pxname\":\"www\",\"odd\":5,\"slim\":100},\n"
            "{\"process\":1,\"pxname\":\"tcp\",\"odd\":4,\"slim\":100}\n]\n");
  free(text);
  options = (struct hadm_document_options){.kind = HADM_PROCESS,
                                           .view = HADM_VIEW_PROCESS,
                                           .form = HADM_DOCUMENT_RECORDS};
  text = written(snapshot, &options, LARGE);
  assert_string_equal(
      text, "[\n{\"Name\":\"HAProxy\",\"Version\":\"3.2.1\",\"Nbproc\":1,"
            "\"Process_num\":1,\"CurrConns\":3,\"Idle_pct\":90,"
            "\"Uptime_sec\":50,\"description\":\"a \\\"b\\\", c\","
            "\"TotalSplicedBytesOut\":5}\n]\n");
  free(text);
  options.view = HADM_VIEW_TOTAL;
  options.columns = TEXT("CurrConns,Version,Idle_pct,processes,differs");
  text = written(snapshot, &options, LARGE);
  assert_string_equal(
      text, "[\n{\"CurrConns\":7,\"Version\":\"3.2.1\",\"Idle_pct\":75,"
            "\"processes\":[1,2],\"differs\":[\"Version\"]}\n]\n");
  free(text);
  options = (struct hadm_document_options){.kind = HADM_SERVER,
                                           .view = HADM_VIEW_EACH};
  text = written(snapshot, &options, LARGE);
  assert_non_null(strstr(text, "{\"columns\":[\"process\",\"pxname\","));
  assert_null(strstr(text, "\"-\""));
  free(text);
  hadm_snapshot_unref(snapshot);
}

/* Whatever cannot be allocated: an error, and nothing is left. */
static void out_of_memory(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  long before = blocks_held();
  for (begin_failing(); next_failing();) {
    struct hadm_exposition *exposition =
        hadm_exposition_new(snapshot, &EVERYTHING);
    struct hadm_buffer piece = HADM_BUFFER_EMPTY;
    enum hadm_status status = HADM_E_NOMEM;
    if (exposition != NULL)
      status = hadm_exposition_next(exposition, &piece, LARGE);
    int failed = has_failed();
    assert_int_equal(status, failed ? HADM_E_NOMEM : HADM_OK);
    hadm_buffer_free(&piece);
    hadm_exposition_free(exposition);
    assert_int_equal(blocks_held(), before);
  }
  for (int form = HADM_DOCUMENT_COLUMNS; form <= HADM_DOCUMENT_CSV; form++)
    for (begin_failing(); next_failing();) {
      const struct hadm_document_options options = {
          .kind = HADM_SERVER,
          .form = (enum hadm_document_form)form,
          .columns = form == HADM_DOCUMENT_CSV ? TEXT("svname,weight,processes")
                                               : TEXT("")};
      struct hadm_document *document = hadm_document_new(snapshot, &options);
      struct hadm_buffer piece = HADM_BUFFER_EMPTY;
      enum hadm_status status = HADM_E_NOMEM;
      if (document != NULL)
        status = hadm_document_next(document, NULL, &piece, LARGE);
      int failed = has_failed();
      assert_int_equal(status, failed ? HADM_E_NOMEM : HADM_OK);
      hadm_buffer_free(&piece);
      hadm_document_free(document);
      assert_int_equal(blocks_held(), before);
    }
  hadm_snapshot_unref(snapshot);
}

/* The recorded answers of every version. */
static void recorded_answers(void **state) {
  (void)state;
  for (size_t i = 0; versions[i] != NULL; i++) {
    char name[64];
    snprintf(name, sizeof(name), "%s/reading.txt", versions[i]);
    struct hadm_snapshot *snapshot = hadm_snapshot_new(1);
    assert_int_equal(take(snapshot, 1, recorded(name)), HADM_OK);
    char *text = exposed(snapshot, &EVERYTHING, LARGE);
    assert_non_null(strstr(text, "haproxy_process_start_time_seconds") != NULL
                        ? text
                        : strstr(text, "haproxy_process_uptime_seconds"));
    assert_non_null(strstr(text, "haproxy_server_status{"));
    assert_non_null(strstr(text, "haproxy_backend_http_responses_total{"));
    assert_null(strstr(text, "NaN"));
    free(text);
    hadm_snapshot_unref(snapshot);
  }
}

/* A mean is a sum before it is one: three that agree do not differ from it. */
static void three_that_agree(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = hadm_snapshot_new(3);
  assert_non_null(snapshot);
  for (unsigned nb = 1; nb <= 3; nb++)
    assert_int_equal(take(snapshot, nb,
                          TEXT("Name: HAProxy\nVersion: 3.2.1\n\n" HEADER
                               "app,one,2,http,UP,1,9,10,1,7,5,8,,,10.0.0.1:80,"
                               "0,4,,,,-,,\n\n")),
                     HADM_OK);
  char *text = exposed(snapshot, &EVERYTHING, LARGE);
  assert_line(text, "haproxy_server_weight{proxy=\"app\",server=\"one\"} 10");
  assert_no(text, "haproxyadmin_disagreements{");
  free(text);
  hadm_snapshot_unref(snapshot);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_made_one),
      cmocka_unit_test(three_that_agree),
      cmocka_unit_test(one_process_and_each),
      cmocka_unit_test(what_is_asked_for),
      cmocka_unit_test(what_modules_count),
      cmocka_unit_test(in_small_pieces),
      cmocka_unit_test(without_rows),
      cmocka_unit_test(memory_in_bytes),
      cmocka_unit_test(old_workers),
      cmocka_unit_test(counted_on),
      cmocka_unit_test(of_listeners),
      cmocka_unit_test(means_have_weights),
      cmocka_unit_test(quotes_change_no_number),
      cmocka_unit_test(as_columns),
      cmocka_unit_test(as_records),
      cmocka_unit_test(out_of_memory),
      cmocka_unit_test(recorded_answers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
