#include "hadm_tally.h"

#include "../base/hadm_digits.h"
#include "../base/hadm_hash.h"
#include "../base/hadm_number.h"
#include "hadm_info.h"

#include <stdlib.h>
#include <string.h>

enum {
  FIRST_OBJECTS = 16,
  FIRST_PLACES = 32,
  /* A process may read its files for so long, in seconds, before it takes the
   * sockets over and counts. */
  SLOW_START = 300,
  /* Of `show stat`: three times as many as HAProxy 3.4 has. */
  COLUMNS_MAX = 640
};

/* Shared seconds are kept in millionths, since a mean is no whole number. */
#define PARTS INT64_C(1000000)

static struct hadm_slice text_of(const struct hadm_process *process) {
  return (struct hadm_slice){process->reading.text.data,
                             process->reading.text.len};
}

/* ---- objects ---- */

static size_t counters_of(const struct hadm_tally *tally, enum hadm_kind kind) {
  return tally->counters.count[kind];
}

/* Behind the counters of a column stands how many sessions there were since the
 * reading before. */
static size_t cells_of(const struct hadm_tally *tally, enum hadm_kind kind) {
  return counters_of(tally, kind) + 1;
}

int64_t *hadm_tally_totals(const struct hadm_tally *tally, uint32_t place) {
  return tally->objects[place].cells;
}

int64_t *hadm_tally_last(const struct hadm_tally *tally, uint32_t place,
                         size_t column) {
  const struct hadm_counted *object = &tally->objects[place];
  return object->cells + cells_of(tally, object->kind) * (column + 1);
}

static void forget_numbers(int64_t *numbers, size_t count) {
  for (size_t i = 0; i < count; i++)
    numbers[i] = HADM_TALLY_NONE;
}

static bool is_object(const struct hadm_tally *tally, uint32_t place,
                      enum hadm_kind kind, struct hadm_slice key) {
  const struct hadm_counted *object = &tally->objects[place];
  return object->kind == kind &&
         hadm_slice_equal((struct hadm_slice){object->key, object->key_len},
                          key);
}

static uint32_t hash_of(const struct hadm_tally *tally, enum hadm_kind kind,
                        struct hadm_slice key) {
  return hadm_hash((uint64_t)tally->seed << 8 | (unsigned)kind, key);
}

/* The object's place in the table, or the free one where it belongs. */
static uint32_t *slot_of(const struct hadm_tally *tally, uint32_t hash,
                         enum hadm_kind kind, struct hadm_slice key) {
  size_t mask = tally->index_size - 1;
  size_t i = hash & mask;
  for (; tally->index[i] != HADM_NONE; i = (i + 1) & mask)
    if (tally->objects[tally->index[i]].hash == hash &&
        is_object(tally, tally->index[i], kind, key))
      break;
  return &tally->index[i];
}

static void fill_index(struct hadm_tally *tally) {
  memset(tally->index, 0xff, tally->index_size * sizeof(*tally->index));
  for (uint32_t i = 0; i < tally->count; i++) {
    size_t at = tally->objects[i].hash & (tally->index_size - 1);
    while (tally->index[at] != HADM_NONE)
      at = (at + 1) & (tally->index_size - 1);
    tally->index[at] = i;
  }
}

/* At most half of the places are ever taken: makes room for one more. */
static enum hadm_status grow_index(struct hadm_tally *tally) {
  if (2 * (tally->count + 1) <= tally->index_size)
    return HADM_OK;
  size_t size = tally->index_size == 0 ? FIRST_PLACES : 2 * tally->index_size;
  uint32_t *index = malloc(size * sizeof(*index));
  if (index == NULL)
    return HADM_E_NOMEM;
  free(tally->index);
  tally->index = index;
  tally->index_size = size;
  fill_index(tally);
  return HADM_OK;
}

static enum hadm_status grow_objects(struct hadm_tally *tally) {
  if (tally->count < tally->reserved)
    return HADM_OK;
  size_t reserved = tally->reserved == 0 ? FIRST_OBJECTS : tally->reserved * 2;
  if (reserved >= HADM_NONE || reserved > SIZE_MAX / sizeof(*tally->objects))
    return HADM_E_TOO_BIG;
  struct hadm_counted *objects =
      realloc(tally->objects, reserved * sizeof(*objects));
  if (objects == NULL)
    return HADM_E_NOMEM;
  tally->objects = objects;
  tally->reserved = reserved;
  return HADM_OK;
}

