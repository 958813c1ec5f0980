#include "hadm_record.h"

#include "../base/hadm_number.h"
#include "../base/hadm_word.h"
#include "../data/hadm_info.h"
#include "hadm_state.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 16, NO_SLOT = -1 };

void hadm_record_init(struct hadm_record *record,
                      const struct hadm_snapshot *snapshot,
                      enum hadm_kind kind) {
  *record = (struct hadm_record){
      .snapshot = snapshot, .kind = kind, .sessions = NO_SLOT};
}

void hadm_record_free(struct hadm_record *record) {
  for (size_t i = 0; record->columns != NULL && i < record->snapshot->taken;
       i++)
    free(record->columns[i]);
  free(record->columns);
  free(record->widths);
  free(record->slots);
  free(record->values);
  free(record->row);
  free(record->counts);
  free(record->weights);
  hadm_record_init(record, record->snapshot, record->kind);
}

/* ---- which fields ---- */

/* What one version calls a field and another misspells. */
static struct hadm_slice proper(struct hadm_slice name) {
  static const struct hadm_slice pairs[][2] = {
      {HADM_STATIC("srv_ilim"), HADM_STATIC("src_ilim")},
      {HADM_STATIC("TotalSplicdedBytesOut"),
       HADM_STATIC("TotalSplicedBytesOut")},
  };
  for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
    if (hadm_slice_equal(name, pairs[i][0]))
      return pairs[i][1];
  return name;
}

static int slot_of(const struct hadm_record *record, struct hadm_slice name) {
  name = proper(name);
  for (size_t i = 0; i < record->count; i++)
    if (hadm_slice_equal(record->slots[i].name, name))
      return (int)i;
  return NO_SLOT;
}

/* Is it one of the values on which processes should agree? A weight has a mean,
 * but one that is not the same everywhere is worth a word. */
static bool should_agree(struct hadm_slice field, enum hadm_merge merge) {
  return merge == HADM_MERGE_SAME || merge == HADM_MERGE_WORST ||
         merge == HADM_MERGE_CHECK || merge == HADM_MERGE_BESIDE ||
         hadm_slice_equal(field, HADM_LITERAL("weight"));
}

enum hadm_status hadm_record_add(struct hadm_record *record,
                                 struct hadm_slice field, enum hadm_merge merge,
                                 size_t *slot) {
  int there = slot_of(record, field);
  /* A mean of those that had sessions asks how many they had. */
  enum hadm_status status = HADM_OK;
  if (merge == HADM_MERGE_BUSY)
    status =
        hadm_record_add(record, HADM_LITERAL("stot"), HADM_MERGE_SUM, slot);
  record->weighs = record->weighs || merge == HADM_MERGE_BUSY;
  if (status != HADM_OK)
    return status;
  if (there == NO_SLOT) {
    if (record->count == record->reserved) {
      size_t reserved =
          record->reserved == 0 ? FIRST_SLOTS : record->reserved * 2;
      struct hadm_slot *slots =
          realloc(record->slots, reserved * sizeof(*slots));
      if (slots == NULL)
        return HADM_E_NOMEM;
      record->slots = slots;
      record->reserved = reserved;
    }
    const struct hadm_metric *metric =
        hadm_metric_find(field, HADM_OF(record->kind));
    there = (int)record->count++;
    record->slots[there] = (struct hadm_slot){
        .name = proper(field),
        .metric = metric,
        .merge = (unsigned char)merge,
        .limit = metric != NULL && hadm_metric_is_limit(metric),
        .counter = metric != NULL && hadm_counter_is_one(metric),
        .numeric = metric == NULL || !hadm_metric_is_text(metric),
        .coded = merge == HADM_MERGE_WORST || merge == HADM_MERGE_CHECK,
        .agreed = should_agree(field, merge),
        .beside = NO_SLOT};
  }
  *slot = (size_t)there;
  return HADM_OK;
}

