#include "../../csrc/core/data/hadm_snapshot.h"
#include "reader.h"

#include <stdio.h>

#define INFO(pid) "Name: HAProxy\nPid: " pid "\nempty: \n\n"
#define HEADER "# pxname,svname,type,stot,status,\n"

static const struct hadm_slice NONE = {"", 0};

static enum hadm_status take(struct hadm_snapshot *snapshot, unsigned slot,
                             struct hadm_slice text) {
  struct hadm_session session;
  assert_int_equal(read_at_once(&session, ASK_READING, text), HADM_OK);
  enum hadm_status status =
      hadm_snapshot_take(snapshot, slot, slot + 10, &session.reading);
  hadm_session_free(&session);
  return status;
}

static const struct hadm_metric *metric(const char *name) {
  const struct hadm_metric *found =
      hadm_metric_find(text_of(name), HADM_OF_ROWS | HADM_OF(HADM_PROCESS));
  assert_non_null(found);
  return found;
}

static uint32_t find(const struct hadm_snapshot *snapshot, enum hadm_kind kind,
                     const char *proxy, const char *server) {
  return hadm_snapshot_find(snapshot, kind, text_of(proxy), text_of(server));
}

/* Two processes that have some objects in common; columns in another order. */
static struct hadm_snapshot *two(void) {
  struct hadm_snapshot *snapshot = hadm_snapshot_new(2);
  assert_non_null(snapshot);
  assert_int_equal(take(snapshot, 1,
                        TEXT(INFO("7") HEADER "www,FRONTEND,0,5,OPEN,\n"
                                              "www,sock,3,5,OPEN,\n"
                                              "app,one,2,3,UP,\n"
                                              "app,two,2,,\"a \"\"b\"\", c\",\n"
                                              "app,BACKEND,1,3,UP,\n"
                                              "odd,row,9,1,UP,\n\n")),
                   HADM_OK);
  assert_int_equal(take(snapshot, 2,
                        TEXT(INFO("8") "# pxname,svname,status,type,stot,\n"
                                       "app,two,DOWN,2,4,\n"
                                       "app,three,UP,2,4,\n"
                                       "other,one,UP,2,4,\n"
                                       "www,FRONTEND,STOP,0,6,\n\n")),
                   HADM_OK);
  return snapshot;
}

static void assert_agreed(const struct hadm_snapshot *snapshot, uint32_t object,
                          const char *name, enum hadm_rule rule,
                          const char *expected) {
  struct hadm_field value;
  assert_int_equal(
      hadm_snapshot_agreed(snapshot, object, metric(name), rule, &value),
      HADM_OK);
  assert_slice(hadm_metric_part(metric(name), rule, value.text), expected);
}

static void assert_disagree(const struct hadm_snapshot *snapshot,
                            uint32_t object, const char *name,
                            enum hadm_rule rule) {
  struct hadm_field value;
  assert_int_equal(
      hadm_snapshot_agreed(snapshot, object, metric(name), rule, &value),
      HADM_E_INCONSISTENT);
}

static void joins_by_name(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  uint32_t www = find(snapshot, HADM_FRONTEND, "www", "");
  uint32_t app = find(snapshot, HADM_BACKEND, "app", "");
  uint32_t second = find(snapshot, HADM_SERVER, "app", "two");
  assert_int_equal(hadm_snapshot_row(snapshot, www, 0), 0);
  assert_int_equal(hadm_snapshot_row(snapshot, www, 1), 3);
  assert_int_equal(hadm_snapshot_row(snapshot, app, 0), 4);
  assert_int_equal(hadm_snapshot_row(snapshot, app, 1), HADM_NONE);
  assert_int_equal(hadm_snapshot_row(snapshot, second, 0), 3);
  assert_int_equal(hadm_snapshot_row(snapshot, second, 1), 0);
  assert_slice(hadm_snapshot_name(snapshot, www), "www");
  assert_slice(hadm_snapshot_proxy(snapshot, second), "app");
  assert_slice(hadm_snapshot_name(snapshot, second), "two");
  assert_int_equal(find(snapshot, HADM_FRONTEND, "app", ""), HADM_NONE);
  assert_int_equal(find(snapshot, HADM_SERVER, "www", "two"), HADM_NONE);
  assert_int_equal(find(snapshot, HADM_SERVER, "www", "sock"), HADM_NONE);
  assert_int_equal(find(snapshot, HADM_SERVER, "odd", "row"), HADM_NONE);
  hadm_snapshot_unref(snapshot);
}

