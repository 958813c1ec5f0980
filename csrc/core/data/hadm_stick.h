/* A stick table as several processes printed it: the rows of each, found in its
 * text one after the other, and the rows of one key side by side.
 *
 * Nothing of a row is read before somebody asks for it. */
#ifndef HADM_STICK_H
#define HADM_STICK_H

#include "../base/hadm_buffer.h"
#include "hadm_pairs.h"

HADM_BEGIN

#define HADM_STICK_NONE UINT32_MAX

/* What one process answered to `show table <name>`. */
struct hadm_stick_text {
  unsigned nb;              /* the process's number */
  struct hadm_buffer bytes; /* owned */
  size_t start;             /* offset of the answer in it */
  size_t end;
};

struct hadm_stick {
  struct hadm_stick_text *texts; /* owned */
  size_t count;                  /* texts that were taken */
  size_t reserved;
  /* After hadm_stick_join: */
  size_t keys;
  size_t room;      /* keys that there is room for */
  uint32_t *rows;   /* owned; of each key, for each text: its row's offset */
  uint32_t *hashes; /* owned; of each key */
  uint32_t *index;  /* owned; a hash table of keys */
  size_t places;    /* of it: a power of two, or 0 */
  uint32_t seed;
};

/* A table of nothing. */
void hadm_stick_init(struct hadm_stick *stick);
/* Releases what it owns and leaves a table of nothing. */
void hadm_stick_free(struct hadm_stick *stick);

/* Takes over <bytes>, in which the answer of process <nb> stands from <start>
 * to <end>. Returns HADM_OK; or, with <bytes> as they were, HADM_E_NOMEM, or
 * HADM_E_TOO_BIG where 32 bits do not number them. */
enum hadm_status hadm_stick_take(struct hadm_stick *stick, unsigned nb,
                                 struct hadm_buffer *bytes, size_t start,
                                 size_t end);

/* Reads row by row: *<at> begins as 0 and is an offset in text <text>
 * afterwards. *<row> is the row's own, for hadm_stick_items, and <items> what
 * that returns. False at the end. */
bool hadm_stick_next(const struct hadm_stick *stick, size_t text, size_t *at,
                     uint32_t *row, struct hadm_slice *items);

/* The words of the row at offset <row> of a text. */
struct hadm_slice hadm_stick_items(const struct hadm_stick *stick, size_t text,
                                   uint32_t row);

/* Joins the rows by their keys. <seed>: a number that who chooses the keys
 * cannot know. Returns HADM_OK or HADM_E_NOMEM. */
enum hadm_status hadm_stick_join(struct hadm_stick *stick, uint32_t seed);

/* The row of key number <key> (from 0) in text <text>, or HADM_STICK_NONE. */
uint32_t hadm_stick_row(const struct hadm_stick *stick, size_t key,
                        size_t text);

/* What becomes of the values of several processes. */
enum hadm_stick_nature {
  HADM_STICK_SUM,  /* counters, rates, what is going on now: they add up */
  HADM_STICK_MOST, /* the largest: when the last process forgets the key */
  HADM_STICK_SAME  /* tags, servers: one value only where all have the same */
};

/* The nature of the values called <name>, and whether they are names, which
 * stay texts also where they look like numbers. */
enum hadm_stick_nature hadm_stick_nature(struct hadm_slice name);
bool hadm_stick_is_text(struct hadm_slice name);

HADM_END

#endif
