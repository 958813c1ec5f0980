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

enum hadm_status hadm_total_number(struct hadm_total *total, int64_t number) {
  if (total->count++ == 0) {
    total->number = number;
    return HADM_OK;
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
  case HADM_RULE_SAME:
    if (number != total->number)
      return HADM_E_INCONSISTENT;
    break;
  default:
    total->number = sum(total->number, number);
  }
  return HADM_OK;
}

enum hadm_status hadm_total_text(struct hadm_total *total,
                                 struct hadm_field text) {
  if (total->count++ == 0)
    total->text = text;
  else if (!hadm_slice_equal(total->text.text, text.text))
    return HADM_E_INCONSISTENT;
  return HADM_OK;
}

int64_t hadm_total_result(const struct hadm_total *total) {
  if (total->rule == HADM_RULE_AVG && total->count > 1)
    return total->number / (int64_t)total->count;
  return total->number;
}
