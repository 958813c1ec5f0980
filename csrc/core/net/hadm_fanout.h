/* Exchanges with many processes at once, under one deadline. */
#ifndef HADM_FANOUT_H
#define HADM_FANOUT_H

#include "hadm_clock.h"
#include "hadm_conn.h"

HADM_BEGIN

struct hadm_fanout {
  struct hadm_conn *conns;
  struct pollfd *polled;
  size_t count;
  size_t reserved;
  bool breaks; /* hadm_fanout_run ends early where SIGINT was noted */
};

/* Room for <reserved> exchanges. Returns HADM_OK or HADM_E_NOMEM (nothing is
 * held then). */
enum hadm_status hadm_fanout_init(struct hadm_fanout *fanout, size_t reserved);
void hadm_fanout_free(struct hadm_fanout *fanout);

/* Forgets its exchanges, which end where they are, and has room for <reserved>
 * others. Returns as hadm_fanout_init does. */
enum hadm_status hadm_fanout_reset(struct hadm_fanout *fanout, size_t reserved);

/* Begins one more exchange; there must be room. <line> and <session> are
 * borrowed until the end. */
void hadm_fanout_add(struct hadm_fanout *fanout,
                     const struct hadm_address *address, struct hadm_slice line,
                     struct hadm_session *session);

/* The same for an open link, which is borrowed too, and for a connection that
 * is only opened: see hadm_conn_resume and hadm_conn_open. */
void hadm_fanout_resume(struct hadm_fanout *fanout, struct hadm_link *link,
                        struct hadm_slice line, struct hadm_session *session);
void hadm_fanout_open(struct hadm_fanout *fanout,
                      const struct hadm_address *address);

/* Goes on with every exchange as far as it can without waiting; ends the ones
 * that are not done at <deadline> with HADM_E_TIMEOUT. Returns HADM_MORE, or
 * HADM_OK when all are done, well or not: see each one's status. */
enum hadm_status hadm_fanout_step(struct hadm_fanout *fanout, double now,
                                  double deadline);

/* Seconds until a step is due even if no descriptor is ready. */
double hadm_fanout_wait(const struct hadm_fanout *fanout, double now,
                        double deadline);

/* Waits and steps until all are done. Where it <breaks>, what was not done when
 * SIGINT was noted (see hadm_interrupt_watch) ends as at the deadline. */
void hadm_fanout_run(struct hadm_fanout *fanout, double deadline);

HADM_END

#endif
