/* Replies read in pieces. */
#ifndef READER_H
#define READER_H

#include "../../csrc/core/wire/hadm_reply.h"
#include "support.h"

/* Reads <text> from before an unreadable page, at once, byte by byte, and
 * with every cut in two; all of them must say <expected>. With an <expected>
 * other than HADM_OK, or a kind that ends with its stream, the stream ends
 * behind it. Leaves the reply of the last one, which the caller frees. */
void read_every_way(struct hadm_reply *reply, enum hadm_reply_kind kind,
                    struct hadm_slice text, enum hadm_status expected);

/* Reads <text> at once. */
enum hadm_status read_at_once(struct hadm_reply *reply,
                              enum hadm_reply_kind kind,
                              struct hadm_slice text);

#endif
