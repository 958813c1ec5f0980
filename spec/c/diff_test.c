#include "../../csrc/core/data/hadm_diff.h"
#include "support.h"

#include <stdio.h>

static void dumps_are_read_in_place(void **state) {
  (void)state;
  struct hadm_slice rest =
      TEXT("0x1aF a b c\n0x2 line\nend\n0x\n0x3 \n0xg 1\n0x4");
  struct hadm_dumped entry;
  struct hadm_slice some = rest;
  assert_int_equal(hadm_dump_count(&some, 2), 2);
  assert_int_equal(hadm_dump_count(&some, 2), 1);
  assert_int_equal(hadm_dump_count(&some, 2), 0);
  assert_true(hadm_dump_next(&rest, &entry));
  assert_slice(entry.reference, "0x1aF");
  assert_slice(entry.text, "a b c");
  assert_slice(hadm_dump_key(entry.text, true), "a");
  assert_slice(hadm_dump_key(entry.text, false), "a b c");
  assert_true(hadm_dump_next(&rest, &entry));
  assert_slice(entry.text, "line\nend\n0x");
  assert_true(hadm_dump_next(&rest, &entry));
  assert_slice(entry.reference, "0x3");
  assert_slice(entry.text, "\n0xg 1\n0x4");
  assert_false(hadm_dump_next(&rest, &entry));
  rest = TEXT("words");
  assert_true(hadm_dump_next(&rest, &entry));
  assert_int_equal(entry.reference.len, 0);
  assert_slice(entry.text, "words");
}

static void the_whole_entries_of_a_part(void **state) {
  (void)state;
  assert_int_equal(hadm_dump_whole(TEXT("")), 0);
  assert_int_equal(hadm_dump_whole(TEXT("0x1 a\n0x2")), 0);
  assert_int_equal(hadm_dump_whole(TEXT("0x1 a\n0x2 ")), 6);
  assert_int_equal(hadm_dump_whole(TEXT("0x1 a\n0x2 b\nc\n0x")), 6);
  assert_int_equal(hadm_dump_whole(TEXT("words\n\n")), 0);
}

/* Entry by entry, as at once. */
static void assert_compared(const char *one, const char *other,
                            enum hadm_status expected) {
  struct hadm_slice a = text_of(one);
  struct hadm_slice b = text_of(other);
  enum hadm_status status;
  do
    status = hadm_dump_compare(&a, &b, 1);
  while (status == HADM_MORE);
  assert_int_equal(status, expected);
  a = text_of(one);
  b = text_of(other);
  assert_int_equal(hadm_dump_compare(&a, &b, 9), expected);
}

static void dumps_are_compared(void **state) {
  (void)state;
  const char *dump = "0x1 a 1\n0x2 b 2\n";
  assert_compared(dump, "0x9 a 1\n0x8 b 2\n", HADM_OK);
  assert_compared("", "", HADM_OK);
  assert_compared(dump, "0x9 a 1\n", HADM_E_INCONSISTENT);
  assert_compared("0x9 a 1\n", dump, HADM_E_INCONSISTENT);
  assert_compared(dump, "0x9 a 1\n0x8 b 3\n", HADM_E_INCONSISTENT);
  assert_compared(dump, "0x9 b 2\n0x8 a 1\n", HADM_E_INCONSISTENT);
}

static void assert_pass(const char *dump, const char *lines, size_t most,
                        size_t count, const char *rest, const char *left) {
  struct hadm_slice at = guarded(text_of(dump));
  struct hadm_slice wanted = text_of(lines);
  struct hadm_slice line;
  uint16_t lengths[8];
  for (size_t i = 0; hadm_slice_line(&wanted, &line); i++)
    lengths[i] = (uint16_t)(line.len + 1);
  wanted = text_of(lines);
  assert_int_equal(hadm_dump_pass(&at, &wanted, lengths, most), count);
  assert_slice(at, rest);
  assert_slice(wanted, left);
}

