#include "../../csrc/core/exposition/hadm_family.h"
#include "../../csrc/core/exposition/hadm_state.h"
#include "../../csrc/core/exposition/hadm_text.h"
#include "support.h"

enum { ROOM = 256 };

static void assert_number(int64_t number, const char *expected) {
  char text[HADM_DIGITS];
  char *end = hadm_text_number(text, number);
  assert_slice(((struct hadm_slice){text, (size_t)(end - text)}), expected);
}

static void assert_seconds(int64_t milliseconds, const char *expected) {
  char text[ROOM];
  char *end = hadm_text_seconds(text, milliseconds);
  assert_slice(((struct hadm_slice){text, (size_t)(end - text)}), expected);
}

static void numbers(void **state) {
  (void)state;
  assert_number(0, "0");
  assert_number(-1, "-1");
  assert_number(9007199254740993, "9007199254740993");
  assert_number(INT64_MAX, "9223372036854775807");
  assert_number(INT64_MIN, "-9223372036854775808");
  assert_seconds(0, "0");
  assert_seconds(47, "0.047");
  assert_seconds(1500, "1.5");
  assert_seconds(60000, "60");
  assert_seconds(-47, "-0.047");
  assert_seconds(-1250, "-1.25");
}

static void assert_text(char *(*write)(char *, struct hadm_field),
                        struct hadm_slice text, bool quoted,
                        const char *expected) {
  char to[ROOM];
  struct hadm_slice copy = guarded(text);
  assert_true(hadm_text_most(text.len) <= sizeof(to));
  char *end = write(to, (struct hadm_field){copy, quoted});
  assert_true((size_t)(end - to) <= hadm_text_most(text.len));
  assert_slice(((struct hadm_slice){to, (size_t)(end - to)}), expected);
}

static void labels(void **state) {
  (void)state;
  assert_text(hadm_text_label, TEXT("web1"), false, "web1");
  assert_text(hadm_text_label, TEXT("a\"b\\c\nd"), false, "a\\\"b\\\\c\\nd");
  assert_text(hadm_text_label, TEXT("a\"\"b"), true, "a\\\"b");
  assert_text(hadm_text_label, TEXT("a\"\"b"), false, "a\\\"\\\"b");
  assert_text(hadm_text_label, TEXT(""), false, "");
}

static void json(void **state) {
  (void)state;
  assert_text(hadm_text_json, TEXT("web1"), false, "\"web1\"");
  assert_text(hadm_text_json, TEXT("a\"b\\c\n\x1b\x7f"), false,
              "\"a\\\"b\\\\c\\u000a\\u001b\\u007f\"");
  assert_text(hadm_text_json, TEXT("\0"), false, "\"\\u0000\"");
  assert_text(hadm_text_json, TEXT("\xc2\x9b\xc2\xa0"), false,
              "\"\\u009b\xc2\xa0\"");
}

static char *tsv_word(char *to, struct hadm_field field) {
  return hadm_text_word(to, field, true, false);
}

static char *plain_word(char *to, struct hadm_field field) {
  return hadm_text_word(to, field, false, true);
}

static char *plain_tsv_word(char *to, struct hadm_field field) {
  return hadm_text_word(to, field, true, true);
}

static void words(void **state) {
  (void)state;
  assert_text(tsv_word, TEXT("a\tb\nc\rd\\e\x1b\xff"), false,
              "a\\tb\\nc\\rd\\\\e\x1b\xff");
  assert_text(tsv_word, TEXT("a\"\"b\""), true, "a\"b\"");
  assert_text(tsv_word, TEXT("a\"\"b"), false, "a\"\"b");
  assert_text(plain_word, TEXT("a\tb\\\x1b\x7f\xff"), false,
              "a\\x09b\\\\x1b\\x7f\\xff");
  assert_text(plain_word, TEXT("\xc3\xa9\xc2\x9b\xc2\xa0"), false,
              "\xc3\xa9\\u009b\xc2\xa0");
  assert_text(plain_word, TEXT("\"\""), true, "\"");
  assert_text(plain_tsv_word, TEXT("a\t\x1b\\"), false, "a\\t\\x1b\\\\");
  assert_text(plain_tsv_word, TEXT("\0"), false, "\\x00");
}

