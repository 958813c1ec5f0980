#include "hadm_mapfile.h"

#include <string.h>

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* HAProxy ends a line at each of them. */
static bool holds_an_end(struct hadm_slice text) {
  return memchr(text.ptr, '\n', text.len) != NULL ||
         memchr(text.ptr, '\r', text.len) != NULL ||
         memchr(text.ptr, '\0', text.len) != NULL;
}

/* Is a map's text read back as it is, with one blank before its value? */
static bool is_plain(struct hadm_slice text) {
  size_t key = 0;
  while (key < text.len && !is_blank(text.ptr[key]))
    key++;
  if (key == text.len)
    return true;
  struct hadm_slice value = hadm_slice_behind(text, key + 1);
  return text.ptr[key] == ' ' &&
         (value.len == 0 ||
          (!is_blank(*value.ptr) && !is_blank(value.ptr[value.len - 1])));
}

enum hadm_status hadm_mapfile_put(struct hadm_buffer *lines,
                                  struct hadm_slice text, bool map) {
  if (text.len == 0 || is_blank(*text.ptr) || text.len >= HADM_MAPFILE_LINE ||
      holds_an_end(text) || (map && !is_plain(text)))
    return HADM_E_ARG;
  enum hadm_status status = hadm_buffer_reserve(lines, text.len + 2);
  if (status != HADM_OK)
    return status;
  char *end = lines->data + lines->len;
  /* A line that begins with it is a comment; behind a blank it is a key. */
  if (*text.ptr == '#')
    *end++ = ' ';
  memcpy(end, text.ptr, text.len);
  end += text.len;
  *end++ = '\n';
  lines->len = (size_t)(end - lines->data);
  return HADM_OK;
}

struct hadm_slice hadm_mapfile_head(struct hadm_slice text) {
  struct hadm_slice rest = text;
  struct hadm_slice line;
  size_t len = 0;
  while (hadm_slice_line(&rest, &line)) {
    bool is_comment = line.len > 0 && *line.ptr == '#';
    while (line.len > 0 && is_blank(*line.ptr))
      line = hadm_slice_behind(line, 1);
    if (!is_comment && line.len > 0 && *line.ptr != '\r')
      break;
    len = text.len - rest.len;
  }
  return (struct hadm_slice){text.ptr, len};
}
