#include "hadm_session.h"

#include "hadm_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPACE = 65536 };

/* No greeting of another program is longer. */
enum { GREETING = 512 };

enum { FIRST_FRAMES = 2 };

/* More than the longest text with a worker's number. */
enum { WORDS = 96 };

/* What the first exchange on a connection that stays begins with. */
static const struct hadm_slice prompt = {"prompt\n", 7};

/* What an exchange through a master ends with: it keeps the stream open. */
static const struct hadm_slice farewell = {"\nquit\n", 6};

void hadm_session_init(struct hadm_session *session, enum hadm_mode mode,
                       size_t max, bool fresh) {
  *session = (struct hadm_session){.mode = mode,
                                   .status = HADM_MORE,
                                   .max = max,
                                   .line = HADM_BUFFER_EMPTY,
                                   .fresh = fresh && mode != HADM_ONCE};
  hadm_reading_init(&session->reading);
}

/* A session that has been used may have room for as much as most answers need;
 * what is left over from a large one is given back. */
static void empty(struct hadm_buffer *buffer) {
  if (buffer->cap > SPACE)
    hadm_buffer_free(buffer);
  buffer->len = 0;
}

void hadm_session_reset(struct hadm_session *session, enum hadm_mode mode,
                        size_t max, bool fresh) {
  struct hadm_session used = *session;
  hadm_session_init(session, mode, max, fresh);
  empty(&used.line);
  empty(&used.reading.text);
  hadm_table_free(&used.reading.table);
  session->turns = used.turns;
  session->line = used.line;
  session->reading.text = used.reading.text;
  session->frames = used.frames;
  session->reserved = used.reserved;
}

void hadm_session_free(struct hadm_session *session) {
  hadm_buffer_free(&session->line);
  hadm_reading_free(&session->reading);
  free(session->frames);
  session->frames = NULL;
  session->count = session->reserved = session->answered = 0;
}

/* ---- commands ---- */

/* An LF ends a command, a semicolon does unless there is a backslash before it,
 * and CR and NUL mean different things to different versions. */
static bool is_one_command(struct hadm_slice command, bool joined) {
  bool escaped = false;
  for (size_t i = 0; i < command.len; i++) {
    char c = command.ptr[i];
    bool separates = c == ';' && !escaped && !joined;
    if (c == '\n' || c == '\r' || c == '\0' || separates)
      return false;
    escaped = c == '\\' && !escaped;
  }
  return !escaped;
}

/* The text of a number's place in <format>. */
static struct hadm_slice numbered(char *words, const char *format, long pid) {
  int len = snprintf(words, WORDS, format, pid);
  return (struct hadm_slice){words, (size_t)len};
}

static bool may_ask(const struct hadm_session *session, bool alone,
                    enum hadm_frame_kind kind) {
  bool once = session->mode == HADM_ONCE;
  if (session->status != HADM_MORE || session->reading.text.len > 0 ||
      session->alone || (alone && !(once && session->count == session->lead)) ||
      (kind == HADM_FRAME_LIST && !once))
    return false;
  return !session->has_list && !(session->has_stat && kind == HADM_FRAME_STAT);
}

static bool fits(const struct hadm_session *session, size_t len) {
  size_t max =
      session->mode == HADM_ONCE ? HADM_COMMAND_MAX : HADM_SESSION_WINDOW;
  /* What a master is told beside the commands takes no room from them, in a
   * line. */
  bool apart = session->mode == HADM_ONCE && session->lead > 0;
  size_t used = session->line.len - (apart ? session->first : 0);
  return session->count == session->lead || (len <= max && used <= max - len);
}

static enum hadm_status make_room(struct hadm_session *session, size_t len) {
  if (session->count == session->reserved) {
    size_t reserved =
        session->reserved == 0 ? FIRST_FRAMES : session->reserved * 2;
    struct hadm_frame *frames =
        realloc(session->frames, reserved * sizeof(*frames));
    if (frames == NULL)
      return HADM_E_NOMEM;
    session->frames = frames;
    session->reserved = reserved;
  }
  return hadm_buffer_reserve(&session->line,
                             prompt.len + WORDS + len + 1 + farewell.len);
}

/* Appends what there is room for. */
static void append(struct hadm_buffer *line, struct hadm_slice text) {
  if (text.len > 0)
    memcpy(line->data + line->len, text.ptr, text.len);
  line->len += text.len;
}

