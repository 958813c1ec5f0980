/* For madvise. */
#define _GNU_SOURCE

#include "hadm_pages.h"

#include <sys/mman.h>

#ifdef MADV_HUGEPAGE

enum { LARGE = 1 << 21 };

void hadm_pages_large(char *data, size_t len) {
  size_t behind = (size_t)((uintptr_t)data % LARGE);
  size_t from = behind == 0 ? 0 : LARGE - behind;
  if (len < from + LARGE)
    return;
  /* Where there are none, all is as it would be. */
  (void)madvise(data + from, (len - from) / LARGE * LARGE, MADV_HUGEPAGE);
}

#else

void hadm_pages_large(char *data, size_t len) {
  (void)data;
  (void)len;
}

#endif