enum hadm_status hadm_record_add_field(struct hadm_record *record,
                                       struct hadm_slice name, size_t *slot) {
  const struct hadm_metric *metric =
      hadm_metric_find(name, HADM_OF(record->kind));
  enum hadm_merge merge =
      metric != NULL ? hadm_merge_by(metric) : HADM_MERGE_SAME;
  if (hadm_slice_equal(name, HADM_LITERAL("status")))
    merge = HADM_MERGE_WORST;
  else if (metric != NULL && metric->kind == HADM_METRIC_CHECK)
    merge = HADM_MERGE_CHECK;
  else if (hadm_slice_equal(name, HADM_LITERAL("check_code")) ||
           hadm_slice_equal(name, HADM_LITERAL("agent_code")))
    merge = HADM_MERGE_BESIDE;
  return hadm_record_add(record, name, merge, slot);
}

/* A column that is another kind's has nothing to say of this one, and one that
 * is called "-" stands between what others are of. */
static bool is_others(const struct hadm_record *record,
                      struct hadm_slice name) {
  return hadm_slice_equal(name, HADM_LITERAL("-")) ||
         (hadm_metric_find(name, HADM_OF(record->kind)) == NULL &&
          hadm_metric_find(name, HADM_OF_ROWS) != NULL);
}

enum hadm_status hadm_record_add_all(struct hadm_record *record) {
  enum hadm_status status = HADM_OK;
  size_t slot;
  for (size_t i = 0; i < record->snapshot->taken; i++) {
    const struct hadm_reading *reading =
        &record->snapshot->processes[i].reading;
    struct hadm_slice rest = hadm_reading_info(reading);
    struct hadm_pair pair;
    struct hadm_field name;
    if (record->kind == HADM_PROCESS) {
      while (status == HADM_OK && hadm_info_next(&rest, &pair))
        status = hadm_record_add_field(record, pair.name, &slot);
      continue;
    }
    rest = (struct hadm_slice){"", 0};
    if (reading->table.headed)
      rest = (struct hadm_slice){reading->text.data + reading->table.header,
                                 reading->table.header_len};
    while (status == HADM_OK && hadm_csv_next(&rest, &name))
      if (!is_others(record, name.text))
        status = hadm_record_add_field(record, name.text, &slot);
  }
  return status;
}

/* Which slot each column of a process's table goes to. */
static enum hadm_status map_columns(struct hadm_record *record,
                                    size_t process) {
  const struct hadm_reading *reading =
      &record->snapshot->processes[process].reading;
  if (!reading->table.headed)
    return HADM_OK;
  size_t most = reading->table.columns;
  int16_t *map = malloc((most + 1) * sizeof(*map));
  if (map == NULL)
    return HADM_E_NOMEM;
  record->columns[process] = map;
  struct hadm_slice rest = {reading->text.data + reading->table.header,
                            reading->table.header_len};
  struct hadm_field name;
  for (size_t i = 0; i < most && hadm_csv_next(&rest, &name); i++) {
    map[i] = (int16_t)slot_of(record, name.text);
    if (map[i] != NO_SLOT)
      record->widths[process] = i + 1;
  }
  return HADM_OK;
}

enum hadm_status hadm_record_prepare(struct hadm_record *record) {
  size_t count = record->count > 0 ? record->count : 1;
  size_t processes = record->snapshot->taken > 0 ? record->snapshot->taken : 1;
  record->values = calloc(count, sizeof(*record->values));
  record->row = calloc(count, sizeof(*record->row));
  record->counts = calloc(count, sizeof(*record->counts));
  record->columns = calloc(processes, sizeof(int16_t *));
  record->widths = calloc(processes, sizeof(*record->widths));
  record->weights = calloc(processes, sizeof(*record->weights));
  if (record->values == NULL || record->row == NULL || record->counts == NULL ||
      record->columns == NULL || record->widths == NULL ||
      record->weights == NULL)
    return HADM_E_NOMEM;
  record->sessions = slot_of(record, HADM_LITERAL("stot"));
  for (size_t i = 0; i < record->count; i++)
    if (record->slots[i].merge == HADM_MERGE_BESIDE)
      record->slots[i].beside =
          slot_of(record, hadm_slice_starts(record->slots[i].name,
                                            HADM_LITERAL("agent"))
                              ? HADM_LITERAL("agent_status")
                              : HADM_LITERAL("check_status"));
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < record->snapshot->taken; i++)
    if (record->kind != HADM_PROCESS)
      status = map_columns(record, i);
  return status;
}

