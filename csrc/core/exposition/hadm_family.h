/* What HAProxy's own exporter calls what it shows, and what is shown: a family
 * of series for each name. */
#ifndef HADM_FAMILY_H
#define HADM_FAMILY_H

#include "../data/hadm_metric.h"

HADM_BEGIN

enum hadm_type { HADM_GAUGE, HADM_COUNTER };

/* What a family's samples look like. */
enum hadm_form {
  HADM_FORM_NUMBER,        /* the number as it is */
  HADM_FORM_SECONDS,       /* milliseconds, shown as seconds */
  HADM_FORM_CODES,         /* six fields, told apart by a label code */
  HADM_FORM_STATES,        /* one series for each state, of which one is 1 */
  HADM_FORM_CHECKS,        /* the same for what checks find */
  HADM_FORM_MODULE,        /* the number, with the module's name as a label */
  HADM_FORM_TEXT,          /* 1, with the text as a label */
  HADM_FORM_SERVER_STATES, /* of a backend: how many servers are in each state
                            */
  HADM_FORM_SERVER_CHECKS  /* and how many checks of theirs found each thing */
};

/* How the values of several processes become one, where they are shown. */
enum hadm_merge {
  HADM_MERGE_SUM,
  HADM_MERGE_MEAN, /* cut off towards zero */
  HADM_MERGE_MAX,
  HADM_MERGE_MIN,
  HADM_MERGE_SINCE,     /* the least that is not negative, which means never */
  HADM_MERGE_BUSY,      /* the mean, weighted by the sessions of late where
                           those are known; of those that ever had one else */
  HADM_MERGE_WORST,     /* the worst state */
  HADM_MERGE_CHECK,     /* the worst of what checks found */
  HADM_MERGE_BESIDE,    /* that of the process whose check was the worst */
  HADM_MERGE_SAME,      /* that of the first process */
  HADM_MERGE_PROCESSES, /* how many processes there are */
  HADM_MERGE_NOTHING    /* one value for all would say nothing */
};

struct hadm_family {
  struct hadm_slice name;  /* behind the prefix of its kind */
  struct hadm_slice field; /* of `show stat` or `show info` */
  unsigned char kinds;     /* a set of enum hadm_kind */
  unsigned char type;      /* enum hadm_type, as HAProxy's exporter says it */
  unsigned char form;      /* enum hadm_form */
  unsigned char merge;     /* enum hadm_merge */
  struct hadm_slice label; /* of HADM_FORM_TEXT: what the text is; of
                              HADM_FORM_MODULE: the module */
  struct hadm_slice help;
};

/* In the order in which they are shown. Precondition of the second: index <
 * count. */
size_t hadm_family_count(void);
const struct hadm_family *hadm_family_at(size_t index);

/* Is it one of HTTP, that has no values where a proxy does something else? */
bool hadm_family_is_http(const struct hadm_family *family);

/* The family of a kind that shows the field, or NULL. */
const struct hadm_family *hadm_family_of(struct hadm_slice field,
                                         enum hadm_kind kind);

/* The family of what a module of HAProxy's (h1, h2, h3, quic, ssl) counts of
 * such objects; false when the field is none of these. */
bool hadm_family_of_module(const struct hadm_metric *metric,
                           enum hadm_kind kind, struct hadm_family *family);

/* What its numbers are of: "seconds", "bytes", "percent"; empty where they are
 * counts, or say which. */
struct hadm_slice hadm_family_unit(const struct hadm_family *family);

/* What the names of a kind's families begin with: "haproxy_server_". */
struct hadm_slice hadm_family_prefix(enum hadm_kind kind);

/* How processes make one value of a field that no family shows. */
enum hadm_merge hadm_merge_by(const struct hadm_metric *metric);

/* The fields of HADM_FORM_CODES, and what they are called. */
enum { HADM_CODES = 6 };
extern const struct hadm_slice hadm_code_fields[HADM_CODES];
extern const struct hadm_slice hadm_code_names[HADM_CODES];

HADM_END

#endif
