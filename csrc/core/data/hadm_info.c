#include "hadm_info.h"

#include <string.h>

/* "Name:value" and "Name: value" both occur: an empty value may lose the
 * blank. */
static bool split(struct hadm_slice line, struct hadm_pair *pair) {
  const char *colon = memchr(line.ptr, ':', line.len);
  if (colon == NULL || colon == line.ptr)
    return false;
  pair->name = (struct hadm_slice){line.ptr, (size_t)(colon - line.ptr)};
  pair->value = (struct hadm_slice){colon + 1, line.len - pair->name.len - 1};
  if (pair->value.len > 0 && pair->value.ptr[0] == ' ') {
    pair->value.ptr++;
    pair->value.len--;
  }
  return true;
}

bool hadm_info_next(struct hadm_slice *rest, struct hadm_pair *pair) {
  struct hadm_slice line;
  while (hadm_slice_line(rest, &line))
    if (split(line, pair))
      return true;
  return false;
}

struct hadm_field hadm_info_field(struct hadm_slice value) {
  bool quoted =
      value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';
  if (quoted)
    value = (struct hadm_slice){value.ptr + 1, value.len - 2};
  return (struct hadm_field){value, quoted};
}

bool hadm_info_find(struct hadm_slice text, struct hadm_slice name,
                    struct hadm_slice *value) {
  struct hadm_pair pair;
  while (hadm_info_next(&text, &pair)) {
    if (hadm_slice_equal(pair.name, name)) {
      *value = pair.value;
      return true;
    }
  }
  return false;
}
