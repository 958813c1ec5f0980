#include "hadm_reply.h"

#include "../data/hadm_info.h"

#include <string.h>

enum { SPACE = 65536 };

/* No greeting is longer. */
enum { GREETING = 512 };

void hadm_reply_init(struct hadm_reply *reply, enum hadm_reply_kind kind,
                     size_t max) {
  *reply = (struct hadm_reply){.kind = kind,
                               .buffer = HADM_BUFFER_EMPTY,
                               .max = max,
                               .status = HADM_MORE,
                               .shaped = true};
  hadm_table_init(&reply->table, 0);
}

void hadm_reply_free(struct hadm_reply *reply) {
  hadm_buffer_free(&reply->buffer);
  hadm_table_free(&reply->table);
}

enum hadm_status hadm_reply_space(struct hadm_reply *reply, char **at,
                                  size_t *len) {
  struct hadm_buffer *buffer = &reply->buffer;
  enum hadm_status status =
      hadm_buffer_reserve(buffer, buffer->len < SPACE ? SPACE / 16 : SPACE);
  if (status != HADM_OK)
    return status;
  *at = buffer->data + buffer->len;
  *len = buffer->cap - buffer->len;
  return HADM_OK;
}

static struct hadm_slice whole(const struct hadm_reply *reply) {
  return (struct hadm_slice){reply->buffer.data, reply->buffer.len};
}

/* Offset behind the first empty line at or after <seen>; 0 while there is
 * none. */
static size_t empty_line(struct hadm_reply *reply) {
  struct hadm_slice text = whole(reply);
  while (reply->seen < text.len) {
    const char *from = text.ptr + reply->seen;
    const char *lf = memchr(from, '\n', text.len - reply->seen);
    if (lf == NULL) {
      reply->seen = text.len;
      break;
    }
    if (lf + 1 == text.ptr + text.len) {
      reply->seen = text.len - 1; /* the next byte decides */
      break;
    }
    reply->seen = (size_t)(lf - text.ptr) + 1;
    if (lf[1] == '\n')
      return reply->seen + 1;
  }
  return 0;
}

/* HAProxy said something in words, or it is no HAProxy: one paragraph. What
 * follows it (the answer to a reading's second command) is not kept, whether
 * it came along or not. */
static enum hadm_status read_words(struct hadm_reply *reply) {
  if (reply->shaped) {
    reply->shaped = false;
    reply->seen = reply->info_len;
  }
  size_t end = empty_line(reply);
  if (end == 0)
    return HADM_MORE;
  reply->buffer.len = end;
  return HADM_OK;
}

static enum hadm_status read_info(struct hadm_reply *reply) {
  static const struct hadm_slice mark = {"Name: ", 6};
  struct hadm_slice text = whole(reply);
  struct hadm_slice begin = {mark.ptr,
                             text.len < mark.len ? text.len : mark.len};
  if (!hadm_slice_starts(text, begin))
    return read_words(reply);
  reply->info_len = empty_line(reply);
  if (reply->info_len == 0)
    return HADM_MORE;
  if (reply->kind == HADM_REPLY_INFO && reply->info_len < text.len)
    return HADM_E_FOREIGN;
  return HADM_OK;
}

static enum hadm_status read_stat(struct hadm_reply *reply) {
  enum hadm_status status = hadm_table_feed(&reply->table, whole(reply));
  if (status == HADM_E_FOREIGN && !reply->table.headed)
    return read_words(reply);
  if (status == HADM_OK && reply->table.seen < reply->buffer.len)
    return HADM_E_FOREIGN;
  return status;
}

