#include "hadm_table.h"

#include "hadm_word.h"

#include <stdlib.h>

enum { FIRST_ROWS = 64 };

#define QUOTED UINT32_C(0x80000000)

/* What every `show stat` since HAProxy 1.3 begins with. */
static const struct hadm_slice mark = {"# pxname,svname,", 16};

void hadm_table_init(struct hadm_table *table, size_t start) {
  *table = (struct hadm_table){.line = start, .seen = start};
}

void hadm_table_free(struct hadm_table *table) {
  free(table->rows);
  hadm_table_init(table, 0);
}

static enum hadm_status add_row(struct hadm_table *table, bool quotes) {
  if (table->count == table->reserved) {
    size_t reserved = table->reserved == 0 ? FIRST_ROWS : table->reserved * 2;
    uint32_t *rows = realloc(table->rows, reserved * sizeof(*rows));
    if (rows == NULL)
      return HADM_E_NOMEM;
    table->rows = rows;
    table->reserved = reserved;
  }
  table->rows[table->count++] = (uint32_t)table->line | (quotes ? QUOTED : 0);
  return HADM_OK;
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
  return HADM_OK;
}

static enum hadm_status add_line(struct hadm_table *table,
                                 struct hadm_slice line) {
  if (!table->headed)
    return add_header(table, line);
  bool quotes = table->quotes > 0;
  size_t columns = hadm_csv_count(line, quotes);
  if (columns != table->columns)
    return columns < table->columns ? HADM_E_TRUNCATED : HADM_E_FOREIGN;
  return add_row(table, quotes);
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
  size_t start = table->rows[row] & ~QUOTED;
  size_t line_end = row + 1 < table->count
                        ? (table->rows[row + 1] & ~QUOTED) - 1
                        : table->line - 2; /* before the empty line */
  *quotes = (table->rows[row] & QUOTED) != 0;
  return (struct hadm_slice){text.ptr + start, line_end - start};
}

int hadm_table_column(const struct hadm_table *table, struct hadm_slice text,
                      struct hadm_slice name) {
  struct hadm_slice rest = {text.ptr + table->header, table->header_len};
  struct hadm_field field;
  for (int column = 0; hadm_csv_next(&rest, &field); column++)
    if (hadm_slice_equal(field.text, name))
      return column;
  return -1;
}

bool hadm_table_field(const struct hadm_table *table, struct hadm_slice text,
                      size_t row, int column, struct hadm_field *field) {
  bool quotes;
  struct hadm_slice line = hadm_table_row(table, text, row, &quotes);
  return column >= 0 && hadm_csv_field(line, quotes, (unsigned)column, field) &&
         field->text.len > 0;
}
