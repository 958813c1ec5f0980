#include "hadm_record.h"

#include "../base/hadm_digits.h"
#include "../base/hadm_number.h"
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
  for (size_t i = 0; record->layouts != NULL && i < record->snapshot->taken;
       i++) {
    free(record->layouts[i].slots);
    free(record->layouts[i].places);
  }
  free(record->layouts);
  free(record->commas);
  free(record->apart);
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
static void map_columns(const struct hadm_record *record,
                        const struct hadm_reading *reading,
                        struct hadm_layout *layout) {
  struct hadm_slice rest = {reading->text.data + reading->table.header,
                            reading->table.header_len};
  struct hadm_field name;
  for (size_t i = 0; i < reading->table.columns && hadm_csv_next(&rest, &name);
       i++) {
    layout->slots[i] = (int16_t)slot_of(record, name.text);
    if (layout->slots[i] != NO_SLOT)
      layout->width = i + 1;
  }
}

/* The columns that are read, by way. A field that two columns have (as versions
 * spell it, and as they misspell it) is the second's where that says anything,
 * which takes more than one look. */
static void order_places(const struct hadm_record *record,
                         struct hadm_layout *layout) {
  size_t count = 0;
  size_t *seen = record->counts;
  for (unsigned way = 0; way < HADM_WAYS; way++) {
    for (size_t i = 0; i < layout->width; i++) {
      const int slot = layout->slots[i];
      if (slot == NO_SLOT || record->slots[slot].way != way)
        continue;
      layout->doubled = layout->doubled || seen[slot] > 0;
      seen[slot]++;
      layout->places[count++] =
          (struct hadm_place){(uint16_t)i, (uint16_t)slot};
    }
    layout->ends[way] = count;
  }
  memset(seen, 0, record->count * sizeof(*seen));
}

static enum hadm_status lay_out(struct hadm_record *record, size_t process) {
  const struct hadm_reading *reading =
      &record->snapshot->processes[process].reading;
  struct hadm_layout *layout = &record->layouts[process];
  if (record->kind == HADM_PROCESS || !reading->table.headed)
    return HADM_OK;
  const size_t most = reading->table.columns + 1;
  layout->slots = calloc(most, sizeof(*layout->slots));
  layout->places = malloc(most * sizeof(*layout->places));
  if (layout->slots == NULL || layout->places == NULL)
    return HADM_E_NOMEM;
  map_columns(record, reading, layout);
  order_places(record, layout);
  return HADM_OK;
}

/* What is merged number by number, without a look at anything else. */
static enum hadm_way way_of(const struct hadm_record *record, size_t at) {
  const struct hadm_slot *slot = &record->slots[at];
  const bool asked = record->weighs && record->sessions == (int)at;
  if (!slot->numeric || slot->agreed || asked || slot->merge == HADM_MERGE_BUSY)
    return HADM_WAY_APART;
  return slot->merge == HADM_MERGE_SUM ? HADM_WAY_SUM : HADM_WAY_NUMBER;
}

/* Codes go with the checks that found them, so they are merged before those. */
static void list_apart(struct hadm_record *record, bool beside) {
  for (size_t i = 0; i < record->count; i++)
    if (record->slots[i].way == HADM_WAY_APART &&
        (record->slots[i].merge == HADM_MERGE_BESIDE) == beside)
      record->apart[record->apart_count++] = (uint16_t)i;
}

/* Memory for all of it. */
static enum hadm_status reserve(struct hadm_record *record) {
  const struct hadm_snapshot *snapshot = record->snapshot;
  size_t count = record->count > 0 ? record->count : 1;
  size_t processes = snapshot->taken > 0 ? snapshot->taken : 1;
  size_t columns = 1;
  for (size_t i = 0; i < snapshot->taken; i++)
    if (snapshot->processes[i].reading.table.columns > columns)
      columns = snapshot->processes[i].reading.table.columns;
  record->values = calloc(count, sizeof(*record->values));
  record->row = calloc(count, sizeof(*record->row));
  record->counts = calloc(count, sizeof(*record->counts));
  record->apart = calloc(count, sizeof(*record->apart));
  record->layouts = calloc(processes, sizeof(*record->layouts));
  record->weights = calloc(processes, sizeof(*record->weights));
  record->commas = calloc(columns + 1 + HADM_BLOCK, sizeof(*record->commas));
  return record->values == NULL || record->row == NULL ||
                 record->counts == NULL || record->apart == NULL ||
                 record->layouts == NULL || record->weights == NULL ||
                 record->commas == NULL
             ? HADM_E_NOMEM
             : HADM_OK;
}

