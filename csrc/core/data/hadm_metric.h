/* What is known of each field of `show stat` and `show info`. */
#ifndef HADM_METRIC_H
#define HADM_METRIC_H

#include "../base/hadm_slice.h"

HADM_BEGIN

/* Whose field it is; a field can be several objects'. */
enum {
  HADM_OF_PROCESS = 1,
  HADM_OF_FRONTEND = 2,
  HADM_OF_BACKEND = 4,
  HADM_OF_SERVER = 8
};

enum hadm_metric_kind {
  HADM_METRIC_NUMBER, /* something measured or configured */
  HADM_METRIC_KEY,    /* a number that names or codes something */
  HADM_METRIC_TEXT,
  HADM_METRIC_CHECK /* the text of a check, which is marked with "* " while
                       the next check is under way */
};

/* How the values of several processes become one. */
enum hadm_rule {
  HADM_RULE_NONE,
  HADM_RULE_SUM,
  HADM_RULE_AVG, /* the mean, cut off towards zero */
  HADM_RULE_MAX,
  HADM_RULE_MIN,
  HADM_RULE_SAME /* all must be equal */
};

struct hadm_metric {
  struct hadm_slice name;
  unsigned char objects;
  unsigned char kind;   /* enum hadm_metric_kind */
  unsigned char rule;   /* enum hadm_rule */
  unsigned char listed; /* in METRICS_SUM or METRICS_AVG: enum hadm_rule */
};

size_t hadm_metric_count(void);
const struct hadm_metric *hadm_metric_at(size_t index);
size_t hadm_metric_index(const struct hadm_metric *metric);

bool hadm_metric_is_text(const struct hadm_metric *metric);

/* The field called <name> of any of <objects> (HADM_OF_*), or NULL. */
const struct hadm_metric *hadm_metric_find(struct hadm_slice name,
                                           unsigned objects);

HADM_END

#endif
