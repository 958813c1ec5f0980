/* Which wanted entries have a key that another one before them has? Found in
 * steps, in little memory. */
#ifndef HADM_REPEATS_H
#define HADM_REPEATS_H

#include "hadm_entries.h"

HADM_BEGIN

struct hadm_repeats {
  const struct hadm_entries *entries; /* borrowed */
  enum {
    HADM_REPEATS_MARK,
    HADM_REPEATS_INDEX,
    HADM_REPEATS_COUNT,
    HADM_REPEATS_DONE
  } stage;
  size_t at;              /* how far the stage has come */
  struct hadm_slice rest; /* the texts from there on */
  unsigned char *bits;    /* owned: of the hashes of all keys so far */
  uint32_t mask;          /* of a hash: the number of its bit */
  uint32_t *suspects;     /* owned: entries whose bit was set before */
  size_t suspect_count;
  size_t suspects_reserved;
  uint64_t *slots; /* owned: an index of their keys: a hash above an entry's
                      number from 1, or 0; bit 31 says that it was met */
  size_t size;
  uint32_t count; /* entries that repeat a key, so far */
  uint32_t first; /* the first of them, or HADM_ENTRY_NONE */
};

/* The entries must stay as they are until all is known. Returns HADM_OK or
 * HADM_E_NOMEM. */
enum hadm_status hadm_repeats_begin(struct hadm_repeats *repeats,
                                    const struct hadm_entries *entries);

/* Goes on with <most> entries. Returns HADM_MORE; HADM_OK when <count> and
 * <first> are known; HADM_E_NOMEM. */
enum hadm_status hadm_repeats_step(struct hadm_repeats *repeats, size_t most);

/* May be called after any result. */
void hadm_repeats_free(struct hadm_repeats *repeats);

HADM_END

#endif