/* ---- one process ---- */

static void set_value(struct hadm_record *record, size_t at,
                      struct hadm_field text) {
  const struct hadm_slot *slot = &record->slots[at];
  struct hadm_value *value = &record->row[at];
  if (text.text.len == 0)
    return;
  value->text = text;
  if (slot->numeric && !text.quoted &&
      hadm_number_read(text.text, &value->number))
    value->type = HADM_VALUE_NUMBER;
  else
    value->type = HADM_VALUE_TEXT;
}

/* Nearly all fields are short numbers. */
static void read_field(struct hadm_record *record, int slot, const char *start,
                       const char *close) {
  enum { SAFE_DIGITS = 18 };
  const char *p = start;
  const bool negative = *p == '-';
  if (negative)
    p++;
  uint64_t number = 0;
  size_t digits = (size_t)(close - p);
  while (p < close && hadm_is_digit(*p))
    number = number * 10 + (uint64_t)(*p++ - '0');
  struct hadm_field text = {{start, (size_t)(close - start)}, false};
  if (p < close || digits == 0 || digits > SAFE_DIGITS ||
      !record->slots[slot].numeric) {
    set_value(record, (size_t)slot, text);
    return;
  }
  struct hadm_value *value = &record->row[slot];
  value->type = HADM_VALUE_NUMBER;
  value->number = negative ? -(int64_t)number : (int64_t)number;
  value->text = text;
}

/* Commas are looked for a word at a time. */
static void read_plain(struct hadm_record *record, size_t process,
                       struct hadm_slice line) {
  const int16_t *map = record->columns[process];
  const size_t width = record->widths[process];
  const char *start = line.ptr;
  const char *end = line.ptr + line.len;
  const char *p = start;
  size_t i = 0;
  for (; end - p >= HADM_WORD && i < width; p += HADM_WORD) {
    uint64_t match = hadm_word_match(p, ',');
    for (; match != 0 && i < width; match &= match - 1, i++) {
      const char *close = p + hadm_word_nth(match, 0);
      if (map[i] != NO_SLOT && close > start)
        read_field(record, map[i], start, close);
      start = close + 1;
    }
  }
  for (; i < width && start < end; i++) {
    const char *close = memchr(start, ',', (size_t)(end - start));
    if (close == NULL)
      close = end;
    if (map[i] != NO_SLOT && close > start)
      read_field(record, map[i], start, close);
    start = close < end ? close + 1 : end;
  }
}

static void read_quoted(struct hadm_record *record, size_t process,
                        struct hadm_slice line) {
  const int16_t *map = record->columns[process];
  struct hadm_field field;
  for (size_t i = 0;
       i < record->widths[process] && hadm_csv_next(&line, &field); i++)
    if (map[i] != NO_SLOT)
      set_value(record, (size_t)map[i], field);
}

/* HAProxy 2.2 says in MB alone how much memory it may use; later ones say it in
 * bytes behind that, which then takes the place of this. */
static void set_memory(struct hadm_record *record, struct hadm_pair pair) {
  const int64_t mega = 1048576;
  if (!hadm_slice_equal(pair.name, HADM_LITERAL("Memmax_MB")))
    return;
  int slot = slot_of(record, HADM_LITERAL("Memmax_bytes"));
  int64_t number;
  if (slot == NO_SLOT || !hadm_number_read(pair.value, &number) || number < 0 ||
      number > INT64_MAX / mega)
    return;
  record->row[slot].number = number * mega;
  record->row[slot].type = HADM_VALUE_NUMBER;
}

