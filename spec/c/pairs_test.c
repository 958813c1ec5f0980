#include "../../csrc/core/data/hadm_pairs.h"
#include "support.h"

static void rows(void **state) {
  (void)state;
  struct hadm_slice reference;
  struct hadm_slice items;
  assert_true(
      hadm_pairs_row(guarded(TEXT("0x55Df: key=a use=0")), &reference, &items));
  assert_slice(reference, "0x55Df");
  assert_slice(items, "key=a use=0");
  assert_true(hadm_pairs_row(guarded(TEXT("0x1: ")), &reference, &items));
  assert_int_equal(items.len, 0);
  static const char *const others[] = {
      "",       "# table: t, type: ip, size:1, used:0",
      "0x",     "0x: key=a",
      "0x5",    "0x5:",
      "0x5 : ", "Session not found.",
      NULL};
  for (int i = 0; others[i] != NULL; i++)
    assert_false(
        hadm_pairs_row(guarded(text_of(others[i])), &reference, &items));
}

struct expected {
  const char *name;
  const char *period;
  const char *value;
};

static void expect(struct hadm_slice rest, const struct expected *expected) {
  struct hadm_item item;
  for (; expected->name != NULL; expected++) {
    assert_true(hadm_pairs_next(&rest, &item));
    assert_slice(item.name, expected->name);
    assert_slice(item.period, expected->period);
    assert_slice(item.value, expected->value);
  }
  assert_false(hadm_pairs_next(&rest, &item));
  assert_false(hadm_pairs_next(&rest, &item));
}

static void words_of_a_table(void **state) {
  (void)state;
  static const struct expected expected[] = {{"key", "", "a\\ b\\=c\\\\"},
                                             {"use", "", "0"},
                                             {"exp", "", "3599"},
                                             {"http_req_rate", "10000", "7"},
                                             {"server_key", "", "127.0.0.1:80"},
                                             {"empty", "", ""},
                                             {NULL, NULL, NULL}};
  expect(guarded(TEXT("key=a\\ b\\=c\\\\ use=0 exp=3599 http_req_rate(10000)=7 "
                      "server_key=127.0.0.1:80 empty=")),
         expected);
}

static void words_of_a_session(void **state) {
  (void)state;
  static const struct expected expected[] = {{"src", "", "unix:1"},
                                             {"rq", "", "f=848000h,i=0,ax="},
                                             {"scf", "", "8,482h,fd=15,rex="},
                                             {"s0", "", "7,8h,fd=8,ex="},
                                             {"exp", "", "19s"},
                                             {"c_exp", "", ""},
                                             {NULL, NULL, NULL}};
  expect(guarded(TEXT("src=unix:1 rq[f=848000h,i=0,ax=] scf=[8,482h,fd=15,rex=]"
                      " s0=[7,8h,fd=8,ex=] exp=19s c_exp=")),
         expected);
}

/* What has no name, or does not end as it begins, is no pair. */
static void passes_over(void **state) {
  (void)state;
  static const struct expected expected[] = {
      {"a", "", "1"}, {"b", "", "[2"}, {"c", "", "3]"}, {NULL, NULL, NULL}};
  expect(guarded(TEXT(" =1 word a=1  rate(10 rate(10) rate(10)x b=[2 (5)=1 c=3]"
                      " [x] ")),
         expected);
}

/* An even number of backslashes escapes no blank. */
static void blanks_in_a_word(void **state) {
  (void)state;
  static const struct expected expected[] = {{"key", "", "\\ \\\\\\ x"},
                                             {"a", "", "\\\\"},
                                             {"b", "", "\\ "},
                                             {NULL, NULL, NULL}};
  expect(guarded(TEXT("key=\\ \\\\\\ x a=\\\\ b=\\ ")), expected);
}

static void finds(void **state) {
  (void)state;
  struct hadm_slice items =
      guarded(TEXT("key=gpc0\\ gpc0=9 gpc0x=1 gpc0(5)=2 gpc0=3 gpc1[4]"));
  struct hadm_item item;
  assert_true(hadm_pairs_find(items, TEXT("gpc0"), &item));
  assert_slice(item.value, "2");
  assert_slice(item.period, "5");
  assert_true(hadm_pairs_find(items, TEXT("gpc1"), &item));
  assert_slice(item.value, "4");
  assert_false(hadm_pairs_find(items, TEXT("gpc"), &item));
  assert_false(hadm_pairs_find(items, TEXT("gpc01"), &item));
  assert_false(
      hadm_pairs_find((struct hadm_slice){NULL, 0}, TEXT("gpc0"), &item));
}

static void unescapes(void **state) {
  (void)state;
  static const char *const texts[][2] = {
      {"", ""},
      {"plain", "plain"},
      {"a\\ b\\=c\\\\d", "a b=c\\d"},
      {"\\t\\n\\r\\e", "\t\n\r\033"},
      {"\\xC3\\xa9", "\xC3\xA9"},
      {"\\x4", "x4"},
      {"\\xg0\\x0g", "xg0x0g"},
      {"x41t41", "x41t41"},
      {"\\t41", "\t41"},
      {"end\\", "end\\"},
  };
  char to[32];
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    size_t len = hadm_pairs_unescape(guarded(text_of(texts[i][0])), to);
    struct hadm_slice plain = {to, len};
    assert_slice(plain, texts[i][1]);
  }
}

static void seconds(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint32_t seconds;
  } good[] = {{"0s", 0},      {"59s", 59},     {"3m10s", 190},
              {"1h0m", 3600}, {"1d2h", 93600}, {"4294967295s", UINT32_MAX}};
  static const char *const bad[] = {"",
                                    "s",
                                    "1",
                                    "1x",
                                    "1ms",
                                    "1s ",
                                    "-1s",
                                    "<NEVER>",
                                    "4294967296s",
                                    "49710d7h",
                                    "99999999999999999999s",
                                    NULL};
  uint32_t found;
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
    assert_true(hadm_pairs_seconds(guarded(text_of(good[i].text)), &found));
    assert_int_equal(found, good[i].seconds);
  }
  for (int i = 0; bad[i] != NULL; i++)
    assert_false(hadm_pairs_seconds(guarded(text_of(bad[i])), &found));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows),
      cmocka_unit_test(words_of_a_table),
      cmocka_unit_test(words_of_a_session),
      cmocka_unit_test(passes_over),
      cmocka_unit_test(blanks_in_a_word),
      cmocka_unit_test(finds),
      cmocka_unit_test(unescapes),
      cmocka_unit_test(seconds),
  };
  return cmocka_run_group_tests_name("pairs", tests, NULL, NULL);
}