/* Those at the ends are left: words of eight bytes are looked at. */
static void equal_entries_are_passed(void **state) {
  (void)state;
#define ONE "0x55d0c0ffee10 key value one\n"
#define TWO "0x55d0c0ffee50 key value two\n"
  const char *const tail = "key value two\nkey value three\n";
  const char *const lines = "key value one\nkey value two\nkey value three\n";
  assert_pass(ONE TWO ONE, lines, 9, 2, ONE, "key value three\n");
  assert_pass(ONE TWO ONE, lines, 1, 1, TWO ONE, tail);
  assert_pass(ONE TWO ONE, lines, 0, 0, ONE TWO ONE, lines);
  assert_pass(ONE TWO, lines, 9, 1, TWO, tail);
  assert_pass(ONE ONE TWO, lines, 9, 1, ONE TWO, tail);
  assert_pass(ONE "\n" TWO, lines, 9, 0, ONE "\n" TWO, lines);
  assert_pass(ONE "0x55d0c0ffeg50 key\n", lines, 9, 0,
              ONE "0x55d0c0ffeg50 key\n", lines);
  assert_pass(ONE "0x7 key value two\n" TWO, lines, 9, 2, TWO,
              "key value three\n");
  assert_pass("0x1 k 1\n" TWO, "k 1\n", 9, 0, "0x1 k 1\n" TWO, "k 1\n");
  assert_pass("words\n" ONE, lines, 9, 0, "words\n" ONE, lines);
  assert_pass("", lines, 9, 0, "", lines);
  /* References of other lengths, one longer than any is. */
  assert_pass(ONE "0x55d0c0ffee5 key value two\n" ONE, lines, 9, 2, ONE,
              "key value three\n");
  assert_pass(ONE "0x0000000055d0c0ffee50 key value two\n" ONE, lines, 9, 2,
              ONE, "key value three\n");
  /* What is behind a line's end does not matter, what is before it does. */
  const char *const longer = "a key of many bytes value\nkey value two\n\n\n\n";
  assert_pass("0x12345678 a key of many bytes value\n" TWO, longer, 9, 1, TWO,
              "key value two\n\n\n\n");
  assert_pass("0x12345678 a key of many bytes valuf\n" TWO, longer, 9, 0,
              "0x12345678 a key of many bytes valuf\n" TWO, longer);
  assert_pass("0x12345678 a Key of many bytes value\n" TWO, longer, 9, 0,
              "0x12345678 a Key of many bytes value\n" TWO, longer);
#undef ONE
#undef TWO
}

static struct hadm_entries wanted;
static struct hadm_diff diff;

static void want(bool map, const char *file) {
  hadm_entries_init(&wanted, map, 7);
  assert_int_equal(hadm_entries_feed(&wanted, text_of(file)), HADM_OK);
  assert_int_equal(hadm_entries_end(&wanted), HADM_OK);
}

static void assert_same_changes(const struct hadm_diff *one,
                                const struct hadm_diff *other) {
  assert_int_equal(one->changed, other->changed);
  assert_int_equal(one->deleted, other->deleted);
  assert_int_equal(one->references, other->references);
  for (size_t i = 0; i < one->changed + one->deleted; i++) {
    assert_int_equal(one->changes[i].wanted, other->changes[i].wanted);
    assert_int_equal(one->changes[i].by_key, other->changes[i].by_key);
    assert_true(hadm_slice_equal(one->changes[i].entry.text,
                                 other->changes[i].entry.text));
    assert_true(hadm_slice_equal(one->changes[i].entry.reference,
                                 other->changes[i].entry.reference));
  }
}

/* Of another process that may be like the one that was compared before: the
 * result is what it would be without that. */
static void compare_like(const struct hadm_diff *before, const char *dump) {
  struct hadm_diff alone;
  struct hadm_diff beside;
  enum hadm_status status = hadm_diff_make(&alone, &wanted, text_of(dump));
  assert_int_equal(status, HADM_OK);
  status = hadm_diff_begin(&beside, &wanted, text_of(dump));
  hadm_diff_like(&beside, before);
  while (status == HADM_OK || status == HADM_MORE) {
    status = hadm_diff_step(&beside, 1);
    if (status == HADM_OK)
      break;
  }
  assert_int_equal(status, HADM_OK);
  hadm_diff_like(&beside, before); /* all is known */
  assert_same_changes(&beside, &alone);
  hadm_diff_free(&beside);
  hadm_diff_free(&alone);
}

/* Step by step: the result is the same as of all at once. */
static void compare(const char *dump) {
  struct hadm_diff whole;
  enum hadm_status status = hadm_diff_begin(&diff, &wanted, text_of(dump));
  assert_int_equal(status, HADM_OK);
  do
    status = hadm_diff_step(&diff, 1);
  while (status == HADM_MORE);
  assert_int_equal(status, HADM_OK);
  assert_int_equal(hadm_diff_step(&diff, 1), HADM_OK);
  assert_int_equal(hadm_diff_make(&whole, &wanted, text_of(dump)), HADM_OK);
  assert_int_equal(diff.added, whole.added);
  assert_int_equal(diff.changed, whole.changed);
  assert_int_equal(diff.deleted, whole.deleted);
  assert_int_equal(diff.ordered, whole.ordered);
  assert_same_changes(&diff, &whole);
  hadm_diff_free(&whole);
  compare_like(&diff, dump);
}

static void assert_numbers(size_t added, size_t changed, size_t deleted,
                           size_t kept) {
  assert_int_equal(diff.added, added);
  assert_int_equal(diff.changed, changed);
  assert_int_equal(diff.deleted, deleted);
  assert_int_equal(diff.kept, kept);
}

