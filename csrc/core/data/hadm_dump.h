/* What HAProxy prints of a map or an ACL, read in place: a line each of a
 * reference (the entry's address in its memory) and the entry's text. */
#ifndef HADM_DUMP_H
#define HADM_DUMP_H

#include "../base/hadm_slice.h"

HADM_BEGIN

struct hadm_dumped {
  struct hadm_slice reference; /* "0x...", or nothing where a line has none */
  struct hadm_slice text;
};

/* Reads entry by entry: *<rest> begins as the whole dump. An entry may hold a
 * line's end, which this module sends to nobody: what does not begin as an
 * entry belongs to the one before. Returns false at the end. */
bool hadm_dump_next(struct hadm_slice *rest, struct hadm_dumped *entry);

/* Passes over the entries with which a dump begins whose texts are the lines
 * with which <*lines> begins, an LF behind each, which have these <lengths>
 * with it: <most> of them at most, and only what another entry follows. Moves
 * <*rest> and <*lines> behind them. Returns how many there were; the next entry
 * may be equal, too, where an end is near. */
size_t hadm_dump_pass(struct hadm_slice *rest, struct hadm_slice *lines,
                      const uint16_t *lengths, size_t most);

/* How many bytes at the beginning of a part of a dump are whole entries,
 * whatever comes behind it: all up to the last line that begins one. */
size_t hadm_dump_whole(struct hadm_slice part);

/* The key of a text: of a map's up to its first blank, since nothing else tells
 * where it ends. */
struct hadm_slice hadm_dump_key(struct hadm_slice text, bool map);

/* Passes over <most> entries at most. Moves <*rest> behind them; returns how
 * many there were. */
size_t hadm_dump_count(struct hadm_slice *rest, size_t most);

/* Compares the texts of <most> entries at most, one by one. Moves both behind
 * those that are equal. Returns HADM_MORE; HADM_OK where both end;
 * HADM_E_INCONSISTENT where they differ. */
enum hadm_status hadm_dump_compare(struct hadm_slice *a, struct hadm_slice *b,
                                   size_t most);

HADM_END

#endif
