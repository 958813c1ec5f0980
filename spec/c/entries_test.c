#include "../../csrc/core/data/hadm_entries.h"
#include "../../csrc/core/data/hadm_repeats.h"
#include "support.h"

#include <stdio.h>

static struct hadm_entries entries;

static void begin(bool map) { hadm_entries_init(&entries, map, 42); }

static void end(void) {
  hadm_entries_free(&entries);
  assert_int_equal(blocks_held(), 0);
}

static void assert_entry(uint32_t i, const char *key, const char *value) {
  assert_true(i < entries.count);
  assert_slice(hadm_entries_key(&entries, i), key);
  assert_slice(hadm_entries_value(&entries, i), value);
}

static void add(const char *key, const char *value) {
  assert_int_equal(
      hadm_entries_add(&entries, text_of(key), guarded(text_of(value))),
      HADM_OK);
}

static void are_added(void **state) {
  (void)state;
  begin(true);
  add("a", "1");
  add("two words", " v ");
  add("e", "");
  assert_int_equal(entries.count, 3);
  assert_entry(0, "a", "1");
  assert_entry(1, "two words", " v ");
  assert_entry(2, "e", "");
  assert_slice(hadm_entries_text(&entries, 1), "two words  v ");
  assert_true(hadm_entries_plain(&entries, 0));
  assert_false(hadm_entries_plain(&entries, 1));
  assert_true(hadm_entries_plain(&entries, 2));
  assert_true(hadm_entries_short(&entries, 0));
  assert_false(hadm_entries_short(&entries, 2));
  end();
  begin(false);
  add("two words", "no value");
  assert_entry(0, "two words", "");
  assert_slice(hadm_entries_text(&entries, 0), "two words");
  assert_false(hadm_entries_plain(&entries, 0));
  end();
}

static void assert_fault(struct hadm_slice key, struct hadm_slice value,
                         enum hadm_fault fault, size_t at) {
  assert_int_equal(hadm_entries_add(&entries, key, value), HADM_E_ARG);
  assert_int_equal(entries.fault, fault);
  assert_int_equal(entries.at, at);
  assert_int_equal(entries.count, 0);
}

static void what_cannot_be_sent_is_refused(void **state) {
  (void)state;
  static char bytes[HADM_ENTRY_MAX + 1];
  memset(bytes, 'a', sizeof(bytes));
  struct hadm_slice full = {bytes, sizeof(bytes)};
  begin(true);
  assert_fault(TEXT(""), TEXT("v"), HADM_FAULT_EMPTY, 0);
  assert_fault(TEXT("a\0"), TEXT("v"), HADM_FAULT_CHARACTER, 1);
  assert_fault(TEXT("ab"), TEXT("v\n"), HADM_FAULT_CHARACTER, 3);
  assert_fault(TEXT("ab"), TEXT("\r"), HADM_FAULT_CHARACTER, 2);
  assert_fault(TEXT("a b"), TEXT(""), HADM_FAULT_VALUE, 0);
  assert_fault(full, TEXT("v"), HADM_FAULT_LENGTH, 0);
  assert_fault(TEXT("a"), full, HADM_FAULT_LENGTH, 0);
  end();
}

static enum hadm_status feed(struct hadm_slice text, size_t step) {
  enum hadm_status status = HADM_OK;
  while (status == HADM_OK && text.len > 0) {
    size_t len = step < text.len ? step : text.len;
    status = hadm_entries_feed(&entries,
                               guarded((struct hadm_slice){text.ptr, len}));
    text = hadm_slice_behind(text, len);
  }
  return status == HADM_OK ? hadm_entries_end(&entries) : status;
}

static void files_are_read_in_pieces(void **state) {
  (void)state;
  struct hadm_slice file =
      TEXT("# head\na 1\n\n \t\r\n  b\t two  words \t\r\n #c d\n#\nl \xc3\xa4");
  for (size_t step = 1; step <= file.len; step++) {
    begin(true);
    assert_int_equal(feed(file, step), HADM_OK);
    assert_int_equal(entries.count, 4);
    assert_entry(0, "a", "1");
    assert_entry(1, "b", "two  words");
    assert_entry(2, "#c", "d");
    assert_entry(3, "l", "\xc3\xa4");
    assert_int_equal(entries.lines, 8);
    end();
    begin(false);
    assert_int_equal(feed(TEXT("#\n  a b \n\nc"), step), HADM_OK);
    assert_int_equal(entries.count, 2);
    assert_entry(0, "a b ", "");
    assert_entry(1, "c", "");
    end();
  }
}

