#include "../../csrc/core/base/hadm_csv.h"
#include "../../csrc/core/base/hadm_word.h"
#include "support.h"

#include <stdio.h>

static void assert_field(struct hadm_slice row, bool quotes, unsigned index,
                         const char *text, bool quoted) {
  struct hadm_field field;
  assert_true(hadm_csv_field(row, quotes, index, &field));
  assert_slice(field.text, text);
  assert_int_equal(field.quoted, quoted);
}

static void plain_fields(void **state) {
  (void)state;
  struct hadm_field field;
  struct hadm_slice row = guarded(TEXT("app,,one,"));
  for (int quotes = 0; quotes < 2; quotes++) {
    assert_field(row, quotes, 0, "app", false);
    assert_field(row, quotes, 1, "", false);
    assert_field(row, quotes, 2, "one", false);
    assert_false(hadm_csv_field(row, quotes, 3, &field));
    assert_false(hadm_csv_field(row, quotes, 4, &field));
    assert_int_equal(hadm_csv_count(row, quotes), 3);
  }
}

static void quoted_fields(void **state) {
  (void)state;
  struct hadm_field field;
  struct hadm_slice row =
      guarded(TEXT("a,\"b, c\",\"Said \"\"no\"\"\",\"two\nlines\",\"\",d,"));
  assert_field(row, true, 0, "a", false);
  assert_field(row, true, 1, "b, c", true);
  assert_field(row, true, 2, "Said \"\"no\"\"", true);
  assert_field(row, true, 3, "two\nlines", true);
  assert_field(row, true, 4, "", true);
  assert_field(row, true, 5, "d", false);
  assert_false(hadm_csv_field(row, true, 6, &field));
  assert_int_equal(hadm_csv_count(row, true), 6);
}

static void odd_rows(void **state) {
  (void)state;
  struct hadm_field field;
  assert_false(hadm_csv_field(TEXT(""), false, 0, &field));
  assert_false(hadm_csv_field(TEXT(""), true, 0, &field));
  assert_int_equal(hadm_csv_count(TEXT(""), false), 0);
  assert_int_equal(hadm_csv_count(TEXT(""), true), 0);
  assert_field(guarded(TEXT("\"a")), true, 0, "a", true);
  assert_field(guarded(TEXT("\"a\"\"")), true, 0, "a\"\"", true);
  assert_field(guarded(TEXT("\"")), true, 0, "", true);
  assert_field(guarded(TEXT("\"a\"b,c,")), true, 0, "a", true);
  assert_field(guarded(TEXT("\"a\"b,c,")), true, 1, "c", false);
  assert_field(guarded(TEXT("a\"b,c,")), true, 0, "a\"b", false);
}

/* A last field without its comma may have been cut short. */
static void counts_only_what_ends_in_a_comma(void **state) {
  (void)state;
  for (int quotes = 0; quotes < 2; quotes++) {
    assert_int_equal(hadm_csv_count(guarded(TEXT("a,b,c")), quotes), 2);
    assert_int_equal(hadm_csv_count(guarded(TEXT("a")), quotes), 0);
    assert_int_equal(hadm_csv_count(guarded(TEXT(",")), quotes), 1);
  }
  assert_int_equal(hadm_csv_count(guarded(TEXT("\"a,\",b")), true), 1);
  assert_int_equal(hadm_csv_count(guarded(TEXT("b,\"a,\"")), true), 1);
  assert_int_equal(hadm_csv_count(guarded(TEXT("b,\"a,")), true), 1);
}

/* Both ways to search, against each other, over rows of all lengths: the one
 * without quotes takes a word at a time. */