static void servers_of_a_backend(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  const char *const names[] = {"one", "two", "three"};
  uint32_t app = find(snapshot, HADM_BACKEND, "app", "");
  uint32_t at = snapshot->objects[app].first;
  for (size_t i = 0; i < 3; i++) {
    assert_slice(hadm_snapshot_name(snapshot, at), names[i]);
    assert_int_equal(snapshot->objects[at].parent, app);
    at = snapshot->objects[at].next;
  }
  assert_int_equal(at, HADM_NONE);
  hadm_snapshot_unref(snapshot);
}

/* No process has a row of "other": it is there for its server's sake. */
static void a_backend_without_a_row(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  uint32_t other = find(snapshot, HADM_BACKEND, "other", "");
  assert_int_not_equal(other, HADM_NONE);
  assert_false(hadm_snapshot_has(snapshot, other));
  assert_slice(hadm_snapshot_name(snapshot, other), "other");
  hadm_snapshot_unref(snapshot);
}

static void fields(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  struct hadm_field field;
  uint32_t second = find(snapshot, HADM_SERVER, "app", "two");
  assert_false(
      hadm_snapshot_field(snapshot, second, 0, metric("stot"), &field));
  assert_true(hadm_snapshot_field(snapshot, second, 1, metric("stot"), &field));
  assert_slice(field.text, "4");
  assert_true(
      hadm_snapshot_field(snapshot, second, 0, metric("status"), &field));
  assert_true(field.quoted);
  assert_slice(field.text, "a \"\"b\"\", c");
  assert_false(
      hadm_snapshot_field(snapshot, second, 0, metric("weight"), &field));
  assert_false(hadm_snapshot_field(snapshot,
                                   find(snapshot, HADM_SERVER, "app", "one"), 1,
                                   metric("stot"), &field));
  hadm_snapshot_unref(snapshot);
}

static void values_of_info(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  struct hadm_slice value;
  struct hadm_total total;
  assert_true(hadm_snapshot_info(snapshot, 1, TEXT("Pid"), &value));
  assert_slice(value, "8");
  assert_false(hadm_snapshot_info(snapshot, 1, TEXT("empty"), &value));
  assert_false(hadm_snapshot_info(snapshot, 1, TEXT("# pxname"), &value));
  assert_int_equal(snapshot->processes[1].slot, 2);
  assert_int_equal(snapshot->processes[1].nb, 12);
  hadm_snapshot_total(snapshot, HADM_NONE, metric("Pid"), HADM_RULE_MAX,
                      &total);
  assert_int_equal(hadm_total_result(&total), 8);
  assert_disagree(snapshot, HADM_NONE, "Pid", HADM_RULE_SAME);
  assert_agreed(snapshot, HADM_NONE, "Name", HADM_RULE_SAME, "HAProxy");
  hadm_snapshot_unref(snapshot);
}

static void checks_under_way(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = hadm_snapshot_new(2);
  assert_int_equal(
      take(snapshot, 1,
           TEXT(INFO("7") "# pxname,svname,type,check_status,last_chk,\n"
                          "app,one,2,* L4OK,* ,\n"
                          "app,two,2,* L4OK,,\n\n")),
      HADM_OK);
  assert_int_equal(
      take(snapshot, 2,
           TEXT(INFO("8") "# pxname,svname,type,check_status,last_chk,\n"
                          "app,one,2,L4OK,,\n"
                          "app,two,2,L4TOUT,,\n\n")),
      HADM_OK);
  uint32_t one = find(snapshot, HADM_SERVER, "app", "one");
  uint32_t two = find(snapshot, HADM_SERVER, "app", "two");
  assert_agreed(snapshot, one, "check_status", HADM_RULE_SAME, "L4OK");
  /* Without a result yet the mark is all that there is; only a check has it. */
  assert_disagree(snapshot, one, "last_chk", HADM_RULE_SAME);
  assert_disagree(snapshot, two, "check_status", HADM_RULE_SAME);
  hadm_snapshot_unref(snapshot);
}

