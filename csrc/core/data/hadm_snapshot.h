/* All processes read once: their replies side by side, and the objects that
 * their rows stand for. */
#ifndef HADM_SNAPSHOT_H
#define HADM_SNAPSHOT_H

#include "hadm_reading.h"
#include "hadm_total.h"

HADM_BEGIN

/* No row, no object. */
#define HADM_NONE UINT32_MAX

struct hadm_process {
  unsigned slot; /* the process's place in its HAProxy object */
  unsigned nb;   /* its process number */
  bool old;      /* a reload has replaced it: it is asked for sums only */
  struct hadm_reading reading;
  int16_t *columns; /* by metric: the column, -1, or -2: not looked up yet */
  uint32_t *order;  /* by row: the object; kept until the next process's turn */
};

/* One frontend, backend, server or listener. A backend that no process has a
 * row of is there when a process has a row of one of its servers. */
struct hadm_object {
  enum hadm_kind kind;
  uint32_t hash;   /* of kind and names */
  uint32_t parent; /* a server's backend */
  uint32_t first;  /* a backend's first server */
  uint32_t last;   /* and its last */
  uint32_t next;   /* the next server of the same backend */
};

struct hadm_snapshot {
  unsigned references;
  size_t process_count;
  size_t taken; /* processes whose reply was taken */
  struct hadm_process *processes;
  size_t count;
  size_t reserved;
  struct hadm_object *objects;
  uint32_t *rows;  /* by object, then by process */
  uint32_t *index; /* hash table of objects */
  size_t index_size;
  size_t bytes; /* text of all processes */
};

/* A snapshot of up to <processes> processes with one reference, or NULL when
 * memory is out. */
struct hadm_snapshot *hadm_snapshot_new(size_t processes);
struct hadm_snapshot *hadm_snapshot_ref(struct hadm_snapshot *snapshot);
/* Frees the snapshot with its last reference; accepts NULL. */
void hadm_snapshot_unref(struct hadm_snapshot *snapshot);

/* Takes over what a reading owns, which is a reading of nothing afterwards, and
 * joins its rows to the objects. Returns HADM_OK; HADM_E_NOMEM (the reading is
 * taken all the same); or HADM_E_ARG: no place left or a reading of nothing
 * (which are not taken), or a table without the column that says what its
 * rows are. */
enum hadm_status hadm_snapshot_take(struct hadm_snapshot *snapshot,
                                    unsigned slot, unsigned nb,
                                    struct hadm_reading *reading);

/* Says that the process which was taken last is an old worker: what it counts
 * is a part of sums, but it sets no limits, and nobody has to agree with it.
 * Precondition: one was taken. */
void hadm_snapshot_age(struct hadm_snapshot *snapshot);

/* The object of that kind and name (a server's with its backend's name, a
 * listener's with its frontend's), or HADM_NONE. */
uint32_t hadm_snapshot_find(const struct hadm_snapshot *snapshot,
                            enum hadm_kind kind, struct hadm_slice proxy,
                            struct hadm_slice name);

/* Does any process have a row of this object? Here and below: object < count,
 * and process < taken. */
bool hadm_snapshot_has(const struct hadm_snapshot *snapshot, uint32_t object);

/* The object's row in a process (its place in the snapshot), or HADM_NONE. */
uint32_t hadm_snapshot_row(const struct hadm_snapshot *snapshot,
                           uint32_t object, size_t process);

/* The name of the object's proxy, and a server's or a listener's own. */
struct hadm_slice hadm_snapshot_proxy(const struct hadm_snapshot *snapshot,
                                      uint32_t object);
struct hadm_slice hadm_snapshot_name(const struct hadm_snapshot *snapshot,
                                     uint32_t object);

/* One field of an object in one process; false when that process has no such
 * row or column, or leaves it empty. */
bool hadm_snapshot_field(const struct hadm_snapshot *snapshot, uint32_t object,
                         size_t process, const struct hadm_metric *metric,
                         struct hadm_field *field);

/* One value of `show info` in one process; false when it is not there. */
bool hadm_snapshot_info(const struct hadm_snapshot *snapshot, size_t process,
                        struct hadm_slice name, struct hadm_slice *value);

/* The numbers of a field in the processes that have one, made a total. <object>
 * is HADM_NONE for a value of `show info`. */
void hadm_snapshot_total(const struct hadm_snapshot *snapshot, uint32_t object,
                         const struct hadm_metric *metric, enum hadm_rule rule,
                         struct hadm_total *total);

/* A field on which the processes agree; <rule> says which part of it they are
 * to agree on (hadm_rule_is_agreement, hadm_metric_part). A process takes part
 * when it has the object and its version the column; there an empty field is a
 * value like others. <object> is HADM_NONE for a value of `show info`.
 * Returns HADM_OK with the whole field of one of them, which is empty too when
 * none takes part, or HADM_E_INCONSISTENT. */
enum hadm_status hadm_snapshot_agreed(const struct hadm_snapshot *snapshot,
                                      uint32_t object,
                                      const struct hadm_metric *metric,
                                      enum hadm_rule rule,
                                      struct hadm_field *value);

/* A field summed over all objects of a kind and all processes. */
int64_t hadm_snapshot_sum(const struct hadm_snapshot *snapshot,
                          enum hadm_kind kind,
                          const struct hadm_metric *metric);

HADM_END

#endif
