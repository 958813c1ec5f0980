/* What the fuzz targets share: each file is one target. */
#ifndef FUZZ_H
#define FUZZ_H

#include "../../csrc/core/base/hadm.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must be true whatever the input. */
static inline void must(bool truth) {
  if (!truth)
    abort();
}

/* Numbers that depend on the input alone. */
static inline uint32_t next_number(uint32_t *state) {
  *state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
  return *state >> 16;
}

#endif
