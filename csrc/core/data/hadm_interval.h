/* Two snapshots, one taken after the other: what grew in between. */
#ifndef HADM_INTERVAL_H
#define HADM_INTERVAL_H

#include "hadm_snapshot.h"

HADM_BEGIN

struct hadm_interval {
  struct hadm_snapshot *before; /* one reference to each */
  struct hadm_snapshot *now;
  size_t *places; /* by process of <now>: its place in <before>, or
                     HADM_NONE; owned */
};

/* Compares the processes of two snapshots. A process is the same in both when
 * its place among the sockets, its PID and the time of its start are. Returns
 * HADM_OK or HADM_E_NOMEM (the interval is one of nothing then). */
enum hadm_status hadm_interval_init(struct hadm_interval *interval,
                                    struct hadm_snapshot *before,
                                    struct hadm_snapshot *now);
/* Releases what it owns and leaves an interval of nothing. */
void hadm_interval_free(struct hadm_interval *interval);

/* How much a field of an object of <now> (HADM_NONE: a value of `show info`)
 * has grown, summed over the processes that are the same in both; <nb>: in the
 * process of that number only, 0 for all. A number that became smaller was set
 * back, and nobody knows how far it had come: that process is left out.
 * Returns false when no process is left. */
bool hadm_interval_increase(const struct hadm_interval *interval,
                            uint32_t object, unsigned nb,
                            const struct hadm_metric *metric,
                            int64_t *increase);

HADM_END

#endif