/* Lines that are copied as they are, and others that are nearly such ones. */
static void plain_lines_are_copied(void **state) {
  (void)state;
  struct hadm_slice file =
      TEXT("host1.example.com one\nhost2.example.com t w o\n"
           "host3.example.com  three\nhost4.example.com four \n"
           " host5.example.com five\nhost6.example.com\tsix\n"
           "#host7.example.com seven\nhost8.example.com \xc3\xa4ight\n"
           "host9.example.com nine\r\nhost10.example.com ten\n");
  for (size_t step = 1; step <= file.len; step++) {
    begin(true);
    assert_int_equal(feed(file, step), HADM_OK);
    assert_int_equal(entries.count, 9);
    assert_entry(0, "host1.example.com", "one");
    assert_entry(1, "host2.example.com", "t w o");
    assert_entry(2, "host3.example.com", "three");
    assert_entry(3, "host4.example.com", "four");
    assert_entry(4, "host5.example.com", "five");
    assert_entry(5, "host6.example.com", "six");
    assert_entry(6, "host8.example.com", "\xc3\xa4ight");
    assert_entry(7, "host9.example.com", "nine");
    assert_entry(8, "host10.example.com", "ten");
    assert_int_equal(entries.lines, 10);
    assert_int_equal(entries.longest, strlen("host8.example.com ") + 6);
    assert_true(entries.all_plain);
    end();
  }
}

/* A key with a blank came before: where keys end is noted. */
static void plain_lines_behind_a_blank_in_a_key(void **state) {
  (void)state;
  begin(true);
  add("two words", "v");
  assert_int_equal(
      feed(TEXT("host1.example.com one\nhost2.example.com two\n"), 100),
      HADM_OK);
  assert_entry(0, "two words", "v");
  assert_entry(1, "host1.example.com", "one");
  assert_entry(2, "host2.example.com", "two");
  end();
}

static void assert_line_fault(struct hadm_slice file, size_t line,
                              enum hadm_fault fault, size_t at) {
  for (size_t step = 1; step <= file.len; step += file.len > 100 ? 5000 : 1) {
    begin(true);
    assert_int_equal(feed(file, step), HADM_E_ARG);
    assert_int_equal(entries.fault, fault);
    assert_int_equal(entries.lines, line);
    assert_int_equal(entries.at, at);
    end();
  }
}

static void a_fault_has_its_line(void **state) {
  (void)state;
  static char bytes[1000000];
  memset(bytes, 'a', sizeof(bytes));
  assert_line_fault(TEXT("a 1\nb\nc 3\n"), 2, HADM_FAULT_VALUE, 0);
  assert_line_fault(TEXT("a 1\n\nb \n"), 3, HADM_FAULT_VALUE, 0);
  assert_line_fault(TEXT("a\0 1\n"), 1, HADM_FAULT_CHARACTER, 1);
  assert_line_fault(TEXT("a 1\rb 2\n"), 1, HADM_FAULT_CHARACTER, 3);
  assert_line_fault((struct hadm_slice){bytes, sizeof(bytes)}, 1,
                    HADM_FAULT_LENGTH, 0);
  const char *const wrong[] = {"\x80",
                               "\xc1\x81",
                               "\xc3",
                               "\xe0\x9f\xbf",
                               "\xed\xa0\x80",
                               "\xf0\x8f\xbf\xbf",
                               "\xf4\x90\x80\x80",
                               "\xf5\x80\x80\x80",
                               "\xe2\x82",
                               "\xe2\x82z"};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    char line[16] = "k v";
    strcat(line, wrong[i]);
    assert_line_fault(text_of(line), 1, HADM_FAULT_UTF8, 3);
  }
  begin(true);
  assert_int_equal(
      feed(TEXT("a \xc2\x80\xe0\xa0\x80\xed\x9f\xbf\xf0\x90\x80\x80"
                "\xf4\x8f\xbf\xbf\n"),
           3),
      HADM_OK);
  end();
}

/* In steps of one, of some, and at once. */
static enum hadm_status repeated(uint32_t *count, uint32_t *first) {
  static const size_t steps[] = {1, 7, SIZE_MAX};
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < 3; i++) {
    struct hadm_repeats repeats;
    status = hadm_repeats_begin(&repeats, &entries);
    if (status == HADM_OK)
      do
        status = hadm_repeats_step(&repeats, steps[i]);
      while (status == HADM_MORE);
    if (status == HADM_OK) {
      if (i > 0)
        assert_int_equal(repeats.count, *count);
      *count = repeats.count;
      *first = repeats.first;
      /* It stays known. */
      assert_int_equal(hadm_repeats_step(&repeats, 1), HADM_OK);
    }
    hadm_repeats_free(&repeats);
  }
  return status;
}

