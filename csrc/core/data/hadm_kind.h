/* What a row, an object or a field is of. */
#ifndef HADM_KIND_H
#define HADM_KIND_H

/* The first three are numbered as `show stat` numbers them in column type. */
enum hadm_kind {
  HADM_FRONTEND,
  HADM_BACKEND,
  HADM_SERVER,
  HADM_OTHER,  /* a listener, or what no HAProxy so far has printed */
  HADM_PROCESS /* whose fields are those of `show info` */
};

/* Sets of kinds. */
#define HADM_OF(kind) (1U << (kind))
#define HADM_OF_ROWS                                                           \
  (HADM_OF(HADM_FRONTEND) | HADM_OF(HADM_BACKEND) | HADM_OF(HADM_SERVER))

#endif