/* Change <i>: the reference of what it is about, and how it is named. */
static void assert_change(size_t i, const char *reference, bool by_key) {
  assert_slice(diff.changes[i].entry.reference, reference);
  assert_int_equal(diff.changes[i].by_key, by_key);
}

static void forget(void) {
  hadm_diff_free(&diff);
  hadm_entries_free(&wanted);
  assert_int_equal(blocks_held(), 0);
}

static void equal_entries_are_kept(void **state) {
  (void)state;
  want(true, "a 1\nb 2\nc 3\n");
  compare("0x1 a 1\n0x2 b 2\n0x3 c 3\n");
  assert_numbers(0, 0, 0, 3);
  assert_true(diff.ordered);
  hadm_diff_free(&diff);
  compare("0x3 c 3\n0x1 a 1\n0x2 b 2\n");
  assert_numbers(0, 0, 0, 3);
  assert_false(diff.ordered);
  hadm_diff_free(&diff);
  compare("");
  assert_numbers(3, 0, 0, 0);
  assert_true(diff.ordered);
  hadm_diff_free(&diff);
  assert_int_equal(hadm_diff_make(&diff, &wanted, TEXT("Unknown\n")),
                   HADM_E_FOREIGN);
  forget();
  want(false, "");
  compare("0x1 a b\n0x2 #0x12\n0x3 c\n");
  assert_numbers(0, 0, 3, 0);
  assert_change(0, "0x1", true);
  assert_change(1, "0x2", false);
  assert_change(2, "0x3", true);
  forget();
}

static void values_change(void **state) {
  (void)state;
  want(true, "a 1\nb 2\nc 3\nd 4\n");
  compare("0x1 a 9\n0x2 b 2\n0x4 d 5\n0x5 e 6\n");
  assert_numbers(1, 2, 1, 1);
  assert_change(0, "0x1", true);
  assert_change(1, "0x4", true);
  assert_change(2, "0x5", true);
  assert_int_equal(diff.adds[0], 2);
  assert_false(diff.ordered);
  hadm_diff_free(&diff);
  compare("0x1 a 9\n0x2 b 2\n0x3 c 4\n");
  assert_true(diff.ordered);
  hadm_diff_free(&diff);
  compare("0x1 b 9\n0x2 a 1\n0x3 c 4\n");
  assert_false(diff.ordered);
  forget();
}

static void a_key_of_several_entries_is_not_named(void **state) {
  (void)state;
  want(true, "a 1\na 2\nb 1\n");
  compare("0x1 a 1\n0x2 a 3\n0x3 a 4\n0x4 b 1\n0x5 b 1\n");
  assert_numbers(0, 1, 2, 2);
  assert_change(0, "0x3", false);
  assert_change(1, "0x2", false);
  assert_change(2, "0x5", false);
  hadm_diff_free(&diff);
  /* What is added has the key, too. */
  compare("0x1 a 9\n0x4 b 1\n");
  assert_numbers(1, 1, 0, 1);
  assert_change(0, "0x1", false);
  forget();
}

static void processes_that_are_not_alike(void **state) {
  (void)state;
  want(true, "a 1\na 2\nb 1\nc 1\n");
  compare("0x1 a 9\n0x2 b 2\n0x3 x 3\n");
  assert_numbers(2, 2, 1, 0);
  compare_like(&diff, "0x7 a 9\n0x8 b 2\n0x9 x 3\n");
  compare_like(&diff, "0x7 a 9\n0x8 b 2\n0x9 x 4\n");
  compare_like(&diff, "0x7 b 9\n0x8 a 2\n0x9 x 3\n");
  compare_like(&diff, "0x7 a 1\n0x8 b 2\n0x9 c 3\n0xa x 1\n");
  compare_like(&diff, "0x7 a 9\n0x8 a 8\n0x9 x 3\n");
  compare_like(NULL, "0x7 a 9\n");
  forget();
}

/* Keys of many lengths, whose first bytes are often the same. */
static void keys_are_told_apart(void **state) {
  (void)state;
  char file[16384] = "";
  char dump[16384] = "";
  for (int i = 1; i <= 60; i++) {
    char key[80];
    memset(key, 'x', sizeof(key));
    sprintf(key + i, "%d", i % 7);
    sprintf(file + strlen(file), "%s 1\n", key);
    sprintf(dump + strlen(dump), "0x%x %s 2\n", i, key);
  }
  want(true, file);
  compare(dump);
  assert_numbers(0, 60, 0, 0);
  assert_int_equal(diff.references, 0);
  forget();
  sprintf(file + strlen(file), "xx2 3\n");
  want(true, file);
  compare(dump);
  assert_numbers(1, 60, 0, 0);
  assert_int_equal(diff.references, 1);
  assert_change(1, "0x2", false);
  forget();
}

