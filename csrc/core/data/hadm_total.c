#include "hadm_total.h"

void hadm_total_init(struct hadm_total *total, enum hadm_rule rule) {
  *total = (struct hadm_total){.rule = rule};
}

static int64_t sum(int64_t a, int64_t b) {
  if (b > 0 && a > INT64_MAX - b)
    return INT64_MAX;
  if (b < 0 && a < INT64_MIN - b)
    return INT64_MIN;
  return a + b;
}

void hadm_total_add(struct hadm_total *total, int64_t number) {
  if (total->count++ == 0) {
    total->number = number;
    return;
  }
  switch (total->rule) {
  case HADM_RULE_MAX:
    if (number > total->number)
      total->number = number;
    break;
  case HADM_RULE_MIN:
    if (number < total->number)
      total->number = number;
    break;
  default:
    total->number = sum(total->number, number);
  }
}

int64_t hadm_total_result(const struct hadm_total *total) {
  if (total->rule == HADM_RULE_AVG && total->count > 1)
    return total->number / (int64_t)total->count;
  return total->number;
}
