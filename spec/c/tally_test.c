#include "../../csrc/core/data/hadm_saved.h"
#include "reader.h"

#include <inttypes.h>
#include <stdio.h>

/* One process as a reading shows it. */
struct shown {
  unsigned nb;
  const char *info; /* its lines */
  const char *rows; /* with their header; NULL: the usual one and no row */
  bool old;
};

#define NOW INT64_C(1700000000)
#define HEADER "# pxname,svname,type,stot,downtime,scur,hrsp_2xx,\n"
#define IS(pid, start) "Pid: " #pid "\nStart_time_sec: " #start "\n"

static struct hadm_snapshot *read_all(const struct shown *shown, size_t count) {
  struct hadm_snapshot *snapshot = hadm_snapshot_new(count);
  assert_non_null(snapshot);
  for (size_t i = 0; i < count; i++) {
    char text[4096];
    snprintf(text, sizeof(text), "Name: HAProxy\n%s\n%s\n", shown[i].info,
             shown[i].rows != NULL ? shown[i].rows : HEADER);
    struct hadm_session session;
    assert_int_equal(read_at_once(&session, ASK_READING, text_of(text)),
                     HADM_OK);
    assert_int_equal(hadm_snapshot_take(snapshot, (unsigned)i, shown[i].nb,
                                        &session.reading),
                     HADM_OK);
    hadm_session_free(&session);
    if (shown[i].old)
      hadm_snapshot_age(snapshot);
  }
  return snapshot;
}

/* Adds a reading of these processes. */
static void take(struct hadm_tally *tally, int64_t now, size_t missing,
                 const struct shown *shown, size_t count) {
  struct hadm_snapshot *snapshot = read_all(shown, count);
  assert_int_equal(hadm_tally_take(tally, snapshot, missing, now), HADM_OK);
  for (uint32_t i = 0; i < snapshot->count; i++) {
    uint32_t place = hadm_tally_place(tally, snapshot, i);
    if (hadm_snapshot_has(snapshot, i))
      assert_int_not_equal(place, HADM_NONE);
  }
  hadm_snapshot_unref(snapshot);
}
#define TAKE(tally, now, missing, ...)                                         \
  do {                                                                         \
    const struct shown shown_now[] = {__VA_ARGS__};                            \
    take(tally, now, missing, shown_now,                                       \
         sizeof(shown_now) / sizeof(shown_now[0]));                            \
  } while (0)

static const struct hadm_metric *metric(const char *name) {
  const struct hadm_metric *found =
      hadm_metric_find(text_of(name), HADM_OF_ROWS | HADM_OF(HADM_PROCESS));
  assert_non_null(found);
  return found;
}

/* The total of a server "app/one", or -1. */
static int64_t of_one(const struct hadm_tally *tally, const char *name) {
  int64_t value;
  uint32_t place = hadm_tally_find(tally, HADM_SERVER, TEXT("app,one,"));
  return hadm_tally_value(tally, place, metric(name), &value) ? value : -1;
}

static int64_t of_info(const struct hadm_tally *tally, const char *name) {
  int64_t value;
  return hadm_tally_value(tally, 0, metric(name), &value) ? value : -1;
}

#define ONE(stot) HEADER "app,one,2," #stot ",0,5,7,\n"
#define P1(stot)                                                               \
  { 1, IS(11, 1699999000), ONE(stot), false }
#define P2(stot)                                                               \
  { 2, IS(12, 1699999000), ONE(stot), false }

static struct hadm_tally *fresh(void) {
  struct hadm_tally *tally = hadm_tally_new(7);
  assert_non_null(tally);
  return tally;
}

static void begins_at_nothing(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(1000000), P2(2000000));
  assert_int_equal(of_one(tally, "stot"), 0);
  TAKE(tally, NOW + 1, 0, P1(1000010), P2(2000005));
  assert_int_equal(of_one(tally, "stot"), 15);
  hadm_tally_free(tally);
}

static void one_process_says_its_own(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(1000));
  assert_int_equal(of_one(tally, "stot"), 1000);
  TAKE(tally, NOW + 1, 0, {1, IS(21, 1700000001), ONE(5), false});
  assert_int_equal(of_one(tally, "stot"), 5);
  assert_int_equal(hadm_tally_changes(tally, 1), 1);
  hadm_tally_free(tally);
}

/* A second process makes it a sum; what that one counted before is no news. */
static void from_one_to_two(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(1000));
  TAKE(tally, NOW + 1, 0, P1(1001), P2(500));
  assert_int_equal(of_one(tally, "stot"), 1001);
  TAKE(tally, NOW + 2, 0, P1(1002), P2(503));
  assert_int_equal(of_one(tally, "stot"), 1005);
  TAKE(tally, NOW + 3, 1, P1(1003));
  assert_int_equal(of_one(tally, "stot"), 1006);
  hadm_tally_free(tally);
}

