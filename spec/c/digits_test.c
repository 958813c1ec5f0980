#include "../../csrc/core/base/hadm_digits.h"
#include "../../csrc/core/base/hadm_number.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST = 16 };

/* Reads <text>, behind which there are <more> bytes. */
static bool reads(const char *text, const char *more, int64_t *number) {
  char all[64];
  const int len = snprintf(all, sizeof(all), "%s%s", text, more);
  struct hadm_slice whole = guarded((struct hadm_slice){all, (size_t)len});
  return hadm_digits_read((struct hadm_slice){whole.ptr, strlen(text)},
                          whole.ptr + whole.len, number);
}

static void as_many_as_there_may_be(void **state) {
  (void)state;
  const char digits[] = "1029384756473829";
  for (size_t len = 1; len <= MOST; len++) {
    char text[MOST + 1];
    int64_t expected;
    int64_t number = 4711;
    memcpy(text, digits, len);
    text[len] = '\0';
    assert_true(hadm_number_read(text_of(text), &expected));
    assert_true(reads(text, ",12,345,", &number));
    assert_true(number == expected);
  }
}

static void zeros_and_nines(void **state) {
  (void)state;
  const char *const texts[] = {"0",
                               "9",
                               "00",
                               "99",
                               "007",
                               "99999999",
                               "100000000",
                               "0000000001",
                               "999999999999",
                               "9999999999999999"};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    int64_t expected;
    int64_t number = 4711;
    assert_true(hadm_number_read(text_of(texts[i]), &expected));
    assert_true(reads(texts[i], ",,,,,,,,", &number));
    assert_true(number == expected);
  }
}

/* Every byte in every place. */
static void no_other_byte(void **state) {
  (void)state;
  for (size_t len = 1; len <= MOST; len++)
    for (size_t at = 0; at < len; at++)
      for (int byte = 1; byte <= UINT8_MAX; byte++) {
        char text[MOST + 1] = "1111111111111111";
        char all[32];
        int64_t number;
        text[len] = '\0';
        text[at] = (char)byte;
        snprintf(all, sizeof(all), "%s,,,,,,,,", text);
        assert_int_equal(hadm_digits_read((struct hadm_slice){all, len},
                                          all + strlen(all), &number),
                         hadm_is_digit((char)byte));
      }
}

static void what_others_read(void **state) {
  (void)state;
  int64_t number;
  assert_false(reads("", ",12345678", &number));
  assert_false(reads("12345678901234567", ",", &number));
  assert_true(reads("12", "345678", &number));
  /* A byte behind them is missing. */
  assert_false(reads("12", "34567", &number));
  assert_true(reads("5", "", &number));
  assert_true(reads("12345678", "", &number));
  assert_true(reads("123456789", "", &number));
  assert_true(number == 123456789);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(as_many_as_there_may_be),
      cmocka_unit_test(zeros_and_nines),
      cmocka_unit_test(no_other_byte),
      cmocka_unit_test(what_others_read),
  };
  return cmocka_run_group_tests_name("digits", tests, NULL, NULL);
}
