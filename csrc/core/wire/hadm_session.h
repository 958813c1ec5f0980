/* One exchange on one connection: commands go out, answers come in. No answer
 * is ever handed on that might be shorter than what HAProxy printed.
 *
 * A session knows no descriptor and no clock: somebody sends hadm_session_line
 * to HAProxy, and shows the session each byte that comes back, and the stream's
 * end, until it says that it is done. All bytes are kept once, as they came; an
 * answer is a place in them.
 *
 * On a connection that stays (HADM_PROMPT, HADM_MASTER) each exchange has a
 * session of its own, and the first one on it is *fresh*: it tells HAProxy to
 * print its prompt from now on. */
#ifndef HADM_SESSION_H
#define HADM_SESSION_H

#include "../data/hadm_reading.h"
#include "hadm_frame.h"

HADM_BEGIN

/* What the commands of one exchange may have together where each has a line of
 * its own, unless it is a single one: HAProxy 3.2.0 stops when more than a
 * buffer of them is on its way. In one line they may have HADM_COMMAND_MAX. */
enum { HADM_SESSION_WINDOW = 12288 };

struct hadm_session;

/* Who goes on with an exchange, so that nobody waits for the others meanwhile.
 */
struct hadm_follower {
  /* All answers are whole. Returns HADM_OK to leave it at that; HADM_MORE when
   * it has asked more, in this session, which it has reset; or a failure. */
  enum hadm_status (*answered)(struct hadm_follower *follower,
                               struct hadm_session *session);
  /* More of the answer to the only command has come, which is a list and ends
   * with the stream: <text> is what is there of it. Takes some of its
   * beginning,
   * *<taken> bytes, which are gone then. Returns HADM_OK or a failure. */
  enum hadm_status (*came)(struct hadm_follower *follower,
                           struct hadm_slice text, size_t *taken);
};

struct hadm_session {
  enum hadm_mode mode;
  enum hadm_status status; /* HADM_MORE until it is done */
  size_t max;              /* bytes that may come */
  struct hadm_buffer line; /* what is to be sent */
  size_t first;            /* offset in it behind the first command's line */
  struct hadm_frame *frames;
  size_t count;    /* commands */
  size_t reserved; /* frames that there is room for */
  size_t answered; /* answers that are whole */
  size_t lead;     /* 1: the first of them is a master's `show proc` */
  long worker;     /* to whom the master hands the others on; 0: nobody */
  size_t begun;    /* offset in <line> of its last line */
  bool alone;      /* nothing may be asked behind the only command */
  bool has_list;   /* one of the commands has a list for an answer, */
  bool has_stat;   /* one the rows of `show stat` */
  bool fresh;      /* HAProxy has still to say that it has a prompt now */
  bool looked;     /* the first line was looked at */
  bool reading_on; /* the frame of the next answer has begun */
  size_t seen;     /* offset of the first byte that was not looked at */
  struct hadm_reading reading;    /* all bytes, and where two answers are */
  struct hadm_follower *follower; /* borrowed, or NULL; until it is reset */
  size_t taken;   /* bytes that came, and that the follower has taken */
  unsigned turns; /* how often the follower has asked more; never reset */
};

/* A session of no commands. <max>: how many bytes may come. <fresh>: nothing
 * was sent on the connection before; without meaning in HADM_ONCE. */
void hadm_session_init(struct hadm_session *session, enum hadm_mode mode,
                       size_t max, bool fresh);
/* The same for one that was used: it forgets its commands and answers, and
 * keeps a little of its memory for the next. */
void hadm_session_reset(struct hadm_session *session, enum hadm_mode mode,
                        size_t max, bool fresh);
void hadm_session_free(struct hadm_session *session);

