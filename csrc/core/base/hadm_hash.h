/* A number of a text, for tables in memory: another one for each seed, so that
 * nobody can prepare texts that share it. */
#ifndef HADM_HASH_H
#define HADM_HASH_H

#include "hadm_slice.h"

#include <string.h>

static inline uint32_t hadm_hash(uint64_t seed, struct hadm_slice text) {
  const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
  uint64_t hash = (seed ^ text.len) * odd;
  uint64_t word;
  for (; text.len >= sizeof(word); text.ptr += sizeof(word)) {
    memcpy(&word, text.ptr, sizeof(word));
    hash = (hash ^ (hash >> 29) ^ word) * odd;
    text.len -= sizeof(word);
  }
  word = 0;
  if (text.len > 0)
    memcpy(&word, text.ptr, text.len);
  hash = (hash ^ (hash >> 29) ^ word) * odd;
  return (uint32_t)((hash ^ (hash >> 32)) * odd >> 32);
}

#endif
