/* What all processes have counted from the first reading on: one number for
 * each counter of each object, which goes on where a process begins anew.
 *
 * A sum over the processes of one reading (hadm_total) falls when one of them
 * restarts, and who looks at rates takes that for a restart of the whole and
 * adds all that the others ever counted. So what a counter of a process has
 * grown since the reading before is added to a number that is kept:
 *
 *   the process is the same, and its counter has not fallen   what it grew
 *   it is the same, and a counter of 32 bits passed their end what it grew
 *   it is the same, and its counter fell (it was cleared)     its value
 *   it is a new one                                           its value
 *   it did not answer, or lacks the object                    nothing
 *
 * A process is the same while its pid and the time of its start are. Before
 * 2.4 HAProxy says how long it has run instead: then it is the same if that
 * has not fallen, whatever was done to clocks.
 *
 * The first reading of several processes begins at 0: who looks at the numbers
 * cannot tell a larger one from a restart. A process that was there before is
 * no news either, and adds nothing when it is seen for the first time. Where
 * there is only one process, its own numbers are given, which begin anew with
 * it as those who look at them expect.
 *
 * Seconds of downtime are the same seconds in all processes: the mean of what
 * they grew is added.
 *
 * What no process has had for HADM_TALLY_KEEP seconds is forgotten, and so is a
 * process that was away for so long.
 *
 * Name servers are asked for by a command of their own, now and then: what one
 * of them counted in a process is added by the same rule, of what grew since
 * they were read before. They are forgotten by such readings only. */
#ifndef HADM_TALLY_H
#define HADM_TALLY_H

#include "hadm_counter.h"
#include "hadm_snapshot.h"

HADM_BEGIN

enum {
  HADM_TALLY_KEEP = 3600,
  HADM_TALLY_COLUMNS = 4096 /* the most processes at a time */
};

/* Nothing was counted; a process says less than 0 of nothing. */
#define HADM_TALLY_NONE ((int64_t)-1)

/* A process that was seen. */
struct hadm_source {
  bool used;        /* else the column is free */
  bool old;         /* a reload has replaced it */
  unsigned nb;      /* its process number at the last reading that had it */
  int64_t pid;      /* -1: it does not say */
  int64_t start;    /* when it started, in seconds since 1970 */
  bool exact;       /* it said so itself */
  int64_t uptime;   /* for how many seconds it had run then */
  int64_t seen;     /* the time of the last reading that had it */
  uint64_t changes; /* how often its number had another process */
  bool named;       /* its name servers were read */
  bool fresh;       /* they were not, and did not count before the last
                       reading of name servers */
};

/* A name server of one process. */
struct hadm_name_server {
  struct hadm_slice key; /* not empty */
  int64_t
      counts[HADM_COUNTERS_NAME_SERVER]; /* HADM_TALLY_NONE: it does not say */
};

/* An object, or the process as a whole, whose key is empty. */
struct hadm_counted {
  enum hadm_kind kind;
  uint32_t hash;
  uint32_t key_len;
  char *key;      /* owned: the row's first two fields with their commas */
  int64_t seen;   /* the time of the last reading that had it */
  int64_t *cells; /* owned: its totals, then by column its last values; behind
                     each of these a cell that is not saved */
};

struct hadm_tally {
  struct hadm_counters counters;
  int shared[HADM_COUNTER_KINDS];   /* the counter that is shared, or -1 */
  int sessions[HADM_COUNTER_KINDS]; /* the counter of sessions, or -1 */
  uint32_t seed;
  bool many;         /* there was more than one process */
  bool begun;        /* there was a reading */
  int64_t time;      /* of the last reading */
  int64_t name_time; /* of the last one of name servers, or HADM_TALLY_NONE */
  size_t width;      /* columns */
  struct hadm_source *sources;
  size_t count;
  size_t reserved;
  struct hadm_counted *objects; /* the first is the process as a whole */
  size_t index_size;
  uint32_t *index; /* hash table of objects */
  size_t placed;
  uint32_t *places; /* by object of the last reading */
  size_t column_count;
  size_t *columns; /* by process of the last reading: its column */
};

/* A tally of nothing, or NULL when memory is out. The seed of its table should
 * be a number that others do not know. */
struct hadm_tally *hadm_tally_new(uint32_t seed);
/* Accepts NULL. */
void hadm_tally_free(struct hadm_tally *tally);

/* Adds a reading of the time <now>, in seconds since 1970. <missing> processes
 * should have answered and did not. Returns HADM_OK; HADM_E_NOMEM or
 * HADM_E_TOO_BIG, with all numbers as they were. */
enum hadm_status hadm_tally_take(struct hadm_tally *tally,
                                 const struct hadm_snapshot *snapshot,
                                 size_t missing, int64_t now);

/* Adds what the name servers of one process count; nothing where the last
 * reading had another process with this number, or none. Returns HADM_OK;
 * HADM_E_NOMEM or HADM_E_TOO_BIG, with all numbers as they were. */
enum hadm_status hadm_tally_take_name_servers(
    struct hadm_tally *tally, const struct hadm_source *who,
    const struct hadm_name_server *servers, size_t count);

/* Where a snapshot's object is, until something is added; HADM_NONE: nothing is
 * known of it. Object HADM_NONE is the process as a whole. It is quick of the
 * snapshot that was added last. */
uint32_t hadm_tally_place(const struct hadm_tally *tally,
                          const struct hadm_snapshot *snapshot,
                          uint32_t object);

/* The same by what the object's rows begin with: its names, each with a comma.
 */
uint32_t hadm_tally_find(const struct hadm_tally *tally, enum hadm_kind kind,
                         struct hadm_slice key);

/* What was counted at a place; false when the field is no counter
 * (hadm_counter_is_one), or none was ever read there. */
bool hadm_tally_value(const struct hadm_tally *tally, uint32_t place,
                      const struct hadm_metric *metric, int64_t *value);

/* What a name server's counter (hadm_counters_find) counted; false: none was
 * ever read there. */
bool hadm_tally_name_server(const struct hadm_tally *tally,
                            struct hadm_slice key, int number, int64_t *value);

/* How many sessions an object had in a process of the snapshot that was added
 * last, since the reading before. Precondition: process < taken. */
int64_t hadm_tally_sessions(const struct hadm_tally *tally, uint32_t place,
                            const struct hadm_snapshot *snapshot,
                            size_t process);

/* How often another process took the place of the one with this number. */
uint64_t hadm_tally_changes(const struct hadm_tally *tally, unsigned nb);

/* ---- for what makes a tally of bytes (hadm_saved) ---- */

/* Adds <more> free columns. Returns HADM_OK, HADM_E_NOMEM, HADM_E_TOO_BIG. */
enum hadm_status hadm_tally_widen(struct hadm_tally *tally, size_t more);

/* Finds the object, or adds it without numbers. Returns HADM_OK, HADM_E_NOMEM,
 * HADM_E_TOO_BIG. */
enum hadm_status hadm_tally_object(struct hadm_tally *tally,
                                   enum hadm_kind kind, struct hadm_slice key,
                                   uint32_t *place);

/* The totals of an object, and its last values in a column: as many as its kind
 * has counters. */
int64_t *hadm_tally_totals(const struct hadm_tally *tally, uint32_t place);
int64_t *hadm_tally_last(const struct hadm_tally *tally, uint32_t place,
                         size_t column);

HADM_END

#endif
