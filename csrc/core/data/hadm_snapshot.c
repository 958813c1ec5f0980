#include "hadm_snapshot.h"

#include "../base/hadm_number.h"
#include "hadm_info.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_OBJECTS = 16, FIRST_PLACES = 32, UNKNOWN = -2, ABSENT = -1 };

struct hadm_snapshot *hadm_snapshot_new(size_t processes) {
  struct hadm_snapshot *snapshot = calloc(1, sizeof(*snapshot));
  if (snapshot == NULL)
    return NULL;
  snapshot->references = 1;
  snapshot->process_count = processes;
  snapshot->processes = calloc(processes, sizeof(*snapshot->processes));
  if (snapshot->processes == NULL && processes > 0) {
    free(snapshot);
    return NULL;
  }
  return snapshot;
}

struct hadm_snapshot *hadm_snapshot_ref(struct hadm_snapshot *snapshot) {
  snapshot->references++;
  return snapshot;
}

void hadm_snapshot_unref(struct hadm_snapshot *snapshot) {
  if (snapshot == NULL || --snapshot->references > 0)
    return;
  for (size_t i = 0; i < snapshot->taken; i++) {
    hadm_reading_free(&snapshot->processes[i].reading);
    free(snapshot->processes[i].columns);
    free(snapshot->processes[i].order);
  }
  free(snapshot->processes);
  free(snapshot->objects);
  free(snapshot->rows);
  free(snapshot->index);
  free(snapshot);
}

static struct hadm_slice text_of(const struct hadm_process *process) {
  return (struct hadm_slice){process->reading.text.data,
                             process->reading.text.len};
}

/* Rows are mostly read one after the other, a few bytes of each: the begin of
 * one that is soon to be read is asked for in time. */
static void look_ahead(const struct hadm_process *process, size_t row) {
#if defined(__GNUC__)
  const size_t ahead = 6;
  if (row + ahead < process->reading.table.count)
    __builtin_prefetch(
        hadm_table_key(&process->reading.table, text_of(process), row + ahead)
            .ptr);
#else
  (void)process;
  (void)row;
#endif
}

/* ---- columns ---- */

static enum hadm_status new_columns(struct hadm_process *process) {
  size_t count = hadm_metric_count();
  process->columns = malloc(count * sizeof(*process->columns));
  if (process->columns == NULL)
    return HADM_E_NOMEM;
  for (size_t i = 0; i < count; i++)
    process->columns[i] = UNKNOWN;
  return HADM_OK;
}

static int column_of(const struct hadm_process *process,
                     const struct hadm_metric *metric) {
  int16_t *column = &process->columns[hadm_metric_index(metric)];
  if (*column == UNKNOWN) {
    int found = hadm_table_column(&process->reading.table, text_of(process),
                                  metric->name);
    *column = (int16_t)(found > INT16_MAX ? ABSENT : found);
  }
  return *column;
}

bool hadm_snapshot_field(const struct hadm_snapshot *snapshot, uint32_t object,
                         size_t process, const struct hadm_metric *metric,
                         struct hadm_field *field) {
  const struct hadm_process *p = &snapshot->processes[process];
  uint32_t row = hadm_snapshot_row(snapshot, object, process);
  if (row == HADM_NONE)
    return false;
  look_ahead(p, row);
  return hadm_table_field(&p->reading.table, text_of(p), row,
                          column_of(p, metric), field);
}

/* ---- names ---- */

/* Columns 0 and 1, as the table's header was checked to say. HAProxy allows
 * neither commas nor quotes in a name. */
static struct hadm_slice row_name(const struct hadm_process *process,
                                  uint32_t row, unsigned column) {
  struct hadm_field field;
  if (!hadm_table_field(&process->reading.table, text_of(process), row,
                        (int)column, &field))
    return (struct hadm_slice){"", 0};
  return field.text;
}

/* Others are called as their proxy is. */
static bool has_name(enum hadm_kind kind) {
  return kind == HADM_SERVER || kind == HADM_LISTENER;
}

