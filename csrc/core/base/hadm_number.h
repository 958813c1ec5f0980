/* Numbers in HAProxy's replies. */
#ifndef HADM_NUMBER_H
#define HADM_NUMBER_H

#include "hadm_slice.h"

HADM_BEGIN

/* Reads a whole decimal number ("-1", "42"); a fraction ("13.5") is cut off
 * towards zero. Returns false for anything else, and for what 64 bits do not
 * hold. */
bool hadm_number_read(struct hadm_slice text, int64_t *number);

HADM_END

#endif
