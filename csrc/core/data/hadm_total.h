/* The numbers of several processes made one. */
#ifndef HADM_TOTAL_H
#define HADM_TOTAL_H

#include "hadm_metric.h"

HADM_BEGIN

struct hadm_total {
  enum hadm_rule rule;
  int64_t number;
  size_t count; /* numbers so far */
};

/* A total of nothing. <rule> is one of numbers; any other sums. */
void hadm_total_init(struct hadm_total *total, enum hadm_rule rule);

/* Adds a number. A sum that 64 bits do not hold stays at their limit. */
void hadm_total_add(struct hadm_total *total, int64_t number);

/* The number that came of it: 0 of no numbers. */
int64_t hadm_total_result(const struct hadm_total *total);

HADM_END

#endif