/* The first process that has a row of the object, or of its first server. */
static struct hadm_slice object_name(const struct hadm_snapshot *snapshot,
                                     uint32_t object, unsigned column) {
  for (size_t i = 0; object != HADM_NONE && i < snapshot->taken; i++) {
    uint32_t row = hadm_snapshot_row(snapshot, object, i);
    if (row != HADM_NONE)
      return row_name(&snapshot->processes[i], row, column);
  }
  return (struct hadm_slice){"", 0};
}

struct hadm_slice hadm_snapshot_proxy(const struct hadm_snapshot *snapshot,
                                      uint32_t object) {
  if (!hadm_snapshot_has(snapshot, object))
    object = snapshot->objects[object].first;
  return object_name(snapshot, object, 0);
}

struct hadm_slice hadm_snapshot_name(const struct hadm_snapshot *snapshot,
                                     uint32_t object) {
  if (!has_name(snapshot->objects[object].kind))
    return hadm_snapshot_proxy(snapshot, object);
  return object_name(snapshot, object, 1);
}

bool hadm_snapshot_has(const struct hadm_snapshot *snapshot, uint32_t object) {
  for (size_t i = 0; i < snapshot->taken; i++)
    if (hadm_snapshot_row(snapshot, object, i) != HADM_NONE)
      return true;
  return false;
}

uint32_t hadm_snapshot_row(const struct hadm_snapshot *snapshot,
                           uint32_t object, size_t process) {
  return snapshot->rows[object * snapshot->process_count + process];
}

/* ---- the hash table ---- */

static uint64_t hash_bytes(uint64_t hash, struct hadm_slice text) {
  for (size_t i = 0; i < text.len; i++)
    hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(0x100000001b3);
  return hash;
}

static uint32_t hash_key(enum hadm_kind kind, struct hadm_slice proxy,
                         struct hadm_slice name) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (unsigned)kind;
  hash = hash_bytes(hash, proxy);
  if (has_name(kind))
    hash = hash_bytes((hash ^ '/') * UINT64_C(0x100000001b3), name);
  return (uint32_t)(hash ^ (hash >> 32));
}

static bool is_object(const struct hadm_snapshot *snapshot, uint32_t object,
                      enum hadm_kind kind, struct hadm_slice proxy,
                      struct hadm_slice name) {
  return snapshot->objects[object].kind == kind &&
         hadm_slice_equal(hadm_snapshot_proxy(snapshot, object), proxy) &&
         (!has_name(kind) ||
          hadm_slice_equal(hadm_snapshot_name(snapshot, object), name));
}

/* The object's place in the table, or the free place where it belongs. */
static uint32_t *place(const struct hadm_snapshot *snapshot, uint32_t hash,
                       enum hadm_kind kind, struct hadm_slice proxy,
                       struct hadm_slice name) {
  size_t mask = snapshot->index_size - 1;
  size_t i = hash & mask;
  for (; snapshot->index[i] != HADM_NONE; i = (i + 1) & mask)
    if (snapshot->objects[snapshot->index[i]].hash == hash &&
        is_object(snapshot, snapshot->index[i], kind, proxy, name))
      break;
  return &snapshot->index[i];
}

uint32_t hadm_snapshot_find(const struct hadm_snapshot *snapshot,
                            enum hadm_kind kind, struct hadm_slice proxy,
                            struct hadm_slice name) {
  if (snapshot->index_size == 0)
    return HADM_NONE;
  return *place(snapshot, hash_key(kind, proxy, name), kind, proxy, name);
}

/* At most half of the places are ever taken: makes room for <objects>. */
static enum hadm_status grow_index(struct hadm_snapshot *snapshot,
                                   size_t objects) {
  size_t size = FIRST_PLACES;
  while (size < 2 * objects)
    size *= 2;
  if (size <= snapshot->index_size)
    return HADM_OK;
  uint32_t *index = malloc(size * sizeof(*index));
  if (index == NULL)
    return HADM_E_NOMEM;
  memset(index, 0xff, size * sizeof(*index));
  free(snapshot->index);
  snapshot->index = index;
  snapshot->index_size = size;
  for (uint32_t i = 0; i < snapshot->count; i++) {
    size_t at = snapshot->objects[i].hash & (size - 1);
    while (index[at] != HADM_NONE)
      at = (at + 1) & (size - 1);
    index[at] = i;
  }
  return HADM_OK;
}

