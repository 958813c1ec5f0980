/* The entries that a map or an ACL is to have, in their order. They come from
 * a program one by one, or from a text in the format of HAProxy's own files,
 * in pieces of any size; a million of them are one text, of which the length of
 * each line is known, and the place of some.
 *
 * An entry's text is its key, or, of a map, its key, a blank and its value: as
 * HAProxy prints it, and as it takes it in a payload. */
#ifndef HADM_ENTRIES_H
#define HADM_ENTRIES_H

#include "../base/hadm_buffer.h"
#include "../base/hadm_slice.h"

HADM_BEGIN

#define HADM_ENTRY_NONE UINT32_MAX

/* No line of a file, and no entry, is longer: HAProxy takes no more at once. */
enum { HADM_ENTRY_MAX = 12288, HADM_ENTRY_SHORT = HADM_ENTRY_MAX / 3 };

/* What is wrong with an entry or a file's line. */
enum hadm_fault {
  HADM_FAULT_NONE,
  HADM_FAULT_EMPTY,     /* a key is empty */
  HADM_FAULT_CHARACTER, /* NUL, LF or CR at <at> cannot be sent */
  HADM_FAULT_VALUE,     /* a value is missing */
  HADM_FAULT_LENGTH,    /* longer than HADM_ENTRY_MAX */
  HADM_FAULT_UTF8       /* no UTF-8 at <at> */
};

struct hadm_entries {
  bool map;                /* they have values */
  bool any_bytes;          /* a file need not be UTF-8 */
  struct hadm_buffer text; /* all texts, an LF behind each */
  uint16_t *lengths;       /* owned: of the texts, each with its LF */
  uint32_t *places;        /* owned: the offset of each text of so many */
  uint32_t *keys;          /* owned: the lengths of the keys; NULL while each
                              ends at the first blank of its text */
  uint32_t count;
  size_t lengths_reserved;
  size_t places_reserved;
  size_t keys_reserved;
  size_t longest;          /* the most bytes that one is sent in */
  bool blank_keys;         /* there is a blank in some key */
  bool all_plain;          /* so far, as hadm_entries_plain */
  uint64_t seed;           /* of the hashes */
  struct hadm_buffer line; /* the beginning of a file's line */
  size_t lines;            /* of the file, so far */
  enum hadm_fault fault;
  size_t at; /* of a key's or value's character, or of a file's line's */
};

/* <map>: they have values. <seed>: a number that nobody can guess. */
void hadm_entries_init(struct hadm_entries *entries, bool map, uint64_t seed);
void hadm_entries_free(struct hadm_entries *entries);

/* Adds an entry. <value> has no meaning where it is not a map. Returns HADM_OK;
 * HADM_E_NOMEM; HADM_E_ARG with the reason in entries->fault, and in
 * entries->at the offset in the key, or behind it in the value; HADM_E_TOO_BIG
 * where all texts together have 4 GB. */
enum hadm_status hadm_entries_add(struct hadm_entries *entries,
                                  struct hadm_slice key,
                                  struct hadm_slice value);

/* Room for the entries of a file of so many bytes, where that is not too much.
 * Returns HADM_OK or HADM_E_NOMEM. */
enum hadm_status hadm_entries_reserve(struct hadm_entries *entries,
                                      uint64_t size);

/* Reads on in the text of a file: blank lines and lines that begin with # are
 * none; blanks around the key and the value of a map are no part of them, those
 * before an ACL's key are none of it. Returns as hadm_entries_add does;
 * entries->lines is the number of the line that has the fault, entries->at the
 * offset in it. */
enum hadm_status hadm_entries_feed(struct hadm_entries *entries,
                                   struct hadm_slice piece);
/* The file ends, perhaps in the middle of a line. */
enum hadm_status hadm_entries_end(struct hadm_entries *entries);

struct hadm_slice hadm_entries_text(const struct hadm_entries *entries,
                                    uint32_t i);
struct hadm_slice hadm_entries_key(const struct hadm_entries *entries,
                                   uint32_t i);
/* Empty for an ACL's. */
struct hadm_slice hadm_entries_value(const struct hadm_entries *entries,
                                     uint32_t i);

/* The texts from entry <i> on, one behind the other, an LF behind each. */
struct hadm_slice hadm_entries_from(const struct hadm_entries *entries,
                                    uint32_t i);

/* Can the entry's text be a line of a payload? There, blanks part the key from
 * the value. */
bool hadm_entries_plain(const struct hadm_entries *entries, uint32_t i);

/* Can the entry's value be a word of a command, whatever stands before it? An
 * empty one cannot, and a long one may become twice as long. */
bool hadm_entries_short(const struct hadm_entries *entries, uint32_t i);

HADM_END

#endif