static void csv(void **state) {
  (void)state;
  assert_text(hadm_text_csv, TEXT("web1"), false, "web1");
  assert_text(hadm_text_csv, TEXT("a,b"), false, "\"a,b\"");
  assert_text(hadm_text_csv, TEXT("a\"b"), false, "\"a\"\"b\"");
  assert_text(hadm_text_csv, TEXT("a\"\"b"), true, "\"a\"\"b\"");
  assert_text(hadm_text_csv, TEXT("a\nb"), false, "\"a\nb\"");
}

#define UNKNOWN "\xef\xbf\xbd"

/* What is no UTF-8 costs Prometheus the whole scrape. */
static void characters(void **state) {
  (void)state;
  const char *const good[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x99\x82",
                              "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"};
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
    assert_text(hadm_text_label, text_of(good[i]), false, good[i]);
  assert_text(hadm_text_label, TEXT("\xff"), false, UNKNOWN);
  assert_text(hadm_text_label, TEXT("\x80z"), false, UNKNOWN "z");
  assert_text(hadm_text_label, TEXT("\xc3"), false, UNKNOWN);
  assert_text(hadm_text_label, TEXT("\xc3z"), false, UNKNOWN "z");
  assert_text(hadm_text_label, TEXT("\xc0\xaf"), false, UNKNOWN UNKNOWN);
  assert_text(hadm_text_label, TEXT("\xe0\x80\x80"), false,
              UNKNOWN UNKNOWN UNKNOWN);
  assert_text(hadm_text_label, TEXT("\xed\xa0\x80"), false,
              UNKNOWN UNKNOWN UNKNOWN);
  assert_text(hadm_text_label, TEXT("\xf0\x80\x80\x80"), false,
              UNKNOWN UNKNOWN UNKNOWN UNKNOWN);
  assert_text(hadm_text_label, TEXT("\xf4\x90\x80\x80"), false,
              UNKNOWN UNKNOWN UNKNOWN UNKNOWN);
  assert_text(hadm_text_label, TEXT("\xf0\x9f\x99"), false,
              UNKNOWN UNKNOWN UNKNOWN);
}

static void states(void **state) {
  (void)state;
  assert_int_equal(hadm_state_of(HADM_SERVER, TEXT("UP 1/3")), HADM_STATE_UP);
  assert_int_equal(hadm_state_of(HADM_SERVER, TEXT("no check")), HADM_STATE_UP);
  assert_int_equal(hadm_state_of(HADM_SERVER, TEXT("MAINT (resolution)")),
                   HADM_STATE_MAINT);
  assert_int_equal(hadm_state_of(HADM_SERVER, TEXT("DRAIN (agent)")),
                   HADM_STATE_DRAIN);
  assert_int_equal(hadm_state_of(HADM_SERVER, TEXT("NOLB")), HADM_STATE_NOLB);
  assert_int_equal(hadm_state_of(HADM_SERVER, TEXT("UPPER")), HADM_UNKNOWN);
  assert_int_equal(hadm_state_of(HADM_SERVER, TEXT("")), HADM_UNKNOWN);
  assert_int_equal(hadm_state_of(HADM_FRONTEND, TEXT("OPEN")), HADM_STATE_UP);
  assert_int_equal(hadm_state_of(HADM_FRONTEND, TEXT("PAUSED")), HADM_STATE_UP);
  assert_int_equal(hadm_state_of(HADM_FRONTEND, TEXT("STOP")), HADM_STATE_DOWN);
  assert_int_equal(hadm_state_of(HADM_FRONTEND, TEXT("")), HADM_UNKNOWN);
  assert_int_equal(hadm_state_of(HADM_LISTENER, TEXT("FULL")),
                   HADM_LISTENER_FULL);
  assert_int_equal(hadm_state_of(HADM_LISTENER, TEXT("UP")), HADM_UNKNOWN);
  assert_int_equal(hadm_check_of(TEXT("* L7OK")), 10);
  assert_int_equal(hadm_check_of(TEXT("HANA")), 0);
  assert_int_equal(hadm_check_of(TEXT("INI")), HADM_UNKNOWN);
}

