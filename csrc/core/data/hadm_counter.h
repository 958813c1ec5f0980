/* Which fields count: they only grow while a process runs, until they are
 * cleared or pass the end of their bits. What HAProxy's exporter calls a
 * counter is another matter: some of those are none (PipesUsed), and some of
 * the others are (PatternsAdded). */
#ifndef HADM_COUNTER_H
#define HADM_COUNTER_H

#include "hadm_metric.h"

HADM_BEGIN

enum {
  HADM_COUNTER_KINDS = HADM_NAME_SERVER + 1,
  HADM_COUNTERS_MAX = 192,        /* of one kind */
  HADM_COUNTERS_NAME_SERVER = 15, /* of a name server */
  HADM_COUNTER_METRICS = 512      /* at least as many as there are metrics */
};

/* The counters of each kind, numbered from 0. */
struct hadm_counters {
  size_t count[HADM_COUNTER_KINDS];
  /* None of name servers, whose counters are no metrics. */
  const struct hadm_metric *metrics[HADM_COUNTER_KINDS][HADM_COUNTERS_MAX];
  /* By metric: the number and 1, or 0. */
  unsigned char numbers[HADM_COUNTER_KINDS][HADM_COUNTER_METRICS];
};

void hadm_counters_init(struct hadm_counters *counters);

/* The counter's number among those of its kind, or -1. */
int hadm_counters_number(const struct hadm_counters *counters,
                         enum hadm_kind kind, const struct hadm_metric *metric);

/* The counter of this name, or -1; and the other way round. Precondition of the
 * second: number < count. */
int hadm_counters_find(const struct hadm_counters *counters,
                       enum hadm_kind kind, struct hadm_slice name);
struct hadm_slice hadm_counters_name(const struct hadm_counters *counters,
                                     enum hadm_kind kind, size_t number);

/* Does it count? */
bool hadm_counter_is_one(const struct hadm_metric *metric);

/* Has it 32 bits, behind which it begins at 0 again? */
bool hadm_counter_is_short(const struct hadm_metric *metric);

HADM_END

#endif
