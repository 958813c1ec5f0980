/* Numbers in HAProxy's replies. */
#ifndef HADM_NUMBER_H
#define HADM_NUMBER_H

#include "hadm.h"

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* Reads a whole decimal number ("-1", "42"); a fraction ("13.5") is cut off
 * towards zero. Returns false for anything else, and for what 64 bits do not
 * hold. */
bool hadm_number_read(struct hadm_slice text, int64_t *number);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
