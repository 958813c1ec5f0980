/* Two replies to `show stat`, one behind the other, joined to the objects of a
 * snapshot: every row is found by its names, and every field can be read. */
#include "../../csrc/core/base/hadm_number.h"
#include "../../csrc/core/data/hadm_snapshot.h"
#include "../../csrc/core/wire/hadm_session.h"
#include "fuzz.h"

static void look_at_fields(const struct hadm_snapshot *snapshot,
                           uint32_t object, size_t process) {
  for (size_t i = 0; i < hadm_metric_count(); i++) {
    struct hadm_field field;
    if (!hadm_snapshot_field(snapshot, object, process, hadm_metric_at(i),
                             &field))
      continue;
    must(field.text.len > 0);
    char *plain = malloc(field.text.len);
    must(plain != NULL);
    must(hadm_csv_unquote(field.text, plain) <= field.text.len);
    free(plain);
  }
}

/* A row without the rest of the module: by the names of its columns. */
static struct hadm_slice cell(const struct hadm_process *process, size_t row,
                              const char *name, size_t len) {
  struct hadm_slice text = {process->reading.text.data,
                            process->reading.text.len};
  struct hadm_slice names = {text.ptr + process->reading.table.header,
                             process->reading.table.header_len};
  bool quotes;
  struct hadm_slice line =
      hadm_table_row(&process->reading.table, text, row, &quotes);
  struct hadm_field column;
  struct hadm_field field;
  while (hadm_csv_next(&names, &column) && hadm_csv_next(&line, &field))
    if (hadm_slice_equal(column.text, (struct hadm_slice){name, len}))
      return field.text;
  return (struct hadm_slice){"", 0};
}

static void look_at_row(const struct hadm_snapshot *snapshot, size_t process,
                        size_t row) {
  const struct hadm_process *p = &snapshot->processes[process];
  struct hadm_slice type = cell(p, row, "type", 4);
  struct hadm_slice proxy = cell(p, row, "pxname", 6);
  struct hadm_slice server = cell(p, row, "svname", 6);
  if (type.len != 1 || type.ptr[0] < '0' || type.ptr[0] > '2')
    return;
  enum hadm_kind kind = (enum hadm_kind)(type.ptr[0] - '0');
  uint32_t object = hadm_snapshot_find(snapshot, kind, proxy, server);
  must(object != HADM_NONE && hadm_snapshot_has(snapshot, object));
  must(snapshot->objects[object].kind == kind);
  must(hadm_slice_equal(hadm_snapshot_proxy(snapshot, object), proxy));
  if (kind == HADM_SERVER)
    must(hadm_slice_equal(hadm_snapshot_name(snapshot, object), server));
  must(hadm_snapshot_row(snapshot, object, process) <= row);
  look_at_fields(snapshot, object, process);
}

/* Each server is once among those of its backend. */
static void look_at_servers(const struct hadm_snapshot *snapshot) {
  size_t servers = 0;
  size_t found = 0;
  for (uint32_t i = 0; i < snapshot->count; i++) {
    const struct hadm_object *object = &snapshot->objects[i];
    servers += object->kind == HADM_SERVER;
    if (object->kind != HADM_BACKEND)
      continue;
    for (uint32_t s = object->first; s != HADM_NONE;
         s = snapshot->objects[s].next) {
      must(snapshot->objects[s].parent == i);
      must(hadm_slice_equal(hadm_snapshot_proxy(snapshot, s),
                            hadm_snapshot_proxy(snapshot, i)));
      must(++found <= snapshot->count);
    }
  }
  must(servers == found);
}

static void look_at_metrics(const struct hadm_snapshot *snapshot) {
  for (uint32_t object = 0; object < snapshot->count; object++) {
    for (size_t i = 0; i < hadm_metric_count(); i += 7) {
      const struct hadm_metric *metric = hadm_metric_at(i);
      struct hadm_total total;
      struct hadm_field value;
      if ((metric->kinds & HADM_OF_ROWS) == 0)
        continue;
      hadm_snapshot_total(snapshot, object, metric,
                          (enum hadm_rule)metric->rule, &total);
      must(total.count <= snapshot->taken);
      hadm_total_result(&total);
      for (enum hadm_rule rule = HADM_RULE_SAME; rule < HADM_RULES; rule++)
        if (hadm_snapshot_agreed(snapshot, object, metric, rule, &value) ==
            HADM_OK)
          must(hadm_metric_part(metric, rule, value.text).len <=
               value.text.len);
    }
  }
}

/* Reads one reply from the beginning of <text>; returns what is behind it. */
static struct hadm_slice take(struct hadm_snapshot *snapshot,
                              struct hadm_slice text) {
  struct hadm_table table;
  struct hadm_session session;
  size_t len = text.len;
  hadm_table_init(&table, 0);
  if (hadm_table_feed(&table, text) == HADM_OK)
    len = table.line;
  hadm_table_free(&table);
  hadm_session_init(&session, HADM_ONCE, text.len, false);
  must(hadm_session_ask(&session, HADM_LITERAL("show stat"), HADM_FRAME_STAT) ==
       HADM_OK);
  hadm_session_feed(&session, text.ptr, len);
  hadm_session_end(&session);
  struct hadm_reading *reading = hadm_session_reading(&session);
  if (reading != NULL)
    hadm_snapshot_take(snapshot, 1, 1, reading);
  hadm_session_free(&session);
  return (struct hadm_slice){text.ptr + len, text.len - len};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct hadm_slice text = {(const char *)data, size};
  struct hadm_snapshot *snapshot = hadm_snapshot_new(2);
  must(snapshot != NULL);
  for (int i = 0; i < 2; i++)
    text = take(snapshot, text);
  for (size_t process = 0; process < snapshot->taken; process++)
    if (snapshot->count > 0)
      for (size_t i = 0; i < snapshot->processes[process].reading.table.count;
           i++)
        look_at_row(snapshot, process, i);
  look_at_servers(snapshot);
  look_at_metrics(snapshot);
  hadm_snapshot_unref(snapshot);
  return 0;
}
