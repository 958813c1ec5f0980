/* One object in columns: what all processes say of it together, by the rules of
 * the library's own properties. Its rows are read once from left to right. */
#ifndef HADM_CELLS_H
#define HADM_CELLS_H

#include "hadm_record.h"

HADM_BEGIN

/* What stands in a column. */
enum hadm_listed {
  HADM_LISTED_METRIC,
  HADM_LISTED_PROXY,     /* the name of a frontend or backend */
  HADM_LISTED_NAME,      /* a server's own */
  HADM_LISTED_PROCESSES, /* the numbers of those that have the object */
  HADM_LISTED_UP         /* how many of a backend's servers serve */
};

struct hadm_cell_column {
  unsigned char what; /* enum hadm_listed */
  unsigned char rule; /* enum hadm_rule, of a metric */
  const struct hadm_metric *metric;
};

enum hadm_cell_type {
  HADM_CELL_NONE,
  HADM_CELL_NUMBER,
  HADM_CELL_TEXT,
  HADM_CELL_PROCESSES,
  HADM_CELL_DIFFERS /* the processes should agree and do not */
};

struct hadm_cell {
  unsigned char type; /* enum hadm_cell_type */
  int64_t number;     /* of processes and servers that serve: how many */
  int64_t most;       /* of how many */
  struct hadm_field text;
};

struct hadm_cells {
  const struct hadm_snapshot *snapshot; /* must live as long */
  size_t count;
  struct hadm_cell_column *columns; /* owned, like all below */
  struct hadm_cell *values;         /* what the last hadm_cells_read found */
  struct hadm_record record;
  size_t *slots; /* by column: of the record */
  bool *present; /* by process, then by slot: has its version the field? */
  struct hadm_total *totals;
};

/* The columns are copied. Returns HADM_OK or HADM_E_NOMEM; to be freed in any
 * case. */
enum hadm_status hadm_cells_init(struct hadm_cells *cells,
                                 const struct hadm_snapshot *snapshot,
                                 enum hadm_kind kind,
                                 const struct hadm_cell_column *columns,
                                 size_t count);
void hadm_cells_free(struct hadm_cells *cells);

/* Reads an object of that kind. */
void hadm_cells_read(struct hadm_cells *cells, uint32_t object);

/* What one process says in a column of a metric; HADM_CELL_NONE: nothing. */
struct hadm_cell hadm_cells_of(const struct hadm_cells *cells, size_t column,
                               uint32_t object, size_t process);

HADM_END

#endif