static enum hadm_status read_reading(struct hadm_reply *reply) {
  if (reply->info_len == 0) {
    enum hadm_status status = read_info(reply);
    if (status != HADM_OK || !reply->shaped)
      return status;
    hadm_table_init(&reply->table, reply->info_len);
  }
  return read_stat(reply);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* An HTTP status line, or the greeting of a mail, FTP or SSH server: none of
 * them is followed by an empty line soon, and all end in CR LF, which HAProxy
 * never prints behind such words. */
static bool is_greeting(struct hadm_slice line) {
  if (line.len < 5 || line.ptr[line.len - 1] != '\r')
    return false;
  const char *p = line.ptr;
  bool code = is_digit(p[0]) && is_digit(p[1]) && is_digit(p[2]) &&
              (p[3] == ' ' || p[3] == '-');
  return code || hadm_slice_starts(line, HADM_LITERAL("HTTP/")) ||
         hadm_slice_starts(line, HADM_LITERAL("SSH-"));
}

static bool is_foreign(struct hadm_reply *reply) {
  struct hadm_slice line = whole(reply);
  const char *lf =
      memchr(line.ptr, '\n', line.len < GREETING ? line.len : GREETING);
  reply->begun = lf != NULL || line.len >= GREETING;
  if (lf == NULL)
    return false;
  line.len = (size_t)(lf - line.ptr);
  return is_greeting(line);
}

static enum hadm_status look(struct hadm_reply *reply) {
  if (reply->buffer.len > reply->max)
    return HADM_E_TOO_BIG;
  if (!reply->begun && is_foreign(reply))
    return HADM_E_FOREIGN;
  if (!reply->shaped)
    return read_words(reply);
  switch (reply->kind) {
  case HADM_REPLY_INFO:
    return read_info(reply);
  case HADM_REPLY_STAT:
    return read_stat(reply);
  case HADM_REPLY_READING:
    return read_reading(reply);
  default:
    return HADM_MORE;
  }
}

enum hadm_status hadm_reply_commit(struct hadm_reply *reply, size_t len) {
  if (reply->status != HADM_MORE)
    return reply->status;
  reply->buffer.len += len;
  if (len > 0)
    reply->status = look(reply);
  return reply->status;
}

enum hadm_status hadm_reply_feed(struct hadm_reply *reply, const char *bytes,
                                 size_t len) {
  if (reply->status != HADM_MORE)
    return reply->status;
  enum hadm_status status = hadm_buffer_append(&reply->buffer, bytes, len);
  if (status != HADM_OK)
    return reply->status = status;
  reply->buffer.len -= len;
  return hadm_reply_commit(reply, len);
}

static bool ends_with(struct hadm_slice text, struct hadm_slice tail) {
  return text.len >= tail.len &&
         memcmp(text.ptr + text.len - tail.len, tail.ptr, tail.len) == 0;
}

static bool is_whole(const struct hadm_reply *reply) {
  struct hadm_slice text = whole(reply);
  bool closed = ends_with(text, HADM_LITERAL("\n\n")) ||
                hadm_slice_equal(text, HADM_LITERAL("\n"));
  if (reply->kind == HADM_REPLY_LIST)
    return closed;
  if (reply->kind == HADM_REPLY_TEXT)
    return closed ||
           memchr(text.ptr, '\n', text.len) == text.ptr + text.len - 1;
  /* Words instead of a table are an error whatever they say. */
  return !reply->shaped && ends_with(text, HADM_LITERAL("\n"));
}

enum hadm_status hadm_reply_end(struct hadm_reply *reply) {
  if (reply->status != HADM_MORE)
    return reply->status;
  if (reply->buffer.len == 0)
    return reply->status = HADM_E_CLOSED;
  return reply->status = is_whole(reply) ? HADM_OK : HADM_E_TRUNCATED;
}

struct hadm_slice hadm_reply_text(const struct hadm_reply *reply) {
  struct hadm_slice text = whole(reply);
  for (int i = 0; i < 2 && ends_with(text, HADM_LITERAL("\n")); i++)
    text.len--;
  return text;
}

bool hadm_reply_next(struct hadm_slice *rest, struct hadm_slice *answer) {
  const char *end = rest->ptr + rest->len;
  const char *at = rest->ptr;
  *answer = (struct hadm_slice){at, 0};
  /* A reply of no lines has just the empty one. */
  while (at < end && *at != '\n') {
    const char *lf = memchr(at, '\n', (size_t)(end - at));
    if (lf == NULL)
      return false;
    answer->len = (size_t)(lf - answer->ptr);
    at = lf + 1;
  }
  if (at == end)
    return false;
  *rest = (struct hadm_slice){at + 1, (size_t)(end - at) - 1};
  return true;
}