static enum hadm_status add_object(struct hadm_tally *tally,
                                   enum hadm_kind kind, struct hadm_slice key,
                                   uint32_t hash) {
  size_t cells = cells_of(tally, kind) * (tally->width + 1);
  struct hadm_counted object = {
      .kind = kind, .hash = hash, .key_len = (uint32_t)key.len};
  object.key = malloc(key.len > 0 ? key.len : 1);
  object.cells = malloc(cells * sizeof(*object.cells));
  if (object.key == NULL || object.cells == NULL) {
    free(object.key);
    free(object.cells);
    return HADM_E_NOMEM;
  }
  if (key.len > 0)
    memcpy(object.key, key.ptr, key.len);
  forget_numbers(object.cells, cells);
  tally->objects[tally->count++] = object;
  return HADM_OK;
}

enum hadm_status hadm_tally_object(struct hadm_tally *tally,
                                   enum hadm_kind kind, struct hadm_slice key,
                                   uint32_t *place) {
  enum hadm_status status = grow_index(tally);
  if (status == HADM_OK)
    status = grow_objects(tally);
  if (status != HADM_OK)
    return status;
  uint32_t hash = hash_of(tally, kind, key);
  uint32_t *slot = slot_of(tally, hash, kind, key);
  if (*slot == HADM_NONE) {
    status = add_object(tally, kind, key, hash);
    if (status != HADM_OK)
      return status;
    *slot = (uint32_t)tally->count - 1;
  }
  *place = *slot;
  return HADM_OK;
}

struct hadm_tally *hadm_tally_new(uint32_t seed) {
  struct hadm_tally *tally = calloc(1, sizeof(*tally));
  uint32_t process;
  if (tally == NULL)
    return NULL;
  tally->seed = seed;
  tally->name_time = HADM_TALLY_NONE;
  struct hadm_counters *counters = &tally->counters;
  hadm_counters_init(counters);
  for (unsigned k = 0; k < HADM_COUNTER_KINDS; k++) {
    enum hadm_kind kind = (enum hadm_kind)k;
    /* All processes count the same seconds. */
    tally->shared[k] =
        hadm_counters_find(counters, kind, HADM_LITERAL("downtime"));
    tally->sessions[k] =
        hadm_counters_find(counters, kind, HADM_LITERAL("stot"));
  }
  if (hadm_tally_object(tally, HADM_PROCESS, HADM_LITERAL(""), &process) !=
      HADM_OK) {
    hadm_tally_free(tally);
    return NULL;
  }
  return tally;
}

void hadm_tally_free(struct hadm_tally *tally) {
  if (tally == NULL)
    return;
  for (size_t i = 0; i < tally->count; i++) {
    free(tally->objects[i].key);
    free(tally->objects[i].cells);
  }
  free(tally->objects);
  free(tally->index);
  free(tally->places);
  free(tally->columns);
  free(tally->sources);
  free(tally);
}

/* ---- processes ---- */

enum hadm_status hadm_tally_widen(struct hadm_tally *tally, size_t more) {
  if (more == 0)
    return HADM_OK;
  if (more > HADM_TALLY_COLUMNS - tally->width)
    return HADM_E_TOO_BIG;
  size_t width = tally->width + more;
  struct hadm_source *sources =
      realloc(tally->sources, width * sizeof(*sources));
  if (sources == NULL)
    return HADM_E_NOMEM;
  tally->sources = sources;
  /* The new columns stand behind the others, so that those stay as they are
   * when there is no memory for all. */
  for (size_t i = 0; i < tally->count; i++) {
    struct hadm_counted *object = &tally->objects[i];
    size_t count = cells_of(tally, object->kind);
    int64_t *cells =
        realloc(object->cells, count * (width + 1) * sizeof(*cells));
    if (cells == NULL)
      return HADM_E_NOMEM;
    object->cells = cells;
    forget_numbers(cells + count * (tally->width + 1), count * more);
  }
  for (size_t i = tally->width; i < width; i++)
    sources[i] = (struct hadm_source){.used = false};
  tally->width = width;
  return HADM_OK;
}

