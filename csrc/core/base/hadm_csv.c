#include "hadm_csv.h"

#include "hadm_word.h"

/* The end of the field that begins at <p>: its comma, or <end>. */
static const char *plain_end(const char *p, const char *end) {
  const char *comma = memchr(p, ',', (size_t)(end - p));
  return comma != NULL ? comma : end;
}

/* The closing quote of a field whose text begins at <p>, or <end>. */
static const char *quoted_end(const char *p, const char *end) {
  while (p < end) {
    const char *quote = memchr(p, '"', (size_t)(end - p));
    if (quote == NULL)
      return end;
    if (quote + 1 == end || quote[1] != '"')
      return quote;
    p = quote + 2;
  }
  return end;
}

/* Reads the field that begins at <p>; returns its comma, or <end>. */
static const char *read_field(const char *p, const char *end,
                              struct hadm_field *field) {
  field->quoted = *p == '"';
  const char *close = field->quoted ? quoted_end(++p, end) : plain_end(p, end);
  field->text = (struct hadm_slice){p, (size_t)(close - p)};
  return field->quoted ? plain_end(close, end) : close;
}

bool hadm_csv_next(struct hadm_slice *rest, struct hadm_field *field) {
  if (rest->len == 0)
    return false;
  const char *end = rest->ptr + rest->len;
  const char *p = read_field(rest->ptr, end, field);
  if (p < end)
    p++;
  *rest = (struct hadm_slice){p, (size_t)(end - p)};
  return true;
}

/* Steps behind <count> commas of a row without quotes, or returns NULL. */
static const char *skip_commas(const char *p, const char *end, unsigned count) {
  while (count > HADM_BLOCK / 2 && end - p >= HADM_BLOCK) {
    size_t here = hadm_block_count(p, 1, ',');
    if (here >= count)
      break;
    count -= (unsigned)here;
    p += HADM_BLOCK;
  }
  while (count > 0 && end - p >= HADM_WORD) {
    uint64_t match = hadm_word_match(p, ',');
    unsigned here = hadm_word_count(match);
    if (here >= count)
      return p + hadm_word_nth(match, count - 1) + 1;
    count -= here;
    p += HADM_WORD;
  }
  for (; count > 0; p++) {
    if (p == end)
      return NULL;
    if (*p == ',')
      count--;
  }
  return p;
}

bool hadm_csv_field(struct hadm_slice row, bool quotes, unsigned index,
                    struct hadm_field *field) {
  if (quotes) {
    for (unsigned i = 0; hadm_csv_next(&row, field); i++)
      if (i == index)
        return true;
    return false;
  }
  const char *end = row.ptr + row.len;
  const char *p = skip_commas(row.ptr, end, index);
  if (p == NULL || p == end)
    return false;
  field->quoted = false;
  field->text = (struct hadm_slice){p, (size_t)(plain_end(p, end) - p)};
  return true;
}

static size_t count_commas(const char *p, const char *end) {
  size_t blocks = (size_t)(end - p) / HADM_BLOCK;
  size_t count = hadm_block_count(p, blocks, ',');
  for (p += blocks * HADM_BLOCK; p < end; p++)
    count += *p == ',';
  return count;
}

size_t hadm_csv_count(struct hadm_slice row, bool quotes) {
  const char *end = row.ptr + row.len;
  if (!quotes)
    return count_commas(row.ptr, end);
  size_t count = 0;
  struct hadm_field field;
  for (const char *p = row.ptr; p < end; p++) {
    p = read_field(p, end, &field);
    if (p == end)
      break;
    count++;
  }
  return count;
}

size_t hadm_csv_commas(struct hadm_slice row, uint32_t *offsets, size_t max) {
  size_t count = 0;
  size_t at = 0;
  for (; row.len - at >= HADM_BLOCK && max - count >= HADM_BLOCK;
       at += HADM_BLOCK)
    count +=
        hadm_block_offsets(row.ptr + at, ',', (uint32_t)at, offsets + count);
  for (; at < row.len && count < max; at++)
    if (row.ptr[at] == ',')
      offsets[count++] = (uint32_t)at;
  return count;
}

size_t hadm_csv_unquote(struct hadm_slice text, char *to) {
  size_t len = 0;
  for (size_t i = 0; i < text.len; i++) {
    to[len++] = text.ptr[i];
    if (text.ptr[i] == '"' && i + 1 < text.len && text.ptr[i + 1] == '"')
      i++;
  }
  return len;
}
