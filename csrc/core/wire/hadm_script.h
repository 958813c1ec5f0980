/* The commands that fill a map or an ACL, or make what a process has what is
 * wanted: as many at a time as HAProxy takes at once. Adds and changes come
 * before deletes.
 *
 * What can stand in a payload does; the rest are lines. */
#ifndef HADM_SCRIPT_H
#define HADM_SCRIPT_H

#include "../data/hadm_diff.h"
#include "hadm_command.h"
#include "hadm_session.h"

HADM_BEGIN

struct hadm_script {
  struct hadm_follower follower;     /* asks the next windows by itself */
  const struct hadm_entries *wanted; /* borrowed */
  const struct hadm_diff
      *diff;             /* borrowed; NULL: all that is wanted is added */
  struct hadm_slice add; /* "add map @3 #1", borrowed; its words are */
  struct hadm_slice set; /*   the encoder's */
  struct hadm_slice del;
  bool named; /* payloads end with a pattern, see hadm_command_payload */
  uint32_t seed;
  size_t next;    /* the first step that was not done */
  size_t asked;   /* steps that are being asked */
  size_t windows; /* how often more may still be asked by itself */
  struct hadm_command command;
  struct hadm_buffer lines; /* of a payload */
};

void hadm_script_init(struct hadm_script *script,
                      const struct hadm_entries *wanted,
                      const struct hadm_diff *diff);
void hadm_script_free(struct hadm_script *script);

/* How many steps there are. */
size_t hadm_script_steps(const struct hadm_script *script);

/* Does the longest entry fit behind the longest of the commands? */
bool hadm_script_fits(const struct hadm_script *script);

/* Asks in a new session as much as it takes. Returns HADM_OK; HADM_MORE when
 * everything was done; HADM_E_NOMEM; HADM_E_ARG where a step cannot be said. */
enum hadm_status hadm_script_ask(struct hadm_script *script,
                                 struct hadm_session *session);

/* The same, and where there are prompts up to <windows> times more in the same
 * exchange, each time that all answers are silent: what was asked before is
 * done then. The script must outlive the exchange. */
enum hadm_status hadm_script_follow(struct hadm_script *script,
                                    struct hadm_session *session,
                                    size_t windows);

/* What was asked was done. */
void hadm_script_done(struct hadm_script *script);

HADM_END

#endif