/* How what a process shows now is to be taken. */
enum news {
  GROWN, /* it was read before */
  WHOLE, /* it began since: all that it counted is news */
  BASE   /* it was there before, unseen: none of it is */
};

/* A process of a reading. */
struct reader {
  const struct hadm_process *process;
  const char *limit; /* where its text ends */
  struct hadm_source who;
  size_t column; /* SIZE_MAX: not known yet */
  enum news news;
  bool steady; /* the reading before had it, too */
  /* Of each kind of row: the columns of its table that count, in their order,
   * and which counters they are. */
  size_t count[HADM_ROW_KINDS];
  uint16_t columns[HADM_ROW_KINDS][HADM_COUNTERS_MAX];
  unsigned char numbers[HADM_ROW_KINDS][HADM_COUNTERS_MAX];
};

static bool info_number(const struct hadm_snapshot *snapshot, size_t process,
                        struct hadm_slice name, int64_t *number) {
  struct hadm_slice value;
  return hadm_snapshot_info(snapshot, process, name, &value) &&
         hadm_number_read(value, number) && *number >= 0;
}

static struct hadm_source who_is(const struct hadm_snapshot *snapshot,
                                 size_t process, int64_t now) {
  const struct hadm_process *p = &snapshot->processes[process];
  struct hadm_source who = {
      .used = true, .old = p->old, .nb = p->nb, .pid = -1, .seen = now};
  if (!info_number(snapshot, process, HADM_LITERAL("Pid"), &who.pid))
    who.pid = -1;
  if (!info_number(snapshot, process, HADM_LITERAL("Uptime_sec"), &who.uptime))
    who.uptime = 0;
  who.exact = info_number(snapshot, process, HADM_LITERAL("Start_time_sec"),
                          &who.start);
  if (!who.exact)
    who.start = now > who.uptime ? now - who.uptime : 0;
  return who;
}

static bool is_same(const struct hadm_source *known,
                    const struct hadm_source *who) {
  if (!known->used)
    return false;
  if (who->pid < 0 || known->pid < 0)
    return known->nb == who->nb && !known->old;
  if (known->pid != who->pid)
    return false;
  /* Clocks are set, and seconds are cut off. */
  if (known->exact && who->exact)
    return who->start - known->start <= 1 && known->start - who->start <= 1;
  return who->uptime >= known->uptime;
}

/* Finds those that are known. Several processes may have one pid and one start
 * on several machines, so those that have kept their number come first: it may
 * have become another one where the program that reads was started again. */
static void recognise(const struct hadm_tally *tally, struct reader *readers,
                      size_t count, bool *taken, bool of_one_number) {
  for (size_t i = 0; i < count; i++) {
    for (size_t c = 0; c < tally->width && readers[i].column == SIZE_MAX; c++) {
      const struct hadm_source *source = &tally->sources[c];
      if (taken[c] || !is_same(source, &readers[i].who) ||
          (of_one_number && source->nb != readers[i].who.nb))
        continue;
      taken[c] = true;
      readers[i].column = c;
      readers[i].news = GROWN;
      readers[i].steady = source->seen == tally->time;
      readers[i].who.changes = source->changes;
      readers[i].who.named = source->named;
      readers[i].who.fresh = source->fresh;
    }
  }
}

/* What it counted is news if it took the place of another one, or began after
 * the last reading. One that stands where another one stood, and ran long
 * before that was seen last, was there all the time. */
static enum news news_of(const struct hadm_tally *tally,
                         struct hadm_source *who) {
  bool replaces = false;
  int64_t seen = 0;
  for (size_t c = 0; c < tally->width; c++) {
    const struct hadm_source *source = &tally->sources[c];
    if (!source->used || source->old || source->nb != who->nb)
      continue;
    if (!replaces || source->seen > seen)
      seen = source->seen;
    if (!replaces || source->changes >= who->changes)
      who->changes = source->changes + 1;
    replaces = true;
  }
  if (who->old)
    return BASE;
  if (replaces)
    return who->start >= seen - SLOW_START ? WHOLE : BASE;
  if (!tally->begun)
    return BASE;
  return who->start >= tally->time ? WHOLE : BASE;
}

/* A column for a new process: that of the one whose place it takes, or a free
 * one, which there is. */
