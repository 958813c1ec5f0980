/* Fields of one CSV row, found without copying. */
#ifndef HADM_CSV_H
#define HADM_CSV_H

#include "hadm_slice.h"

HADM_BEGIN

/* One field as it stands in its row, without the quotes around it. */
struct hadm_field {
  struct hadm_slice text;
  bool quoted; /* <text> may hold "" where a quote is meant */
};

/* Finds field number <index> (from 0) of <row>, which has no line end.
 * <quotes> says whether any field of the row is quoted: if not, the search
 * takes a word at a time. Returns false when the row has no such field. */
bool hadm_csv_field(struct hadm_slice row, bool quotes, unsigned index,
                    struct hadm_field *field);

/* Reads field by field: *<rest> begins as the whole row and is what follows
 * the field afterwards. Returns false at the row's end. */
bool hadm_csv_next(struct hadm_slice *rest, struct hadm_field *field);

/* How many fields end in a comma? (HAProxy ends every field with one.) */
size_t hadm_csv_count(struct hadm_slice row, bool quotes);

/* Where the commas of a row without quotes are, from its begin on: the first
 * <max> of them. Returns how many there are of those. */
size_t hadm_csv_commas(struct hadm_slice row, uint32_t *offsets, size_t max);

/* Copies a quoted field's text to <to> (of at least text.len bytes) with each
 * "" made one quote; returns the length. */
size_t hadm_csv_unquote(struct hadm_slice text, char *to);

HADM_END

#endif
