/* Where one answer ends.
 *
 * An answer is a stretch of the bytes that came on a connection. They belong to
 * somebody else and may move while they grow, so everything here is an offset.
 * A frame is shown all the bytes so far, again and again, and looks at each of
 * them once. */
#ifndef HADM_FRAME_H
#define HADM_FRAME_H

#include "../data/hadm_table.h"

HADM_BEGIN

enum hadm_frame_kind {
  HADM_FRAME_TEXT, /* prose: nothing, or some words */
  HADM_FRAME_LIST, /* lines, in which a prompt could stand as well */
  HADM_FRAME_INFO, /* `show info`: the first empty line */
  HADM_FRAME_STAT  /* `show stat`: the first empty line outside quotes */
};

/* What stands behind an answer. */
enum hadm_mode {
  HADM_ONCE,   /* the next answer, or the end of the stream */
  HADM_PROMPT, /* "> " at the beginning of a line; the connection stays */
  HADM_MASTER  /* the same of a master process: "master> ",
                  "master[ReloadFailed]> ", or a worker's "1234> " */
};

struct hadm_frame {
  enum hadm_frame_kind kind;
  bool shaped;  /* false: words instead of what <kind> says */
  bool whole;   /* all of it came */
  bool payload; /* its command has one: where there are prompts, HAProxy prints
                   "+ " for its lines, how often is each version's matter */
  size_t start; /* offset of its first byte */
  size_t end;   /* offset behind its last one, an empty line's LF; 0: unknown */
};

/* An answer of which nothing came so far: it begins at offset <start>. */
void hadm_frame_init(struct hadm_frame *frame, enum hadm_frame_kind kind,
                     size_t start);

/* The length of the prompt at the beginning of <text>, which is a line's; 0
 * where there is none. *<more>: what came so far can become one. */
size_t hadm_frame_prompt(enum hadm_mode mode, struct hadm_slice text,
                         bool *more);

/* Reads on in <bytes>, all that came so far. <*seen> is the offset of the first
 * byte that was not looked at: <frame->start> at first, and behind the prompt,
 * if there is one, in the end. <last>: no other answer follows. <table>, which
 * begins at <frame->start>, is made of the answer to `show stat`.
 *
 * Returns HADM_OK when the answer is whole; HADM_MORE, which a list, and the
 * last text, remain without a prompt; HADM_E_FOREIGN when something else than a
 * prompt follows; or what hadm_table_feed says of a table. */
enum hadm_status hadm_frame_read(struct hadm_frame *frame, enum hadm_mode mode,
                                 bool last, struct hadm_slice bytes,
                                 struct hadm_table *table, size_t *seen);

/* The stream, without prompts, ended in this answer. <only>: it was the only
 * one on it. Returns HADM_OK if it is whole: a text behind an empty line, or,
 * as the only one, also behind its only line (HAProxy to 2.8 leaves the empty
 * one out behind some messages) and with empty lines inside; a list behind its
 * first empty line; words instead of something else behind any line.
 * Otherwise HADM_E_TRUNCATED, or HADM_E_FOREIGN when something follows a
 * list. */
enum hadm_status hadm_frame_finish(struct hadm_frame *frame, bool only,
                                   struct hadm_slice bytes);

/* The answer without the line ends that close it; empty until it is whole. */
struct hadm_slice hadm_frame_text(const struct hadm_frame *frame,
                                  struct hadm_slice bytes);

HADM_END

#endif