static size_t column_for(const struct hadm_tally *tally,
                         const struct hadm_source *who, const bool *taken) {
  size_t free_one = SIZE_MAX;
  for (size_t c = 0; c < tally->width; c++) {
    if (taken[c])
      continue;
    if (!tally->sources[c].used)
      free_one = free_one == SIZE_MAX ? c : free_one;
    else if (tally->sources[c].nb == who->nb && !who->old)
      return c;
  }
  return free_one;
}

static void clear_column(struct hadm_tally *tally, size_t column) {
  for (uint32_t i = 0; i < tally->count; i++)
    forget_numbers(hadm_tally_last(tally, i, column),
                   cells_of(tally, tally->objects[i].kind));
}

/* How many free columns are wanting? */
static size_t columns_wanted(const struct hadm_tally *tally,
                             const struct reader *readers, size_t count) {
  size_t new_ones = 0, free_ones = 0;
  for (size_t i = 0; i < count; i++)
    new_ones += readers[i].column == SIZE_MAX;
  for (size_t c = 0; c < tally->width; c++)
    free_ones += !tally->sources[c].used;
  return new_ones > free_ones ? new_ones - free_ones : 0;
}

/* Gives each process its column, and lets those go that are gone. <taken> has
 * room for each column and each process. Precondition: there are columns. */
static void settle(struct hadm_tally *tally, struct reader *readers,
                   size_t count, bool *taken, int64_t now) {
  /* What a number had before is asked before numbers change. */
  for (size_t i = 0; i < count; i++) {
    if (readers[i].column != SIZE_MAX)
      continue;
    readers[i].news = news_of(tally, &readers[i].who);
    readers[i].who.fresh = readers[i].news == WHOLE && tally->name_time >= 0;
  }
  for (size_t i = 0; i < count; i++) {
    if (readers[i].column != SIZE_MAX)
      continue;
    readers[i].column = column_for(tally, &readers[i].who, taken);
    taken[readers[i].column] = true;
    clear_column(tally, readers[i].column);
  }
  for (size_t i = 0; i < count; i++)
    tally->sources[readers[i].column] = readers[i].who;
  for (size_t c = 0; c < tally->width; c++) {
    struct hadm_source *source = &tally->sources[c];
    if (!taken[c] && source->used &&
        (source->old || now - source->seen > HADM_TALLY_KEEP)) {
      source->used = false;
      clear_column(tally, c);
    }
  }
}

/* ---- numbers ---- */

static void add(int64_t *total, int64_t grown) {
  if (*total < 0)
    *total = 0;
  *total = grown > INT64_MAX - *total ? INT64_MAX : *total + grown;
}

static int64_t growth(enum news news, int64_t last, int64_t value, bool wraps) {
  const int64_t end = INT64_C(1) << 32;
  if (news != GROWN)
    return news == WHOLE ? value : 0;
  if (last < 0)
    return value;
  if (value >= last)
    return value - last;
  if (wraps && last < end && last >= end / 2 && value < end / 2)
    return value + end - last;
  return value;
}

/* Bytes up to <limit> may be read. */
static bool read_count(struct hadm_slice text, const char *limit,
                       int64_t *number) {
  return hadm_digits_read(text, limit, number) ||
         (hadm_number_read(text, number) && *number >= 0);
}

/* What the processes of one object grew by, of the counter that all of them
 * count alike. A process that was away tells of more seconds than the others:
 * it is heard where no other is. */
struct shared {
  int64_t sum[2];
  int64_t count[2];
  int64_t own; /* the last value that was read */
};

static void share(struct shared *shared, const struct reader *reader,
                  int64_t last, int64_t value) {
  shared->own = value;
  if (reader->news == BASE)
    return;
  size_t to = reader->steady && last >= 0 ? 1 : 0;
  add(&shared->sum[to], growth(reader->news, last, value, false));
  shared->count[to]++;
}

static void add_shared(const struct hadm_tally *tally, int64_t *total,
                       const struct shared *shared) {
  if (!tally->many) {
    *total = shared->own * PARTS;
    return;
  }
  size_t from = shared->count[1] > 0 ? 1 : 0;
  int64_t mean = 0;
  if (shared->count[from] > 0) {
    int64_t count = shared->count[from];
    mean = shared->sum[from] / count * PARTS +
           shared->sum[from] % count * PARTS / count;
  }
  add(total, mean);
}