static void read_info(struct hadm_record *record, size_t process) {
  struct hadm_slice rest =
      hadm_reading_info(&record->snapshot->processes[process].reading);
  struct hadm_pair pair;
  while (hadm_info_next(&rest, &pair)) {
    int slot = slot_of(record, pair.name);
    if (slot != NO_SLOT)
      set_value(record, (size_t)slot, hadm_info_field(pair.value));
    set_memory(record, pair);
  }
}

/* The codes of states and checks. */
static void set_codes(struct hadm_record *record) {
  for (size_t i = 0; i < record->count; i++) {
    if (!record->slots[i].coded)
      continue;
    struct hadm_value *value = &record->row[i];
    value->code = HADM_UNKNOWN;
    if (value->type != HADM_VALUE_TEXT)
      continue;
    if (record->slots[i].merge == HADM_MERGE_WORST) {
      value->code = (signed char)hadm_state_of(record->kind, value->text.text);
      if (value->code != HADM_UNKNOWN)
        value->seen = (unsigned char)(1U << (unsigned)value->code);
    } else if (record->slots[i].merge == HADM_MERGE_CHECK) {
      value->code = (signed char)hadm_check_of(value->text.text);
    }
  }
}

/* Fills <row>; false where the process does not have the object. */
static bool read_row(struct hadm_record *record, uint32_t object,
                     size_t process) {
  const struct hadm_process *p = &record->snapshot->processes[process];
  memset(record->row, 0, record->count * sizeof(*record->row));
  if (object == HADM_NONE) {
    if (p->reading.info_len == 0)
      return false;
    read_info(record, process);
  } else {
    uint32_t row = hadm_snapshot_row(record->snapshot, object, process);
    if (row == HADM_NONE || record->columns[process] == NULL)
      return false;
    struct hadm_slice text = {p->reading.text.data, p->reading.text.len};
    bool quotes;
    struct hadm_slice line =
        hadm_table_row(&p->reading.table, text, row, &quotes);
    if (quotes)
      read_quoted(record, process, line);
    else
      read_plain(record, process, line);
  }
  set_codes(record);
  return true;
}

/* ---- all processes ---- */

/* A sum that 64 bits do not hold stays at their limit. */
static int64_t add(int64_t a, int64_t b) {
  if (b > 0 && a > INT64_MAX - b)
    return INT64_MAX;
  if (b < 0 && a < INT64_MIN - b)
    return INT64_MIN;
  return a + b;
}

/* Does <row> say something else than the processes before? */
static bool is_other(const struct hadm_slot *slot,
                     const struct hadm_value *value,
                     const struct hadm_value *row) {
  if (value->type != row->type)
    return true;
  if (hadm_slice_equal(value->text.text, row->text.text))
    return false;
  /* A number has become the sum of several by now; its text has not. */
  if (value->type == HADM_VALUE_NUMBER || slot->metric == NULL)
    return true;
  return !hadm_slice_equal(
      hadm_metric_part(slot->metric, HADM_RULE_SAME, value->text.text),
      hadm_metric_part(slot->metric, HADM_RULE_SAME, row->text.text));
}

static void merge_number(const struct hadm_slot *slot, struct hadm_value *value,
                         const struct hadm_value *row) {
  switch (slot->merge) {
  case HADM_MERGE_MAX:
    if (row->number > value->number)
      value->number = row->number;
    break;
  case HADM_MERGE_MIN:
    if (row->number < value->number)
      value->number = row->number;
    break;
  case HADM_MERGE_SINCE:
    if (value->number < 0 || (row->number >= 0 && row->number < value->number))
      value->number = row->number;
    break;
  case HADM_MERGE_SAME:
  case HADM_MERGE_BESIDE:
    break;
  default:
    value->number = add(value->number, row->number);
  }
}

/* How much each process has to say of a mean over its last sessions: as many of
 * them as it had since the reading before, where that is known and any had one;
 * in parts of a million that are small enough to multiply with. */