/* One that is away at first makes it a sum, too. */
static void one_of_two(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 1, P1(1000));
  assert_int_equal(of_one(tally, "stot"), 0);
  TAKE(tally, NOW + 1, 0, P1(1001), P2(500));
  assert_int_equal(of_one(tally, "stot"), 1);
  hadm_tally_free(tally);
}

static void a_restart(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(1000), P2(1000));
  TAKE(tally, NOW + 1, 0, P1(1010), P2(1010));
  TAKE(tally, NOW + 2, 0, P1(1020), {2, IS(99, 1700000001), ONE(3), false});
  assert_int_equal(of_one(tally, "stot"), 33);
  assert_int_equal(hadm_tally_changes(tally, 1), 0);
  assert_int_equal(hadm_tally_changes(tally, 2), 1);
  /* The same pid another time, as in a container. */
  TAKE(tally, NOW + 9, 0, P1(1020), {2, IS(99, 1700000005), ONE(9), false});
  assert_int_equal(of_one(tally, "stot"), 42);
  assert_int_equal(hadm_tally_changes(tally, 2), 2);
  /* It is slow to take the socket over, or its clock is a second off. */
  TAKE(tally, NOW + 200, 0, P1(1020), {2, IS(100, 1700000001), ONE(2), false});
  assert_int_equal(of_one(tally, "stot"), 44);
  TAKE(tally, NOW + 201, 0, P1(1020), {2, IS(100, 1700000002), ONE(3), false});
  assert_int_equal(of_one(tally, "stot"), 45);
  assert_int_equal(hadm_tally_changes(tally, 2), 3);
  hadm_tally_free(tally);
}

/* An address that leads to another machine now. */
static void an_old_stranger(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(1000), P2(1000));
  TAKE(tally, NOW + 1, 0, P1(1001),
       {2, IS(12, 1600000000), ONE(5000000), false});
  assert_int_equal(of_one(tally, "stot"), 1);
  TAKE(tally, NOW + 2, 0, P1(1001),
       {2, IS(12, 1600000000), ONE(5000004), false});
  assert_int_equal(of_one(tally, "stot"), 5);
  hadm_tally_free(tally);
}

/* Before HAProxy 2.4 there is only the time that it has run. */
#define RUNS(pid, uptime) "Pid: " #pid "\nUptime_sec: " #uptime "\n"
static void before_2_4(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, {1, RUNS(11, 500), ONE(100), false}, P2(0));
  TAKE(tally, NOW + 10, 0, {1, RUNS(11, 509), ONE(110), false}, P2(0));
  assert_int_equal(of_one(tally, "stot"), 10);
  /* The reader's clock is set by an hour, and back. */
  TAKE(tally, NOW + 3620, 0, {1, RUNS(11, 520), ONE(115), false}, P2(0));
  TAKE(tally, NOW + 30, 0, {1, RUNS(11, 530), ONE(120), false}, P2(0));
  assert_int_equal(of_one(tally, "stot"), 20);
  assert_int_equal(hadm_tally_changes(tally, 1), 0);
  TAKE(tally, NOW + 50, 0, {1, RUNS(11, 4), ONE(130), false}, P2(0));
  assert_int_equal(of_one(tally, "stot"), 150);
  assert_int_equal(hadm_tally_changes(tally, 1), 1);
  TAKE(tally, NOW + 51, 0, {1, RUNS(12, 9), ONE(1), false}, P2(0));
  assert_int_equal(of_one(tally, "stot"), 151);
  hadm_tally_free(tally);
}

static void cleared_counters(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(1000), P2(1000));
  TAKE(tally, NOW + 1, 0, P1(4), P2(1001));
  assert_int_equal(of_one(tally, "stot"), 5);
  assert_int_equal(hadm_tally_changes(tally, 1), 0);
  hadm_tally_free(tally);
}

#define CONNS(pid, nb, count)                                                  \
  {                                                                            \
    nb,                                                                        \
        IS(pid, 1699999000) "CumConns: " #count "\nCurrConns: 5\n"             \
                            "TotalBytesOut: " #count "\n",                     \
        NULL, false                                                            \
  }
static void the_end_of_32_bits(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, CONNS(11, 1, 4294967290), CONNS(12, 2, 100));
  TAKE(tally, NOW + 1, 0, CONNS(11, 1, 4), CONNS(12, 2, 100));
  assert_int_equal(of_info(tally, "CumConns"), 10);
  assert_int_equal(of_info(tally, "TotalBytesOut"), 4);
  assert_int_equal(of_info(tally, "CurrConns"), -1);
  /* It is far from the end: it was cleared. */
  TAKE(tally, NOW + 2, 0, CONNS(11, 1, 2147483647), CONNS(12, 2, 50));
  assert_int_equal(of_info(tally, "CumConns"), 10 + INT64_C(2147483643) + 50);
  TAKE(tally, NOW + 3, 0, CONNS(11, 1, 2147483646), CONNS(12, 2, 50));
  assert_int_equal(of_info(tally, "CumConns"),
                   10 + INT64_C(2147483643) + 50 + 2147483646);
  hadm_tally_free(tally);
}

