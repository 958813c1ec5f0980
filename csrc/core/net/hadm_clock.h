/* The time. */
#ifndef HADM_CLOCK_H
#define HADM_CLOCK_H

#include "../base/hadm.h"

HADM_BEGIN

/* Seconds on a clock that only goes forward. */
double hadm_now(void);

/* Waits until <deadline>. */
void hadm_sleep(double deadline);

/* What poll(2) takes for so many seconds, rounded up: one that ends just before
 * the deadline would only be followed by another one. */
int hadm_clock_milliseconds(double seconds);

HADM_END

#endif