/* The third process is of a version without the columns. */
static struct hadm_snapshot *three(const char *first, const char *second) {
  struct hadm_snapshot *snapshot = hadm_snapshot_new(3);
  const char *const rows[] = {first, second};
  char bytes[256];
  for (unsigned i = 0; i < 2; i++) {
    snprintf(bytes, sizeof(bytes),
             INFO("1") "# pxname,svname,type,status,weight,addr,\n"
                       "app,one,2,%s,\n\n",
             rows[i]);
    assert_int_equal(take(snapshot, i, text_of(bytes)), HADM_OK);
  }
  assert_int_equal(
      take(snapshot, 3,
           TEXT(INFO("1") "# pxname,svname,type,\napp,one,2,\n\n")),
      HADM_OK);
  return snapshot;
}

static void who_takes_part_in_agreeing(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = three("UP,10,", "UP,,");
  uint32_t one = find(snapshot, HADM_SERVER, "app", "one");
  assert_agreed(snapshot, one, "status", HADM_RULE_SAME, "UP");
  assert_disagree(snapshot, one, "weight", HADM_RULE_SAME);
  assert_agreed(snapshot, one, "addr", HADM_RULE_SAME, "");
  assert_agreed(snapshot, one, "addr", HADM_RULE_ADDRESS, "");
  assert_agreed(snapshot, one, "addr", HADM_RULE_PORT, "");
  assert_agreed(snapshot, one, "check_code", HADM_RULE_SAME, "");
  hadm_snapshot_unref(snapshot);
  /* Without the object in the others, one process agrees with itself. */
  snapshot = two();
  assert_agreed(snapshot, find(snapshot, HADM_SERVER, "app", "three"), "status",
                HADM_RULE_SAME, "UP");
  hadm_snapshot_unref(snapshot);
}

static int64_t total(const struct hadm_snapshot *snapshot, uint32_t object,
                     const char *name, enum hadm_rule rule) {
  struct hadm_total total;
  hadm_snapshot_total(snapshot, object, metric(name), rule, &total);
  return hadm_total_result(&total);
}

/* An old worker is a part of sums, but sets no limits and need not agree. */
static void an_old_worker(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = hadm_snapshot_new(2);
  assert_int_equal(
      take(snapshot, 1,
           TEXT("Name: HAProxy\nMaxconn: 10\nCumConns: 3\n\n"
                "# pxname,svname,type,stot,slim,weight,status,\n"
                "www,FRONTEND,0,5,100,,OPEN,\napp,one,2,5,7,20,UP,\n\n")),
      HADM_OK);
  assert_int_equal(
      take(snapshot, 2,
           TEXT("Name: HAProxy\nMaxconn: 10\nCumConns: 4\n\n"
                "# pxname,svname,type,stot,slim,weight,status,\n"
                "www,FRONTEND,0,6,100,,STOP,\napp,one,2,6,7,10,DOWN,\n"
                "app,gone,2,2,1,1,UP,\n\n")),
      HADM_OK);
  hadm_snapshot_age(snapshot);
  uint32_t www = find(snapshot, HADM_FRONTEND, "www", "FRONTEND");
  uint32_t one = find(snapshot, HADM_SERVER, "app", "one");
  uint32_t gone = find(snapshot, HADM_SERVER, "app", "gone");
  assert_int_equal(total(snapshot, www, "stot", HADM_RULE_SUM), 11);
  assert_int_equal(total(snapshot, www, "slim", HADM_RULE_SUM), 100);
  assert_int_equal(total(snapshot, one, "weight", HADM_RULE_AVG), 20);
  assert_int_equal(total(snapshot, one, "stot", HADM_RULE_MAX), 5);
  assert_int_equal(total(snapshot, HADM_NONE, "Maxconn", HADM_RULE_SUM), 10);
  assert_int_equal(total(snapshot, HADM_NONE, "CumConns", HADM_RULE_SUM), 7);
  assert_agreed(snapshot, www, "status", HADM_RULE_SAME, "OPEN");
  assert_agreed(snapshot, one, "status", HADM_RULE_SAME, "UP");
  assert_agreed(snapshot, gone, "status", HADM_RULE_SAME, "");
  assert_int_equal(total(snapshot, gone, "stot", HADM_RULE_SUM), 2);
  assert_int_equal(hadm_snapshot_sum(snapshot, HADM_SERVER, metric("stot")),
                   13);
  assert_int_equal(hadm_snapshot_sum(snapshot, HADM_SERVER, metric("slim")), 7);
  hadm_snapshot_unref(snapshot);
}