static void one_that_is_away(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(1000), P2(1000));
  TAKE(tally, NOW + 1, 1, P1(1001));
  TAKE(tally, NOW + 2, 1, P1(1002));
  assert_int_equal(of_one(tally, "stot"), 2);
  TAKE(tally, NOW + 3, 0, P1(1003), P2(1050));
  assert_int_equal(of_one(tally, "stot"), 53);
  /* All are. */
  TAKE(tally, NOW + 4, 0, P1(1003), P2(1050));
  struct hadm_snapshot *nobody = hadm_snapshot_new(0);
  assert_int_equal(hadm_tally_take(tally, nobody, 2, NOW + 5), HADM_OK);
  hadm_snapshot_unref(nobody);
  TAKE(tally, NOW + 6, 0, P1(1004), P2(1051));
  assert_int_equal(of_one(tally, "stot"), 55);
  /* So long that nobody waits any more: it begins where it is. */
  TAKE(tally, NOW + 7 + HADM_TALLY_KEEP, 1, P1(1005));
  TAKE(tally, NOW + 8 + HADM_TALLY_KEEP, 0, P1(1005), P2(9000));
  assert_int_equal(of_one(tally, "stot"), 56);
  TAKE(tally, NOW + 9 + HADM_TALLY_KEEP, 0, P1(1005), P2(9001));
  assert_int_equal(of_one(tally, "stot"), 57);
  hadm_tally_free(tally);
}

/* The program was started without one of them, and counts them otherwise. */
static void other_numbers(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(1000), P2(1000),
       {3, IS(13, 1699999000), ONE(1000), false});
  TAKE(tally, NOW + 1, 1, P1(1001), {2, IS(13, 1699999000), ONE(1001), false});
  assert_int_equal(of_one(tally, "stot"), 2);
  TAKE(tally, NOW + 2, 0, P1(1001), {2, IS(13, 1699999000), ONE(1001), false},
       {3, IS(12, 1699999000), ONE(1007), false});
  assert_int_equal(of_one(tally, "stot"), 9);
  /* One pid and one start on two machines. */
  TAKE(tally, NOW + 3, 0, {4, IS(8, 1700000003), ONE(10), false},
       {5, IS(8, 1700000003), ONE(20), false});
  assert_int_equal(of_one(tally, "stot"), 39);
  TAKE(tally, NOW + 4, 0, {5, IS(8, 1700000003), ONE(21), false});
  TAKE(tally, NOW + 5, 0, {5, IS(8, 1700000003), ONE(22), false},
       {4, IS(8, 1700000003), ONE(13), false});
  assert_int_equal(of_one(tally, "stot"), 44);
  hadm_tally_free(tally);
}

/* Through a master, a worker goes on as an old one under another number. */
static void old_workers(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(1000), P2(1000));
  TAKE(tally, NOW + 1, 0, {1, IS(31, 1700000001), ONE(2), false}, P2(1000),
       {3, IS(11, 1699999000), ONE(1005), true});
  assert_int_equal(of_one(tally, "stot"), 7);
  assert_int_equal(hadm_tally_changes(tally, 1), 1);
  assert_int_equal(hadm_tally_changes(tally, 3), 0);
  TAKE(tally, NOW + 2, 0, {1, IS(31, 1700000001), ONE(3), false}, P2(1000));
  assert_int_equal(of_one(tally, "stot"), 8);
  /* It was only slow to answer. */
  TAKE(tally, NOW + 3, 0, {1, IS(31, 1700000001), ONE(3), false}, P2(1000),
       {3, IS(11, 1699999000), ONE(1008), true});
  TAKE(tally, NOW + 4, 0, {1, IS(31, 1700000001), ONE(3), false}, P2(1000),
       {3, IS(11, 1699999000), ONE(1009), true});
  assert_int_equal(of_one(tally, "stot"), 9);
  hadm_tally_free(tally);
  /* One process and its old worker are one: its own numbers. */
  tally = fresh();
  TAKE(tally, NOW, 0, P1(1000), {2, IS(10, 1699998000), ONE(500), true});
  assert_int_equal(of_one(tally, "stot"), 1000);
  TAKE(tally, NOW + 1, 0, {1, IS(12, 1700000001), ONE(4), false},
       {2, IS(11, 1699999000), ONE(1001), true});
  assert_int_equal(of_one(tally, "stot"), 4);
  hadm_tally_free(tally);
}

