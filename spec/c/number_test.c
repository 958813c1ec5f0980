#include "../../csrc/core/base/hadm_number.h"
#include "support.h"

static void assert_number(const char *text, int64_t expected) {
  int64_t number = 4711;
  assert_true(hadm_number_read(guarded(text_of(text)), &number));
  assert_true(number == expected);
}

static void numbers(void **state) {
  (void)state;
  assert_number("0", 0);
  assert_number("42", 42);
  assert_number("-1", -1);
  assert_number("-0", 0);
  assert_number("007", 7);
}

static void the_limits_of_64_bits(void **state) {
  (void)state;
  int64_t number = 4711;
  assert_number("9223372036854775807", INT64_MAX);
  assert_number("-9223372036854775808", INT64_MIN);
  assert_false(hadm_number_read(TEXT("9223372036854775808"), &number));
  assert_false(hadm_number_read(TEXT("-9223372036854775809"), &number));
  assert_false(hadm_number_read(TEXT("18446744073709551616"), &number));
  assert_false(hadm_number_read(TEXT("99999999999999999999999"), &number));
  assert_true(number == 4711);
}

static void fractions_are_cut_off(void **state) {
  (void)state;
  assert_number("13.5", 13);
  assert_number("-13.9", -13);
  assert_number("1.", 1);
  assert_number("9223372036854775807.9", INT64_MAX);
}

static void other_texts(void **state) {
  (void)state;
  const char *const texts[] = {"",   "-",   "+1",  " 1",  "1 ",
                               "1a", "a1",  "0x1", "1e3", "1.5.2",
                               ".5", "--1", "-.1", "1.a", "no check"};
  int64_t number = 4711;
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
    assert_false(hadm_number_read(guarded(text_of(texts[i])), &number));
  assert_true(number == 4711);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers),
      cmocka_unit_test(the_limits_of_64_bits),
      cmocka_unit_test(fractions_are_cut_off),
      cmocka_unit_test(other_texts),
  };
  return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
