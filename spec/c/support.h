/* What the tests of the core share. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../csrc/core/base/hadm_slice.h"

/* The text of a string, or of a literal that may hold NULs. */
struct hadm_slice text_of(const char *string);
#define TEXT(literal) ((struct hadm_slice){"" literal, sizeof(literal) - 1})

/* Fails unless <actual> holds the bytes of <expected>. */
#define assert_slice(actual, expected)                                         \
  check_slice(actual, expected, __FILE__, __LINE__)
void check_slice(struct hadm_slice actual, const char *expected,
                 const char *file, int line);

/* A copy of <text> whose end is the end of the readable memory: one byte more
 * is a fault. At most one copy is there at a time. */
struct hadm_slice guarded(struct hadm_slice text);

/* A recorded reply, as "2.6/show-stat.txt". It lasts until the program ends.
 */
struct hadm_slice recorded(const char *name);

/* The versions that there are recorded replies of, and NULL. */
extern const char *const versions[];

/* Each attempt fails one allocation more than the one before has reached.
 *   for (begin_failing(); next_failing();) { ... } */
void begin_failing(void);
/* False once an attempt has run without a failure. */
int next_failing(void);
/* Did an allocation fail in this attempt? Ends the failing. */
int has_failed(void);

/* How many allocations of the core have not been freed? */
long blocks_held(void);

/* From now on, until end_steps, the core's calls that open, change, rename and
 * remove files are counted. In front of the one with this number (from 1) the
 * process is killed, or where <error> is not 0 the call fails with it. */
void begin_steps(long number, int error);
/* The same without harm; each write takes a bit only, or is interrupted. */
void begin_slow_steps(void);
/* The names of the calls since, one behind the other. */
const char *end_steps(void);

#endif