#define DOWN(nb, pid, downtime)                                                \
  { nb, IS(pid, 1699999000), HEADER "app,one,2,1," #downtime ",0,7,\n", false }
static void seconds_of_downtime(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, DOWN(1, 11, 100), DOWN(2, 12, 50), DOWN(3, 13, 0));
  assert_int_equal(of_one(tally, "downtime"), 0);
  /* Seconds that one of them has not seen yet are not lost. */
  TAKE(tally, NOW + 1, 0, DOWN(1, 11, 101), DOWN(2, 12, 51), DOWN(3, 13, 0));
  assert_int_equal(of_one(tally, "downtime"), 0);
  TAKE(tally, NOW + 2, 0, DOWN(1, 11, 102), DOWN(2, 12, 52), DOWN(3, 13, 1));
  TAKE(tally, NOW + 3, 0, DOWN(1, 11, 102), DOWN(2, 12, 52), DOWN(3, 13, 2));
  assert_in_range(of_one(tally, "downtime"), 1, 2);
  TAKE(tally, NOW + 4, 0, DOWN(1, 11, 104), DOWN(2, 12, 54), DOWN(3, 13, 4));
  assert_in_range(of_one(tally, "downtime"), 3, 4);
  /* What one that was away tells, the others have told. */
  TAKE(tally, NOW + 50, 1, DOWN(1, 11, 150), DOWN(2, 12, 100));
  TAKE(tally, NOW + 51, 0, DOWN(1, 11, 151), DOWN(2, 12, 101), DOWN(3, 13, 51));
  assert_in_range(of_one(tally, "downtime"), 50, 51);
  /* A new one in between. */
  TAKE(tally, NOW + 60, 0, DOWN(1, 11, 151), DOWN(2, 12, 101),
       {3, IS(14, 1700000055), HEADER "app,one,2,1,5,0,7,\n", false});
  assert_in_range(of_one(tally, "downtime"), 50, 51);
  /* All are new. */
  TAKE(tally, NOW + 70, 0,
       {1, IS(21, 1700000065), HEADER "app,one,2,1,4,0,7,\n", false},
       {2, IS(22, 1700000065), HEADER "app,one,2,1,6,0,7,\n", false});
  assert_in_range(of_one(tally, "downtime"), 55, 56);
  hadm_tally_free(tally);
  tally = fresh();
  TAKE(tally, NOW, 0, DOWN(1, 11, 100));
  assert_int_equal(of_one(tally, "downtime"), 100);
  TAKE(tally, NOW, 0, DOWN(1, 11, 9223372036854775807));
  assert_int_equal(of_one(tally, "downtime"), 100);
  hadm_tally_free(tally);
}

/* Rows and columns come and go and stand elsewhere. */
static void objects_that_move(void **state) {
  (void)state;
  const char *other = "# pxname,svname,hrsp_2xx,type,stot,\n"
                      "new,FRONTEND,3,0,1,\nodd,row,9,9,1,\n"
                      "app,one,8,2,1002,\n";
  const char *without = HEADER "app,BACKEND,1,9,0,0,1,\n";
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(1000), P2(1000));
  TAKE(tally, NOW + 1, 0, P1(1001), {2, IS(12, 1699999000), other, false});
  assert_int_equal(of_one(tally, "stot"), 3);
  assert_int_equal(of_one(tally, "hrsp_2xx"), 1);
  /* What is new to a process that is known was all counted since. */
  int64_t value = 0;
  uint32_t place = hadm_tally_find(tally, HADM_FRONTEND, TEXT("new,FRONTEND,"));
  assert_true(hadm_tally_value(tally, place, metric("stot"), &value));
  assert_int_equal(value, 1);
  assert_false(hadm_tally_value(tally, place, metric("bin"), &value));
  assert_false(hadm_tally_value(tally, place, metric("CumConns"), &value));
  assert_false(hadm_tally_value(tally, HADM_NONE, metric("stot"), &value));
  assert_false(hadm_tally_value(tally, place, metric("scur"), &value));
  /* It is gone from one, then from all, and is there again. */
  TAKE(tally, NOW + 2, 0, P1(1002), {2, IS(12, 1699999000), without, false});
  assert_int_equal(of_one(tally, "stot"), 4);
  TAKE(tally, NOW + 3, 0, {1, IS(11, 1699999000), without, false},
       {2, IS(12, 1699999000), without, false});
  TAKE(tally, NOW + 4, 0, P1(1004), P2(1004));
  assert_int_equal(of_one(tally, "stot"), 8);
  assert_int_equal(of_one(tally, "scur"), -1);
  /* Deleted and added: it counts from 0 again. */
  TAKE(tally, NOW + 5, 0, P1(3), P2(1004));
  assert_int_equal(of_one(tally, "stot"), 11);
  hadm_tally_free(tally);
}

static void what_is_gone_is_forgotten(void **state) {
  (void)state;
  const char *without = HEADER "app,BACKEND,1,9,0,0,1,\n";
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(1000), P2(1000));
  TAKE(tally, NOW + 1, 1, {1, IS(11, 1699999000), without, false});
  TAKE(tally, NOW + HADM_TALLY_KEEP, 1,
       {1, IS(11, 1699999000), without, false});
  assert_int_equal(of_one(tally, "stot"), 0);
  TAKE(tally, NOW + 2 * HADM_TALLY_KEEP, 1,
       {1, IS(11, 1699999000), without, false});
  assert_int_equal(of_one(tally, "stot"), -1);
  assert_int_equal(tally->count, 2);
  assert_int_not_equal(
      hadm_tally_find(tally, HADM_BACKEND, TEXT("app,BACKEND,")), HADM_NONE);
  TAKE(tally, NOW + 1 + 2 * HADM_TALLY_KEEP, 1, P1(7));
  assert_int_equal(of_one(tally, "stot"), 7);
  hadm_tally_free(tally);
}

