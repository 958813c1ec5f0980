/* Rows of `show table` and `show sess`: words lie within their line, are found
 * again by their names, and become no longer when their escapes are undone; the
 * rows of two processes are joined, and none is lost. */
#include "../../csrc/core/data/hadm_stick.h"
#include "fuzz.h"

#include <string.h>

static bool lies_in(struct hadm_slice part, struct hadm_slice whole) {
  return part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len;
}

static void look_at_value(struct hadm_slice value) {
  uint32_t seconds;
  if (hadm_pairs_seconds(value, &seconds))
    must(value.len >= 2);
  char *to = malloc(value.len + 1);
  must(to != NULL);
  size_t len = hadm_pairs_unescape(value, to);
  must(len <= value.len);
  if (value.len == 0 || memchr(value.ptr, '\\', value.len) == NULL)
    must(len == value.len && (len == 0 || memcmp(to, value.ptr, len) == 0));
  free(to);
}

static void look_at_items(struct hadm_slice items) {
  struct hadm_slice rest = items;
  struct hadm_item item;
  struct hadm_item found;
  while (hadm_pairs_next(&rest, &item)) {
    must(item.name.len > 0 && lies_in(item.name, items));
    must(lies_in(item.period, items) && lies_in(item.value, items));
    must(memchr(item.name.ptr, '=', item.name.len) == NULL);
    must(hadm_pairs_find(items, item.name, &found));
    must(found.name.ptr <= item.name.ptr);
    must(hadm_slice_equal(found.name, item.name));
    look_at_value(item.value);
  }
  must(rest.len == 0);
}

static void look_at_join(struct hadm_slice text) {
  struct hadm_stick stick;
  hadm_stick_init(&stick);
  /* The second process prints only a part. */
  for (unsigned i = 0; i < 2; i++) {
    struct hadm_buffer bytes = HADM_BUFFER_EMPTY;
    must(hadm_buffer_append(&bytes, text.ptr, text.len) == HADM_OK);
    must(hadm_stick_take(&stick, i, &bytes, i * text.len / 3, text.len) ==
         HADM_OK);
  }
  must(hadm_stick_join(&stick, (uint32_t)text.len) == HADM_OK);
  size_t rows = 0;
  for (size_t i = 0; i < 2; i++) {
    size_t at = 0;
    uint32_t row;
    struct hadm_slice items;
    while (hadm_stick_next(&stick, i, &at, &row, &items)) {
      must(row >= stick.texts[i].start && row < stick.texts[i].end);
      rows++;
    }
  }
  must(stick.keys <= rows);
  for (size_t key = 0; key < stick.keys; key++)
    must(hadm_stick_row(&stick, key, 0) != HADM_STICK_NONE ||
         hadm_stick_row(&stick, key, 1) != HADM_STICK_NONE);
  hadm_stick_free(&stick);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct hadm_slice text = {(const char *)data, size};
  struct hadm_slice line;
  look_at_join(text);
  while (hadm_slice_line(&text, &line)) {
    struct hadm_slice reference;
    struct hadm_slice items;
    /* Finding each word again takes the square of their number. */
    if (line.len > 4096 || !hadm_pairs_row(line, &reference, &items))
      continue;
    must(reference.len > 2 && reference.ptr == line.ptr);
    must(lies_in(items, line));
    look_at_items(items);
  }
  return 0;
}
