/* Rows of `show table` and `show sess`: words lie within their line, are found
 * again by their names, and become no longer when their escapes are undone. */
#include "../../csrc/core/data/hadm_pairs.h"
#include "fuzz.h"

#include <string.h>

static bool lies_in(struct hadm_slice part, struct hadm_slice whole) {
  return part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len;
}

static void look_at_value(struct hadm_slice value) {
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct hadm_slice text = {(const char *)data, size};
  struct hadm_slice line;
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
