#include "../../csrc/core/data/hadm_stick.h"
#include "support.h"

#include <stdio.h>

static const char one[] = "# table: t, type: string, size:1024, used:3\n"
                          "0x1: key=a use=0 exp=10 gpc0=1\n"
                          "0x2: key=b\\ b use=1 exp=20 gpc0=2\n"
                          "0x3: key=c use=0 exp=30 gpc0=3\n";
static const char two[] = "# table: t, type: string, size:1024, used:3\n"
                          "0x4: key=c use=0 exp=40 gpc0=4\n"
                          "0x5: key=a use=0 exp=50 gpc0=5\n"
                          "0x6: key=d use=0 exp=60 gpc0=6";

static enum hadm_status take(struct hadm_stick *stick, unsigned nb,
                             struct hadm_slice text) {
  struct hadm_buffer bytes = HADM_BUFFER_EMPTY;
  enum hadm_status status = hadm_buffer_append(&bytes, text.ptr, text.len);
  if (status == HADM_OK)
    status = hadm_stick_take(stick, nb, &bytes, 0, text.len);
  hadm_buffer_free(&bytes);
  return status;
}

static struct hadm_slice word(const struct hadm_stick *stick, size_t text,
                              uint32_t row, const char *name) {
  struct hadm_item item;
  assert_true(hadm_pairs_find(hadm_stick_items(stick, text, row), text_of(name),
                              &item));
  return item.value;
}

static void reads_rows(void **state) {
  (void)state;
  static const char *const keys[] = {"a", "b\\ b", "c"};
  struct hadm_stick stick;
  hadm_stick_init(&stick);
  assert_int_equal(take(&stick, 7, text_of(one)), HADM_OK);
  assert_int_equal(stick.texts[0].nb, 7);
  size_t at = 0;
  uint32_t row;
  struct hadm_slice items;
  for (size_t i = 0; i < 3; i++) {
    assert_true(hadm_stick_next(&stick, 0, &at, &row, &items));
    assert_slice(word(&stick, 0, row, "key"), keys[i]);
  }
  assert_false(hadm_stick_next(&stick, 0, &at, &row, &items));
  assert_false(hadm_stick_next(&stick, 0, &at, &row, &items));
  hadm_stick_free(&stick);
  hadm_stick_free(&stick);
  assert_int_equal(blocks_held(), 0);
}

/* The answer may stand behind another one. */
static void reads_within_its_bounds(void **state) {
  (void)state;
  const char text[] = "0x0: key=before\n0x1: key=a\n\n0x2: key=behind\n";
  struct hadm_buffer bytes = HADM_BUFFER_EMPTY;
  struct hadm_stick stick;
  hadm_stick_init(&stick);
  assert_int_equal(hadm_buffer_append(&bytes, text, sizeof(text) - 1), HADM_OK);
  assert_int_equal(hadm_stick_take(&stick, 1, &bytes, 16, 27), HADM_OK);
  assert_null(bytes.data);
  size_t at = 0;
  uint32_t row;
  struct hadm_slice items;
  assert_true(hadm_stick_next(&stick, 0, &at, &row, &items));
  assert_slice(word(&stick, 0, row, "key"), "a");
  assert_false(hadm_stick_next(&stick, 0, &at, &row, &items));
  assert_int_equal(hadm_stick_join(&stick, 1), HADM_OK);
  assert_int_equal(stick.keys, 1);
  hadm_stick_free(&stick);
}

static void refuses_what_it_cannot_number(void **state) {
  (void)state;
#if SIZE_MAX > UINT32_MAX
  struct hadm_buffer bytes = HADM_BUFFER_EMPTY;
  struct hadm_stick stick;
  hadm_stick_init(&stick);
  assert_int_equal(hadm_stick_take(&stick, 1, &bytes, 0, UINT32_MAX),
                   HADM_E_TOO_BIG);
  assert_int_equal(stick.count, 0);
#endif
}

