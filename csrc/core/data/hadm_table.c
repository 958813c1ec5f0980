#include "hadm_table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROWS = 64 };

#define QUOTED UINT32_C(0x80000000)
#define KIND_BITS 3
#define KEY_MAX (UINT32_MAX >> KIND_BITS)

/* What every `show stat` since HAProxy 1.3 begins with. */
static const struct hadm_slice mark = HADM_STATIC("# pxname,svname,");

void hadm_table_init(struct hadm_table *table, size_t start) {
  *table = (struct hadm_table){.line = start, .seen = start};
}

void hadm_table_free(struct hadm_table *table) {
  free(table->rows);
  hadm_table_init(table, 0);
}

static enum hadm_status add_row(struct hadm_table *table, bool quotes,
                                size_t key, enum hadm_kind kind) {
  if (table->count == table->reserved) {
    size_t reserved = table->reserved == 0 ? FIRST_ROWS : table->reserved * 2;
    struct hadm_row *rows = realloc(table->rows, reserved * sizeof(*rows));
    if (rows == NULL)
      return HADM_E_NOMEM;
    table->rows = rows;
    table->reserved = reserved;
  }
  table->rows[table->count++] =
      (struct hadm_row){.start = (uint32_t)table->line | (quotes ? QUOTED : 0),
                        .key = (uint32_t)key << KIND_BITS | (uint32_t)kind};
  return HADM_OK;
}

static int find_column(struct hadm_slice header, struct hadm_slice name) {
  struct hadm_field field;
  for (int column = 0; hadm_csv_next(&header, &field); column++)
    if (hadm_slice_equal(field.text, name))
      return column;
  return -1;
}

static enum hadm_status add_header(struct hadm_table *table,
                                   struct hadm_slice line) {
  if (!hadm_slice_starts(line, mark))
    return HADM_E_FOREIGN;
  const size_t hash = 2;
  table->headed = true;
  table->header = table->line + hash;
  table->header_len = line.len - hash;
  table->columns = hadm_csv_count(line, false);
  table->type =
      find_column((struct hadm_slice){line.ptr + hash, table->header_len},
                  HADM_LITERAL("type"));
  return HADM_OK;
}

static enum hadm_kind kind_of(struct hadm_slice field) {
  if (field.len != 1 || field.ptr[0] < '0' || field.ptr[0] > '3')
    return HADM_OTHER;
  return (enum hadm_kind)(field.ptr[0] - '0');
}

/* Up to and with the second comma. */
static size_t key_length(struct hadm_slice line) {
  struct hadm_slice rest = line;
  struct hadm_field field;
  if (hadm_csv_next(&rest, &field))
    hadm_csv_next(&rest, &field);
  return line.len - rest.len;
}

static enum hadm_status add_line(struct hadm_table *table,
                                 struct hadm_slice line) {
  if (!table->headed)
    return add_header(table, line);
  bool quotes = table->quotes > 0;
  enum hadm_kind kind = HADM_OTHER;
  struct hadm_slice rest = line;
  size_t count = 0;
  struct hadm_field field;
  /* What was passed on the way to the type is not counted again. */
  if (table->type >= 0 &&
      hadm_csv_field(line, quotes, (unsigned)table->type, &field)) {
    kind = kind_of(field.text);
    if (!quotes) {
      count = (size_t)table->type;
      rest.ptr = field.text.ptr;
      rest.len = (size_t)(line.ptr + line.len - rest.ptr);
    }
  }
  count += hadm_csv_count(rest, quotes);
  if (count != table->columns)
    return count < table->columns ? HADM_E_TRUNCATED : HADM_E_FOREIGN;
  size_t key = key_length(line);
  return key > KEY_MAX ? HADM_E_TOO_BIG : add_row(table, quotes, key, kind);
}

static size_t count_quotes(const char *p, const char *end) {
  size_t count = 0;
  while (p < end && (p = memchr(p, '"', (size_t)(end - p))) != NULL) {
    count++;
    p++;
  }
  return count;
}

/* Moves <seen> behind the next line end that no quotes surround. */
static bool find_line_end(struct hadm_table *table, struct hadm_slice text) {
  for (;;) {
    const char *from = text.ptr + table->seen;
    const char *end = text.ptr + text.len;
    const char *lf = memchr(from, '\n', (size_t)(end - from));
    table->quotes += count_quotes(from, lf != NULL ? lf : end);
    table->seen = lf != NULL ? (size_t)(lf - text.ptr) + 1 : text.len;
    if (lf == NULL)
      return false;
    if (table->quotes % 2 == 0)
      return true;
  }
}

enum hadm_status hadm_table_feed(struct hadm_table *table,
                                 struct hadm_slice text) {
  if (text.len > HADM_TABLE_TEXT_MAX)
    return HADM_E_TOO_BIG;
  /* Prose may hold a single quote: it is told before quotes are counted. */
  if (!table->headed &&
      !hadm_slice_agrees(hadm_slice_behind(text, table->line), mark))
    return HADM_E_FOREIGN;
  while (!table->ended && table->seen < text.len &&
         find_line_end(table, text)) {
    struct hadm_slice line = {text.ptr + table->line,
                              table->seen - table->line - 1};
    table->ended = table->headed && line.len == 0;
    if (!table->ended) {
      enum hadm_status status = add_line(table, line);
      if (status != HADM_OK)
        return status;
    }
    table->line = table->seen;
    table->quotes = 0;
  }
  return table->ended ? HADM_OK : HADM_MORE;
}

struct hadm_slice hadm_table_row(const struct hadm_table *table,
                                 struct hadm_slice text, size_t row,
                                 bool *quotes) {
  const struct hadm_row *at = &table->rows[row];
  size_t start = at->start & ~QUOTED;
  size_t line_end = row + 1 < table->count
                        ? (at[1].start & ~QUOTED) - 1
                        : table->line - 2; /* the empty line */
  *quotes = (at->start & QUOTED) != 0;
  return (struct hadm_slice){text.ptr + start, line_end - start};
}

struct hadm_slice hadm_table_key(const struct hadm_table *table,
                                 struct hadm_slice text, size_t row) {
  const struct hadm_row *at = &table->rows[row];
  return (struct hadm_slice){text.ptr + (at->start & ~QUOTED),
                             at->key >> KIND_BITS};
}

enum hadm_kind hadm_table_kind(const struct hadm_table *table, size_t row) {
  const uint32_t mask = (UINT32_C(1) << KIND_BITS) - 1;
  return (enum hadm_kind)(table->rows[row].key & mask);
}

int hadm_table_column(const struct hadm_table *table, struct hadm_slice text,
                      struct hadm_slice name) {
  return find_column(
      (struct hadm_slice){text.ptr + table->header, table->header_len}, name);
}

bool hadm_table_field(const struct hadm_table *table, struct hadm_slice text,
                      size_t row, int column, struct hadm_field *field) {
  bool quotes;
  struct hadm_slice line = hadm_table_row(table, text, row, &quotes);
  return column >= 0 && hadm_csv_field(line, quotes, (unsigned)column, field) &&
         field->text.len > 0;
}
