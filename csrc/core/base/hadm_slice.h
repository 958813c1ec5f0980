/* Text that somebody else owns. */
#ifndef HADM_SLICE_H
#define HADM_SLICE_H

#include "hadm.h"

HADM_BEGIN

/* Not ended by NUL; <ptr> may be NULL where <len> is 0. */
struct hadm_slice {
  const char *ptr;
  size_t len;
};

/* The slice of a string literal; the second form initializes a static one. */
#define HADM_LITERAL(text) ((struct hadm_slice){(text), sizeof(text) - 1})
#define HADM_STATIC(text)                                                      \
  { (text), sizeof(text) - 1 }

/* Do <a> and <b> hold the same bytes? */
bool hadm_slice_equal(struct hadm_slice a, struct hadm_slice b);

/* Does <text> begin with <prefix>? */
bool hadm_slice_starts(struct hadm_slice text, struct hadm_slice prefix);

/* Is <text> a beginning of <whole>, or does it begin with it? So it is until a
 * byte differs. */
bool hadm_slice_agrees(struct hadm_slice text, struct hadm_slice whole);

/* Does <text> end with <tail>? */
bool hadm_slice_ends(struct hadm_slice text, struct hadm_slice tail);

/* What follows the first <count> bytes, of which there must be as many. */
struct hadm_slice hadm_slice_behind(struct hadm_slice text, size_t count);

/* Reads line by line: *<rest> begins as the whole text and is what follows the
 * line afterwards; <line> is without its LF, which the last one may lack.
 * Returns false at the end. */
bool hadm_slice_line(struct hadm_slice *rest, struct hadm_slice *line);

/* Is <c> a decimal digit, whatever the locale? */
static inline bool hadm_is_digit(char c) { return c >= '0' && c <= '9'; }

HADM_END

#endif