static void keys_are_repeated(void **state) {
  (void)state;
  uint32_t first;
  uint32_t count;
  char key[16];
  begin(true);
  assert_int_equal(repeated(&count, &first), HADM_OK);
  assert_int_equal(count, 0);
  for (int i = 0; i < 1000; i++) {
    snprintf(key, sizeof(key), "k%d", i % 600);
    add(key, i % 3 == 0 ? "fizz" : "v");
  }
  assert_int_equal(repeated(&count, &first), HADM_OK);
  assert_int_equal(count, 400);
  assert_int_equal(first, 600);
  end();
}

static void survive_a_lack_of_memory(void **state) {
  (void)state;
  for (begin_failing(); next_failing();) {
    begin(true);
    enum hadm_status status = feed(TEXT("a 1\nb 2\n"), 3);
    uint32_t count;
    uint32_t first;
    if (status == HADM_OK)
      status = repeated(&count, &first);
    assert_int_equal(status, has_failed() ? HADM_E_NOMEM : HADM_OK);
    end();
  }
}

static void other_bytes(void **state) {
  (void)state;
  static char bytes[HADM_ENTRY_MAX + 1];
  begin(true);
  assert_int_equal(feed(TEXT("# gr\xfc\0n\r\r\nk v\n"), 3), HADM_OK);
  assert_entry(0, "k", "v");
  end();
  begin(true);
  entries.any_bytes = true;
  assert_int_equal(feed(TEXT("k \xff\xfe\n"), 100), HADM_OK);
  assert_entry(0, "k", "\xff\xfe");
  assert_int_equal(feed(TEXT("k \xff\0\n"), 100), HADM_E_ARG);
  assert_int_equal(entries.fault, HADM_FAULT_CHARACTER);
  end();
  /* HAProxy reads what is behind so much of a comment as an entry. */
  memset(bytes, '#', sizeof(bytes));
  assert_line_fault((struct hadm_slice){bytes, sizeof(bytes)}, 1,
                    HADM_FAULT_LENGTH, 0);
}

/* The places of some are known, and the keys of all as soon as one has a
 * blank. */
static void many_entries(void **state) {
  (void)state;
  char key[32];
  char value[32];
  uint32_t count;
  uint32_t first;
  begin(true);
  for (int i = 0; i < 1000; i++) {
    snprintf(key, sizeof(key), "key%d", i % 700);
    snprintf(value, sizeof(value), "value %d", i);
    add(key, value);
  }
  assert_int_equal(repeated(&count, &first), HADM_OK);
  assert_int_equal(count, 300);
  assert_int_equal(first, 700);
  assert_true(entries.all_plain);
  add("with blank", " and blanks");
  assert_false(entries.all_plain);
  add("key0", "again");
  for (uint32_t i = 0; i < 1000; i++) {
    snprintf(key, sizeof(key), "key%u", i % 700);
    snprintf(value, sizeof(value), "value %u", i);
    assert_entry(i, key, value);
  }
  assert_entry(1000, "with blank", " and blanks");
  assert_entry(1001, "key0", "again");
  assert_int_equal(repeated(&count, &first), HADM_OK);
  assert_int_equal(count, 301);
  assert_slice(hadm_entries_from(&entries, 1001), "key0 again\n");
  assert_slice(hadm_entries_from(&entries, 1002), "");
  end();
}

static void room_for_a_file(void **state) {
  (void)state;
  struct hadm_entries entries;
  hadm_entries_init(&entries, true, 1);
  assert_int_equal(hadm_entries_reserve(&entries, 5 << 20), HADM_OK);
  const char *before = entries.text.data;
  for (int i = 0; i < 50000; i++)
    assert_int_equal(
        hadm_entries_feed(&entries, TEXT("key a value of 25 by\n")), HADM_OK);
  assert_ptr_equal(entries.text.data, before);
  assert_int_equal(entries.count, 50000);
  /* Less room than the file has bytes is no error. */
  assert_int_equal(hadm_entries_reserve(&entries, UINT64_MAX), HADM_OK);
  hadm_entries_free(&entries);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(are_added),
      cmocka_unit_test(many_entries),
      cmocka_unit_test(other_bytes),
      cmocka_unit_test(what_cannot_be_sent_is_refused),
      cmocka_unit_test(files_are_read_in_pieces),
      cmocka_unit_test(plain_lines_are_copied),
      cmocka_unit_test(plain_lines_behind_a_blank_in_a_key),
      cmocka_unit_test(a_fault_has_its_line),
      cmocka_unit_test(room_for_a_file),
      cmocka_unit_test(keys_are_repeated),
      cmocka_unit_test(survive_a_lack_of_memory),
  };
  return cmocka_run_group_tests_name("entries", tests, NULL, NULL);
}
