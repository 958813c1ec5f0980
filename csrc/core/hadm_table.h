/* The reply to `show stat`: its header, and where each row begins.
 *
 * The text itself belongs to somebody else and may move while it grows, so
 * everything here is an offset into it. A table is fed the whole text so far,
 * again and again, and looks at each byte once. */
#ifndef HADM_TABLE_H
#define HADM_TABLE_H

#include "hadm_csv.h"

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

struct hadm_table {
  uint32_t *rows; /* owned: offset of each row, and whether it has quotes */
  size_t count;
  size_t reserved;
  size_t columns;
  size_t header; /* offset of the first column's name */
  size_t header_len;
  size_t line;   /* offset of the line that is being read */
  size_t seen;   /* offset of the first byte that was not looked at */
  size_t quotes; /* in the line, up to <seen> */
  bool headed;   /* the header was read */
  bool ended;    /* the empty line behind the last row was read */
};

/* Rows are kept in 31 bits. */
#define HADM_TABLE_TEXT_MAX ((size_t)INT32_MAX)

/* A table that begins at offset <start> of its text. */
void hadm_table_init(struct hadm_table *table, size_t start);
void hadm_table_free(struct hadm_table *table);

/* Looks at <text>, which begins with what was there at the last call.
 * Returns HADM_OK once the empty line at the end was seen (table->line is
 * then the offset behind it), HADM_MORE before, HADM_E_FOREIGN when this is
 * no table or a row has more columns than the header, HADM_E_TRUNCATED when
 * one has fewer, HADM_E_TOO_BIG, HADM_E_NOMEM. */
enum hadm_status hadm_table_feed(struct hadm_table *table,
                                 struct hadm_slice text);

/* Row number <row>, without its line end; *<quotes> as hadm_csv_field asks. */
struct hadm_slice hadm_table_row(const struct hadm_table *table,
                                 struct hadm_slice text, size_t row,
                                 bool *quotes);

/* The number of the column called <name>, or -1. */
int hadm_table_column(const struct hadm_table *table, struct hadm_slice text,
                      struct hadm_slice name);

/* Field <column> of <row>; false when it is empty or not there. */
bool hadm_table_field(const struct hadm_table *table, struct hadm_slice text,
                      size_t row, int column, struct hadm_field *field);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
