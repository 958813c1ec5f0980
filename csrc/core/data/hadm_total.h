/* The values of several processes made one. */
#ifndef HADM_TOTAL_H
#define HADM_TOTAL_H

#include "../base/hadm_csv.h"
#include "hadm_metric.h"

HADM_BEGIN

struct hadm_total {
  enum hadm_rule rule;
  int64_t number;
  struct hadm_field text; /* with HADM_RULE_SAME, of the first value */
  size_t count;           /* values so far */
};

void hadm_total_init(struct hadm_total *total, enum hadm_rule rule);

/* Adds a number. A sum that 64 bits do not hold stays at their limit.
 * Returns HADM_OK, or HADM_E_INCONSISTENT under HADM_RULE_SAME. */
enum hadm_status hadm_total_number(struct hadm_total *total, int64_t number);

/* Adds a text, under HADM_RULE_SAME only. Returns as hadm_total_number. */
enum hadm_status hadm_total_text(struct hadm_total *total,
                                 struct hadm_field text);

/* The number that came of it: 0 of no values. */
int64_t hadm_total_result(const struct hadm_total *total);

HADM_END

#endif