static void a_word_at_a_time(void **state) {
  (void)state;
  char row[400];
  for (unsigned width = 1; width < 20; width++) {
    size_t len = 0;
    unsigned count = 0;
    while (len + width + 1 < 100 + width) {
      for (unsigned i = 0; i < (count * 7) % width; i++)
        row[len++] = (char)('a' + count % 26);
      row[len++] = ',';
      count++;
    }
    for (unsigned index = 0; index <= count; index++) {
      struct hadm_slice text = guarded((struct hadm_slice){row, len});
      struct hadm_field a;
      struct hadm_field b;
      bool found = hadm_csv_field(text, false, index, &a);
      assert_int_equal(found, index < count);
      assert_int_equal(found, hadm_csv_field(text, true, index, &b));
      if (found) {
        assert_ptr_equal(a.text.ptr, b.text.ptr);
        assert_int_equal(a.text.len, b.text.len);
      }
      assert_int_equal(hadm_csv_count(text, false), count);
    }
  }
}

/* Up to every length, and up to every number of them. */
static void where_commas_are(void **state) {
  (void)state;
  const char text[] = "a,,b,ccc,,,,,,,,,,,,,,,,,dddddddddddddddddddd,e,,,f,g,h";
  enum { ALL = sizeof(text) - 1 };
  for (size_t len = 0; len <= ALL; len++) {
    struct hadm_slice row = guarded((struct hadm_slice){text, len});
    for (size_t max = 0; max <= len; max++) {
      uint32_t found[ALL];
      size_t count = hadm_csv_commas(row, found, max);
      size_t expected = 0;
      for (uint32_t i = 0; i < len && expected < max; i++)
        if (text[i] == ',')
          assert_int_equal(found[expected++], i);
      assert_int_equal(count, expected);
    }
  }
}

/* More commas than a byte counts in any of its places: 255 blocks and some. */
static void a_row_of_many_blocks(void **state) {
  (void)state;
  static char bytes[300 * HADM_BLOCK + 5];
  struct hadm_slice row = {bytes, sizeof(bytes)};
  memset(bytes, ',', sizeof(bytes));
  bytes[4711] = 'x';
  struct hadm_slice guarded_row = guarded(row);
  assert_int_equal(hadm_csv_count(guarded_row, false), sizeof(bytes) - 1);
  assert_field(guarded_row, false, 4711, "x", false);
  assert_field(guarded_row, false, 4712, "", false);
  assert_int_equal(hadm_block_count(bytes, 0, ','), 0);
  assert_int_equal(hadm_block_count(bytes, 256, ','), 256 * HADM_BLOCK);
}

static void unquotes(void **state) {
  (void)state;
  char to[32];
  struct hadm_slice plain = {to, 0};
  plain.len = hadm_csv_unquote(guarded(TEXT("Said \"\"no\"\"")), to);
  assert_slice(plain, "Said \"no\"");
  plain.len = hadm_csv_unquote(guarded(TEXT("\"\"")), to);
  assert_slice(plain, "\"");
  plain.len = hadm_csv_unquote(guarded(TEXT("a\"b")), to);
  assert_slice(plain, "a\"b");
  assert_int_equal(hadm_csv_unquote(TEXT(""), to), 0);
}

/* hadm_word.h: every byte value at every place. */
static void words(void **state) {
  (void)state;
  for (int byte = 0; byte < 256; byte++) {
    for (unsigned at = 0; at < HADM_WORD; at++) {
      char text[HADM_WORD];
      for (int fill = 0; fill < 256; fill += 51) {
        if (fill == byte)
          continue;
        memset(text, fill, sizeof(text));
        text[at] = (char)byte;
        uint64_t match = hadm_word_match(text, (char)byte);
        assert_int_equal(hadm_word_count(match), 1);
        assert_int_equal(hadm_word_nth(match, 0), at);
      }
      memset(text, byte, sizeof(text));
      uint64_t match = hadm_word_match(text, (char)byte);
      assert_int_equal(hadm_word_count(match), HADM_WORD);
      assert_int_equal(hadm_word_nth(match, at), at);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(where_commas_are),
      cmocka_unit_test(plain_fields),
      cmocka_unit_test(quoted_fields),
      cmocka_unit_test(odd_rows),
      cmocka_unit_test(counts_only_what_ends_in_a_comma),
      cmocka_unit_test(a_word_at_a_time),
      cmocka_unit_test(a_row_of_many_blocks),
      cmocka_unit_test(unquotes),
      cmocka_unit_test(words),
  };
  return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
