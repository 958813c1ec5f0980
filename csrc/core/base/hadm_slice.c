#include "hadm.h"

#include <string.h>

bool hadm_slice_equal(struct hadm_slice a, struct hadm_slice b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool hadm_slice_starts(struct hadm_slice text, struct hadm_slice prefix) {
  return text.len >= prefix.len &&
         memcmp(text.ptr, prefix.ptr, prefix.len) == 0;
}
