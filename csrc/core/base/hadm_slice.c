#include "hadm_slice.h"

#include <string.h>

bool hadm_slice_equal(struct hadm_slice a, struct hadm_slice b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool hadm_slice_starts(struct hadm_slice text, struct hadm_slice prefix) {
  return text.len >= prefix.len &&
         memcmp(text.ptr, prefix.ptr, prefix.len) == 0;
}

bool hadm_slice_agrees(struct hadm_slice text, struct hadm_slice whole) {
  size_t len = text.len < whole.len ? text.len : whole.len;
  return len == 0 || memcmp(text.ptr, whole.ptr, len) == 0;
}

bool hadm_slice_ends(struct hadm_slice text, struct hadm_slice tail) {
  return text.len >= tail.len &&
         hadm_slice_equal(hadm_slice_behind(text, text.len - tail.len), tail);
}

struct hadm_slice hadm_slice_behind(struct hadm_slice text, size_t count) {
  if (count == 0)
    return text;
  return (struct hadm_slice){text.ptr + count, text.len - count};
}

bool hadm_slice_line(struct hadm_slice *rest, struct hadm_slice *line) {
  if (rest->len == 0)
    return false;
  const char *lf = memchr(rest->ptr, '\n', rest->len);
  size_t len = lf != NULL ? (size_t)(lf - rest->ptr) : rest->len;
  *line = (struct hadm_slice){rest->ptr, len};
  *rest = hadm_slice_behind(*rest, lf != NULL ? len + 1 : len);
  return true;
}
