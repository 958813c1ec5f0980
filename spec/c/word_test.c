#include "../../csrc/core/base/hadm_word.h"
#include "support.h"

static void bytes_of_a_word(void **state) {
  (void)state;
  const char *text = "0123abc\n";
  assert_int_equal(hadm_word_load(text) & 0xff, '0');
  assert_int_equal(hadm_word_load(text) >> 56, '\n');
  assert_int_equal(hadm_word_nth(hadm_word_match(text, 'b'), 0), 5);
  assert_int_equal(hadm_word_equal(hadm_word_load(text), 'x'), 0);
}

/* Each byte at each place, among bytes that are as near as can be. */
static void ranges_of_bytes(void **state) {
  (void)state;
  const unsigned char beside[] = {'a' - 1, 'a', 'f', 'f' + 1, 0, 0xff, 0x80};
  for (int byte = 0; byte < 256; byte++)
    for (int place = 0; place < HADM_WORD; place++)
      for (size_t i = 0; i < sizeof(beside); i++) {
        unsigned char text[HADM_WORD];
        memset(text, beside[i], sizeof(text));
        text[place] = (unsigned char)byte;
        uint64_t found =
            hadm_word_between(hadm_word_load((const char *)text), 'a', 'f');
        for (int k = 0; k < HADM_WORD; k++)
          assert_int_equal(found >> 8 * k & 0xff,
                           text[k] >= 'a' && text[k] <= 'f' ? 0x80 : 0);
      }
}

static void assert_unit(const char *text, const char *other, int place) {
  unsigned char byte = (unsigned char)text[place];
  bool digit = byte >= '0' && byte <= '9';
  hadm_unit found = hadm_unit_between(text, 0, '0', '9');
  assert_int_equal(found != 0, digit);
  if (digit)
    assert_int_equal(hadm_unit_first(found), place);
  byte |= 0x20;
  bool letter = byte >= 'a' && byte <= 'f';
  assert_int_equal(hadm_unit_between(text, 0x20, 'a', 'f') != 0, letter);
  found = hadm_unit_equal(text, '\n');
  assert_int_equal(found != 0, text[place] == '\n');
  found = hadm_unit_differ(text, other);
  assert_int_equal(found != 0, text[place] != other[place]);
  if (found != 0)
    assert_int_equal(hadm_unit_first(found), place);
}

/* Each byte at each place. */
static void bytes_of_a_unit(void **state) {
  (void)state;
  char other[HADM_UNIT];
  memset(other, '~', sizeof(other));
  for (int byte = 0; byte < 256; byte++)
    for (int place = 0; place < HADM_UNIT; place++) {
      char text[HADM_UNIT];
      memcpy(text, other, sizeof(text));
      text[place] = (char)(unsigned char)byte;
      assert_unit(text, other, place);
      hadm_unit differ = hadm_unit_differ(text, other);
      hadm_unit before = hadm_unit_below((unsigned)place + 1);
      assert_true((differ & before) == differ);
      if (place > 0)
        assert_true((differ & hadm_unit_below((unsigned)place)) == 0);
    }
  assert_true(hadm_unit_between(other, 0, ' ', '~') == HADM_UNIT_ALL);
  assert_true(hadm_unit_below(HADM_UNIT) == HADM_UNIT_ALL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_of_a_word),
      cmocka_unit_test(ranges_of_bytes),
      cmocka_unit_test(bytes_of_a_unit),
  };
  return cmocka_run_group_tests_name("word", tests, NULL, NULL);
}