static void weigh(struct hadm_record *record, uint32_t place) {
  const int64_t most = INT64_C(1) << 20;
  const struct hadm_snapshot *snapshot = record->snapshot;
  int64_t all = 0;
  record->weighted = false;
  if (!record->weighs || place == HADM_NONE)
    return;
  for (size_t i = 0; i < snapshot->taken; i++) {
    record->weights[i] =
        snapshot->processes[i].old
            ? 0
            : hadm_tally_sessions(record->tally, place, snapshot, i);
    all = add(all, record->weights[i]);
  }
  record->weighted = all > 0;
  int64_t divisor = all / most + 1;
  for (size_t i = 0; divisor > 1 && i < snapshot->taken; i++)
    record->weights[i] /= divisor;
}

/* Where no weights are known, all that ever had a session weigh the same; of
 * what is no such mean all do. */
static size_t weight_of(const struct hadm_record *record,
                        const struct hadm_slot *slot, size_t process) {
  if (slot->merge != HADM_MERGE_BUSY)
    return 1;
  if (record->weighted)
    return (size_t)record->weights[process];
  return record->sessions == NO_SLOT ||
         record->row[record->sessions].number != 0;
}

/* A value with its weight, if it has one. Times that are longer than 2^40
 * milliseconds are nobody's. */
static struct hadm_value weighty(const struct hadm_value *row, size_t weight) {
  const int64_t most = INT64_C(1) << 40;
  struct hadm_value value = *row;
  if (weight > 1 && value.type == HADM_VALUE_NUMBER) {
    if (value.number > most)
      value.number = most;
    if (value.number < -most)
      value.number = -most;
    value.number *= (int64_t)weight;
  }
  return value;
}

static bool counts(const struct hadm_process *process,
                   const struct hadm_slot *slot) {
  return !process->old || (slot->merge == HADM_MERGE_SUM && !slot->limit);
}

/* Is the check that <slot> goes with worse in this process than in those
 * before? */
static bool is_worse(const struct hadm_record *record,
                     const struct hadm_slot *slot,
                     const struct hadm_value *value,
                     const struct hadm_value *row) {
  if (slot->merge == HADM_MERGE_WORST)
    return hadm_state_badness(record->kind, row->code) >
           hadm_state_badness(record->kind, value->code);
  if (slot->merge == HADM_MERGE_BESIDE) {
    if (slot->beside == NO_SLOT)
      return false;
    value = &record->values[slot->beside];
    row = &record->row[slot->beside];
  }
  return hadm_check_badness(row->code) > hadm_check_badness(value->code);
}

static bool is_by_badness(const struct hadm_slot *slot) {
  return slot->merge == HADM_MERGE_WORST || slot->merge == HADM_MERGE_CHECK ||
         slot->merge == HADM_MERGE_BESIDE;
}

static void merge_slot(struct hadm_record *record, size_t at, size_t process,
                       bool first) {
  const struct hadm_slot *slot = &record->slots[at];
  struct hadm_value *value = &record->values[at];
  const struct hadm_value *row = &record->row[at];
  bool differs =
      value->differs || (!first && slot->agreed && is_other(slot, value, row));
  unsigned char seen = value->seen | row->seen;
  if (row->type == HADM_VALUE_NONE) {
    value->differs = differs;
    return;
  }
  bool alone = record->counts[at] == 0;
  const size_t weight = weight_of(record, slot, process);
  const struct hadm_value own = weighty(row, weight);
  record->counts[at] += weight;
  if (weight == 0)
    alone = value->type == HADM_VALUE_NONE;
  if (alone || (is_by_badness(slot) && is_worse(record, slot, value, row)))
    *value = own;
  else if (row->type == HADM_VALUE_NUMBER && value->type == HADM_VALUE_NUMBER &&
           !is_by_badness(slot) && weight > 0)
    merge_number(slot, value, &own);
  value->differs = differs;
  value->seen = seen;
}