/* One value of one process. */
static void count_value(const struct hadm_tally *tally, enum news news,
                        int64_t *total, int64_t *last, int64_t value,
                        bool wraps) {
  /* Most numbers of most objects are what they were. */
  if (value == *last && news == GROWN && tally->many)
    return;
  if (!tally->many)
    *total = value;
  else
    add(total, growth(news, *last, value, wraps));
  *last = value;
}

/* ---- rows ---- */

/* Finds the columns that count, once for all rows. */
static void read_header(const struct hadm_tally *tally, struct reader *reader) {
  const struct hadm_table *table = &reader->process->reading.table;
  struct hadm_slice text = text_of(reader->process);
  struct hadm_slice rest = {text.ptr + table->header, table->header_len};
  struct hadm_field field;
  for (uint16_t c = 0; c < COLUMNS_MAX && hadm_csv_next(&rest, &field); c++) {
    const struct hadm_metric *metric =
        hadm_metric_find(field.text, HADM_OF_ROWS);
    if (metric == NULL)
      continue;
    for (unsigned kind = 0; kind < HADM_ROW_KINDS; kind++) {
      int number =
          hadm_counters_number(&tally->counters, (enum hadm_kind)kind, metric);
      size_t count = reader->count[kind];
      if (number < 0 || count == HADM_COUNTERS_MAX)
        continue;
      reader->columns[kind][count] = c;
      reader->numbers[kind][count] = (unsigned char)number;
      reader->count[kind]++;
    }
  }
}

/* What is done with the numbers of a row. */
struct sink {
  const struct hadm_tally *tally;
  const struct reader *reader;
  enum hadm_kind kind;
  int64_t *totals;
  int64_t *last;
  int shared_number; /* the counter that all count alike, or -1 */
  struct shared *shared;
};

static void take_field(const struct sink *sink, unsigned number,
                       struct hadm_slice text) {
  int64_t value;
  int64_t *last = &sink->last[number];
  if (!read_count(text, sink->reader->limit, &value))
    return;
  if ((int)number == sink->shared_number) {
    if (value <= INT64_MAX / PARTS) {
      share(sink->shared, sink->reader, *last, value);
      *last = value;
    }
  } else {
    count_value(sink->tally, sink->reader->news, &sink->totals[number], last,
                value, false);
  }
}

/* A row with quotes: field by field. */
static void take_quoted(const struct sink *sink, struct hadm_slice row) {
  const struct reader *reader = sink->reader;
  const uint16_t *columns = reader->columns[sink->kind];
  struct hadm_field field;
  size_t at = 0;
  for (unsigned c = 0;
       at < reader->count[sink->kind] && hadm_csv_next(&row, &field); c++)
    if (columns[at] == c)
      take_field(sink, reader->numbers[sink->kind][at++], field.text);
}

/* Is it one digit, the same as before? So are most numbers of most objects. */
static bool is_same_digit(struct hadm_slice text, int64_t last) {
  return text.len == 1 && text.ptr[0] - '0' == last;
}

/* Where the fields of a row end is found at once, up to the last that counts.
 */
static void take_plain(const struct sink *sink, struct hadm_slice row) {
  const struct reader *reader = sink->reader;
  const uint16_t *columns = reader->columns[sink->kind];
  const unsigned char *numbers = reader->numbers[sink->kind];
  const size_t most = reader->count[sink->kind];
  const bool grows = reader->news == GROWN && sink->tally->many;
  uint32_t ends[COLUMNS_MAX + HADM_BLOCK];
  if (most == 0)
    return;
  size_t count =
      hadm_csv_commas(row, ends, columns[most - 1] + 1 + (size_t)HADM_BLOCK);
  for (size_t i = 0; i < most && columns[i] < count; i++) {
    const size_t c = columns[i];
    const size_t start = c > 0 ? ends[c - 1] + (size_t)1 : 0;
    const struct hadm_slice text = {row.ptr + start, ends[c] - start};
    if (text.len == 0 ||
        (grows && is_same_digit(text, sink->last[numbers[i]]) &&
         numbers[i] != sink->shared_number))
      continue;
    take_field(sink, numbers[i], text);
  }
}

