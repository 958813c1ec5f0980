#include "hadm_frame.h"

#include <string.h>

/* A worker's prompt is its process number. */
enum { PID_DIGITS = 10 };

void hadm_frame_init(struct hadm_frame *frame, enum hadm_frame_kind kind,
                     size_t start) {
  *frame = (struct hadm_frame){.kind = kind, .shaped = true, .start = start};
}

/* ---- prompts ---- */

static size_t match(struct hadm_slice text, struct hadm_slice prompt,
                    bool *more) {
  if (hadm_slice_starts(text, prompt))
    return prompt.len;
  *more = *more || hadm_slice_agrees(text, prompt);
  return 0;
}

static size_t match_worker(struct hadm_slice text, bool *more) {
  size_t digits = 0;
  while (digits < text.len && digits < PID_DIGITS &&
         hadm_is_digit(text.ptr[digits]))
    digits++;
  if (digits == 0)
    return 0;
  size_t tail =
      match(hadm_slice_behind(text, digits), HADM_LITERAL("> "), more);
  return tail > 0 ? digits + tail : 0;
}

size_t hadm_frame_prompt(enum hadm_mode mode, struct hadm_slice text,
                         bool *more) {
  *more = false;
  if (mode == HADM_PROMPT)
    return match(text, HADM_LITERAL("> "), more);
  size_t len = match(text, HADM_LITERAL("master> "), more);
  if (len == 0)
    len = match(text, HADM_LITERAL("master[ReloadFailed]> "), more);
  return len > 0 ? len : match_worker(text, more);
}

/* The prompt that must stand at offset <at>. */
static enum hadm_status read_prompt(enum hadm_mode mode,
                                    struct hadm_slice bytes, size_t at,
                                    size_t *seen) {
  bool more;
  size_t len = hadm_frame_prompt(mode, hadm_slice_behind(bytes, at), &more);
  if (len == 0)
    return more ? HADM_MORE : HADM_E_FOREIGN;
  *seen = at + len;
  return HADM_OK;
}

/* Ends the answer at the first prompt, wherever a line begins. */
static enum hadm_status read_to_prompt(struct hadm_frame *frame,
                                       enum hadm_mode mode,
                                       struct hadm_slice bytes, size_t *seen) {
  size_t line = *seen;
  /* A master prints its prompt also where an answer has no line at all. */
  enum hadm_status status = HADM_E_FOREIGN;
  if (mode == HADM_MASTER && line == frame->start)
    status = read_prompt(mode, bytes, line, seen);
  while (status == HADM_E_FOREIGN) {
    const char *from = bytes.ptr + *seen;
    const char *lf =
        *seen < bytes.len ? memchr(from, '\n', bytes.len - *seen) : NULL;
    if (lf == NULL) {
      *seen = bytes.len;
      return HADM_MORE;
    }
    *seen = (size_t)(lf - bytes.ptr);
    line = *seen + 1;
    status = read_prompt(mode, bytes, line, seen);
    if (status == HADM_E_FOREIGN)
      *seen = line;
  }
  if (status == HADM_OK) {
    frame->end = line;
    frame->whole = true;
  }
  return status;
}

/* ---- answers ---- */

/* Offset behind the first empty line that is not the first line; 0 while there
 * is none. */
static size_t empty_line(struct hadm_slice bytes, size_t *seen) {
  while (*seen < bytes.len) {
    const char *lf = memchr(bytes.ptr + *seen, '\n', bytes.len - *seen);
    if (lf == NULL) {
      *seen = bytes.len;
      break;
    }
    *seen = (size_t)(lf - bytes.ptr);
    if (*seen + 1 == bytes.len)
      break; /* the next byte decides */
    *seen += 1;
    if (lf[1] == '\n')
      return *seen + 1;
  }
  return 0;
}

/* The same, where the first line may be the empty one. */
static size_t first_empty_line(struct hadm_slice bytes, size_t start,
                               size_t *seen) {
  if (start < bytes.len && bytes.ptr[start] == '\n')
    return start + 1;
  return empty_line(bytes, seen);
}

static enum hadm_status ended(struct hadm_frame *frame, size_t end) {
  frame->end = end;
  return end > 0 ? HADM_OK : HADM_MORE;
}

/* HAProxy said something in words, or it is no HAProxy. */
static enum hadm_status in_words(struct hadm_frame *frame, size_t *seen) {
  frame->shaped = false;
  *seen = frame->start;
  return HADM_OK;
}

