/* What one process, or all together, say of an object: its row read once, and
 * the values of all processes made one. */
#ifndef HADM_RECORD_H
#define HADM_RECORD_H

#include "../data/hadm_snapshot.h"
#include "../data/hadm_tally.h"
#include "hadm_family.h"

HADM_BEGIN

enum hadm_value_type { HADM_VALUE_NONE, HADM_VALUE_NUMBER, HADM_VALUE_TEXT };

struct hadm_value {
  int64_t number;
  struct hadm_field text; /* of numbers too, as it came */
  unsigned char type;     /* enum hadm_value_type */
  bool differs;           /* the processes do not agree on what they should */
  signed char code;       /* of states and checks: which */
  unsigned char seen;     /* a set of enum hadm_state */
};

/* A field that is read. */
struct hadm_slot {
  struct hadm_slice name;
  const struct hadm_metric *metric; /* NULL: a field that is not known */
  unsigned char merge;              /* enum hadm_merge */
  bool limit;                       /* hadm_metric_is_limit */
  bool counter;                     /* hadm_counter_is_one */
  bool numeric;                     /* a number, where it looks like one */
  bool coded;                       /* a state or what a check found */
  bool agreed;                      /* processes should agree on it */
  unsigned char way;                /* enum hadm_way */
  int beside;                       /* HADM_MERGE_BESIDE: of which slot */
};

#define HADM_ALL SIZE_MAX

/* How the fields of the next process's row come to those of the ones before. */
enum hadm_way {
  HADM_WAY_SUM,    /* numbers are added */
  HADM_WAY_NUMBER, /* numbers become one in another way, each by itself */
  HADM_WAY_APART,  /* what asks more than this one number, or is none */
  HADM_WAYS
};

/* Where a slot's text stands in a row. */
struct hadm_place {
  uint16_t column;
  uint16_t slot;
};

/* What of a process's table is read. */
struct hadm_layout {
  int16_t *slots;            /* by column: its slot, or -1; owned */
  size_t width;              /* columns up to the last that is read */
  struct hadm_place *places; /* the same by way; owned */
  size_t ends[HADM_WAYS];    /* where the places of a way end */
  bool doubled;              /* two columns are of the same slot */
};

struct hadm_record {
  const struct hadm_snapshot *snapshot; /* must live as long */
  enum hadm_kind kind;
  const struct hadm_tally
      *tally; /* whose counters are shown where all processes
                 are read; NULL: those of the snapshot */
  size_t count;
  struct hadm_slot *slots;   /* owned, like all below */
  struct hadm_value *values; /* what the last hadm_record_read found */
  struct hadm_value *row;
  size_t *counts;
  int64_t *weights; /* by process, of HADM_MERGE_BUSY */
  bool weighs;      /* there is such a slot */
  bool weighted;    /* and something is known of the object that is read */
  size_t reserved;
  int sessions;    /* the slot of `stot`, or -1 */
  uint16_t *apart; /* the slots of HADM_WAY_APART */
  size_t apart_count;
  struct hadm_layout *layouts; /* by process */
  uint32_t *commas;            /* of the row that is read */
};

/* A record without slots. */
void hadm_record_init(struct hadm_record *record,
                      const struct hadm_snapshot *snapshot,
                      enum hadm_kind kind);
void hadm_record_free(struct hadm_record *record);

/* Adds a field, unless it is there; *<slot> is its place. Returns HADM_OK or
 * HADM_E_NOMEM. */
enum hadm_status hadm_record_add(struct hadm_record *record,
                                 struct hadm_slice field, enum hadm_merge merge,
                                 size_t *slot);

/* Adds a field, merged by the metric's own rule; of states and checks the
 * worst. */
enum hadm_status hadm_record_add_field(struct hadm_record *record,
                                       struct hadm_slice name, size_t *slot);

/* Adds every field that any process has of such objects, in the same way. */
enum hadm_status hadm_record_add_all(struct hadm_record *record);

/* To be called once, when all fields were added. */
enum hadm_status hadm_record_prepare(struct hadm_record *record);

/* Reads an object (HADM_NONE: `show info`) in one process, or in all. Returns
 * false, without values, where there is none. */
bool hadm_record_read(struct hadm_record *record, uint32_t object,
                      size_t process);

HADM_END

#endif