static void take_row(const struct sink *sink, size_t row) {
  const struct reader *reader = sink->reader;
  bool quotes;
  struct hadm_slice text = hadm_table_row(
      &reader->process->reading.table, text_of(reader->process), row, &quotes);
  if (quotes)
    take_quoted(sink, text);
  else
    take_plain(sink, text);
}

/* Takes a row, and notes what its sessions grew by. */
static void take_sessions(const struct sink *sink, size_t row) {
  const struct hadm_tally *tally = sink->tally;
  int number = tally->sessions[sink->kind];
  int64_t *grown = &sink->last[counters_of(tally, sink->kind)];
  int64_t before = number < 0 ? HADM_TALLY_NONE : sink->last[number];
  take_row(sink, row);
  *grown = number < 0 || sink->last[number] < 0
               ? 0
               : growth(sink->reader->news, before, sink->last[number], false);
}

/* The numbers of all processes of one object. */
static void take_object(struct hadm_tally *tally,
                        const struct hadm_snapshot *snapshot, uint32_t object,
                        uint32_t place, const struct reader *readers) {
  struct shared shared = {{0}, {0}, HADM_TALLY_NONE};
  enum hadm_kind kind = tally->objects[place].kind;
  struct sink sink = {.tally = tally,
                      .kind = kind,
                      .totals = hadm_tally_totals(tally, place),
                      .shared_number = tally->shared[kind],
                      .shared = &shared};
  tally->objects[place].seen = tally->time;
  for (size_t i = 0; i < snapshot->taken; i++) {
    uint32_t row = hadm_snapshot_row(snapshot, object, i);
    if (row == HADM_NONE || (!tally->many && readers[i].who.old))
      continue;
    sink.reader = &readers[i];
    sink.last = hadm_tally_last(tally, place, readers[i].column);
    take_sessions(&sink, row);
  }
  if (shared.own >= 0)
    add_shared(tally, &sink.totals[sink.shared_number], &shared);
}

/* The numbers of `show info`. */
static void take_info(const struct hadm_tally *tally,
                      const struct reader *reader) {
  const uint32_t process = 0;
  int64_t *totals = hadm_tally_totals(tally, process);
  int64_t *last = hadm_tally_last(tally, process, reader->column);
  struct hadm_slice rest = hadm_reading_info(&reader->process->reading);
  struct hadm_pair pair;
  while (hadm_info_next(&rest, &pair)) {
    const struct hadm_metric *metric =
        hadm_metric_find(pair.name, HADM_OF(HADM_PROCESS));
    int number = metric == NULL ? -1
                                : hadm_counters_number(&tally->counters,
                                                       HADM_PROCESS, metric);
    int64_t value;
    if (number >= 0 && read_count(pair.value, reader->limit, &value))
      count_value(tally, reader->news, &totals[number], &last[number], value,
                  hadm_counter_is_short(metric));
  }
}

/* ---- a reading ---- */

/* What the object's rows begin with, or nothing where no process has one. */
static struct hadm_slice key_of(const struct hadm_snapshot *snapshot,
                                uint32_t object) {
  for (size_t i = 0; i < snapshot->taken; i++) {
    uint32_t row = hadm_snapshot_row(snapshot, object, i);
    if (row != HADM_NONE)
      return hadm_table_key(&snapshot->processes[i].reading.table,
                            text_of(&snapshot->processes[i]), row);
  }
  return (struct hadm_slice){"", 0};
}

uint32_t hadm_tally_find(const struct hadm_tally *tally, enum hadm_kind kind,
                         struct hadm_slice key) {
  return *slot_of(tally, hash_of(tally, kind, key), kind, key);
}

uint32_t hadm_tally_place(const struct hadm_tally *tally,
                          const struct hadm_snapshot *snapshot,
                          uint32_t object) {
  if (object == HADM_NONE)
    return 0;
  enum hadm_kind kind = snapshot->objects[object].kind;
  struct hadm_slice key = key_of(snapshot, object);
  if (key.len == 0)
    return HADM_NONE;
  if (object < tally->placed) {
    uint32_t place = tally->places[object];
    if (place < tally->count && is_object(tally, place, kind, key))
      return place;
  }
  return hadm_tally_find(tally, kind, key);
}