enum hadm_status hadm_record_prepare(struct hadm_record *record) {
  enum hadm_status status = reserve(record);
  if (status != HADM_OK)
    return status;
  record->sessions = slot_of(record, HADM_LITERAL("stot"));
  for (size_t i = 0; i < record->count; i++) {
    struct hadm_slot *slot = &record->slots[i];
    if (slot->merge == HADM_MERGE_BESIDE)
      slot->beside =
          slot_of(record, hadm_slice_starts(slot->name, HADM_LITERAL("agent"))
                              ? HADM_LITERAL("agent_status")
                              : HADM_LITERAL("check_status"));
    slot->way = (unsigned char)way_of(record, i);
  }
  list_apart(record, true);
  list_apart(record, false);
  for (size_t i = 0; status == HADM_OK && i < record->snapshot->taken; i++)
    status = lay_out(record, i);
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

/* A row of a process. */
struct line {
  const struct hadm_layout *layout;
  struct hadm_slice text;
  const char *limit; /* what may be read ends here */
  bool quotes;
};

/* Finds the commas of a row without quotes, as if one stood in front of it. */
static void cut(const struct hadm_record *record, const struct line *line) {
  record->commas[0] = UINT32_MAX;
  hadm_csv_commas(line->text, record->commas + 1,
                  line->layout->width + HADM_BLOCK);
}

static struct hadm_slice text_at(const struct hadm_record *record,
                                 const struct line *line, size_t column) {
  const uint32_t start = record->commas[column] + 1;
  return (struct hadm_slice){line->text.ptr + start,
                             record->commas[column + 1] - start};
}

/* Reads the fields of some places into <row>. */
static void read_places(struct hadm_record *record, const struct line *line,
                        size_t from, size_t to) {
  for (size_t i = from; i < to; i++) {
    const struct hadm_place *place = &line->layout->places[i];
    struct hadm_value *value = &record->row[place->slot];
    struct hadm_field field = {text_at(record, line, place->column), false};
    if (record->slots[place->slot].numeric &&
        hadm_digits_read(field.text, line->limit, &value->number)) {
      value->type = HADM_VALUE_NUMBER;
      value->text = field;
    } else {
      set_value(record, place->slot, field);
    }
  }
}

/* The same of all columns, in whatever order and with quotes. */
static void read_columns(struct hadm_record *record, const struct line *line) {
  const struct hadm_layout *layout = line->layout;
  struct hadm_slice rest = line->text;
  struct hadm_field field;
  for (size_t i = 0; i < layout->width && hadm_csv_next(&rest, &field); i++)
    if (layout->slots[i] != NO_SLOT)
      set_value(record, (size_t)layout->slots[i], field);
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
  for (size_t i = 0; i < record->apart_count; i++) {
    const struct hadm_slot *slot = &record->slots[record->apart[i]];
    struct hadm_value *value = &record->row[record->apart[i]];
    if (!slot->coded)
      continue;
    value->code = HADM_UNKNOWN;
    if (value->type != HADM_VALUE_TEXT)
      continue;
    if (slot->merge == HADM_MERGE_WORST) {
      value->code = (signed char)hadm_state_of(record->kind, value->text.text);
      if (value->code != HADM_UNKNOWN)
        value->seen = (unsigned char)(1U << (unsigned)value->code);
    } else {
      value->code = (signed char)hadm_check_of(value->text.text);
    }
  }
}

/* Finds the object's row; false where the process does not have it. */
static bool find_line(const struct hadm_record *record, uint32_t object,
                      size_t process, struct line *line) {
  const struct hadm_reading *reading =
      &record->snapshot->processes[process].reading;
  uint32_t row = hadm_snapshot_row(record->snapshot, object, process);
  if (row == HADM_NONE || record->layouts[process].slots == NULL)
    return false;
  struct hadm_slice text = {reading->text.data, reading->text.len};
  line->layout = &record->layouts[process];
  line->limit = text.ptr + text.len;
  line->text = hadm_table_row(&reading->table, text, row, &line->quotes);
  return true;
}

/* Fills <row>; false where the process does not have the object. */
static bool read_row(struct hadm_record *record, uint32_t object,
                     size_t process) {
  const struct hadm_process *p = &record->snapshot->processes[process];
  struct line line;
  memset(record->row, 0, record->count * sizeof(*record->row));
  if (object == HADM_NONE) {
    if (p->reading.info_len == 0)
      return false;
    read_info(record, process);
  } else if (!find_line(record, object, process, &line)) {
    return false;
  } else if (line.quotes || line.layout->doubled) {
    read_columns(record, &line);
  } else {
    cut(record, &line);
    read_places(record, &line, 0, line.layout->ends[HADM_WAY_APART]);
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
                         int64_t number) {
  switch (slot->merge) {
  case HADM_MERGE_MAX:
    if (number > value->number)
      value->number = number;
    break;
  case HADM_MERGE_MIN:
    if (number < value->number)
      value->number = number;
    break;
  case HADM_MERGE_SINCE:
    if (value->number < 0 || (number >= 0 && number < value->number))
      value->number = number;
    break;
  case HADM_MERGE_SAME:
  case HADM_MERGE_BESIDE:
    break;
  default:
    value->number = add(value->number, number);
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

/* Gives a number its weight. Times that are longer than 2^40 milliseconds are
 * nobody's. */
static int64_t weighty(int64_t number, size_t weight) {
  const int64_t most = INT64_C(1) << 40;
  if (weight <= 1)
    return number;
  if (number > most)
    number = most;
  if (number < -most)
    number = -most;
  return number * (int64_t)weight;
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
  if (row->type == HADM_VALUE_NONE && value->type == HADM_VALUE_NONE)
    return;
  value->differs =
      value->differs || (!first && slot->agreed && is_other(slot, value, row));
  if (row->type == HADM_VALUE_NONE)
    return;
  const bool differs = value->differs;
  const unsigned char seen = value->seen | row->seen;
  const size_t weight = weight_of(record, slot, process);
  const bool alone =
      weight > 0 ? record->counts[at] == 0 : value->type == HADM_VALUE_NONE;
  record->counts[at] += weight;
  if (alone || (is_by_badness(slot) && is_worse(record, slot, value, row))) {
    *value = *row;
    value->number = weighty(row->number, weight);
  } else if (row->type == HADM_VALUE_NUMBER &&
             value->type == HADM_VALUE_NUMBER && !is_by_badness(slot) &&
             weight > 0) {
    merge_number(slot, value, weighty(row->number, weight));
  }
  value->differs = differs;
  value->seen = seen;
}

static void merge_apart(struct hadm_record *record, size_t process,
                        bool first) {
  const struct hadm_process *p = &record->snapshot->processes[process];
  for (size_t i = 0; i < record->apart_count; i++)
    if (counts(p, &record->slots[record->apart[i]]))
      merge_slot(record, record->apart[i], process, first);
}

/* Merges what <row> has. */
static void merge_row(struct hadm_record *record, size_t process, bool first) {
  const struct hadm_process *p = &record->snapshot->processes[process];
  for (size_t i = 0; i < record->count; i++)
    if (record->slots[i].way != HADM_WAY_APART && counts(p, &record->slots[i]))
      merge_slot(record, i, process, first);
  merge_apart(record, process, first);
}

/* The same of a number that asks for nothing else, straight from its text. */
static void merge_place(struct hadm_record *record, const struct line *line,
                        size_t process, const struct hadm_place *place) {
  const size_t at = place->slot;
  const struct hadm_field field = {text_at(record, line, place->column), false};
  struct hadm_value own = {.type = HADM_VALUE_NUMBER, .text = field};
  if (!hadm_digits_read(field.text, line->limit, &own.number)) {
    record->row[at] = (struct hadm_value){.type = HADM_VALUE_NONE};
    set_value(record, at, field);
    merge_slot(record, at, process, false);
  } else if (record->counts[at]++ == 0) {
    record->values[at] = own;
  } else if (record->values[at].type == HADM_VALUE_NUMBER) {
    merge_number(&record->slots[at], &record->values[at], own.number);
  }
}

/* Is it one digit, and <value> the sum of numbers that leave room for it? */
static bool is_digit_more(struct hadm_slice text,
                          const struct hadm_value *value) {
  return text.len == 1 && hadm_is_digit(text.ptr[0]) &&
         value->type == HADM_VALUE_NUMBER && value->number < INT64_MAX / 2;
}

/* Most numbers are sums, and most of those are of one digit. */
static void merge_sums(struct hadm_record *record, const struct line *line,
                       size_t process) {
  const struct hadm_place *places = line->layout->places;
  const size_t count = line->layout->ends[HADM_WAY_SUM];
  for (size_t i = 0; i < count; i++) {
    struct hadm_slice text = text_at(record, line, places[i].column);
    struct hadm_value *value = &record->values[places[i].slot];
    if (text.len == 0)
      continue;
    if (is_digit_more(text, value))
      value->number += text.ptr[0] - '0';
    else
      merge_place(record, line, process, &places[i]);
  }
}

/* Merges a row without quotes of a process that counts. */
static void merge_line(struct hadm_record *record, const struct line *line,
                       size_t process, bool first) {
  const struct hadm_layout *layout = line->layout;
  const size_t numbers = layout->ends[HADM_WAY_NUMBER];
  cut(record, line);
  merge_sums(record, line, process);
  for (size_t i = layout->ends[HADM_WAY_SUM]; i < numbers; i++)
    if (text_at(record, line, layout->places[i].column).len > 0)
      merge_place(record, line, process, &layout->places[i]);
  for (size_t i = 0; i < record->apart_count; i++)
    record->row[record->apart[i]] =
        (struct hadm_value){.type = HADM_VALUE_NONE};
  read_places(record, line, numbers, layout->ends[HADM_WAY_APART]);
  set_codes(record);
  merge_apart(record, process, first);
}

/* Merges what a process has of the object; false where it does not have it. */
static bool merge_process(struct hadm_record *record, uint32_t object,
                          size_t process, bool first) {
  struct line line;
  if (object != HADM_NONE && !record->snapshot->processes[process].old) {
    if (!find_line(record, object, process, &line))
      return false;
    if (!line.quotes && !line.layout->doubled) {
      merge_line(record, &line, process, first);
      return true;
    }
  }
  if (!read_row(record, object, process))
    return false;
  merge_row(record, process, first);
  return true;
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
    if (!merge_process(record, object, i, current == 0))
      continue;
    found++;
    current += snapshot->processes[i].old ? 0 : 1;
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