/* Many names, one after the other, do not add up. */
static void churn(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  for (int i = 0; i < 500; i++) {
    char rows[256];
    snprintf(rows, sizeof(rows), HEADER "app,s%d,2,%d,0,0,7,\n", i, i);
    TAKE(tally, NOW + i * (HADM_TALLY_KEEP / 10), 0,
         {1, IS(11, 1699999000), rows, false},
         {2, IS(12, 1699999000), rows, false});
  }
  assert_in_range(tally->count, 11, 13);
  hadm_tally_free(tally);
}

static void odd_values(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(-5), P2());
  assert_int_equal(of_one(tally, "stot"), -1);
  TAKE(tally, NOW + 1, 0, P1(x), P2(9223372036854775807));
  TAKE(tally, NOW + 2, 0, P1(9223372036854775807), P2(9223372036854775807));
  TAKE(tally, NOW + 3, 0, P1(5), P2(18446744073709551615));
  assert_true(of_one(tally, "stot") == INT64_MAX);
  /* Nobody says who it is: then it is who it was. */
  TAKE(tally, NOW + 4, 0, {1, "", ONE(6), false}, {2, "", ONE(7), false});
  assert_int_equal(hadm_tally_changes(tally, 1), 0);
  /* Quotes in a row. */
  TAKE(tally, NOW + 5, 0,
       {1, "Pid: 11\n",
        "# pxname,svname,type,last_chk,hrsp_2xx,\napp,one,2,\"a, b\",90,\n",
        false});
  assert_int_equal(of_one(tally, "hrsp_2xx"), 83);
  hadm_tally_free(tally);
}

static void which_count(void **state) {
  (void)state;
  struct hadm_counters counters;
  hadm_counters_init(&counters);
  assert_true(hadm_metric_count() <= HADM_COUNTER_METRICS);
  for (unsigned kind = 0; kind < HADM_COUNTER_KINDS; kind++) {
    assert_true(counters.count[kind] <= HADM_COUNTERS_MAX);
    for (size_t i = 0; i < counters.count[kind]; i++)
      assert_int_equal(
          hadm_counters_find(
              &counters, (enum hadm_kind)kind,
              hadm_counters_name(&counters, (enum hadm_kind)kind, i)),
          i);
  }
  assert_true(hadm_counter_is_one(metric("h2_rst_stream_rcvd")));
  assert_true(hadm_counter_is_one(metric("ssl_sess")));
  assert_true(hadm_counter_is_one(metric("h2_total_connections")));
  assert_false(hadm_counter_is_one(metric("h2_open_connections")));
  assert_false(hadm_counter_is_one(metric("PipesUsed")));
  assert_false(hadm_counter_is_one(metric("CompressBpsIn")));
  assert_true(hadm_counter_is_one(metric("PatternsAdded")));
  assert_int_equal(hadm_counters_number(&counters, HADM_PROCESS,
                                        metric("TotalSplicdedBytesOut")),
                   hadm_counters_number(&counters, HADM_PROCESS,
                                        metric("TotalSplicedBytesOut")));
  assert_int_equal(hadm_counters_number(&counters, HADM_SERVER, metric("ereq")),
                   -1);
  assert_int_equal(hadm_counters_find(&counters, HADM_SERVER, TEXT("sent")),
                   -1);
  assert_int_equal(
      hadm_counters_find(&counters, HADM_NAME_SERVER, TEXT("stot")), -1);
}

/* ---- name servers ---- */

/* A process as it says itself who it is. */
#define SAYS(number, process, began)                                           \
  (struct hadm_source) {                                                       \
    .nb = (number), .pid = (process), .start = (began), .exact = true          \
  }

/* One name server, of which one counter is told. */
static void take_sent(struct hadm_tally *tally, struct hadm_source who,
                      int64_t sent) {
  struct hadm_name_server server = {.key = TEXT("names:one")};
  for (size_t i = 0; i < HADM_COUNTERS_NAME_SERVER; i++)
    server.counts[i] = HADM_TALLY_NONE;
  server.counts[0] = sent;
  assert_int_equal(hadm_tally_take_name_servers(tally, &who, &server, 1),
                   HADM_OK);
}

static int64_t sent(const struct hadm_tally *tally) {
  int64_t value, other;
  struct hadm_slice key = TEXT("names:one");
  assert_false(hadm_tally_name_server(tally, key, 1, &other));
  assert_false(hadm_tally_name_server(tally, key, -1, &other));
  assert_false(hadm_tally_name_server(tally, TEXT("names:two"), 0, &other));
  return hadm_tally_name_server(tally, key, 0, &value) ? value : -1;
}

#define SAYS1 SAYS(1, 11, 1699999000)
#define SAYS2 SAYS(2, 12, 1699999000)