/* Finds or adds the objects of a reading. */
static enum hadm_status place_all(struct hadm_tally *tally,
                                  const struct hadm_snapshot *snapshot) {
  if (snapshot->count > tally->placed) {
    uint32_t *places =
        realloc(tally->places, snapshot->count * sizeof(*places));
    if (places == NULL)
      return HADM_E_NOMEM;
    memset(places + tally->placed, 0xff,
           (snapshot->count - tally->placed) * sizeof(*places));
    tally->places = places;
    tally->placed = snapshot->count;
  }
  for (uint32_t i = 0; i < snapshot->count; i++) {
    uint32_t place = hadm_tally_place(tally, snapshot, i);
    struct hadm_slice key = key_of(snapshot, i);
    if (place == HADM_NONE && key.len > 0) {
      enum hadm_status status =
          hadm_tally_object(tally, snapshot->objects[i].kind, key, &place);
      if (status != HADM_OK)
        return status;
    }
    tally->places[i] = place;
  }
  return HADM_OK;
}

/* Makes room for the columns of a reading. */
static enum hadm_status reserve_columns(struct hadm_tally *tally,
                                        size_t count) {
  if (count <= tally->column_count)
    return HADM_OK;
  size_t *columns = realloc(tally->columns, count * sizeof(*columns));
  if (columns == NULL)
    return HADM_E_NOMEM;
  for (size_t i = tally->column_count; i < count; i++)
    columns[i] = SIZE_MAX;
  tally->columns = columns;
  tally->column_count = count;
  return HADM_OK;
}

/* Lets go of what nobody has had for long. */
static void forget(struct hadm_tally *tally) {
  size_t kept = 1; /* the process as a whole is always there */
  for (uint32_t i = 1; i < tally->count; i++) {
    struct hadm_counted *object = &tally->objects[i];
    int64_t now =
        object->kind == HADM_NAME_SERVER ? tally->name_time : tally->time;
    if (now - object->seen > HADM_TALLY_KEEP) {
      free(object->key);
      free(object->cells);
    } else {
      tally->objects[kept++] = *object;
    }
  }
  if (kept == tally->count)
    return;
  tally->count = kept;
  fill_index(tally);
}

static size_t current_ones(const struct hadm_snapshot *snapshot) {
  size_t count = 0;
  for (size_t i = 0; i < snapshot->taken; i++)
    count += !snapshot->processes[i].old;
  return count;
}

static void take_all(struct hadm_tally *tally,
                     const struct hadm_snapshot *snapshot,
                     struct reader *readers) {
  for (size_t i = 0; i < snapshot->taken; i++) {
    if (!tally->many && readers[i].who.old)
      continue;
    take_info(tally, &readers[i]);
    if (snapshot->processes[i].reading.table.headed)
      read_header(tally, &readers[i]);
  }
  for (uint32_t i = 0; i < snapshot->count; i++)
    if (tally->places[i] != HADM_NONE)
      take_object(tally, snapshot, i, tally->places[i], readers);
}

enum hadm_status hadm_tally_take(struct hadm_tally *tally,
                                 const struct hadm_snapshot *snapshot,
                                 size_t missing, int64_t now) {
  size_t count = snapshot->taken;
  enum hadm_status status = place_all(tally, snapshot);
  if (status != HADM_OK || count == 0)
    return status;
  status = reserve_columns(tally, count);
  if (status != HADM_OK)
    return status;
  struct reader *readers = calloc(count, sizeof(*readers));
  bool *taken = calloc(tally->width + count, sizeof(*taken));
  if (readers == NULL || taken == NULL) {
    status = HADM_E_NOMEM;
    goto done;
  }
  for (size_t i = 0; i < count; i++) {
    const struct hadm_slice text = text_of(&snapshot->processes[i]);
    readers[i].process = &snapshot->processes[i];
    readers[i].limit = text.ptr + text.len;
    readers[i].who = who_is(snapshot, i, now);
    readers[i].column = SIZE_MAX;
  }
  recognise(tally, readers, count, taken, true);
  recognise(tally, readers, count, taken, false);
  status = hadm_tally_widen(tally, columns_wanted(tally, readers, count));
  if (status != HADM_OK)
    goto done;
  tally->many = tally->many || current_ones(snapshot) + missing > 1;
  settle(tally, readers, count, taken, now);
  for (size_t i = 0; i < tally->column_count; i++)
    tally->columns[i] = i < count ? readers[i].column : SIZE_MAX;
  tally->time = now;
  tally->begun = true;
  take_all(tally, snapshot, readers);
  forget(tally);
done:
  free(readers);
  free(taken);
  return status;
}

