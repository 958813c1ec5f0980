/* Rows of words as `show table` and `show sess` print them:
 *
 *   0x55d1: key=a\ b exp=1000 http_req_rate(10000)=5
 *   0x55d2: proto=tcpv4 rq[f=848000h,i=0] scf=[8,482h,fd=15] exp=19s
 *
 * Everything is found in the text, where it stays; a byte is looked at once. */
#ifndef HADM_PAIRS_H
#define HADM_PAIRS_H

#include "../base/hadm_slice.h"

HADM_BEGIN

/* One word. */
struct hadm_item {
  struct hadm_slice name;
  struct hadm_slice period; /* what stands behind the name in ( ), or empty */
  struct hadm_slice value;  /* as it was printed; without [ ] around it */
};

/* Is <line>, without its line end, a row? Then <reference> is the address that
 * it begins with, and <items> what follows. */
bool hadm_pairs_row(struct hadm_slice line, struct hadm_slice *reference,
                    struct hadm_slice *items);

/* Reads word by word: *<rest> begins as a row's items and is what follows the
 * word afterwards. A backslash takes the blank behind it into the word. Words
 * that name nothing are passed over. Returns false at the end. */
bool hadm_pairs_next(struct hadm_slice *rest, struct hadm_item *item);

/* The first word called <name>; false when there is none. */
bool hadm_pairs_find(struct hadm_slice items, struct hadm_slice name,
                     struct hadm_item *item);

/* Copies a value to <to> (of at least text.len bytes) as it was before HAProxy
 * printed it: "\x41", "\t", "\n", "\r", "\e", and any other character behind a
 * backslash for itself. Returns the length. */
size_t hadm_pairs_unescape(struct hadm_slice text, char *to);

/* Reads a time as HAProxy prints it for people, "1d2h", "3m10s" or "0s": whole
 * seconds. Returns false for anything else, and for what 32 bits do not hold.
 */
bool hadm_pairs_seconds(struct hadm_slice text, uint32_t *seconds);

HADM_END

#endif
