#include "../../csrc/core/data/hadm_columns.h"
#include "support.h"

#include <stdio.h>

static enum hadm_status read_all(struct hadm_columns *columns,
                                 struct hadm_slice text) {
  hadm_columns_init(columns);
  return hadm_columns_read(columns, guarded(text));
}

static void assert_word(const struct hadm_columns *columns, size_t row,
                        const char *name, const char *expected) {
  struct hadm_slice word;
  int column = hadm_columns_find(columns, text_of(name));
  assert_true(hadm_columns_word(columns, row, column, &word));
  assert_slice(word, expected);
}

static void rows(void **state) {
  (void)state;
  struct hadm_columns columns;
  struct hadm_slice word;
  assert_int_equal(read_all(&columns, TEXT("1\n# be_id be_name srv_name addr\n"
                                           "2 app one 192.0.2.1\n"
                                           "2 app - -\n"
                                           "3 other  -\n"
                                           "\n")),
                   HADM_OK);
  assert_int_equal(columns.count, 3);
  assert_int_equal(columns.columns, 4);
  assert_int_equal(columns.words, 4);
  assert_slice(hadm_columns_row(&columns, 1), "2 app - -");
  assert_word(&columns, 0, "be_id", "2");
  assert_word(&columns, 0, "be_name", "app");
  assert_word(&columns, 0, "addr", "192.0.2.1");
  assert_word(&columns, 1, "srv_name", "-");
  /* An empty word, as HAProxy 1.6 prints it. */
  assert_word(&columns, 2, "srv_name", "");
  assert_word(&columns, 2, "addr", "-");
  assert_int_equal(hadm_columns_find(&columns, TEXT("none")), -1);
  assert_int_equal(hadm_columns_find(&columns, TEXT("be")), -1);
  assert_false(hadm_columns_word(&columns, 0, -1, &word));
  assert_false(hadm_columns_word(&columns, 0, 4, &word));
  hadm_columns_free(&columns);
  assert_int_equal(columns.count, 0);
}

/* A last name that stands for several words. */
static void an_array(void **state) {
  (void)state;
  struct hadm_columns columns;
  assert_int_equal(read_all(&columns, TEXT("# name cur idle[3]\n"
                                           "a 1 4 5 6\nb 2 7 8 9\n")),
                   HADM_OK);
  assert_int_equal(columns.count, 2);
  assert_int_equal(columns.columns, 3);
  assert_int_equal(columns.words, 5);
  assert_word(&columns, 1, "idle", "7");
  struct hadm_slice rest = hadm_columns_row(&columns, 1), word;
  for (int i = 0; i < 5; i++)
    assert_true(hadm_columns_next(&columns, &rest, &word));
  assert_slice(word, "9");
  assert_false(hadm_columns_next(&columns, &rest, &word));
  hadm_columns_free(&columns);
  static const char *const refused[] = {
      "# a b[0]\n", "# a b[-1]\n", "# a b[x]\n", "# a b[]\n", "# a b[4097]\n"};
  for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
    assert_int_equal(read_all(&columns, text_of(refused[i])), HADM_E_FOREIGN);
    hadm_columns_free(&columns);
  }
}

/* Blanks that only fill up, as in the list of a master's processes. */
static void filled_up(void **state) {
  (void)state;
  struct hadm_columns columns;
  assert_int_equal(read_all(&columns, TEXT("#<PID>     <type>    <reloads> \n"
                                           "12         master    3         \n"
                                           "# workers\n"
                                           "14         worker    0\n"
                                           "# programs\n\n")),
                   HADM_OK);
  assert_true(columns.filled);
  assert_int_equal(columns.count, 2);
  assert_word(&columns, 0, "<PID>", "12");
  assert_word(&columns, 0, "<reloads>", "3");
  assert_word(&columns, 1, "<type>", "worker");
  hadm_columns_free(&columns);
}