static void blanks_in_keys_are_as_wanted(void **state) {
  (void)state;
  hadm_entries_init(&wanted, true, 7);
  assert_int_equal(hadm_entries_add(&wanted, TEXT("a b"), TEXT("1")), HADM_OK);
  assert_int_equal(hadm_entries_add(&wanted, TEXT("c"), TEXT("d 2")), HADM_OK);
  compare("0x1 a b 2\n0x2 c d 3\n0x3 e f g\n");
  assert_numbers(0, 2, 1, 0);
  assert_change(0, "0x1", false);
  assert_change(1, "0x2", false);
  assert_change(2, "0x3", false);
  hadm_diff_free(&diff);
  compare("0x1 a b 1\n0x2 c d 2\n");
  assert_numbers(0, 0, 0, 2);
  forget();
}

static void an_empty_value_is_added(void **state) {
  (void)state;
  hadm_entries_init(&wanted, true, 7);
  assert_int_equal(hadm_entries_add(&wanted, TEXT("a"), TEXT("")), HADM_OK);
  compare("0x1 a b\n");
  assert_numbers(1, 0, 1, 0);
  assert_change(0, "0x1", false);
  hadm_diff_free(&diff);
  compare("0x1 a \n");
  assert_numbers(0, 0, 0, 1);
  forget();
}

/* Entries of few keys and values, in any order and number, half of the time
 * such as are found in a word: what is kept, what changes and what is added is
 * what is wanted. */
static void few_changes_make_it_equal(void **state) {
  (void)state;
  uint32_t random = 1;
  for (int round = 0; round < 3000; round++) {
    const char *name = round % 2 == 0 ? "k" : "host-of-some-length";
    const char *reference = round % 2 == 0 ? "" : "55d0c0ffee0";
    char file[1024] = "";
    char dump[2048] = "";
    int counts[16] = {0};
    int keys[4] = {0};
    int kept = 0;
    int least = 0;
    for (int i = 0; i < round % 20; i++) {
      random = random * 1664525u + 1013904223u;
      unsigned n = random >> 28;
      sprintf(file + strlen(file), "%s%u v%u\n", name, n / 4, n % 4);
      counts[n]++;
      keys[n / 4]++;
    }
    int there[16] = {0};
    for (int i = 0; i < round % 17; i++) {
      random = random * 1664525u + 1013904223u;
      unsigned n = random >> 28;
      sprintf(dump + strlen(dump), "0x%s%x %s%u v%u\n", reference, i, name,
              n / 4, n % 4);
      there[n]++;
    }
    for (int k = 0; k < 4; k++) {
      int same = 0;
      int have = 0;
      for (int v = 0; v < 4; v++) {
        int n = 4 * k + v;
        same += counts[n] < there[n] ? counts[n] : there[n];
        have += there[n];
      }
      kept += same;
      int left = keys[k] - same;
      int over = have - same;
      least += left < over ? left : over;
    }
    want(true, file);
    compare(dump);
    assert_int_equal(diff.kept, kept);
    assert_int_equal(diff.changed, least);
    assert_int_equal(diff.added, (int)wanted.count - kept - least);
    assert_int_equal(diff.deleted, (int)diff.entries - kept - least);
    forget();
  }
}

static void survives_a_lack_of_memory(void **state) {
  (void)state;
  for (begin_failing(); next_failing();) {
    hadm_entries_init(&wanted, true, 7);
    enum hadm_status status =
        hadm_entries_feed(&wanted, TEXT("a 1\nb 2\nc 3\nd 4\n"));
    if (status == HADM_OK)
      status = hadm_diff_make(&diff, &wanted,
                              TEXT("0x1 d 4\n0x2 a 2\n0x3 x 1\n0x4 b 2\n"));
    assert_int_equal(status, has_failed() ? HADM_E_NOMEM : HADM_OK);
    forget();
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(dumps_are_read_in_place),
      cmocka_unit_test(the_whole_entries_of_a_part),
      cmocka_unit_test(dumps_are_compared),
      cmocka_unit_test(equal_entries_are_passed),
      cmocka_unit_test(equal_entries_are_kept),
      cmocka_unit_test(values_change),
      cmocka_unit_test(a_key_of_several_entries_is_not_named),
      cmocka_unit_test(processes_that_are_not_alike),
      cmocka_unit_test(keys_are_told_apart),
      cmocka_unit_test(blanks_in_keys_are_as_wanted),
      cmocka_unit_test(an_empty_value_is_added),
      cmocka_unit_test(few_changes_make_it_equal),
      cmocka_unit_test(survives_a_lack_of_memory),
  };
  return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
