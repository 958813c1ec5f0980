/* The reader: bytes in, a whole reply or an error out. No reply is ever
 * handed on that might be shorter than what HAProxy printed. */
#ifndef HADM_REPLY_H
#define HADM_REPLY_H

#include "../base/hadm_buffer.h"
#include "../data/hadm_table.h"

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* How the end of a reply is told. */
enum hadm_reply_kind {
  HADM_REPLY_TEXT,   /* the end of the stream, behind an empty line, or
                        behind the only line (HAProxy to 2.8 leaves the empty
                        one out behind some messages and JSON) */
  HADM_REPLY_LIST,   /* the end of the stream, behind an empty line */
  HADM_REPLY_INFO,   /* `show info`: the first empty line */
  HADM_REPLY_STAT,   /* `show stat`: the first empty line outside quotes */
  HADM_REPLY_READING /* `show info;show stat`: one after the other */
};

struct hadm_reply {
  enum hadm_reply_kind kind;
  struct hadm_buffer buffer;
  size_t max; /* bytes that the reply may have */
  enum hadm_status status;
  bool begun;      /* the first line was looked at */
  bool shaped;     /* false: HAProxy answered in words instead */
  size_t seen;     /* offset of the first byte that was not looked at */
  size_t info_len; /* of a reading's first part, once it is whole */
  struct hadm_table table;
};

void hadm_reply_init(struct hadm_reply *reply, enum hadm_reply_kind kind,
                     size_t max);
void hadm_reply_free(struct hadm_reply *reply);

/* Where the next bytes may be written, and how many. Returns HADM_OK or
 * HADM_E_NOMEM. */
enum hadm_status hadm_reply_space(struct hadm_reply *reply, char **at,
                                  size_t *len);

/* Takes note of <len> bytes that were written there. Returns HADM_MORE, or
 * HADM_OK when the reply is complete, or HADM_E_TRUNCATED, HADM_E_TOO_BIG,
 * HADM_E_FOREIGN (another program's words, or bytes behind the end),
 * HADM_E_NOMEM. */
enum hadm_status hadm_reply_commit(struct hadm_reply *reply, size_t len);

/* The two above for bytes that are elsewhere. */
enum hadm_status hadm_reply_feed(struct hadm_reply *reply, const char *bytes,
                                 size_t len);

/* The stream ended. Returns HADM_OK, HADM_E_CLOSED (not one byte came),
 * HADM_E_TRUNCATED, or the error of an earlier call. */
enum hadm_status hadm_reply_end(struct hadm_reply *reply);

/* The reply without the line ends that close it. */
struct hadm_slice hadm_reply_text(const struct hadm_reply *reply);

/* The answers to a line of several commands, one after the other: takes the
 * next from <rest>, which begins as all the bytes, without the empty line that
 * ends it. False at the end, and where the empty line is missing: <rest> is
 * not empty then. */
bool hadm_reply_next(struct hadm_slice *rest, struct hadm_slice *answer);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