static void halves_of_an_address(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = three("UP,1,[::1]:80", "UP,1,[::1]:81");
  uint32_t one = find(snapshot, HADM_SERVER, "app", "one");
  assert_agreed(snapshot, one, "addr", HADM_RULE_ADDRESS, "::1");
  assert_disagree(snapshot, one, "addr", HADM_RULE_PORT);
  assert_disagree(snapshot, one, "addr", HADM_RULE_SAME);
  hadm_snapshot_unref(snapshot);
  snapshot = three("UP,1,127.0.0.1:80", "UP,1,127.0.0.2:80");
  assert_disagree(snapshot, one, "addr", HADM_RULE_ADDRESS);
  assert_agreed(snapshot, one, "addr", HADM_RULE_PORT, "80");
  hadm_snapshot_unref(snapshot);
  snapshot = three("UP,1,unix", "UP,1,unix");
  assert_agreed(snapshot, one, "addr", HADM_RULE_ADDRESS, "unix");
  assert_agreed(snapshot, one, "addr", HADM_RULE_PORT, "");
  hadm_snapshot_unref(snapshot);
  /* One shows it, the other hides it. */
  snapshot = three("UP,1,127.0.0.1:80", "UP,1,");
  assert_disagree(snapshot, one, "addr", HADM_RULE_ADDRESS);
  assert_disagree(snapshot, one, "addr", HADM_RULE_PORT);
  hadm_snapshot_unref(snapshot);
}

/* `show info` leaves a description out that there is not, and no version is
 * without it; what else is left out, the version does not know. */
static void lines_that_are_left_out(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = hadm_snapshot_new(2);
  assert_int_equal(take(snapshot, 1,
                        TEXT("Name: HAProxy\ndescription: one\n"
                             "Tainted: 0x1\nnode: \n\n" HEADER "\n")),
                   HADM_OK);
  assert_int_equal(
      take(snapshot, 2, TEXT("Name: HAProxy\nnode: x\n\n" HEADER "\n")),
      HADM_OK);
  assert_disagree(snapshot, HADM_NONE, "description", HADM_RULE_SAME);
  assert_disagree(snapshot, HADM_NONE, "node", HADM_RULE_SAME);
  assert_agreed(snapshot, HADM_NONE, "Tainted", HADM_RULE_SAME, "0x1");
  assert_agreed(snapshot, HADM_NONE, "Build info", HADM_RULE_SAME, "");
  hadm_snapshot_unref(snapshot);
}

static void metrics(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  struct hadm_total total;
  uint32_t www = find(snapshot, HADM_FRONTEND, "www", "");
  hadm_snapshot_total(snapshot, www, metric("stot"), HADM_RULE_SUM, &total);
  assert_int_equal(hadm_total_result(&total), 11);
  assert_int_equal(total.count, 2);
  hadm_snapshot_total(snapshot, www, metric("weight"), HADM_RULE_AVG, &total);
  assert_int_equal(total.count, 0);
  assert_disagree(snapshot, www, "status", HADM_RULE_SAME);
  assert_int_equal(hadm_snapshot_sum(snapshot, HADM_SERVER, metric("stot")),
                   3 + 4 + 4 + 4);
  assert_int_equal(hadm_snapshot_sum(snapshot, HADM_FRONTEND, metric("stot")),
                   11);
  hadm_snapshot_unref(snapshot);
}

