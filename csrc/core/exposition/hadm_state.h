/* The words in which HAProxy says what state something is in, and what checks
 * found. */
#ifndef HADM_STATE_H
#define HADM_STATE_H

#include "../base/hadm_slice.h"
#include "../data/hadm_kind.h"

HADM_BEGIN

/* In the order of HAProxy's exporter; those of a frontend or a backend are the
 * first two. The states of listeners are numbered from 0, too. */
enum hadm_state {
  HADM_STATE_DOWN,
  HADM_STATE_UP,
  HADM_STATE_MAINT,
  HADM_STATE_DRAIN,
  HADM_STATE_NOLB,
  HADM_STATES
};
enum hadm_listener_state {
  HADM_LISTENER_WAITING, /* for others to end, by a limit that is not its own */
  HADM_LISTENER_OPEN,
  HADM_LISTENER_FULL,
  HADM_LISTENER_STATES
};
enum { HADM_CHECKS = 16, HADM_UNKNOWN = -1 };

extern const struct hadm_slice hadm_state_names[HADM_STATES];
extern const struct hadm_slice hadm_check_names[HADM_CHECKS];

/* The states that such an object may be in; *<count> is how many they are. */
const struct hadm_slice *hadm_state_names_of(enum hadm_kind kind,
                                             size_t *count);

/* The state in a field `status` of such an object, or HADM_UNKNOWN. */
int hadm_state_of(enum hadm_kind kind, struct hadm_slice status);

/* What a field `check_status` or `agent_status` says, by its place in
 * hadm_check_names, or HADM_UNKNOWN: no check has ended. */
int hadm_check_of(struct hadm_slice status);

/* The larger, the worse. Any value of the above. */
int hadm_state_badness(enum hadm_kind kind, int state);
int hadm_check_badness(int check);

HADM_END

#endif
