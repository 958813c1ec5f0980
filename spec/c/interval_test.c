#include "../../csrc/core/data/hadm_interval.h"
#include "reader.h"

#define INFO(pid, start, requests)                                             \
  "Name: HAProxy\nPid: " pid "\nStart_time_sec: " start "\nCumReq: " requests  \
  "\n\n"
#define HEADER "# pxname,svname,type,stot,status,\n"

static void take(struct hadm_snapshot *snapshot, unsigned slot,
                 struct hadm_slice text) {
  struct hadm_session session;
  assert_int_equal(read_at_once(&session, ASK_READING, text), HADM_OK);
  assert_int_equal(
      hadm_snapshot_take(snapshot, slot, slot + 10, &session.reading), HADM_OK);
  hadm_session_free(&session);
}

static struct hadm_snapshot *of_three(struct hadm_slice a, struct hadm_slice b,
                                      struct hadm_slice c) {
  struct hadm_snapshot *snapshot = hadm_snapshot_new(3);
  assert_non_null(snapshot);
  take(snapshot, 1, a);
  take(snapshot, 2, b);
  take(snapshot, 3, c);
  return snapshot;
}

static struct hadm_snapshot *earlier(void) {
  return of_three(TEXT(INFO("7", "100", "50") HEADER "app,one,2,10,UP,\n"
                                                     "app,two,2,20,UP,\n"
                                                     "app,BACKEND,1,30,UP,\n"
                                                     "\n"),
                  TEXT(INFO("8", "100", "60") HEADER "app,one,2,100,UP,\n"
                                                     "app,two,2,,UP,\n\n"),
                  TEXT(INFO("9", "100", "70") HEADER "app,one,2,1000,UP,\n"
                                                     "\n"));
}

static const struct hadm_metric *metric(const char *name) {
  const struct hadm_metric *found =
      hadm_metric_find(text_of(name), HADM_OF_ROWS | HADM_OF(HADM_PROCESS));
  assert_non_null(found);
  return found;
}

static uint32_t server(const struct hadm_snapshot *snapshot, const char *name) {
  return hadm_snapshot_find(snapshot, HADM_SERVER, text_of("app"),
                            text_of(name));
}

static void assert_increase(const struct hadm_interval *interval,
                            const char *name, unsigned nb, int64_t expected) {
  int64_t increase = -1;
  assert_true(hadm_interval_increase(interval, server(interval->now, name), nb,
                                     metric("stot"), &increase));
  assert_int_equal(increase, expected);
}

static void assert_none(const struct hadm_interval *interval, const char *name,
                        unsigned nb) {
  int64_t increase;
  assert_false(hadm_interval_increase(interval, server(interval->now, name), nb,
                                      metric("stot"), &increase));
}

/* The second process was restarted with the same PID, the third counts from 0
 * again; rows stand in another order. */
static void increases(void **state) {
  (void)state;
  struct hadm_snapshot *before = earlier();
  struct hadm_snapshot *now =
      of_three(TEXT(INFO("7", "100", "55") HEADER "app,new,2,7,UP,\n"
                                                  "app,two,2,21,UP,\n"
                                                  "app,one,2,14,UP,\n"
                                                  "app,BACKEND,1,35,UP,\n\n"),
               TEXT(INFO("8", "200", "1") HEADER "app,one,2,500,UP,\n"
                                                 "app,two,2,30,UP,\n\n"),
               TEXT(INFO("9", "100", "75") HEADER "app,one,2,3,UP,\n\n"));
  struct hadm_interval interval;
  assert_int_equal(hadm_interval_init(&interval, before, now), HADM_OK);
  hadm_snapshot_unref(before);
  hadm_snapshot_unref(now);
  assert_increase(&interval, "one", 0, 4);
  assert_increase(&interval, "one", 11, 4);
  assert_none(&interval, "one", 12);
  assert_none(&interval, "one", 13);
  assert_increase(&interval, "two", 0, 1);
  assert_none(&interval, "new", 0);
  int64_t increase;
  assert_true(hadm_interval_increase(&interval, HADM_NONE, 0, metric("CumReq"),
                                     &increase));
  assert_int_equal(increase, 10);
  assert_false(hadm_interval_increase(&interval, HADM_NONE, 12,
                                      metric("CumReq"), &increase));
  assert_false(hadm_interval_increase(&interval, HADM_NONE, 0,
                                      metric("CumSslConns"), &increase));
  hadm_interval_free(&interval);
  hadm_interval_free(&interval);
}

/* One that was away is compared with nothing; one whose place another has taken
 * neither. */
static void processes_come_and_go(void **state) {
  (void)state;
  struct hadm_snapshot *before = hadm_snapshot_new(1);
  assert_non_null(before);
  take(before, 1,
       TEXT("Name: HAProxy\nPid: 7\n\n" HEADER "app,one,2,10,UP,\n\n"));
  struct hadm_snapshot *now =
      of_three(TEXT("Name: HAProxy\nPid: 7\n\n" HEADER "app,one,2,11,UP,\n\n"),
               TEXT("Name: HAProxy\nPid: 8\n\n" HEADER "app,one,2,99,UP,\n\n"),
               TEXT("Name: HAProxy\nPid: 9\nStart_time_sec: 5\n\n" HEADER
                    "app,one,2,99,UP,\n\n"));
  struct hadm_interval interval;
  assert_int_equal(hadm_interval_init(&interval, before, now), HADM_OK);
  assert_increase(&interval, "one", 0, 1);
  assert_none(&interval, "one", 12);
  hadm_interval_free(&interval);
  assert_int_equal(hadm_interval_init(&interval, now, before), HADM_OK);
  assert_none(&interval, "one", 0);
  hadm_interval_free(&interval);
  hadm_snapshot_unref(before);
  hadm_snapshot_unref(now);
}

static void of_nothing(void **state) {
  (void)state;
  struct hadm_snapshot *none = hadm_snapshot_new(0);
  assert_non_null(none);
  struct hadm_interval interval;
  assert_int_equal(hadm_interval_init(&interval, none, none), HADM_OK);
  int64_t increase;
  assert_false(hadm_interval_increase(&interval, HADM_NONE, 0, metric("CumReq"),
                                      &increase));
  hadm_interval_free(&interval);
  hadm_snapshot_unref(none);
}

static void survives_a_lack_of_memory(void **state) {
  (void)state;
  for (begin_failing(); next_failing();) {
    struct hadm_snapshot *snapshot = hadm_snapshot_new(1);
    struct hadm_interval interval;
    enum hadm_status status = HADM_E_NOMEM;
    if (snapshot != NULL) {
      status = hadm_interval_init(&interval, snapshot, snapshot);
      hadm_interval_free(&interval);
    }
    assert_int_equal(status, has_failed() ? HADM_E_NOMEM : HADM_OK);
    hadm_snapshot_unref(snapshot);
    assert_int_equal(blocks_held(), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(increases),
      cmocka_unit_test(processes_come_and_go),
      cmocka_unit_test(of_nothing),
      cmocka_unit_test(survives_a_lack_of_memory),
  };
  return cmocka_run_group_tests_name("interval", tests, NULL, NULL);
}
