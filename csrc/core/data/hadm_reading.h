/* What one process answered to `show info` and `show stat`, or to one of them:
 * the bytes as they came, and where in them the answers are. */
#ifndef HADM_READING_H
#define HADM_READING_H

#include "../base/hadm_buffer.h"
#include "hadm_table.h"

HADM_BEGIN

struct hadm_reading {
  struct hadm_buffer text; /* owned */
  size_t info;             /* offset of the answer to `show info` */
  size_t info_len;         /* 0: there is none */
  struct hadm_table table; /* owned; its offsets are into <text>; not headed:
                              there is none */
};

/* A reading of nothing, which owns nothing. */
void hadm_reading_init(struct hadm_reading *reading);
/* Releases what it owns and leaves a reading of nothing. */
void hadm_reading_free(struct hadm_reading *reading);

/* The answer to `show info`, with the empty line that ends it. */
struct hadm_slice hadm_reading_info(const struct hadm_reading *reading);

HADM_END

#endif
