#include "hadm_dump.h"

#include "../base/hadm_word.h"

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

/* As reference_length, where the line's end is not known. */
static size_t next_reference(struct hadm_slice rest) {
  const char *p = rest.ptr;
  for (size_t i = 2; i + HADM_UNIT <= rest.len; i += HADM_UNIT) {
    hadm_unit digits = hadm_unit_between(p + i, 0, '0', '9') |
                       hadm_unit_between(p + i, 0x20, 'a', 'f');
    if (digits == HADM_UNIT_ALL)
      continue;
    i += hadm_unit_first(digits ^ HADM_UNIT_ALL);
    return p[0] == '0' && p[1] == 'x' && p[i] == ' ' && i > 2 ? i : 0;
  }
  return reference_length(rest);
}

/* Is what begins at <p> a reference of <len> bytes, its 0x included? As many
 * bytes as it may have are there, and a unit of them behind the 0x. */
static bool is_reference(const char *p, size_t len) {
  hadm_unit digits = hadm_unit_between(p + 2, 0, '0', '9') |
                     hadm_unit_between(p + 2, 0x20, 'a', 'f');
  hadm_unit all = hadm_unit_below((unsigned)len - 2);
  return p[0] == '0' && p[1] == 'x' && p[len] == ' ' && (digits & all) == all;
}

/* Are <len> bytes the same, of which whole units are there? */
static bool is_same(const char *a, const char *b, size_t len) {
  hadm_unit differ = 0;
  for (; len > HADM_UNIT; len -= HADM_UNIT, a += HADM_UNIT, b += HADM_UNIT)
    differ |= hadm_unit_differ(a, b);
  differ |= hadm_unit_differ(a, b) & hadm_unit_below((unsigned)len);
  return differ == 0;
}

/* The next line's length is known, and so is most often its reference's, which
 * is as long as the one before: nothing waits for an end to be found. */
size_t hadm_dump_pass(struct hadm_slice *rest, struct hadm_slice *lines,
                      const uint16_t *lengths, size_t most) {
  const char *at = rest->ptr;
  const char *wanted = lines->ptr;
  const char *end = at + rest->len;
  const char *last = wanted + lines->len;
  size_t count = 0;
  size_t reference = reference_length(*rest);
  while (reference > 0 && count < most) {
    const char *text = at + reference + 1;
    size_t len = lengths[count];
    if ((size_t)(end - text) < len + 3 + HADM_UNIT ||
        (size_t)(last - wanted) < len + HADM_UNIT - 1 ||
        !is_same(text, wanted, len))
      break;
    text += len;
    if (reference > HADM_UNIT + 2 || !is_reference(text, reference))
      reference =
          next_reference((struct hadm_slice){text, (size_t)(end - text)});
    if (reference == 0)
      break;
    at = text;
    wanted += len;
    count++;
  }
  *rest = (struct hadm_slice){at, (size_t)(end - at)};
  *lines = (struct hadm_slice){wanted, (size_t)(last - wanted)};
  return count;
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

size_t hadm_dump_count(struct hadm_slice *rest, size_t most) {
  struct hadm_dumped entry;
  size_t count = 0;
  while (count < most && hadm_dump_next(rest, &entry))
    count++;
  return count;
}

enum hadm_status hadm_dump_compare(struct hadm_slice *a, struct hadm_slice *b,
                                   size_t most) {
  struct hadm_dumped one;
  struct hadm_dumped other;
  for (; most > 0; most--) {
    if (!hadm_dump_next(a, &one))
      return hadm_dump_next(b, &other) ? HADM_E_INCONSISTENT : HADM_OK;
    if (!hadm_dump_next(b, &other) || !hadm_slice_equal(one.text, other.text))
      return HADM_E_INCONSISTENT;
  }
  return HADM_MORE;
}
