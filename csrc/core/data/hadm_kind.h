/* What a row, an object or a field is of. */
#ifndef HADM_KIND_H
#define HADM_KIND_H

/* The first four are numbered as `show stat` numbers them in column type. */
enum hadm_kind {
  HADM_FRONTEND,
  HADM_BACKEND,
  HADM_SERVER,
  HADM_LISTENER,    /* of a frontend with `option socket-stats` */
  HADM_PROCESS,     /* whose fields are those of `show info` */
  HADM_NAME_SERVER, /* a name server, which `show resolvers` tells of */
  HADM_OTHER        /* what no HAProxy so far has printed */
};

enum { HADM_ROW_KINDS = HADM_PROCESS }; /* those of `show stat` */

/* Sets of kinds. */
#define HADM_OF(kind) (1U << (kind))
#define HADM_OF_ROWS                                                           \
  (HADM_OF(HADM_FRONTEND) | HADM_OF(HADM_BACKEND) | HADM_OF(HADM_SERVER) |     \
   HADM_OF(HADM_LISTENER))

#endif