static void names_restart(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  /* Nobody is known yet. */
  take_sent(tally, SAYS1, 1000);
  assert_int_equal(sent(tally), -1);
  TAKE(tally, NOW, 0, P1(0), P2(0));
  take_sent(tally, SAYS1, 1000);
  take_sent(tally, SAYS2, 2000);
  assert_int_equal(sent(tally), 0);
  take_sent(tally, SAYS1, 1004);
  take_sent(tally, SAYS2, 2001);
  assert_int_equal(sent(tally), 5);
  /* Another process stands there, of which the last reading does not know. */
  take_sent(tally, SAYS(2, 22, 1700000001), 7);
  take_sent(tally, SAYS(3, 12, 1699999000), 7);
  assert_int_equal(sent(tally), 5);
  /* Readings without name servers lie between. */
  TAKE(tally, NOW + 2, 0, P1(0), {2, IS(22, 1700000001), ONE(0), false});
  TAKE(tally, NOW + 3, 0, P1(0), {2, IS(22, 1700000001), ONE(0), false});
  assert_int_equal(sent(tally), 5);
  take_sent(tally, SAYS(2, 22, 1700000001), 8);
  assert_int_equal(sent(tally), 13);
  take_sent(tally, SAYS(2, 22, 1700000001), 9);
  assert_int_equal(sent(tally), 14);
  hadm_tally_free(tally);
}

/* They have 64 bits each, whatever they fall from. */
static void names_cleared(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(0), P2(0));
  take_sent(tally, SAYS1, 4294967290);
  take_sent(tally, SAYS2, 0);
  take_sent(tally, SAYS1, 4);
  assert_int_equal(sent(tally), 4);
  take_sent(tally, SAYS1, INT64_MAX);
  take_sent(tally, SAYS2, INT64_MAX);
  assert_true(sent(tally) == INT64_MAX);
  hadm_tally_free(tally);
}

static void names_away(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  /* It was there before the others were read, and told nothing then. */
  TAKE(tally, NOW, 0, P1(0), P2(0));
  TAKE(tally, NOW + 1, 0, P1(0), {2, IS(22, 1700000001), ONE(0), false});
  take_sent(tally, SAYS1, 1000);
  take_sent(tally, SAYS(2, 22, 1700000001), 5000);
  take_sent(tally, SAYS(2, 22, 1700000001), 5001);
  assert_int_equal(sent(tally), 1);
  /* It is away, and is replaced meanwhile. */
  TAKE(tally, NOW + 2, 1, P1(0));
  take_sent(tally, SAYS1, 1001);
  assert_int_equal(sent(tally), 2);
  TAKE(tally, NOW + 3, 0, P1(0), {2, IS(23, 1700000003), ONE(0), false});
  take_sent(tally, SAYS1, 1002);
  take_sent(tally, SAYS(2, 23, 1700000003), 3);
  assert_int_equal(sent(tally), 6);
  /* One that was there all the time joins. */
  TAKE(tally, NOW + 4, 0, P1(0), {2, IS(23, 1700000003), ONE(0), false},
       {3, IS(13, 1699999000), ONE(0), false});
  take_sent(tally, SAYS(3, 13, 1699999000), 9000);
  assert_int_equal(sent(tally), 6);
  take_sent(tally, SAYS(3, 13, 1699999000), 9001);
  assert_int_equal(sent(tally), 7);
  hadm_tally_free(tally);
}

static void names_of_one(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(0));
  take_sent(tally, SAYS1, 1000);
  assert_int_equal(sent(tally), 1000);
  /* A second process makes it a sum. */
  TAKE(tally, NOW + 1, 0, P1(0), P2(0));
  take_sent(tally, SAYS1, 1001);
  take_sent(tally, SAYS2, 500);
  take_sent(tally, SAYS2, 502);
  assert_int_equal(sent(tally), 1003);
  hadm_tally_free(tally);
}

/* However rarely they are read, they go on; what is gone is forgotten. */
static void names_read_rarely(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(0), P2(0));
  take_sent(tally, SAYS1, 1000);
  TAKE(tally, NOW + 2 * HADM_TALLY_KEEP, 0, P1(0), P2(0));
  take_sent(tally, SAYS1, 1001);
  TAKE(tally, NOW + 4 * HADM_TALLY_KEEP, 0, P1(0), P2(0));
  assert_int_equal(sent(tally), 1);
  assert_int_equal(hadm_tally_take_name_servers(tally, &SAYS1, NULL, 0),
                   HADM_OK);
  assert_int_equal(sent(tally), 1);
  TAKE(tally, NOW + 5 * HADM_TALLY_KEEP, 0, P1(0), P2(0));
  assert_int_equal(sent(tally), -1);
  /* It comes back, and brings nothing with it. */
  take_sent(tally, SAYS1, 1001);
  assert_int_equal(sent(tally), 0);
  take_sent(tally, SAYS1, 1002);
  assert_int_equal(sent(tally), 1);
  hadm_tally_free(tally);
}

/* ---- as bytes ---- */

