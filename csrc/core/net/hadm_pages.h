/* The pages of memory that is going to be filled. */
#ifndef HADM_PAGES_H
#define HADM_PAGES_H

#include "../base/hadm.h"

HADM_BEGIN

/* Most of the time that it takes to fill some megabytes would be spent in the
 * kernel, which finds them page by page: those of the <len> bytes at <data> may
 * be large, where the system has such ones. */
void hadm_pages_large(char *data, size_t len);

HADM_END

#endif
