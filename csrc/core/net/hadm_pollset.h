/* One descriptor that stands for several and a time: for an event loop whose
 * tasks can wait for a single descriptor only, and has no timers. Linux has
 * such a thing (epoll and timerfd), other systems do not. */
#ifndef HADM_POLLSET_H
#define HADM_POLLSET_H

#include "../base/hadm.h"

HADM_BEGIN

struct hadm_pollset {
  int fd; /* readable when a member is ready, and once the time has passed */
  int timer;
};

/* An empty set that is ready after <seconds>. Returns HADM_OK, or HADM_E_SYS
 * with errno (nothing is held then). */
enum hadm_status hadm_pollset_init(struct hadm_pollset *set, double seconds);

/* Adds <fd>: ready when it can be written to (<out>) or read from. It must
 * stay open as long as the set. Returns HADM_OK, or HADM_E_SYS with errno. */
enum hadm_status hadm_pollset_add(struct hadm_pollset *set, int fd, bool out);

/* Closes the set, not its members. May be called again. */
void hadm_pollset_free(struct hadm_pollset *set);

HADM_END

#endif