/* ---- joining ---- */

static enum hadm_status grow_objects(struct hadm_snapshot *snapshot) {
  size_t reserved =
      snapshot->reserved == 0 ? FIRST_OBJECTS : snapshot->reserved * 2;
  size_t width = snapshot->process_count;
  struct hadm_object *objects =
      realloc(snapshot->objects, reserved * sizeof(*objects));
  if (objects == NULL)
    return HADM_E_NOMEM;
  snapshot->objects = objects;
  uint32_t *rows = realloc(snapshot->rows, reserved * width * sizeof(*rows));
  if (rows == NULL)
    return HADM_E_NOMEM;
  snapshot->rows = rows;
  snapshot->reserved = reserved;
  return HADM_OK;
}

/* A new object with no rows; the caller has put its number where it belongs
 * in the hash table. */
static enum hadm_status add_object(struct hadm_snapshot *snapshot,
                                   enum hadm_kind kind, uint32_t hash) {
  if (snapshot->count == snapshot->reserved) {
    enum hadm_status status = grow_objects(snapshot);
    if (status != HADM_OK)
      return status;
  }
  size_t width = snapshot->process_count;
  memset(snapshot->rows + snapshot->count * width, 0xff,
         width * sizeof(*snapshot->rows));
  snapshot->objects[snapshot->count++] = (struct hadm_object){
      kind, hash, HADM_NONE, HADM_NONE, HADM_NONE, HADM_NONE};
  return HADM_OK;
}

static void adopt(struct hadm_snapshot *snapshot, uint32_t backend,
                  uint32_t server) {
  struct hadm_object *parent = &snapshot->objects[backend];
  snapshot->objects[server].parent = backend;
  if (parent->first == HADM_NONE)
    parent->first = server;
  else
    snapshot->objects[parent->last].next = server;
  parent->last = server;
}

/* Finds the object of a row, or makes it. */
static enum hadm_status object_for(struct hadm_snapshot *snapshot,
                                   enum hadm_kind kind, struct hadm_slice proxy,
                                   struct hadm_slice name, uint32_t *object) {
  enum hadm_status status = grow_index(snapshot, snapshot->count + 1);
  if (status != HADM_OK)
    return status;
  uint32_t hash = hash_key(kind, proxy, name);
  uint32_t *at = place(snapshot, hash, kind, proxy, name);
  if (*at == HADM_NONE) {
    status = add_object(snapshot, kind, hash);
    if (status != HADM_OK)
      return status;
    *at = (uint32_t)snapshot->count - 1;
  }
  *object = *at;
  return HADM_OK;
}

static void set_row(struct hadm_snapshot *snapshot, uint32_t object,
                    size_t process, size_t row) {
  uint32_t *at = &snapshot->rows[object * snapshot->process_count + process];
  if (*at == HADM_NONE)
    *at = (uint32_t)row;
}

/* ---- two processes side by side ---- */

/* Processes of one configuration print the same rows in the same order, so the
 * rows of the process before are walked along: */
struct walk {
  const struct hadm_process *before; /* NULL for the first process */
  size_t row;                        /* of it, that is expected next */
};

/* Is the expected row the same as <row> of <process>? Then it is stepped over,
 * and *<object> is its object. */
static bool walk_on(struct walk *walk, const struct hadm_process *process,
                    size_t row, uint32_t *object) {
  const struct hadm_process *before = walk->before;
  if (before == NULL || walk->row >= before->reading.table.count ||
      hadm_table_kind(&before->reading.table, walk->row) !=
          hadm_table_kind(&process->reading.table, row) ||
      !hadm_slice_equal(
          hadm_table_key(&before->reading.table, text_of(before), walk->row),
          hadm_table_key(&process->reading.table, text_of(process), row)))
    return false;
  *object = before->order[walk->row++];
  return true;
}

/* Goes on behind the object's row, if the process before has one. */
static void walk_to(struct walk *walk, const struct hadm_snapshot *snapshot,
                    uint32_t object) {
  if (walk->before == NULL)
    return;
  size_t process = (size_t)(walk->before - snapshot->processes);
  uint32_t row = hadm_snapshot_row(snapshot, object, process);
  if (row != HADM_NONE)
    walk->row = (size_t)row + 1;
}