/* Makes a session without commands, in HADM_ONCE or HADM_MASTER, one through a
 * master process: what is asked goes to its worker with the process id <pid>,
 * and before that the master tells which workers it has (hadm_session_lead). 0:
 * it tells only that, and nothing else is asked. In HADM_ONCE the stream is
 * brought to its end, which a master does not do by itself. Returns HADM_OK or
 * HADM_E_NOMEM. */
enum hadm_status hadm_session_through(struct hadm_session *session, long pid);

/* The same in HADM_MASTER of a master that is not asked again which workers it
 * has. */
void hadm_session_to(struct hadm_session *session, long pid);

/* Asks one more command, without its line end. Returns HADM_OK; HADM_E_TOO_BIG
 * when it does not fit with the ones before (it is not asked then: the next
 * exchange may); HADM_E_NOMEM; or HADM_E_ARG, also without any effect:
 * - it could be more than one command, or run into the next one: it has an LF
 *   (before a payload, say), a CR or a NUL, a backslash at its end, or, where
 *   answers are told by their prompts, a semicolon. Without prompts such a
 *   command may be asked alone.
 * - There is a `show stat` already, a list where there are prompts, a command
 *   behind a list, or bytes have come. */
enum hadm_status hadm_session_ask(struct hadm_session *session,
                                  struct hadm_slice command,
                                  enum hadm_frame_kind kind);

/* Asks a command with a payload, which the encoder made (hadm_command_payload).
 * It is the only one of its session. Returns as hadm_session_ask does. */
enum hadm_status hadm_session_ask_payload(struct hadm_session *session,
                                          struct hadm_slice command);

/* The bytes to send, as long as the session lives or asks more. */
struct hadm_slice hadm_session_line(const struct hadm_session *session);

/* Where the next bytes may be written, and how many. Returns HADM_OK or
 * HADM_E_NOMEM. */
enum hadm_status hadm_session_space(struct hadm_session *session, char **at,
                                    size_t *len);

/* Takes note of <len> bytes that were written there. Returns HADM_MORE (there
 * is a new line to send when <turns> is another number than before), or HADM_OK
 * when all answers are whole, or HADM_E_TRUNCATED (a row is too short),
 * HADM_E_TOO_BIG, HADM_E_NOMEM, or HADM_E_FOREIGN: another program's words,
 * another prompt than asked for, or bytes behind the last answer; or
 * HADM_E_NOT_FOUND: the master has no such worker, and nothing was run. Words
 * instead of `show info` or `show stat` on a connection without prompts are the
 * last answer, whatever else was asked. */
enum hadm_status hadm_session_commit(struct hadm_session *session, size_t len);

/* The two above for bytes that are elsewhere. */
enum hadm_status hadm_session_feed(struct hadm_session *session,
                                   const char *bytes, size_t len);

/* The stream ended. Returns HADM_OK, HADM_E_CLOSED (not one byte came),
 * HADM_E_TRUNCATED (always, where there are prompts), HADM_E_FOREIGN (see
 * hadm_frame_finish), or the error of an earlier call. */
enum hadm_status hadm_session_end(struct hadm_session *session);

/* What a master told of its processes; empty when it did not. */
struct hadm_slice hadm_session_lead(const struct hadm_session *session);

/* How many of the commands were answered. */
size_t hadm_session_count(const struct hadm_session *session);

/* All that came in answer to the commands, as it came. */
struct hadm_slice hadm_session_raw(const struct hadm_session *session);

/* Answer number <i> (from 0) without the line ends that close it; empty when
 * none came. */
struct hadm_slice hadm_session_text(const struct hadm_session *session,
                                    size_t i);

/* Is answer number <i> what was asked for, rather than words or none? */
bool hadm_session_shaped(const struct hadm_session *session, size_t i);

/* The answers to `show info` and `show stat`, as hadm_snapshot_take wants them;
 * NULL unless the session is done well and has what it asked for of them. Who
 * takes the reading over takes the text of all answers along. */
struct hadm_reading *hadm_session_reading(struct hadm_session *session);

HADM_END

#endif