static void joins(void **state) {
  (void)state;
  static const struct {
    const char *key;
    const char *first;
    const char *second;
  } expected[] = {
      {"a", "1", "5"}, {"b\\ b", "2", NULL}, {"c", "3", "4"}, {"d", NULL, "6"}};
  struct hadm_stick stick;
  hadm_stick_init(&stick);
  assert_int_equal(take(&stick, 1, text_of(one)), HADM_OK);
  assert_int_equal(take(&stick, 2, text_of(two)), HADM_OK);
  /* It may be done again, with another seed. */
  for (uint32_t seed = 0; seed < 3; seed++) {
    assert_int_equal(hadm_stick_join(&stick, seed), HADM_OK);
    assert_int_equal(stick.keys, 4);
    for (size_t key = 0; key < 4; key++) {
      const char *const values[] = {expected[key].first, expected[key].second};
      for (size_t text = 0; text < 2; text++) {
        uint32_t row = hadm_stick_row(&stick, key, text);
        if (values[text] == NULL) {
          assert_int_equal(row, HADM_STICK_NONE);
          continue;
        }
        assert_slice(word(&stick, text, row, "gpc0"), values[text]);
        assert_slice(word(&stick, text, row, "key"), expected[key].key);
      }
    }
  }
  hadm_stick_free(&stick);
}

/* Many keys, which each process prints in another order. */
static void joins_many(void **state) {
  (void)state;
  enum { KEYS = 5000 };
  struct hadm_stick stick;
  hadm_stick_init(&stick);
  for (unsigned process = 0; process < 3; process++) {
    struct hadm_buffer bytes = HADM_BUFFER_EMPTY;
    for (unsigned i = 0; i < KEYS; i++) {
      char line[64];
      unsigned key = process == 2 ? (i * 7) % KEYS : i;
      int len = snprintf(line, sizeof(line), "0x1: key=%u gpc0=%u\n", key,
                         key + process);
      assert_int_equal(hadm_buffer_append(&bytes, line, (size_t)len), HADM_OK);
    }
    assert_int_equal(hadm_stick_take(&stick, process, &bytes, 0, bytes.len),
                     HADM_OK);
  }
  assert_int_equal(hadm_stick_join(&stick, 42), HADM_OK);
  assert_int_equal(stick.keys, KEYS);
  for (size_t key = 0; key < KEYS; key++) {
    for (unsigned process = 0; process < 3; process++) {
      char value[16];
      uint32_t row = hadm_stick_row(&stick, key, process);
      snprintf(value, sizeof(value), "%u", (unsigned)key + process);
      assert_slice(word(&stick, process, row, "gpc0"), value);
    }
  }
  hadm_stick_free(&stick);
}

static void survives_a_lack_of_memory(void **state) {
  (void)state;
  for (begin_failing(); next_failing();) {
    struct hadm_stick stick;
    hadm_stick_init(&stick);
    enum hadm_status status = take(&stick, 1, text_of(one));
    if (status == HADM_OK)
      status = take(&stick, 2, text_of(two));
    if (status == HADM_OK)
      status = hadm_stick_join(&stick, 1);
    assert_int_equal(status, has_failed() ? HADM_E_NOMEM : HADM_OK);
    hadm_stick_free(&stick);
    assert_int_equal(blocks_held(), 0);
  }
}

static void natures(void **state) {
  (void)state;
  static const struct {
    const char *name;
    enum hadm_stick_nature nature;
  } expected[] = {
      {"gpc0", HADM_STICK_SUM},       {"http_req_rate", HADM_STICK_SUM},
      {"conn_cur", HADM_STICK_SUM},   {"bytes_in_cnt", HADM_STICK_SUM},
      {"use", HADM_STICK_SUM},        {"exp", HADM_STICK_MOST},
      {"gpt0", HADM_STICK_SAME},      {"gpt12", HADM_STICK_SAME},
      {"server_id", HADM_STICK_SAME}, {"server_key", HADM_STICK_SAME},
      {"key", HADM_STICK_SAME},       {"shard", HADM_STICK_SAME},
  };
  for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
    assert_int_equal(hadm_stick_nature(text_of(expected[i].name)),
                     expected[i].nature);
  assert_true(hadm_stick_is_text(TEXT("server_key")));
  assert_true(hadm_stick_is_text(TEXT("server_name")));
  assert_false(hadm_stick_is_text(TEXT("server_id")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_rows),
      cmocka_unit_test(reads_within_its_bounds),
      cmocka_unit_test(refuses_what_it_cannot_number),
      cmocka_unit_test(joins),
      cmocka_unit_test(joins_many),
      cmocka_unit_test(survives_a_lack_of_memory),
      cmocka_unit_test(natures),
  };
  return cmocka_run_group_tests_name("stick", tests, NULL, NULL);
}