/* DOWN, NOLB, DRAIN, MAINT, UP; what failed before what passed. */
static void the_worst(void **state) {
  (void)state;
  const int order[] = {HADM_STATE_DOWN,  HADM_STATE_NOLB, HADM_STATE_DRAIN,
                       HADM_STATE_MAINT, HADM_STATE_UP,   HADM_UNKNOWN};
  for (size_t i = 1; i < sizeof(order) / sizeof(order[0]); i++)
    assert_true(hadm_state_badness(HADM_SERVER, order[i - 1]) >
                hadm_state_badness(HADM_SERVER, order[i]));
  const int listeners[] = {HADM_LISTENER_FULL, HADM_LISTENER_WAITING,
                           HADM_LISTENER_OPEN, HADM_UNKNOWN};
  for (size_t i = 1; i < sizeof(listeners) / sizeof(listeners[0]); i++)
    assert_true(hadm_state_badness(HADM_LISTENER, listeners[i - 1]) >
                hadm_state_badness(HADM_LISTENER, listeners[i]));
  const char *const checks[] = {"SOCKERR", "L4CON", "L4TOUT", "L6RSP",
                                "L7RSP",   "L7STS", "HANA",   "L7OKC",
                                "L4OK",    "L6OK",  "L7OK",   "UNK"};
  for (size_t i = 1; i < sizeof(checks) / sizeof(checks[0]); i++)
    assert_true(hadm_check_badness(hadm_check_of(text_of(checks[i - 1]))) >
                hadm_check_badness(hadm_check_of(text_of(checks[i]))));
}

/* Families are asked by field, names are not given twice to a kind, and each
 * has words. */
static void families(void **state) {
  (void)state;
  for (size_t i = 0; i < hadm_family_count(); i++) {
    const struct hadm_family *family = hadm_family_at(i);
    assert_true(family->kinds != 0 && family->help.len > 0);
    assert_true((family->form == HADM_FORM_TEXT) == (family->label.len > 0));
    for (size_t j = 0; j < i; j++)
      if (hadm_slice_equal(family->name, hadm_family_at(j)->name))
        assert_int_equal(family->kinds & hadm_family_at(j)->kinds, 0);
  }
  assert_slice(hadm_family_of(TEXT("hrsp_5xx"), HADM_SERVER)->name,
               "http_responses_total");
  assert_slice(hadm_family_of(TEXT("act"), HADM_BACKEND)->name,
               "active_servers");
  assert_slice(hadm_family_of(TEXT("act"), HADM_SERVER)->name, "active");
  assert_null(hadm_family_of(TEXT("pxname"), HADM_SERVER));
  assert_null(hadm_family_of(TEXT("req_rate_max"), HADM_SERVER));
  assert_slice(hadm_family_unit(hadm_family_of(TEXT("qtime"), HADM_SERVER)),
               "seconds");
  assert_slice(hadm_family_unit(hadm_family_of(TEXT("throttle"), HADM_SERVER)),
               "percent");
  assert_slice(hadm_family_unit(hadm_family_of(TEXT("scur"), HADM_SERVER)), "");
  assert_slice(hadm_family_prefix(HADM_PROCESS), "haproxy_process_");
}

/* Fields that no family shows go by the rule of the metric. */
static void merged(void **state) {
  (void)state;
  const struct {
    const char *field;
    enum hadm_merge merge;
  } cases[] = {{"hanafail", HADM_MERGE_SUM},   {"downtime", HADM_MERGE_MEAN},
               {"check_rise", HADM_MERGE_MAX}, {"check_health", HADM_MERGE_MIN},
               {"cookie", HADM_MERGE_SAME},    {"sid", HADM_MERGE_SAME}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    assert_int_equal(hadm_merge_by(hadm_metric_find(text_of(cases[i].field),
                                                    HADM_OF(HADM_SERVER))),
                     cases[i].merge);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers),  cmocka_unit_test(labels),
      cmocka_unit_test(json),     cmocka_unit_test(csv),
      cmocka_unit_test(words),    cmocka_unit_test(characters),
      cmocka_unit_test(states),   cmocka_unit_test(the_worst),
      cmocka_unit_test(families), cmocka_unit_test(merged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
