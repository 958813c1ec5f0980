/* A connected socket that stays open from one exchange to the next. */
#ifndef HADM_LINK_H
#define HADM_LINK_H

#include "../base/hadm.h"

HADM_BEGIN

struct hadm_link {
  int fd;      /* owned; -1 when it is closed */
  long pid;    /* the process that opened it */
  bool busy;   /* an exchange is under way */
  bool spoilt; /* one failed: what comes next could be its answer */
};

/* A link that is closed. */
void hadm_link_init(struct hadm_link *link);

/* Makes a link of a connected descriptor, which it owns from now on. */
void hadm_link_open(struct hadm_link *link, int fd);

/* Closes it; may be called again. A process's child that inherited it closes
 * its own copy only. */
void hadm_link_close(struct hadm_link *link);

/* May this process use it? Returns HADM_OK, or HADM_E_CLOSED. */
enum hadm_status hadm_link_usable(const struct hadm_link *link);

/* Is it usable and silent, as it must be between two exchanges? Returns
 * HADM_OK; HADM_E_CLOSED also when the peer has closed it; HADM_E_FOREIGN when
 * bytes came that nobody asked for; or as hadm_link_receive. */
enum hadm_status hadm_link_idle(const struct hadm_link *link);

/* Gives <len> bytes to the system, or as many as it takes now: *<sent>. Returns
 * HADM_OK when it took some; HADM_MORE when there is no room; HADM_E_CLOSED
 * when the peer has closed; HADM_E_RESET, HADM_E_TIMEOUT, HADM_E_NOMEM or
 * HADM_E_SYS, with errno. */
enum hadm_status hadm_link_send(const struct hadm_link *link, const char *bytes,
                                size_t len, size_t *sent);

/* Takes what came, <len> bytes at most: *<got>. Returns HADM_OK; HADM_MORE when
 * there is nothing now; HADM_E_CLOSED at the end of the stream; or as
 * hadm_link_send. */
enum hadm_status hadm_link_receive(const struct hadm_link *link, char *at,
                                   size_t len, size_t *got);

/* Waits until it can be written to (<out>) or read from, until <deadline> at
 * the latest; may return early. */
void hadm_link_wait(const struct hadm_link *link, bool out, double deadline);

/* Has a TCP socket a peer at its other end? Not when it was reset. */
bool hadm_link_has_peer(int fd);

/* What an errno of a socket says. */
enum hadm_status hadm_link_status(int error);

HADM_END

#endif