static struct hadm_tally *two(void) {
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(1000), P2(1000));
  TAKE(tally, NOW + 1, 0, P1(1010), {2, IS(22, 1700000001), ONE(3), false});
  return tally;
}

static struct hadm_tally *again(const struct hadm_tally *tally) {
  struct hadm_buffer bytes = HADM_BUFFER_EMPTY;
  enum hadm_status status;
  assert_int_equal(hadm_saved_write(tally, &bytes), HADM_OK);
  struct hadm_slice text = guarded((struct hadm_slice){bytes.data, bytes.len});
  struct hadm_tally *made = hadm_saved_read(text, 9, &status);
  assert_int_equal(status, HADM_OK);
  assert_non_null(made);
  struct hadm_buffer second = HADM_BUFFER_EMPTY;
  assert_int_equal(hadm_saved_write(made, &second), HADM_OK);
  assert_int_equal(second.len, bytes.len);
  assert_memory_equal(second.data, bytes.data, bytes.len);
  hadm_buffer_free(&bytes);
  hadm_buffer_free(&second);
  return made;
}

static void goes_on_from_bytes(void **state) {
  (void)state;
  struct hadm_tally *tally = two();
  struct hadm_tally *made = again(tally);
  hadm_tally_free(tally);
  assert_int_equal(of_one(made, "stot"), 13);
  assert_int_equal(hadm_tally_changes(made, 2), 1);
  TAKE(made, NOW + 2, 0, P1(1011), {2, IS(23, 1700000002), ONE(1), false});
  assert_int_equal(of_one(made, "stot"), 15);
  assert_int_equal(hadm_tally_changes(made, 2), 2);
  hadm_tally_free(made);
  tally = fresh();
  made = again(tally);
  hadm_tally_free(tally);
  TAKE(made, NOW + 2, 0, P1(1011), P2(5));
  assert_int_equal(of_one(made, "stot"), 0);
  hadm_tally_free(made);
}

static void names_go_on_from_bytes(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  TAKE(tally, NOW, 0, P1(0), P2(0));
  take_sent(tally, SAYS1, 1000);
  take_sent(tally, SAYS2, 2000);
  take_sent(tally, SAYS1, 1002);
  TAKE(tally, NOW + 1, 0, P1(0), {2, IS(22, 1700000001), ONE(0), false});
  struct hadm_tally *made = again(tally);
  hadm_tally_free(tally);
  assert_int_equal(sent(made), 2);
  take_sent(made, SAYS1, 1003);
  take_sent(made, SAYS(2, 22, 1700000001), 4);
  assert_int_equal(sent(made), 7);
  hadm_tally_free(made);
}

static void prove(char *bytes, size_t len) {
  uint64_t proof = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < len; i++)
    proof = (proof ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
  for (size_t i = 0; i < 8; i++, proof >>= 8)
    bytes[len + i] = (char)(proof & 0xff);
}

/* What was written before name servers were counted: nothing was read so far,
 * of two kinds with a counter each. */
static void older_bytes(void **state) {
  (void)state;
  char bytes[256] = "haproxyadmin totals 2\n\x03";
  const char parts[] = {0, 1,   4,   's', 't', 'o', 't', 0,   0,   0, 1,
                        8, 'C', 'u', 'm', 'C', 'o', 'n', 'n', 's', 0, 0};
  enum hadm_status status;
  size_t len = strlen(bytes);
  memcpy(bytes + len, parts, sizeof(parts));
  len += sizeof(parts);
  prove(bytes, len);
  struct hadm_tally *made =
      hadm_saved_read((struct hadm_slice){bytes, len + 8}, 9, &status);
  assert_int_equal(status, HADM_OK);
  assert_true(made->begun && made->many);
  assert_int_equal(made->name_time, HADM_TALLY_NONE);
  TAKE(made, NOW, 0, P1(0), P2(0));
  take_sent(made, SAYS1, 1000);
  take_sent(made, SAYS1, 1001);
  assert_int_equal(sent(made), 1);
  hadm_tally_free(made);
}

/* Any cut and any byte that is another one is noticed; and with a proof that is
 * right for it, it is read or refused, and no more. */
static void damaged_bytes(void **state) {
  (void)state;
  struct hadm_tally *tally = two();
  struct hadm_buffer bytes = HADM_BUFFER_EMPTY;
  enum hadm_status status;
  assert_int_equal(hadm_saved_write(tally, &bytes), HADM_OK);
  hadm_tally_free(tally);
  for (size_t len = 0; len < bytes.len; len++) {
    struct hadm_slice text = guarded((struct hadm_slice){bytes.data, len});
    assert_null(hadm_saved_read(text, 9, &status));
    assert_int_equal(status, len < 22 ? HADM_E_FOREIGN : HADM_E_TRUNCATED);
  }
  char *copy = malloc(bytes.len + 8);
  assert_non_null(copy);
  for (size_t i = 0; i < bytes.len; i++) {
    memcpy(copy, bytes.data, bytes.len);
    copy[i] = (char)(copy[i] ^ 0x55);
    assert_null(
        hadm_saved_read((struct hadm_slice){copy, bytes.len}, 9, &status));
    if (i >= bytes.len - 8)
      continue;
    prove(copy, bytes.len - 8);
    hadm_tally_free(
        hadm_saved_read((struct hadm_slice){copy, bytes.len}, 9, &status));
    memcpy(copy, bytes.data, i);
    prove(copy, i);
    assert_null(hadm_saved_read((struct hadm_slice){copy, i + 8}, 9, &status));
  }
  /* One byte too many. */
  size_t len = bytes.len > 8 ? bytes.len - 8 : 0;
  memcpy(copy, bytes.data, len);
  copy[len] = 0;
  prove(copy, len + 1);
  assert_null(hadm_saved_read((struct hadm_slice){copy, len + 9}, 9, &status));
  assert_int_equal(status, HADM_E_TRUNCATED);
  free(copy);
  hadm_buffer_free(&bytes);
}

