/* Sessions that ask one thing, and answers read in pieces. */
#ifndef READER_H
#define READER_H

#include "../../csrc/core/wire/hadm_session.h"
#include "support.h"

enum asked {
  ASK_TEXT = HADM_FRAME_TEXT,
  ASK_LIST = HADM_FRAME_LIST,
  ASK_INFO = HADM_FRAME_INFO,
  ASK_STAT = HADM_FRAME_STAT,
  ASK_READING /* `show info`, then `show stat` */
};

/* Begins a session without prompts that asks it. A lack of memory is its
 * status. */
void ask(struct hadm_session *session, enum asked kind, size_t max);

/* Reads <text> from before an unreadable page, at once, byte by byte, and
 * with every cut in two; all of them must say <expected>. With an <expected>
 * other than HADM_OK, or a kind that ends with its stream, the stream ends
 * behind it. Leaves the session of the last one, which the caller frees. */
void read_every_way(struct hadm_session *session, enum asked kind,
                    struct hadm_slice text, enum hadm_status expected);

/* Reads <text> at once. */
enum hadm_status read_at_once(struct hadm_session *session, enum asked kind,
                              struct hadm_slice text);

#endif
