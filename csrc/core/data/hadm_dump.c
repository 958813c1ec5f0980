#include "hadm_dump.h"

#include <string.h>

static bool is_hex(char c) {
  return (unsigned char)(c - '0') < 10 || (unsigned char)((c | 0x20) - 'a') < 6;
}

/* The length of the reference that the line begins with, if a blank follows. */
static size_t reference_length(struct hadm_slice line) {
  size_t len = 2;
  if (line.len < 4 || line.ptr[0] != '0' || line.ptr[1] != 'x')
    return 0;
  while (len < line.len && is_hex(line.ptr[len]))
    len++;
  return len > 2 && len < line.len && line.ptr[len] == ' ' ? len : 0;
}

bool hadm_dump_next(struct hadm_slice *rest, struct hadm_dumped *entry) {
  struct hadm_slice line;
  if (!hadm_slice_line(rest, &line))
    return false;
  size_t len = reference_length(line);
  entry->reference = (struct hadm_slice){line.ptr, len};
  entry->text = hadm_slice_behind(line, len > 0 ? len + 1 : 0);
  while (rest->len > 0 && reference_length(*rest) == 0) {
    hadm_slice_line(rest, &line);
    entry->text.len = (size_t)(line.ptr + line.len - entry->text.ptr);
  }
  return true;
}

size_t hadm_dump_whole(struct hadm_slice part) {
  for (size_t i = part.len; i-- > 0;)
    if (part.ptr[i] == '\n' &&
        reference_length(hadm_slice_behind(part, i + 1)) > 0)
      return i + 1;
  return 0;
}

struct hadm_slice hadm_dump_key(struct hadm_slice text, bool map) {
  const char *blank =
      map && text.len > 0 ? memchr(text.ptr, ' ', text.len) : NULL;
  if (blank != NULL)
    text.len = (size_t)(blank - text.ptr);
  return text;
}

size_t hadm_dump_count(struct hadm_slice dump) {
  struct hadm_dumped entry;
  size_t count = 0;
  while (hadm_dump_next(&dump, &entry))
    count++;
  return count;
}

bool hadm_dump_equal(struct hadm_slice a, struct hadm_slice b) {
  struct hadm_dumped one;
  struct hadm_dumped other;
  while (hadm_dump_next(&a, &one))
    if (!hadm_dump_next(&b, &other) || !hadm_slice_equal(one.text, other.text))
      return false;
  return !hadm_dump_next(&b, &other);
}