static void the_first_of_two_equal_rows(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = hadm_snapshot_new(1);
  assert_int_equal(take(snapshot, 1,
                        TEXT(INFO("1") HEADER "a,x,2,1,UP,\na,x,2,2,UP,\n"
                                              ",,2,3,UP,\n\n")),
                   HADM_OK);
  assert_int_equal(
      hadm_snapshot_row(snapshot, find(snapshot, HADM_SERVER, "a", "x"), 0), 0);
  assert_int_not_equal(find(snapshot, HADM_SERVER, "", ""), HADM_NONE);
  hadm_snapshot_unref(snapshot);
}

/* Enough objects for tables to grow, in one order and in the other. */
static void many(void **state) {
  (void)state;
  static char bytes[1 << 16];
  struct hadm_snapshot *snapshot = hadm_snapshot_new(2);
  for (int process = 0; process < 2; process++) {
    char *at = bytes + sprintf(bytes, INFO("1") HEADER);
    for (int i = 0; i < 1000; i++) {
      int n = process == 0 ? i : 999 - i;
      at += sprintf(at, "b%d,s%d,2,%d,UP,\n", n % 50, n, n);
    }
    strcpy(at, "\n");
    assert_int_equal(take(snapshot, (unsigned)process, text_of(bytes)),
                     HADM_OK);
  }
  assert_int_equal(snapshot->count, 1050);
  assert_int_equal(snapshot->bytes, 2 * strlen(bytes));
  for (int n = 0; n < 1000; n++) {
    char proxy[16];
    char server[16];
    sprintf(proxy, "b%d", n % 50);
    sprintf(server, "s%d", n);
    uint32_t object = find(snapshot, HADM_SERVER, proxy, server);
    assert_int_equal(hadm_snapshot_row(snapshot, object, 0), n);
    assert_int_equal(hadm_snapshot_row(snapshot, object, 1), 999 - n);
    assert_slice(hadm_snapshot_name(snapshot, object), server);
  }
  hadm_snapshot_unref(snapshot);
}

static void without_a_table(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = hadm_snapshot_new(1);
  struct hadm_session session;
  assert_int_equal(read_at_once(&session, ASK_INFO, TEXT(INFO("5"))), HADM_OK);
  assert_int_equal(hadm_snapshot_take(snapshot, 1, 1, &session.reading),
                   HADM_OK);
  assert_int_equal(snapshot->taken, 1);
  assert_int_equal(snapshot->count, 0);
  assert_int_equal(hadm_snapshot_find(snapshot, HADM_SERVER, NONE, NONE),
                   HADM_NONE);
  hadm_session_free(&session);
  hadm_snapshot_unref(snapshot);
}

static void unfit_replies(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = hadm_snapshot_new(2);
  struct hadm_session session;
  ask(&session, ASK_READING, 1000);
  assert_int_equal(hadm_snapshot_take(snapshot, 1, 1, &session.reading),
                   HADM_E_ARG);
  hadm_session_free(&session);
  assert_int_equal(snapshot->taken, 0);
  /* A reading is given once. */
  read_at_once(&session, ASK_READING, TEXT(INFO("1") HEADER "\n"));
  assert_int_equal(hadm_snapshot_take(snapshot, 1, 1, &session.reading),
                   HADM_OK);
  assert_int_equal(hadm_snapshot_take(snapshot, 1, 1, &session.reading),
                   HADM_E_ARG);
  hadm_session_free(&session);
  /* A table that does not say what its rows are. */
  assert_int_equal(
      take(snapshot, 1, TEXT(INFO("1") "# pxname,svname,\na,b,\n\n")),
      HADM_E_ARG);
  assert_int_equal(take(snapshot, 1, TEXT(INFO("1") HEADER "\n")), HADM_E_ARG);
  hadm_snapshot_unref(snapshot);
}

