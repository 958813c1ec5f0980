/* The reply to `show stat`: its header, and where each row begins.
 *
 * The text itself belongs to somebody else and may move while it grows, so
 * everything here is an offset into it. A table is fed the whole text so far,
 * again and again, and looks at each byte once. */
#ifndef HADM_TABLE_H
#define HADM_TABLE_H

#include "../base/hadm_csv.h"
#include "hadm_kind.h"

HADM_BEGIN

struct hadm_row {
  uint32_t start; /* offset, and whether any field is quoted */
  uint32_t key;   /* length of the two names with their commas, and the kind */
};

struct hadm_table {
  struct hadm_row *rows; /* owned */
  size_t count;
  size_t reserved;
  size_t columns;
  size_t header; /* offset of the first column's name */
  size_t header_len;
  int type;      /* the column that says what a row is of, or -1 */
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
 * no table (from its first byte on that is none) or a row has more columns than
 * the header, HADM_E_TRUNCATED when one has fewer, HADM_E_TOO_BIG,
 * HADM_E_NOMEM. */
enum hadm_status hadm_table_feed(struct hadm_table *table,
                                 struct hadm_slice text);

/* Row number <row>, without its line end; *<quotes> as hadm_csv_field asks.
 * Precondition: row < count, and the table has ended. */
struct hadm_slice hadm_table_row(const struct hadm_table *table,
                                 struct hadm_slice text, size_t row,
                                 bool *quotes);

/* What the row begins with: the proxy's name and the server's, each with its
 * comma, which tell it from all others of its kind. Precondition: row < count.
 */
struct hadm_slice hadm_table_key(const struct hadm_table *table,
                                 struct hadm_slice text, size_t row);

/* What the row is of: any kind but HADM_PROCESS. Precondition: row < count. */
enum hadm_kind hadm_table_kind(const struct hadm_table *table, size_t row);

/* The number of the column called <name>, or -1. Precondition: the header was
 * read. */
int hadm_table_column(const struct hadm_table *table, struct hadm_slice text,
                      struct hadm_slice name);

/* Field <column> of <row>; false when it is empty or not there. Precondition:
 * as hadm_table_row. */
bool hadm_table_field(const struct hadm_table *table, struct hadm_slice text,
                      size_t row, int column, struct hadm_field *field);

HADM_END

#endif
