/* Rows of words below a line that names them: `show servers state` and others.
 *
 *   # be_id be_name srv_id ...
 *   2 app 1 ...
 *
 * Lines before the header are of no interest; those behind it that are empty or
 * begin with # belong to no row. One blank separates two words, so that an
 * empty word stands between two blanks; where the header itself has more than
 * one between its names, they only fill up, and any number of them separates.
 * A last name such as "idle_per_thr[2]" stands for as many words, of which a
 * row has all or none: HAProxy 2.2 prints none for what is its own. */
#ifndef HADM_COLUMNS_H
#define HADM_COLUMNS_H

#include "../base/hadm_slice.h"

HADM_BEGIN

struct hadm_columns {
  struct hadm_slice text;   /* somebody else's, which must not move */
  struct hadm_slice header; /* the names, without the # */
  size_t columns;           /* how many names there are */
  size_t words;             /* how many words a row has */
  bool array;               /* the last name stands for several words */
  bool filled;              /* blanks fill up */
  uint32_t *rows;           /* owned: the offset of each */
  size_t count;
  size_t reserved;
};

enum {
  HADM_COLUMNS_MAX = 256,       /* names in a header */
  HADM_COLUMNS_ARRAY_MAX = 4096 /* words of the last one */
};

/* Rows of nothing, which own nothing. */
void hadm_columns_init(struct hadm_columns *columns);
/* Releases what they own and leaves rows of nothing. */
void hadm_columns_free(struct hadm_columns *columns);

/* Finds the rows of a whole answer; precondition: rows of nothing. Returns
 * HADM_OK; HADM_E_FOREIGN: there is no header, it has too many names, or a row
 * has more words than it; HADM_E_TRUNCATED: a row has fewer; HADM_E_TOO_BIG;
 * HADM_E_NOMEM. They own memory in any case. */
enum hadm_status hadm_columns_read(struct hadm_columns *columns,
                                   struct hadm_slice text);

/* Row number <row>, without its line end. Precondition: row < count. */
struct hadm_slice hadm_columns_row(const struct hadm_columns *columns,
                                   size_t row);

/* Takes the next word off the beginning of *<rest>, which begins as the header
 * or a row; false when there is none. */
bool hadm_columns_next(const struct hadm_columns *columns,
                       struct hadm_slice *rest, struct hadm_slice *word);

/* The number of the column of this name (an array's without its brackets), or
 * -1. */
int hadm_columns_find(const struct hadm_columns *columns,
                      struct hadm_slice name);

/* A name without the brackets behind an array's. */
struct hadm_slice hadm_columns_name(struct hadm_slice name);

/* The word of a row in a column, an array's first; false when it is not there.
 * Precondition: row < count. */
bool hadm_columns_word(const struct hadm_columns *columns, size_t row,
                       int column, struct hadm_slice *word);

/* Does a word stand for nothing? HAProxy writes "-" where it has no text. */
bool hadm_columns_is_empty(struct hadm_slice word);

HADM_END

#endif