static void references(void **state) {
  (void)state;
  hadm_snapshot_unref(NULL);
  struct hadm_snapshot *none = hadm_snapshot_new(0);
  assert_non_null(none);
  hadm_snapshot_unref(none);
  struct hadm_snapshot *snapshot = two();
  assert_ptr_equal(hadm_snapshot_ref(snapshot), snapshot);
  hadm_snapshot_unref(snapshot);
  assert_int_not_equal(find(snapshot, HADM_FRONTEND, "www", ""), HADM_NONE);
  hadm_snapshot_unref(snapshot);
  assert_int_equal(blocks_held(), 0);
}

static void recorded_replies(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = hadm_snapshot_new(5);
  struct hadm_total total;
  struct hadm_field field;
  for (unsigned i = 0; versions[i] != NULL; i++) {
    char name[64];
    snprintf(name, sizeof(name), "%s/reading.txt", versions[i]);
    assert_int_equal(take(snapshot, i, recorded(name)), HADM_OK);
  }
  uint32_t web = find(snapshot, HADM_SERVER, "checked", "web");
  uint32_t www = find(snapshot, HADM_FRONTEND, "www", "");
  for (size_t i = 0; i < 5; i++) {
    assert_true(
        hadm_snapshot_field(snapshot, web, i, metric("last_chk"), &field));
    assert_slice(field.text, "Said \"\"no\"\", twice");
    assert_true(hadm_snapshot_field(snapshot, www, i, metric("stot"), &field));
  }
  hadm_snapshot_total(snapshot, www, metric("req_tot"), HADM_RULE_SUM, &total);
  assert_int_equal(hadm_total_result(&total), 15);
  assert_int_equal(total.count, 5);
  assert_agreed(snapshot, web, "status", HADM_RULE_SAME, "DOWN");
  hadm_snapshot_unref(snapshot);
}

static void survives_a_lack_of_memory(void **state) {
  (void)state;
  static char bytes[4096];
  char *at = bytes + sprintf(bytes, INFO("1") HEADER);
  for (int i = 0; i < 60; i++)
    at += sprintf(at, "b%d,s%d,2,%d,UP,\n", i % 7, i, i);
  strcpy(at, "\n");
  for (begin_failing(); next_failing();) {
    struct hadm_session session;
    struct hadm_snapshot *snapshot = hadm_snapshot_new(1);
    enum hadm_status status = HADM_E_NOMEM;
    if (snapshot != NULL) {
      status = read_at_once(&session, ASK_READING, text_of(bytes));
      if (status == HADM_OK)
        status = hadm_snapshot_take(snapshot, 1, 1, &session.reading);
      hadm_session_free(&session);
    }
    assert_int_equal(status, has_failed() ? HADM_E_NOMEM : HADM_OK);
    hadm_snapshot_unref(snapshot);
    assert_int_equal(blocks_held(), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(joins_by_name),
      cmocka_unit_test(servers_of_a_backend),
      cmocka_unit_test(a_backend_without_a_row),
      cmocka_unit_test(fields),
      cmocka_unit_test(values_of_info),
      cmocka_unit_test(checks_under_way),
      cmocka_unit_test(who_takes_part_in_agreeing),
      cmocka_unit_test(an_old_worker),
      cmocka_unit_test(halves_of_an_address),
      cmocka_unit_test(lines_that_are_left_out),
      cmocka_unit_test(metrics),
      cmocka_unit_test(the_first_of_two_equal_rows),
      cmocka_unit_test(many),
      cmocka_unit_test(without_a_table),
      cmocka_unit_test(unfit_replies),
      cmocka_unit_test(references),
      cmocka_unit_test(recorded_replies),
      cmocka_unit_test(survives_a_lack_of_memory),
  };
  return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
