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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal),
      cmocka_unit_test(nothing_equals_nothing),
      cmocka_unit_test(starts),
  };
  return cmocka_run_group_tests_name("slice", tests, NULL, NULL);
}