/* Puts one more command into the line. */
static void join(struct hadm_session *session, struct hadm_slice command) {
  struct hadm_buffer *line = &session->line;
  if (session->count > 0 && session->mode == HADM_ONCE)
    line->data[line->len - 1] = ';';
  char words[WORDS];
  if (session->count == 0 && session->fresh)
    append(line, prompt);
  if (session->worker != 0)
    append(line, numbered(words, "@!%ld ", session->worker));
  append(line, command);
  append(line, HADM_LITERAL("\n"));
  if (session->count <= session->lead || session->mode == HADM_ONCE)
    session->first = line->len;
}

/* The same before the farewell. A line that is too long becomes two: a master
 * knows to the end of the connection which worker was meant. */
static void join_through(struct hadm_session *session,
                         struct hadm_slice command) {
  struct hadm_buffer *line = &session->line;
  line->len -= farewell.len;
  bool room = line->len - session->begun + 1 + command.len <= HADM_COMMAND_MAX;
  append(line, room ? HADM_LITERAL(";") : HADM_LITERAL("\n"));
  if (!room)
    session->begun = line->len;
  append(line, command);
  append(line, farewell);
}

enum hadm_status hadm_session_through(struct hadm_session *session, long pid) {
  struct hadm_buffer *line = &session->line;
  char words[WORDS];
  enum hadm_status status = make_room(session, WORDS);
  if (status != HADM_OK)
    return status;
  if (session->mode == HADM_ONCE) {
    append(line, HADM_LITERAL("show proc"));
    if (pid != 0)
      append(line, numbered(words, ";@!%ld", pid));
    append(line, farewell);
    session->first = line->len;
  } else {
    join(session, HADM_LITERAL("show proc"));
  }
  session->worker = pid;
  session->lead = 1;
  hadm_frame_init(&session->frames[session->count++], HADM_FRAME_TEXT, 0);
  return HADM_OK;
}

void hadm_session_to(struct hadm_session *session, long pid) {
  session->worker = pid;
}

static enum hadm_status ask(struct hadm_session *session,
                            struct hadm_slice command,
                            enum hadm_frame_kind kind, bool alone) {
  enum hadm_status status = make_room(session, command.len);
  if (status != HADM_OK)
    return status;
  if (session->lead > 0 && session->mode == HADM_ONCE)
    join_through(session, command);
  else
    join(session, command);
  session->alone = alone;
  session->has_list = session->has_list || kind == HADM_FRAME_LIST;
  session->has_stat = session->has_stat || kind == HADM_FRAME_STAT;
  hadm_frame_init(&session->frames[session->count++], kind, 0);
  return HADM_OK;
}

enum hadm_status hadm_session_ask(struct hadm_session *session,
                                  struct hadm_slice command,
                                  enum hadm_frame_kind kind) {
  bool alone = !is_one_command(command, session->mode == HADM_ONCE);
  if (!may_ask(session, alone, kind))
    return HADM_E_ARG;
  if (!fits(session, command.len))
    return HADM_E_TOO_BIG;
  return ask(session, command, kind, alone);
}

enum hadm_status hadm_session_ask_payload(struct hadm_session *session,
                                          struct hadm_slice command) {
  if (session->count > session->lead ||
      !may_ask(session, false, HADM_FRAME_TEXT))
    return HADM_E_ARG;
  if (command.len >= HADM_COMMAND_PAYLOAD_MAX)
    return HADM_E_TOO_BIG;
  enum hadm_status status = ask(session, command, HADM_FRAME_TEXT, true);
  if (status == HADM_OK)
    session->frames[session->lead].payload = session->mode != HADM_ONCE;
  return status;
}

struct hadm_slice hadm_session_line(const struct hadm_session *session) {
  return (struct hadm_slice){session->line.data, session->line.len};
}

/* ---- answers ---- */

enum hadm_status hadm_session_space(struct hadm_session *session, char **at,
                                    size_t *len) {
  struct hadm_buffer *buffer = &session->reading.text;
  bool is_short = buffer->len < SPACE && session->taken == 0;
  enum hadm_status status =
      hadm_buffer_reserve(buffer, is_short ? SPACE / 16 : SPACE);
  if (status != HADM_OK)
    return status;
  *at = buffer->data + buffer->len;
  *len = buffer->cap - buffer->len;
  return HADM_OK;
}

static struct hadm_slice all(const struct hadm_session *session) {
  return (struct hadm_slice){session->reading.text.data,
                             session->reading.text.len};
}