static enum hadm_status read_info(struct hadm_frame *frame,
                                  struct hadm_slice bytes, size_t *seen) {
  if (!hadm_slice_agrees(hadm_slice_behind(bytes, frame->start),
                         HADM_LITERAL("Name: ")))
    return in_words(frame, seen);
  return ended(frame, empty_line(bytes, seen));
}

static enum hadm_status read_stat(struct hadm_frame *frame,
                                  struct hadm_slice bytes,
                                  struct hadm_table *table, size_t *seen) {
  enum hadm_status status = hadm_table_feed(table, bytes);
  if (status == HADM_E_FOREIGN && !table->headed)
    return in_words(frame, seen);
  return status == HADM_OK ? ended(frame, table->line) : status;
}

static enum hadm_status read_shape(struct hadm_frame *frame,
                                   struct hadm_slice bytes,
                                   struct hadm_table *table, size_t *seen) {
  if (!frame->shaped || frame->end > 0)
    return HADM_OK;
  if (frame->kind == HADM_FRAME_INFO)
    return read_info(frame, bytes, seen);
  if (frame->kind == HADM_FRAME_STAT)
    return read_stat(frame, bytes, table, seen);
  return HADM_OK;
}

/* Ends what has no end of its own, on a stream without prompts. */
static enum hadm_status read_once(struct hadm_frame *frame, bool last,
                                  struct hadm_slice bytes, size_t *seen) {
  if (frame->end > 0)
    return HADM_OK;
  if (!frame->shaped)
    return ended(frame, empty_line(bytes, seen));
  if (last)
    return HADM_MORE;
  return ended(frame, first_empty_line(bytes, frame->start, seen));
}

enum hadm_status hadm_frame_read(struct hadm_frame *frame, enum hadm_mode mode,
                                 bool last, struct hadm_slice bytes,
                                 struct hadm_table *table, size_t *seen) {
  enum hadm_status status = read_shape(frame, bytes, table, seen);
  if (status != HADM_OK)
    return status;
  if (mode == HADM_ONCE) {
    status = read_once(frame, last, bytes, seen);
    if (status == HADM_OK)
      *seen = frame->end;
  } else if (frame->end > 0) {
    status = read_prompt(mode, bytes, frame->end, seen);
  } else {
    status = read_to_prompt(frame, mode, bytes, seen);
  }
  frame->whole = status == HADM_OK;
  return status;
}

static bool is_one_line(struct hadm_slice text) {
  return memchr(text.ptr, '\n', text.len) == text.ptr + text.len - 1;
}

static enum hadm_status whole_if(struct hadm_frame *frame, bool whole,
                                 struct hadm_slice bytes) {
  if (!whole)
    return HADM_E_TRUNCATED;
  frame->end = bytes.len;
  frame->whole = true;
  return HADM_OK;
}

enum hadm_status hadm_frame_finish(struct hadm_frame *frame, bool only,
                                   struct hadm_slice bytes) {
  struct hadm_slice text = hadm_slice_behind(bytes, frame->start);
  if (text.len == 0)
    return HADM_E_TRUNCATED;
  if (frame->kind == HADM_FRAME_INFO || frame->kind == HADM_FRAME_STAT)
    return whole_if(frame,
                    !frame->shaped && hadm_slice_ends(text, HADM_LITERAL("\n")),
                    bytes);
  if (frame->kind == HADM_FRAME_TEXT && only)
    return whole_if(
        frame, is_one_line(text) || hadm_slice_ends(text, HADM_LITERAL("\n\n")),
        bytes);
  size_t seen = frame->start;
  size_t end = first_empty_line(bytes, frame->start, &seen);
  if (frame->kind == HADM_FRAME_LIST && end > 0 && end < bytes.len)
    return HADM_E_FOREIGN;
  return whole_if(frame, end == bytes.len, bytes);
}

struct hadm_slice hadm_frame_text(const struct hadm_frame *frame,
                                  struct hadm_slice bytes) {
  if (!frame->whole || frame->end > bytes.len)
    return (struct hadm_slice){"", 0};
  struct hadm_slice text = {bytes.ptr + frame->start,
                            frame->end - frame->start};
  while (frame->payload && hadm_slice_starts(text, HADM_LITERAL("+ ")))
    text = hadm_slice_behind(text, 2);
  for (int i = 0; i < 2 && hadm_slice_ends(text, HADM_LITERAL("\n")); i++)
    text.len--;
  return text;
}