/* Puts a server under its backend, which may be the one of the row before. */
static enum hadm_status adopt_into(struct hadm_snapshot *snapshot,
                                   uint32_t *backend, uint32_t server,
                                   struct hadm_slice proxy) {
  enum hadm_status status = HADM_OK;
  if (*backend == HADM_NONE || snapshot->objects[*backend].last == HADM_NONE ||
      !hadm_slice_equal(hadm_snapshot_proxy(snapshot, *backend), proxy))
    status = object_for(snapshot, HADM_BACKEND, proxy, proxy, backend);
  if (status == HADM_OK)
    adopt(snapshot, *backend, server);
  return status;
}

/* Joins the rows of a process whose <order> has room for all of them. */
static enum hadm_status join_rows(struct hadm_snapshot *snapshot,
                                  size_t process, struct walk walk) {
  struct hadm_process *p = &snapshot->processes[process];
  uint32_t backend = HADM_NONE;
  for (size_t row = 0; row < p->reading.table.count; row++) {
    enum hadm_kind kind = hadm_table_kind(&p->reading.table, row);
    uint32_t object = HADM_NONE;
    look_ahead(p, row);
    if (walk.before != NULL)
      look_ahead(walk.before, walk.row);
    p->order[row] = HADM_NONE;
    if (kind == HADM_OTHER)
      continue;
    if (!walk_on(&walk, p, row, &object)) {
      struct hadm_slice proxy = row_name(p, (uint32_t)row, 0);
      struct hadm_slice name = row_name(p, (uint32_t)row, 1);
      enum hadm_status status =
          object_for(snapshot, kind, proxy, name, &object);
      if (status == HADM_OK && kind == HADM_SERVER &&
          snapshot->objects[object].parent == HADM_NONE)
        status = adopt_into(snapshot, &backend, object, proxy);
      if (status != HADM_OK)
        return status;
      walk_to(&walk, snapshot, object);
    }
    p->order[row] = object;
    set_row(snapshot, object, process, row);
  }
  return HADM_OK;
}

static enum hadm_status join(struct hadm_snapshot *snapshot, size_t process) {
  struct hadm_process *p = &snapshot->processes[process];
  size_t rows = p->reading.table.count;
  if (p->reading.table.type < 0)
    return HADM_E_ARG;
  p->order = malloc((rows > 0 ? rows : 1) * sizeof(*p->order));
  if (p->order == NULL)
    return HADM_E_NOMEM;
  struct walk walk = {NULL, 0};
  if (process > 0 && p[-1].order != NULL)
    walk.before = &p[-1];
  /* Nearly every row of the first process is an object of its own. */
  enum hadm_status status =
      snapshot->count == 0 ? grow_index(snapshot, rows) : HADM_OK;
  if (status == HADM_OK)
    status = join_rows(snapshot, process, walk);
  if (process > 0) {
    free(p[-1].order);
    p[-1].order = NULL;
  }
  return status;
}

enum hadm_status hadm_snapshot_take(struct hadm_snapshot *snapshot,
                                    unsigned slot, unsigned nb,
                                    struct hadm_reading *reading) {
  if (snapshot->taken == snapshot->process_count || reading->text.len == 0)
    return HADM_E_ARG;
  struct hadm_process *process = &snapshot->processes[snapshot->taken++];
  *process = (struct hadm_process){.slot = slot, .nb = nb, .reading = *reading};
  hadm_reading_init(reading);
  snapshot->bytes += process->reading.text.len;
  if (!process->reading.table.headed)
    return HADM_OK;
  enum hadm_status status = new_columns(process);
  return status == HADM_OK ? join(snapshot, snapshot->taken - 1) : status;
}

/* ---- values ---- */

static const struct hadm_field EMPTY = {{"", 0}, false};

static bool info_of(const struct hadm_snapshot *snapshot, size_t process,
                    struct hadm_slice name, struct hadm_slice *value) {
  const struct hadm_process *p = &snapshot->processes[process];
  return hadm_info_find(hadm_reading_info(&p->reading), name, value);
}

