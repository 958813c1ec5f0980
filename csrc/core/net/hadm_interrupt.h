/* The key with which the caller ends what he waits for. */
#ifndef HADM_INTERRUPT_H
#define HADM_INTERRUPT_H

#include "../base/hadm.h"

HADM_BEGIN

/* From now on SIGINT is noted once, and ends the process the second time. What
 * was noted before is forgotten. */
void hadm_interrupt_watch(void);

/* From now on SIGINT ends the process, as it does where nobody asks. */
void hadm_interrupt_default(void);

/* Was SIGINT noted since it is watched? */
bool hadm_interrupted(void);

HADM_END

#endif