static void refused(void **state) {
  (void)state;
  static const struct {
    const char *text;
    enum hadm_status status;
  } cases[] = {
      {"", HADM_E_FOREIGN},
      {"\n", HADM_E_FOREIGN},
      {"Can't find backend.\n", HADM_E_FOREIGN},
      {"#\n", HADM_E_FOREIGN},
      {"#    \n", HADM_E_FOREIGN},
      {"# a b\n1\n", HADM_E_TRUNCATED},
      {"# a b\n1 \n", HADM_E_TRUNCATED},
      {"# a b\n1 2 3\n", HADM_E_FOREIGN},
      {"# a   b\n1\n", HADM_E_TRUNCATED},
      {"# a   b\n1 2 3\n", HADM_E_FOREIGN},
  };
  struct hadm_columns columns;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    assert_int_equal(read_all(&columns, text_of(cases[i].text)),
                     cases[i].status);
    hadm_columns_free(&columns);
  }
  char names[2 * (HADM_COLUMNS_MAX + 1) + 2] = "#";
  for (size_t i = 0; i <= HADM_COLUMNS_MAX; i++)
    memcpy(names + 1 + 2 * i, " x", 2);
  names[sizeof(names) - 1] = '\0';
  assert_int_equal(read_all(&columns, text_of(names)), HADM_E_FOREIGN);
  hadm_columns_free(&columns);
  hadm_columns_init(&columns);
  struct hadm_slice huge = {"# a\n", (size_t)INT32_MAX + 1};
  assert_int_equal(hadm_columns_read(&columns, huge), HADM_E_TOO_BIG);
  hadm_columns_free(&columns);
}

static void says_nothing(void **state) {
  (void)state;
  assert_true(hadm_columns_is_empty(TEXT("")));
  assert_true(hadm_columns_is_empty(TEXT("-")));
  assert_false(hadm_columns_is_empty(TEXT("--")));
  assert_false(hadm_columns_is_empty(TEXT("0")));
}

static void out_of_memory(void **state) {
  (void)state;
  static const char row[] = "2 app\n";
  static char text[8 + 200 * (sizeof(row) - 1) + 1] = "# id be\n";
  for (size_t i = 0; i < 200; i++)
    memcpy(text + 8 + i * (sizeof(row) - 1), row, sizeof(row));
  long held = blocks_held();
  int failures = 0;
  for (begin_failing(); next_failing();) {
    struct hadm_columns columns;
    hadm_columns_init(&columns);
    enum hadm_status status = hadm_columns_read(&columns, text_of(text));
    bool failed = has_failed();
    failures += failed;
    assert_int_equal(status, failed ? HADM_E_NOMEM : HADM_OK);
    if (!failed)
      assert_int_equal(columns.count, 200);
    hadm_columns_free(&columns);
  }
  assert_true(failures > 1);
  assert_int_equal(blocks_held(), held);
}

static void recorded_replies(void **state) {
  (void)state;
  for (int i = 0; versions[i] != NULL; i++) {
    char name[64];
    struct hadm_columns columns;
    snprintf(name, sizeof(name), "%s/show-servers-state.txt", versions[i]);
    assert_int_equal(read_all(&columns, recorded(name)), HADM_OK);
    assert_int_equal(columns.count, 8);
    assert_word(&columns, 0, "be_name", "app");
    assert_word(&columns, 0, "srv_iweight", "10");
    assert_word(&columns, 4, "srv_fqdn", "localhost");
    assert_word(&columns, 7, "srvrecord", "-");
    hadm_columns_free(&columns);
    snprintf(name, sizeof(name), "%s/show-servers-conn.txt", versions[i]);
    assert_int_equal(read_all(&columns, recorded(name)), HADM_OK);
    assert_int_equal(columns.count, 8);
    assert_int_equal(columns.words, columns.columns + 1);
    assert_word(&columns, 0, "bkname/svname", "app/app1");
    assert_word(&columns, 0, "idle_lim", "-1");
    assert_word(&columns, 0, "idle_per_thr", "0");
    hadm_columns_free(&columns);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows),
      cmocka_unit_test(an_array),
      cmocka_unit_test(filled_up),
      cmocka_unit_test(refused),
      cmocka_unit_test(says_nothing),
      cmocka_unit_test(out_of_memory),
      cmocka_unit_test(recorded_replies),
  };
  return cmocka_run_group_tests_name("columns", tests, NULL, NULL);
}