/* An HTTP status line, or the greeting of a mail, FTP or SSH server: none of
 * them is followed by an empty line soon, and all end in CR LF, which HAProxy
 * never prints behind such words. */
static bool is_greeting(struct hadm_slice line) {
  if (line.len < 5 || line.ptr[line.len - 1] != '\r')
    return false;
  const char *p = line.ptr;
  bool code = hadm_is_digit(p[0]) && hadm_is_digit(p[1]) &&
              hadm_is_digit(p[2]) && (p[3] == ' ' || p[3] == '-');
  return code || hadm_slice_starts(line, HADM_LITERAL("HTTP/")) ||
         hadm_slice_starts(line, HADM_LITERAL("SSH-"));
}

static bool is_foreign(struct hadm_session *session) {
  struct hadm_slice line = all(session);
  const char *lf =
      memchr(line.ptr, '\n', line.len < GREETING ? line.len : GREETING);
  session->looked = lf != NULL || line.len >= GREETING;
  if (lf == NULL)
    return false;
  line.len = (size_t)(lf - line.ptr);
  return is_greeting(line);
}

/* The answer to "prompt", which is a prompt and nothing else. */
static enum hadm_status read_first_prompt(struct hadm_session *session) {
  struct hadm_slice text = all(session);
  size_t lf = session->mode == HADM_PROMPT ? 1 : 0;
  bool more;
  if (lf > 0 && text.ptr[0] != '\n')
    return HADM_E_FOREIGN;
  size_t len =
      hadm_frame_prompt(session->mode, hadm_slice_behind(text, lf), &more);
  if (len == 0)
    return more ? HADM_MORE : HADM_E_FOREIGN;
  session->seen = lf + len;
  session->fresh = false;
  return HADM_OK;
}

/* The frame of the answer that is being read. */
static struct hadm_frame *current(struct hadm_session *session) {
  struct hadm_frame *frame = &session->frames[session->answered];
  if (!session->reading_on) {
    session->reading_on = true;
    bool payload = frame->payload;
    hadm_frame_init(frame, frame->kind, session->seen);
    frame->payload = payload;
    if (frame->kind == HADM_FRAME_STAT)
      hadm_table_init(&session->reading.table, session->seen);
  }
  return frame;
}

static void take(struct hadm_session *session, const struct hadm_frame *frame) {
  session->reading_on = false;
  session->answered++;
  if (frame->kind == HADM_FRAME_INFO && frame->shaped &&
      session->reading.info_len == 0) {
    session->reading.info = frame->start;
    session->reading.info_len = frame->end - frame->start;
  }
}

/* Does a master say instead of the first answer that it has no such worker, or
 * none that answers? */
static bool is_without_worker(const struct hadm_session *session,
                              const struct hadm_frame *frame) {
  char words[WORDS];
  if (session->worker == 0 || session->answered != session->lead)
    return false;
  struct hadm_slice text = hadm_slice_behind(all(session), frame->start);
  return hadm_slice_starts(
             text, numbered(words,
                            "Can't find the target PID matching the prefix "
                            "'@!%ld'\n",
                            session->worker)) ||
         hadm_slice_starts(text,
                           HADM_LITERAL("Can't connect to the target CLI!\n"));
}

/* Nobody can tell what is behind words that end with an empty line: the answer
 * to the next command, or more of them. */
static bool ends_everything(const struct hadm_session *session,
                            const struct hadm_frame *frame) {
  return session->mode == HADM_ONCE && !frame->shaped;
}

static enum hadm_status look(struct hadm_session *session) {
  struct hadm_buffer *buffer = &session->reading.text;
  enum hadm_status status = HADM_OK;
  if (buffer->len > session->max - session->taken)
    return HADM_E_TOO_BIG;
  if (session->mode == HADM_ONCE && !session->looked && is_foreign(session))
    return HADM_E_FOREIGN;
  if (session->fresh)
    status = read_first_prompt(session);
  while (status == HADM_OK && session->answered < session->count) {
    struct hadm_frame *frame = current(session);
    bool last = session->answered + 1 == session->count;
    if (is_without_worker(session, frame))
      return HADM_E_NOT_FOUND;
    status = hadm_frame_read(frame, session->mode, last, all(session),
                             &session->reading.table, &session->seen);
    if (status != HADM_OK)
      return status;
    take(session, frame);
    if (ends_everything(session, frame)) {
      buffer->len = frame->end;
      return HADM_OK;
    }
  }
  if (status == HADM_OK && session->seen < buffer->len)
    return HADM_E_FOREIGN;
  return status;
}

