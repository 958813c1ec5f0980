/* What is known of each field of `show stat` and `show info`. */
#ifndef HADM_METRIC_H
#define HADM_METRIC_H

#include "../base/hadm_slice.h"
#include "hadm_kind.h"

HADM_BEGIN

enum hadm_metric_kind {
  HADM_METRIC_NUMBER, /* something measured or configured */
  HADM_METRIC_KEY,    /* a number that names or codes something */
  HADM_METRIC_TEXT,
  HADM_METRIC_OPTION, /* a text that `show info` leaves out where it is empty */
  HADM_METRIC_CHECK   /* the text of a check, which is marked with "* " while
                         the next check is under way */
};

/* How the values of several processes become one. */
enum hadm_rule {
  HADM_RULE_NONE,
  HADM_RULE_SUM,
  HADM_RULE_AVG, /* the mean, cut off towards zero */
  HADM_RULE_MAX,
  HADM_RULE_MIN,
  HADM_RULE_SAME,    /* all must be equal */
  HADM_RULE_ADDRESS, /* the addresses in a field like addr must be equal */
  HADM_RULE_PORT,    /* and the ports */
  HADM_RULES
};

struct hadm_metric {
  struct hadm_slice name;
  unsigned char kinds;  /* whose field it is: a set of enum hadm_kind */
  unsigned char kind;   /* enum hadm_metric_kind */
  unsigned char rule;   /* enum hadm_rule */
  unsigned char listed; /* in METRICS_SUM or METRICS_AVG: enum hadm_rule */
};

/* Precondition of the second: index < count. */
size_t hadm_metric_count(void);
const struct hadm_metric *hadm_metric_at(size_t index);
size_t hadm_metric_index(const struct hadm_metric *metric);

bool hadm_metric_is_text(const struct hadm_metric *metric);

/* Is it a limit that is configured, rather than something that happened? */
bool hadm_metric_is_limit(const struct hadm_metric *metric);

/* Is it a rule by which processes must agree (hadm_snapshot_agreed), not one
 * that makes a total (hadm_snapshot_total)? */
bool hadm_rule_is_agreement(enum hadm_rule rule);

/* What such a rule compares of a field's text: the text of a check without its
 * mark; the address, or all of it where there is no port (unix); the port, or
 * nothing. */
struct hadm_slice hadm_metric_part(const struct hadm_metric *metric,
                                   enum hadm_rule rule, struct hadm_slice text);

/* The field called <name> of any of <kinds> (HADM_OF), or NULL. */
const struct hadm_metric *hadm_metric_find(struct hadm_slice name,
                                           unsigned kinds);

HADM_END

#endif