bool hadm_snapshot_info(const struct hadm_snapshot *snapshot, size_t process,
                        struct hadm_slice name, struct hadm_slice *value) {
  return info_of(snapshot, process, name, value) && value->len > 0;
}

static bool value_of(const struct hadm_snapshot *snapshot, uint32_t object,
                     size_t process, const struct hadm_metric *metric,
                     struct hadm_field *value) {
  if (object != HADM_NONE)
    return hadm_snapshot_field(snapshot, object, process, metric, value);
  struct hadm_slice text;
  if (!hadm_snapshot_info(snapshot, process, metric->name, &text))
    return false;
  *value = hadm_info_field(text);
  return true;
}

void hadm_snapshot_age(struct hadm_snapshot *snapshot) {
  snapshot->processes[snapshot->taken - 1].old = true;
}

/* Is what a process says of a field a part of the whole? */
static bool counts(const struct hadm_snapshot *snapshot, size_t process,
                   const struct hadm_metric *metric, enum hadm_rule rule) {
  return !snapshot->processes[process].old ||
         (rule == HADM_RULE_SUM && !hadm_metric_is_limit(metric));
}

void hadm_snapshot_total(const struct hadm_snapshot *snapshot, uint32_t object,
                         const struct hadm_metric *metric, enum hadm_rule rule,
                         struct hadm_total *total) {
  hadm_total_init(total, rule);
  for (size_t i = 0; i < snapshot->taken; i++) {
    struct hadm_field value;
    int64_t number;
    if (counts(snapshot, i, metric, rule) &&
        value_of(snapshot, object, i, metric, &value) &&
        hadm_number_read(value.text, &number))
      hadm_total_add(total, number);
  }
}

int64_t hadm_snapshot_sum(const struct hadm_snapshot *snapshot,
                          enum hadm_kind kind,
                          const struct hadm_metric *metric) {
  struct hadm_total total;
  hadm_total_init(&total, HADM_RULE_SUM);
  for (size_t process = 0; process < snapshot->taken; process++) {
    if (!counts(snapshot, process, metric, HADM_RULE_SUM))
      continue;
    for (uint32_t i = 0; i < snapshot->count; i++) {
      struct hadm_field field;
      int64_t number;
      if (snapshot->objects[i].kind == kind &&
          hadm_snapshot_field(snapshot, i, process, metric, &field) &&
          hadm_number_read(field.text, &number))
        hadm_total_add(&total, number);
    }
  }
  return hadm_total_result(&total);
}

/* Has this process a say in what the value is? *<value> may be empty. */
static bool takes_part(const struct hadm_snapshot *snapshot, uint32_t object,
                       size_t process, const struct hadm_metric *metric,
                       struct hadm_field *value) {
  const struct hadm_process *p = &snapshot->processes[process];
  *value = EMPTY;
  if (object == HADM_NONE) {
    struct hadm_slice text;
    if (!info_of(snapshot, process, metric->name, &text))
      return metric->kind == HADM_METRIC_OPTION;
    *value = hadm_info_field(text);
    return true;
  }
  uint32_t row = hadm_snapshot_row(snapshot, object, process);
  int column = row != HADM_NONE ? column_of(p, metric) : ABSENT;
  if (column < 0)
    return false;
  look_ahead(p, row);
  if (!hadm_table_field(&p->reading.table, text_of(p), row, column, value))
    *value = EMPTY;
  return true;
}

enum hadm_status hadm_snapshot_agreed(const struct hadm_snapshot *snapshot,
                                      uint32_t object,
                                      const struct hadm_metric *metric,
                                      enum hadm_rule rule,
                                      struct hadm_field *value) {
  bool found = false;
  *value = EMPTY;
  for (size_t i = 0; i < snapshot->taken; i++) {
    struct hadm_field other;
    if (!counts(snapshot, i, metric, rule) ||
        !takes_part(snapshot, object, i, metric, &other))
      continue;
    if (!found)
      *value = other;
    else if (!hadm_slice_equal(value->text, other.text) &&
             !hadm_slice_equal(hadm_metric_part(metric, rule, value->text),
                               hadm_metric_part(metric, rule, other.text)))
      return HADM_E_INCONSISTENT;
    found = true;
  }
  return HADM_OK;
}