/* The first process that has a say: what it says is all there is so far. */
static void begin_with_row(struct hadm_record *record, size_t process) {
  memcpy(record->values, record->row, record->count * sizeof(*record->values));
  for (size_t i = 0; i < record->count; i++) {
    const size_t weight = weight_of(record, &record->slots[i], process);
    record->counts[i] = record->row[i].type != HADM_VALUE_NONE ? weight : 0;
    if (weight > 1)
      record->values[i] = weighty(&record->row[i], weight);
  }
}

/* Codes go with the checks that found them, so they are merged before those. */
static void merge_row(struct hadm_record *record, size_t process, bool first) {
  const struct hadm_process *p = &record->snapshot->processes[process];
  for (size_t i = 0; i < record->count; i++)
    if (record->slots[i].merge == HADM_MERGE_BESIDE &&
        counts(p, &record->slots[i]))
      merge_slot(record, i, process, first);
  for (size_t i = 0; i < record->count; i++) {
    const struct hadm_slot *slot = &record->slots[i];
    struct hadm_value *value = &record->values[i];
    const struct hadm_value *row = &record->row[i];
    if (slot->merge == HADM_MERGE_BESIDE || !counts(p, slot))
      continue;
    if (slot->merge == HADM_MERGE_SUM && row->type == HADM_VALUE_NUMBER &&
        value->type == HADM_VALUE_NUMBER) {
      value->number = add(value->number, row->number);
      record->counts[i]++;
    } else {
      merge_slot(record, i, process, first);
    }
  }
}

static void finish(struct hadm_record *record, size_t processes) {
  for (size_t i = 0; i < record->count; i++) {
    struct hadm_value *value = &record->values[i];
    unsigned merge = record->slots[i].merge;
    if (merge == HADM_MERGE_NOTHING)
      value->type = HADM_VALUE_NONE;
    if (value->type != HADM_VALUE_NUMBER)
      continue;
    if ((merge == HADM_MERGE_MEAN || merge == HADM_MERGE_BUSY) &&
        record->counts[i] > 1)
      value->number /= (int64_t)record->counts[i];
    if (merge == HADM_MERGE_PROCESSES && processes > 1)
      value->number = (int64_t)processes;
  }
}

/* Counters are what was counted from reading to reading, where that is known.
 */
static void count_on(struct hadm_record *record, uint32_t place) {
  if (record->tally == NULL)
    return;
  for (size_t i = 0; i < record->count; i++) {
    struct hadm_value *value = &record->values[i];
    if (record->slots[i].counter && value->type == HADM_VALUE_NUMBER &&
        !hadm_tally_value(record->tally, place, record->slots[i].metric,
                          &value->number))
      value->type = HADM_VALUE_NONE;
  }
}

static void clear_values(struct hadm_record *record) {
  memset(record->values, 0, record->count * sizeof(*record->values));
  memset(record->counts, 0, record->count * sizeof(*record->counts));
}

static bool read_all(struct hadm_record *record, uint32_t object) {
  const struct hadm_snapshot *snapshot = record->snapshot;
  size_t found = 0;
  size_t current = 0;
  uint32_t place = HADM_NONE;
  if (record->tally != NULL)
    place = hadm_tally_place(record->tally, snapshot, object);
  weigh(record, place);
  clear_values(record);
  for (size_t i = 0; i < snapshot->taken; i++) {
    const bool old = snapshot->processes[i].old;
    if (!read_row(record, object, i))
      continue;
    if (found == 0 && !old)
      begin_with_row(record, i);
    else
      merge_row(record, i, current == 0);
    found++;
    current += old ? 0 : 1;
  }
  finish(record, current);
  count_on(record, place);
  return found > 0;
}

bool hadm_record_read(struct hadm_record *record, uint32_t object,
                      size_t process) {
  if (process == HADM_ALL)
    return read_all(record, object);
  if (!read_row(record, object, process)) {
    clear_values(record);
    return false;
  }
  memcpy(record->values, record->row, record->count * sizeof(*record->values));
  return true;
}
