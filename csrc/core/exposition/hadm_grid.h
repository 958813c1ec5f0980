/* The values of all objects of a kind side by side: a column for each field, a
 * place in it for each object, or for each object in each process. Written once
 * from the rows, it is read field by field. */
#ifndef HADM_GRID_H
#define HADM_GRID_H

#include "hadm_record.h"
#include "hadm_state.h"

HADM_BEGIN

/* No value. */
#define HADM_ABSENT INT64_MIN

/* Whose values are asked for. */
enum hadm_view {
  HADM_VIEW_TOTAL,   /* those of all processes made one */
  HADM_VIEW_PROCESS, /* those of one process */
  HADM_VIEW_EACH     /* those of each process */
};

struct hadm_grid_item {
  uint32_t object;  /* HADM_NONE for a process */
  uint32_t process; /* its place in the snapshot, or HADM_NONE: all */
  size_t labels;    /* offset of its labels; the next item's is behind them */
};

/* Where the processes do not agree on a server's state, weight or address. */
struct hadm_difference {
  uint32_t item;
  bool status, weight, addr;
  uint32_t states[HADM_STATES]; /* processes in which it is so */
};

struct hadm_grid {
  const struct hadm_snapshot *snapshot;
  enum hadm_kind kind;
  struct hadm_record record;
  struct hadm_grid_item *items; /* owned; one more than there are */
  size_t count;
  size_t room;
  int64_t *cells; /* owned; by slot, then by item */
  struct hadm_buffer labels;
  struct hadm_difference *differences; /* owned */
  size_t difference_count;
  size_t difference_room;
  size_t *slots; /* owned; by family: its (first) slot, or SIZE_MAX */
  /* The slots of what decides whatever is shown: of all objects, of servers,
   * and of servers in all processes. */
  size_t mode;
  size_t status;
  size_t weight, addr;
  struct hadm_family *modules; /* owned: families of modules */
  size_t module_count;
  /* Of backends: how many servers are in each state, and how many checks found
   * each thing; by item. NULL where nobody asked. */
  uint32_t *server_states;
  uint32_t *server_checks;
};

struct hadm_grid_options {
  enum hadm_view view;
  size_t process;                 /* of HADM_VIEW_PROCESS: its place */
  bool no_maint;                  /* without servers in maintenance */
  bool modules;                   /* what modules count, too */
  const bool *wanted;             /* by family */
  const struct hadm_tally *tally; /* of the counters of all; or NULL */
};

/* Reads what is wanted. Returns HADM_OK or HADM_E_NOMEM; the grid is to be
 * freed in any case. */
enum hadm_status hadm_grid_fill(struct hadm_grid *grid,
                                const struct hadm_snapshot *snapshot,
                                enum hadm_kind kind,
                                const struct hadm_grid_options *options);
void hadm_grid_free(struct hadm_grid *grid);

/* The families that it has, of all: those of modules are behind the others. */
size_t hadm_grid_families(const struct hadm_grid *grid);
const struct hadm_family *hadm_grid_family(const struct hadm_grid *grid,
                                           size_t index);

/* An item's labels: `proxy="app",server="web1"`; empty for all processes.
 * Behind them a block (HADM_BLOCK) may be read. */
static inline struct hadm_slice hadm_grid_labels(const struct hadm_grid *grid,
                                                 size_t item) {
  const size_t from = grid->items[item].labels;
  const size_t len = grid->items[item + 1].labels - from;
  if (len == 0)
    return (struct hadm_slice){"", 0};
  return (struct hadm_slice){grid->labels.data + from, len};
}

static inline const int64_t *hadm_grid_column(const struct hadm_grid *grid,
                                              size_t slot) {
  return grid->cells + slot * grid->room;
}

HADM_END

#endif
