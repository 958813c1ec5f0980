#include "../../csrc/core/data/hadm_table.h"
#include "support.h"

#include <stdio.h>

#define HEADER "# pxname,svname,status,last_chk,\n"

/* Feeds the first <first> bytes of <text>, then <step> more at a time. Each
 * time the text stands elsewhere, as that of a growing buffer does. */
static enum hadm_status feed(struct hadm_table *table, struct hadm_slice text,
                             size_t first, size_t step) {
  enum hadm_status status = HADM_MORE;
  hadm_table_init(table, 0);
  for (size_t len = first;; len += step) {
    if (len > text.len)
      len = text.len;
    status =
        hadm_table_feed(table, guarded((struct hadm_slice){text.ptr, len}));
    if (status != HADM_MORE || len == text.len)
      return status;
  }
}

static void assert_same(const struct hadm_table *a,
                        const struct hadm_table *b) {
  assert_int_equal(a->count, b->count);
  assert_int_equal(a->columns, b->columns);
  assert_int_equal(a->header, b->header);
  assert_int_equal(a->header_len, b->header_len);
  assert_int_equal(a->line, b->line);
  assert_int_equal(a->ended, b->ended);
  if (a->count > 0)
    assert_memory_equal(a->rows, b->rows, a->count * sizeof(*a->rows));
}

/* Reads <text> at every cut and byte by byte; leaves the table. */
static void feed_every_way(struct hadm_table *table, struct hadm_slice text,
                           enum hadm_status expected) {
  struct hadm_table other;
  assert_int_equal(feed(table, text, text.len, 1), expected);
  for (size_t cut = 0; cut < text.len; cut++) {
    assert_int_equal(feed(&other, text, cut, text.len), expected);
    assert_same(table, &other);
    hadm_table_free(&other);
  }
  assert_int_equal(feed(&other, text, 0, 1), expected);
  assert_same(table, &other);
  hadm_table_free(&other);
}

static void rows(void **state) {
  (void)state;
  struct hadm_table table;
  struct hadm_slice text =
      TEXT(HEADER "app,one,UP,,\napp,two,DOWN,\"Said \"\"no\"\", twice\",\n"
                  "app,BACKEND,UP,\"two\n\nlines\",\n\n");
  struct hadm_field field;
  bool quotes;
  feed_every_way(&table, text, HADM_OK);
  assert_int_equal(table.count, 3);
  assert_int_equal(table.columns, 4);
  assert_int_equal(table.line, text.len);
  assert_slice(hadm_table_row(&table, text, 0, &quotes), "app,one,UP,,");
  assert_false(quotes);
  assert_slice(hadm_table_row(&table, text, 2, &quotes),
               "app,BACKEND,UP,\"two\n\nlines\",");
  assert_true(quotes);
  int status = hadm_table_column(&table, text, TEXT("status"));
  int last = hadm_table_column(&table, text, TEXT("last_chk"));
  assert_int_equal(status, 2);
  assert_int_equal(hadm_table_column(&table, text, TEXT("none")), -1);
  assert_int_equal(hadm_table_column(&table, text, TEXT("pxname")), 0);
  assert_true(hadm_table_field(&table, text, 1, status, &field));
  assert_slice(field.text, "DOWN");
  assert_true(hadm_table_field(&table, text, 1, last, &field));
  assert_slice(field.text, "Said \"\"no\"\", twice");
  assert_false(hadm_table_field(&table, text, 0, last, &field));
  assert_false(hadm_table_field(&table, text, 0, -1, &field));
  assert_false(hadm_table_field(&table, text, 0, 4, &field));
  assert_int_equal(hadm_table_feed(&table, text), HADM_OK);
  hadm_table_free(&table);
}

static void no_rows(void **state) {
  (void)state;
  struct hadm_table table;
  feed_every_way(&table, TEXT(HEADER "\n"), HADM_OK);
  assert_int_equal(table.count, 0);
  hadm_table_free(&table);
}

static void begins_anywhere(void **state) {
  (void)state;
  struct hadm_table table;
  struct hadm_slice text = TEXT("before" HEADER "app,one,UP,,\n\n");
  bool quotes;
  hadm_table_init(&table, 6);
  assert_int_equal(hadm_table_feed(&table, guarded(text)), HADM_OK);
  assert_slice(hadm_table_row(&table, text, 0, &quotes), "app,one,UP,,");
  hadm_table_free(&table);
}