/* ---- name servers ---- */

/* The process with this number, or NULL where that is another one. */
static struct hadm_source *known(const struct hadm_tally *tally,
                                 const struct hadm_source *who) {
  for (size_t c = 0; c < tally->width; c++) {
    struct hadm_source *source = &tally->sources[c];
    if (source->nb == who->nb && !source->old && is_same(source, who))
      return source;
  }
  return NULL;
}

/* One that a process did not have when it was read before has been forgotten:
 * none is added while a process runs. */
static enum news news_of_name_server(const struct hadm_source *source,
                                     int64_t last) {
  if (source->named)
    return last < 0 ? BASE : GROWN;
  return source->fresh ? WHOLE : BASE;
}

enum hadm_status hadm_tally_take_name_servers(
    struct hadm_tally *tally, const struct hadm_source *who,
    const struct hadm_name_server *servers, size_t count) {
  struct hadm_source *source = known(tally, who);
  if (source == NULL)
    return HADM_OK;
  for (size_t i = 0; i < count; i++) {
    uint32_t place;
    enum hadm_status status =
        hadm_tally_object(tally, HADM_NAME_SERVER, servers[i].key, &place);
    if (status != HADM_OK)
      return status;
    tally->objects[place].seen = tally->time;
  }
  for (size_t i = 0; i < count; i++) {
    uint32_t place = hadm_tally_find(tally, HADM_NAME_SERVER, servers[i].key);
    int64_t *totals = hadm_tally_totals(tally, place);
    int64_t *last =
        hadm_tally_last(tally, place, (size_t)(source - tally->sources));
    for (size_t n = 0; n < HADM_COUNTERS_NAME_SERVER; n++)
      if (servers[i].counts[n] >= 0)
        count_value(tally, news_of_name_server(source, last[n]), &totals[n],
                    &last[n], servers[i].counts[n], false);
  }
  source->named = true;
  source->fresh = false;
  tally->name_time = tally->time;
  return HADM_OK;
}

bool hadm_tally_name_server(const struct hadm_tally *tally,
                            struct hadm_slice key, int number, int64_t *value) {
  uint32_t place = hadm_tally_find(tally, HADM_NAME_SERVER, key);
  int64_t total = HADM_TALLY_NONE;
  if (place != HADM_NONE && number >= 0)
    total = hadm_tally_totals(tally, place)[number];
  *value = total;
  return total >= 0;
}

bool hadm_tally_value(const struct hadm_tally *tally, uint32_t place,
                      const struct hadm_metric *metric, int64_t *value) {
  if (place >= tally->count)
    return false;
  enum hadm_kind kind = tally->objects[place].kind;
  int number = hadm_counters_number(&tally->counters, kind, metric);
  if (number < 0)
    return false;
  int64_t total = hadm_tally_totals(tally, place)[number];
  if (total < 0)
    return false;
  *value = number == tally->shared[kind] ? total / PARTS : total;
  return true;
}

int64_t hadm_tally_sessions(const struct hadm_tally *tally, uint32_t place,
                            const struct hadm_snapshot *snapshot,
                            size_t process) {
  size_t column =
      process < tally->column_count ? tally->columns[process] : SIZE_MAX;
  if (place >= tally->count || column >= tally->width ||
      tally->sources[column].nb != snapshot->processes[process].nb)
    return 0;
  size_t behind = counters_of(tally, tally->objects[place].kind);
  int64_t grown = hadm_tally_last(tally, place, column)[behind];
  return grown > 0 ? grown : 0;
}

uint64_t hadm_tally_changes(const struct hadm_tally *tally, unsigned nb) {
  uint64_t changes = 0;
  for (size_t c = 0; c < tally->width; c++) {
    const struct hadm_source *source = &tally->sources[c];
    if (source->used && !source->old && source->nb == nb &&
        source->changes > changes)
      changes = source->changes;
  }
  return changes;
}