/* ---- a lack of memory ---- */

static void without_memory(void **state) {
  (void)state;
  const struct shown first[] = {P1(1000), P2(1000)};
  const struct shown second[] = {P1(1010),
                                 {2, IS(22, 1700000001), ONE(3), false},
                                 {3, IS(23, 1700000001), ONE(4), false}};
  const struct hadm_name_server servers[] = {{TEXT("a"), {1}},
                                             {TEXT("b"), {2}}};
  struct hadm_snapshot *one = read_all(first, 2);
  struct hadm_snapshot *other = read_all(second, 3);
  for (begin_failing(); next_failing();) {
    struct hadm_tally *made = NULL;
    struct hadm_buffer bytes = HADM_BUFFER_EMPTY;
    struct hadm_tally *tally = hadm_tally_new(7);
    enum hadm_status status = tally == NULL ? HADM_E_NOMEM : HADM_OK;
    if (status == HADM_OK)
      status = hadm_tally_take(tally, one, 0, NOW);
    if (status == HADM_OK)
      status = hadm_tally_take(tally, other, 0, NOW + 1);
    if (status == HADM_OK)
      status = hadm_tally_take_name_servers(tally, &SAYS1, servers, 2);
    if (status == HADM_OK)
      status = hadm_saved_write(tally, &bytes);
    if (status == HADM_OK)
      made = hadm_saved_read((struct hadm_slice){bytes.data, bytes.len}, 3,
                             &status);
    if (has_failed()) {
      assert_int_equal(status, HADM_E_NOMEM);
      /* Then it goes on as if nothing had been. */
      if (tally != NULL) {
        if (!tally->begun)
          assert_int_equal(hadm_tally_take(tally, one, 0, NOW), HADM_OK);
        assert_int_equal(hadm_tally_take(tally, other, 0, NOW + 1), HADM_OK);
        assert_int_equal(of_one(tally, "stot"), 17);
      }
    } else {
      assert_int_equal(of_one(made, "stot"), 17);
    }
    hadm_buffer_free(&bytes);
    hadm_tally_free(tally);
    hadm_tally_free(made);
  }
  hadm_snapshot_unref(one);
  hadm_snapshot_unref(other);
  assert_int_equal(blocks_held(), 0);
}

static void too_many_processes(void **state) {
  (void)state;
  struct hadm_tally *tally = fresh();
  assert_int_equal(hadm_tally_widen(tally, HADM_TALLY_COLUMNS + 1),
                   HADM_E_TOO_BIG);
  assert_int_equal(hadm_tally_widen(tally, HADM_TALLY_COLUMNS), HADM_OK);
  assert_int_equal(hadm_tally_widen(tally, 1), HADM_E_TOO_BIG);
  hadm_tally_free(tally);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(begins_at_nothing),
      cmocka_unit_test(one_process_says_its_own),
      cmocka_unit_test(from_one_to_two),
      cmocka_unit_test(one_of_two),
      cmocka_unit_test(a_restart),
      cmocka_unit_test(an_old_stranger),
      cmocka_unit_test(before_2_4),
      cmocka_unit_test(cleared_counters),
      cmocka_unit_test(the_end_of_32_bits),
      cmocka_unit_test(one_that_is_away),
      cmocka_unit_test(other_numbers),
      cmocka_unit_test(old_workers),
      cmocka_unit_test(seconds_of_downtime),
      cmocka_unit_test(objects_that_move),
      cmocka_unit_test(what_is_gone_is_forgotten),
      cmocka_unit_test(churn),
      cmocka_unit_test(odd_values),
      cmocka_unit_test(which_count),
      cmocka_unit_test(names_restart),
      cmocka_unit_test(names_cleared),
      cmocka_unit_test(names_away),
      cmocka_unit_test(names_of_one),
      cmocka_unit_test(names_read_rarely),
      cmocka_unit_test(goes_on_from_bytes),
      cmocka_unit_test(names_go_on_from_bytes),
      cmocka_unit_test(older_bytes),
      cmocka_unit_test(damaged_bytes),
      cmocka_unit_test(without_memory),
      cmocka_unit_test(too_many_processes),
  };
  return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
