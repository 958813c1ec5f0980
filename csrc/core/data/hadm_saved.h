/* A tally as bytes, and of bytes: for a file, or for memory that programs
 * share.
 *
 *   "haproxyadmin totals 3\n", whether it has begun and of how many, its time
 *   and that of the last reading of name servers
 *   of each kind: how many counters, and their names
 *   how many processes, and each of them
 *   how many objects, and each of them with its totals, and its last values in
 *   each process that has it
 *   eight bytes that all before them make (FNV-1a)
 *
 * Numbers are of seven bits a byte, the lowest first, with a bit that says
 * whether there are more. Counters are known by their names, so that another
 * version reads what it knows of. Bytes that begin with a 2 are without all of
 * name servers. */
#ifndef HADM_SAVED_H
#define HADM_SAVED_H

#include "../base/hadm_buffer.h"
#include "hadm_tally.h"

HADM_BEGIN

/* Appends the tally. Returns HADM_OK or HADM_E_NOMEM. */
enum hadm_status hadm_saved_write(const struct hadm_tally *tally,
                                  struct hadm_buffer *bytes);

/* A new tally of such bytes (its seed as hadm_tally_new's), or NULL with
 * *<status>: HADM_E_FOREIGN, something else; HADM_E_TRUNCATED, damaged;
 * HADM_E_NOMEM, HADM_E_TOO_BIG. */
struct hadm_tally *hadm_saved_read(struct hadm_slice bytes, uint32_t seed,
                                   enum hadm_status *status);

HADM_END

#endif
