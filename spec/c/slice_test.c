#include "support.h"

static void equal(void **state) {
  (void)state;
  assert_true(hadm_slice_equal(TEXT("ab"), guarded(TEXT("ab"))));
  assert_true(hadm_slice_equal(TEXT("a\0b"), guarded(TEXT("a\0b"))));
  assert_false(hadm_slice_equal(TEXT("a\0b"), TEXT("a\0c")));
  assert_false(hadm_slice_equal(TEXT("ab"), guarded(TEXT("a"))));
  assert_false(hadm_slice_equal(TEXT("ab"), TEXT("aB")));
}

static void nothing_equals_nothing(void **state) {
  (void)state;
  struct hadm_slice none = {NULL, 0};
  assert_true(hadm_slice_equal(none, none));
  assert_true(hadm_slice_equal(none, TEXT("")));
  assert_false(hadm_slice_equal(none, TEXT("a")));
}

static void starts(void **state) {
  (void)state;
  assert_true(hadm_slice_starts(guarded(TEXT("abc")), TEXT("ab")));
  assert_true(hadm_slice_starts(guarded(TEXT("ab")), TEXT("ab")));
  assert_true(hadm_slice_starts(TEXT("ab"), TEXT("")));
  assert_false(hadm_slice_starts(guarded(TEXT("a")), TEXT("ab")));
  assert_false(hadm_slice_starts(TEXT("ba"), TEXT("ab")));
}

static void ends(void **state) {
  (void)state;
  assert_true(hadm_slice_ends(guarded(TEXT("abc")), TEXT("bc")));
  assert_true(hadm_slice_ends(TEXT("bc"), TEXT("bc")));
  assert_true(hadm_slice_ends(TEXT(""), TEXT("")));
  assert_false(hadm_slice_ends(guarded(TEXT("c")), TEXT("bc")));
  assert_false(hadm_slice_ends(TEXT("bcd"), TEXT("bc")));
}

static void agrees(void **state) {
  (void)state;
  assert_true(hadm_slice_agrees(guarded(TEXT("ab")), TEXT("abc")));
  assert_true(hadm_slice_agrees(guarded(TEXT("abcd")), TEXT("abc")));
  assert_true(hadm_slice_agrees((struct hadm_slice){NULL, 0}, TEXT("abc")));
  assert_false(hadm_slice_agrees(guarded(TEXT("ac")), TEXT("abc")));
}

static void behind(void **state) {
  (void)state;
  struct hadm_slice none = {NULL, 0};
  assert_slice(hadm_slice_behind(TEXT("abc"), 1), "bc");
  assert_slice(hadm_slice_behind(TEXT("abc"), 3), "");
  assert_null(hadm_slice_behind(none, 0).ptr);
}

static void lines(void **state) {
  (void)state;
  static const char *const expected[] = {"a", "", "b", "c"};
  const char *const texts[] = {"a\n\nb\nc", "a\n\nb\nc\n"};
  for (size_t i = 0; i < 2; i++) {
    struct hadm_slice rest = guarded(text_of(texts[i]));
    struct hadm_slice line;
    for (size_t j = 0; j < 4; j++) {
      assert_true(hadm_slice_line(&rest, &line));
      assert_slice(line, expected[j]);
    }
    assert_false(hadm_slice_line(&rest, &line));
  }
}

static void digits(void **state) {
  (void)state;
  assert_true(hadm_is_digit('0') && hadm_is_digit('9'));
  assert_false(hadm_is_digit('0' - 1) || hadm_is_digit('9' + 1));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal),  cmocka_unit_test(nothing_equals_nothing),
      cmocka_unit_test(starts), cmocka_unit_test(ends),
      cmocka_unit_test(agrees), cmocka_unit_test(behind),
      cmocka_unit_test(lines),  cmocka_unit_test(digits),
  };
  return cmocka_run_group_tests_name("slice", tests, NULL, NULL);
}