static void not_ended(void **state) {
  (void)state;
  struct hadm_table table;
  struct hadm_slice text = TEXT(HEADER "app,one,UP,,\napp,two,UP,,\n\n");
  for (size_t len = 0; len < text.len; len++) {
    assert_int_equal(feed(&table, (struct hadm_slice){text.ptr, len}, len, 1),
                     HADM_MORE);
    assert_false(table.ended);
    hadm_table_free(&table);
  }
}

static void an_odd_quote_never_ends(void **state) {
  (void)state;
  struct hadm_table table;
  feed_every_way(&table, TEXT(HEADER "app,one,UP,\"no end,\n\n\n\n"),
                 HADM_MORE);
  hadm_table_free(&table);
}

static void no_table(void **state) {
  (void)state;
  struct hadm_table table;
  feed_every_way(&table, TEXT("Permission denied\n\n"), HADM_E_FOREIGN);
  hadm_table_free(&table);
  feed_every_way(&table, TEXT("\n"), HADM_E_FOREIGN);
  hadm_table_free(&table);
}

static void rows_that_are_too_short(void **state) {
  (void)state;
  struct hadm_table table;
  const struct hadm_slice texts[] = {
      TEXT(HEADER "app,one,UP,\n\n"),    TEXT(HEADER "app\n"),
      TEXT(HEADER "app,one,UP,x\n"),     TEXT(HEADER "app,one,\"UP\",\n"),
      TEXT(HEADER "app,one,\"UP\",x\n"), TEXT(HEADER "app,\"one,UP,,\",x\n")};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    feed_every_way(&table, texts[i], HADM_E_TRUNCATED);
    hadm_table_free(&table);
  }
}

static void rows_that_are_longer(void **state) {
  (void)state;
  struct hadm_table table;
  feed_every_way(&table, TEXT(HEADER "app,one,UP,,more,\n\n"), HADM_E_FOREIGN);
  hadm_table_free(&table);
}

static void too_big(void **state) {
  (void)state;
  struct hadm_table table;
  struct hadm_slice text = {"", HADM_TABLE_TEXT_MAX + 1};
  hadm_table_init(&table, 0);
  assert_int_equal(hadm_table_feed(&table, text), HADM_E_TOO_BIG);
  hadm_table_free(&table);
}

static void recorded_replies(void **state) {
  (void)state;
  for (int i = 0; versions[i] != NULL; i++) {
    char name[64];
    struct hadm_table table;
    struct hadm_field field;
    snprintf(name, sizeof(name), "%s/show-stat.txt", versions[i]);
    struct hadm_slice text = recorded(name);
    feed_every_way(&table, text, HADM_OK);
    assert_int_equal(table.count, 11);
    int svname = hadm_table_column(&table, text, TEXT("svname"));
    int last = hadm_table_column(&table, text, TEXT("last_chk"));
    for (size_t row = 0; row < table.count; row++) {
      assert_true(hadm_table_field(&table, text, row, svname, &field));
      if (!hadm_slice_equal(field.text, TEXT("web")))
        continue;
      assert_true(hadm_table_field(&table, text, row, last, &field));
      assert_true(field.quoted);
      assert_slice(field.text, "Said \"\"no\"\", twice");
    }
    hadm_table_free(&table);
  }
}

static void survives_a_lack_of_memory(void **state) {
  (void)state;
  static char bytes[16384] = HEADER;
  while (strlen(bytes) < 12000)
    strcat(bytes, "app,one,UP,,\n");
  strcat(bytes, "\n");
  struct hadm_slice text = text_of(bytes);
  for (begin_failing(); next_failing();) {
    struct hadm_table table;
    hadm_table_init(&table, 0);
    enum hadm_status status = hadm_table_feed(&table, text);
    assert_int_equal(status, has_failed() ? HADM_E_NOMEM : HADM_OK);
    hadm_table_free(&table);
    assert_int_equal(blocks_held(), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows),
      cmocka_unit_test(no_rows),
      cmocka_unit_test(begins_anywhere),
      cmocka_unit_test(not_ended),
      cmocka_unit_test(an_odd_quote_never_ends),
      cmocka_unit_test(no_table),
      cmocka_unit_test(rows_that_are_too_short),
      cmocka_unit_test(rows_that_are_longer),
      cmocka_unit_test(too_big),
      cmocka_unit_test(recorded_replies),
      cmocka_unit_test(survives_a_lack_of_memory),
  };
  return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