/* Shows the follower what has come of a list. */
static enum hadm_status let_take(struct hadm_session *session) {
  struct hadm_follower *follower = session->follower;
  struct hadm_buffer *buffer = &session->reading.text;
  bool is_list = session->mode == HADM_ONCE && session->count == 1 &&
                 session->frames[0].kind == HADM_FRAME_LIST && session->looked;
  if (follower == NULL || follower->came == NULL || !is_list)
    return HADM_MORE;
  size_t taken = 0;
  enum hadm_status status = follower->came(follower, all(session), &taken);
  if (status != HADM_OK)
    return status;
  buffer->len -= taken;
  memmove(buffer->data, buffer->data + taken, buffer->len);
  session->taken += taken;
  return HADM_MORE;
}

/* Lets the follower ask more. */
static enum hadm_status let_ask(struct hadm_session *session) {
  struct hadm_follower *follower = session->follower;
  if (follower == NULL || follower->answered == NULL)
    return HADM_OK;
  enum hadm_status status = follower->answered(follower, session);
  if (status == HADM_MORE)
    session->turns++;
  return status;
}

enum hadm_status hadm_session_commit(struct hadm_session *session, size_t len) {
  if (session->status != HADM_MORE)
    return session->status;
  session->reading.text.len += len;
  if (len == 0)
    return HADM_MORE;
  enum hadm_status status = look(session);
  if (status == HADM_MORE)
    status = let_take(session);
  else if (status == HADM_OK)
    status = let_ask(session);
  return session->status = status;
}

enum hadm_status hadm_session_feed(struct hadm_session *session,
                                   const char *bytes, size_t len) {
  if (session->status != HADM_MORE)
    return session->status;
  enum hadm_status status =
      hadm_buffer_append(&session->reading.text, bytes, len);
  if (status != HADM_OK)
    return session->status = status;
  session->reading.text.len -= len;
  return hadm_session_commit(session, len);
}

static enum hadm_status end(struct hadm_session *session) {
  if (session->reading.text.len == 0)
    return HADM_E_CLOSED;
  if (session->mode != HADM_ONCE)
    return HADM_E_TRUNCATED;
  struct hadm_frame *frame = current(session);
  bool last = session->answered + 1 == session->count;
  if (!last && frame->shaped)
    return HADM_E_TRUNCATED;
  bool only = session->count <= session->lead + 1;
  enum hadm_status status = hadm_frame_finish(frame, only, all(session));
  if (status == HADM_OK)
    take(session, frame);
  return status;
}

enum hadm_status hadm_session_end(struct hadm_session *session) {
  if (session->status == HADM_MORE)
    session->status = end(session);
  return session->status;
}

struct hadm_slice hadm_session_lead(const struct hadm_session *session) {
  if (session->lead == 0 || session->answered == 0)
    return (struct hadm_slice){"", 0};
  return hadm_frame_text(&session->frames[0], all(session));
}

size_t hadm_session_count(const struct hadm_session *session) {
  return session->answered > session->lead ? session->answered - session->lead
                                           : 0;
}

struct hadm_slice hadm_session_raw(const struct hadm_session *session) {
  size_t before = 0;
  if (session->lead > 0 && session->answered > 0)
    before = session->frames[0].end;
  return hadm_slice_behind(all(session), before);
}

struct hadm_slice hadm_session_text(const struct hadm_session *session,
                                    size_t i) {
  if (i >= hadm_session_count(session))
    return (struct hadm_slice){"", 0};
  return hadm_frame_text(&session->frames[session->lead + i], all(session));
}

bool hadm_session_shaped(const struct hadm_session *session, size_t i) {
  return i < hadm_session_count(session) &&
         session->frames[session->lead + i].shaped;
}

struct hadm_reading *hadm_session_reading(struct hadm_session *session) {
  bool read = false;
  if (session->status != HADM_OK)
    return NULL;
  for (size_t i = 0; i < session->count; i++) {
    enum hadm_frame_kind kind = session->frames[i].kind;
    if (kind != HADM_FRAME_INFO && kind != HADM_FRAME_STAT)
      continue;
    if (!session->frames[i].shaped)
      return NULL;
    read = true;
  }
  return read ? &session->reading : NULL;
}
