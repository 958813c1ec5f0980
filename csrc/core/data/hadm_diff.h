/* What makes the entries of one process those that are wanted: as few changes
 * as possible, found in time that grows with the entries, not with their
 * square.
 *
 * Entries of equal texts are the same, however many there are of them. What is
 * left over changes its value where its key is wanted with another one; the
 * rest is added or deleted. A dump does not tell where a key that has blanks
 * ends: the wanted entries say which key is meant. */
#ifndef HADM_DIFF_H
#define HADM_DIFF_H

#include "hadm_dump.h"
#include "hadm_entries.h"

HADM_BEGIN

struct hadm_change {
  uint32_t wanted;          /* the entry that it becomes; HADM_ENTRY_NONE when
                               it is deleted */
  uint32_t note;            /* in use while the diff is made */
  bool by_key;              /* else by its reference: the key does not name
                               this entry alone */
  struct hadm_dumped entry; /* places in diff->texts */
};

struct hadm_diff_work;

struct hadm_diff {
  struct hadm_diff_work *work;       /* owned; NULL when all is known */
  const struct hadm_entries *wanted; /* borrowed */
  uint32_t *adds;                    /* owned: wanted entries, in their order */
  size_t added;
  struct hadm_change
      *changes;             /* owned: those that change, then those that go */
  struct hadm_buffer texts; /* the entries of the dump that change or go */
  size_t changed;
  size_t deleted;
  size_t kept;
  size_t entries;    /* of the dump */
  size_t references; /* changes that name an entry by its reference */
  bool ordered; /* afterwards the entries are in the order that is wanted */
};

/* Begins to compare <dump> with <wanted>. Both must stay as they are until that
 * is done, <wanted> as long as the diff lives. Returns HADM_OK or
 * HADM_E_NOMEM. */
enum hadm_status hadm_diff_begin(struct hadm_diff *diff,
                                 struct hadm_entries *wanted,
                                 struct hadm_slice dump);

/* Begun with an empty dump, goes on with what came of one: <part> begins with
 * the first byte that was not taken before. Takes *<taken> bytes of it, all
 * where it is the <last> part; they need not stay. The steps come behind that.
 * Returns HADM_OK; HADM_E_NOMEM; HADM_E_FOREIGN where this is no dump, or
 * something follows its end. */
enum hadm_status hadm_diff_feed(struct hadm_diff *diff, struct hadm_slice part,
                                bool last, size_t *taken);

/* Another process's diff, which is made and stays: where the changes turn out
 * to be the same, what it found out about their keys is not looked for again.
 * <other> may be NULL. */
void hadm_diff_like(struct hadm_diff *diff, const struct hadm_diff *other);

/* Goes on with some <most> entries. Returns HADM_MORE; HADM_OK when all is
 * known; HADM_E_NOMEM; HADM_E_FOREIGN where <dump> is none. */
enum hadm_status hadm_diff_step(struct hadm_diff *diff, size_t most);

/* All of it at once. */
enum hadm_status hadm_diff_make(struct hadm_diff *diff,
                                struct hadm_entries *wanted,
                                struct hadm_slice dump);

/* May be called after any result. */
void hadm_diff_free(struct hadm_diff *diff);

HADM_END

#endif
