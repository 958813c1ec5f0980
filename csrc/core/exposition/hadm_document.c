#include "hadm_document.h"

#include "hadm_text.h"

#include <stdlib.h>
#include <string.h>

/* Columns that are no field. */
enum { OF_PROCESS = -1, OF_PROCESSES = -2, OF_DIFFERS = -3 };

struct column {
  struct hadm_slice name;
  int slot; /* of the record, or one of the above */
};

struct hadm_document {
  struct hadm_snapshot *snapshot;
  struct hadm_document_options options;
  struct hadm_buffer names; /* a copy of the columns that were asked for */
  struct hadm_record record;
  struct column *columns;
  size_t count;
  size_t reserved;
  bool begun;
  bool ended;
  bool first;      /* no row was written */
  uint32_t object; /* of the next row */
  size_t process;
};

/* ---- columns ---- */

static enum hadm_status add_column(struct hadm_document *document,
                                   struct hadm_slice name, int slot) {
  if (document->count == document->reserved) {
    size_t reserved = document->reserved == 0 ? 16 : document->reserved * 2;
    struct column *columns =
        realloc(document->columns, reserved * sizeof(*columns));
    if (columns == NULL)
      return HADM_E_NOMEM;
    document->columns = columns;
    document->reserved = reserved;
  }
  document->columns[document->count++] = (struct column){name, slot};
  return HADM_OK;
}

static const struct column extra[] = {{HADM_STATIC("process"), OF_PROCESS},
                                      {HADM_STATIC("processes"), OF_PROCESSES},
                                      {HADM_STATIC("differs"), OF_DIFFERS}};

static enum hadm_status add_all(struct hadm_document *document) {
  const bool each = document->options.view == HADM_VIEW_EACH;
  enum hadm_status status = HADM_OK;
  if (each)
    status = add_column(document, extra[0].name, extra[0].slot);
  if (status == HADM_OK)
    status = hadm_record_add_all(&document->record);
  for (size_t i = 0; status == HADM_OK && i < document->record.count; i++)
    status = add_column(document, document->record.slots[i].name, (int)i);
  for (size_t i = 1; status == HADM_OK && i < 3; i++)
    if (document->options.view == HADM_VIEW_TOTAL)
      status = add_column(document, extra[i].name, extra[i].slot);
  return status;
}

static enum hadm_status add_named(struct hadm_document *document,
                                  struct hadm_slice name) {
  for (size_t i = 0; i < sizeof(extra) / sizeof(extra[0]); i++)
    if (hadm_slice_equal(extra[i].name, name))
      return add_column(document, name, extra[i].slot);
  size_t slot;
  enum hadm_status status =
      hadm_record_add_field(&document->record, name, &slot);
  return status == HADM_OK ? add_column(document, name, (int)slot) : status;
}

static enum hadm_status add_columns(struct hadm_document *document) {
  struct hadm_slice rest = document->options.columns;
  if (rest.len == 0)
    return add_all(document);
  enum hadm_status status =
      hadm_buffer_append(&document->names, rest.ptr, rest.len);
  rest.ptr = document->names.data;
  while (status == HADM_OK && rest.len > 0) {
    const char *comma = memchr(rest.ptr, ',', rest.len);
    size_t len = comma != NULL ? (size_t)(comma - rest.ptr) : rest.len;
    status = add_named(document, (struct hadm_slice){rest.ptr, len});
    rest = hadm_slice_behind(rest, comma != NULL ? len + 1 : len);
  }
  return status;
}

struct hadm_document *
hadm_document_new(struct hadm_snapshot *snapshot,
                  const struct hadm_document_options *options) {
  struct hadm_document *document = calloc(1, sizeof(*document));
  if (document == NULL)
    return NULL;
  document->snapshot = hadm_snapshot_ref(snapshot);
  document->options = *options;
  document->first = true;
  hadm_record_init(&document->record, snapshot, options->kind);
  enum hadm_status status = add_columns(document);
  document->options.columns = (struct hadm_slice){"", 0};
  if (status == HADM_OK)
    status = hadm_record_prepare(&document->record);
  if (status != HADM_OK) {
    hadm_document_free(document);
    return NULL;
  }
  return document;
}

void hadm_document_free(struct hadm_document *document) {
  if (document == NULL)
    return;
  hadm_record_free(&document->record);
  hadm_buffer_free(&document->names);
  free(document->columns);
  hadm_snapshot_unref(document->snapshot);
  free(document);
}

/* ---- values ---- */

static bool is_json(const struct hadm_document *document) {
  return document->options.form != HADM_DOCUMENT_CSV;
}

static enum hadm_status put_field(const struct hadm_document *document,
                                  struct hadm_buffer *piece,
                                  struct hadm_field field) {
  enum hadm_status status =
      hadm_buffer_reserve(piece, hadm_text_most(field.text.len));
  if (status != HADM_OK)
    return status;
  char *to = piece->data + piece->len;
  to = is_json(document) ? hadm_text_json(to, field) : hadm_text_csv(to, field);
  piece->len = (size_t)(to - piece->data);
  return HADM_OK;
}

static enum hadm_status put_number(struct hadm_buffer *piece, int64_t number) {
  enum hadm_status status = hadm_buffer_reserve(piece, HADM_DIGITS);
  if (status != HADM_OK)
    return status;
  char *to = piece->data + piece->len;
  piece->len = (size_t)(hadm_text_number(to, number) - piece->data);
  return HADM_OK;
}

static enum hadm_status put_byte(struct hadm_buffer *piece, char byte) {
  return hadm_buffer_append(piece, &byte, 1);
}

/* Between the elements of a list: CSV has words with blanks between. */
static enum hadm_status put_gap(const struct hadm_document *document,
                                struct hadm_buffer *piece, bool first) {
  if (first)
    return HADM_OK;
  return put_byte(piece, is_json(document) ? ',' : ' ');
}

static bool has(const struct hadm_document *document, uint32_t object,
                size_t process) {
  const struct hadm_snapshot *snapshot = document->snapshot;
  if (object == HADM_NONE)
    return snapshot->processes[process].reading.info_len > 0;
  return hadm_snapshot_row(snapshot, object, process) != HADM_NONE;
}

static enum hadm_status put_processes(const struct hadm_document *document,
                                      struct hadm_buffer *piece,
                                      uint32_t object) {
  const struct hadm_snapshot *snapshot = document->snapshot;
  bool first = true;
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < snapshot->taken; i++) {
    if (!has(document, object, i))
      continue;
    status = put_gap(document, piece, first);
    if (status == HADM_OK)
      status = put_number(piece, snapshot->processes[i].nb);
    first = false;
  }
  return status;
}

static enum hadm_status put_differs(const struct hadm_document *document,
                                    struct hadm_buffer *piece) {
  const struct hadm_record *record = &document->record;
  bool first = true;
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < record->count; i++) {
    if (!record->values[i].differs)
      continue;
    status = put_gap(document, piece, first);
    if (status == HADM_OK)
      status = put_field(document, piece,
                         (struct hadm_field){record->slots[i].name, false});
    first = false;
  }
  return status;
}

static enum hadm_status put_list(const struct hadm_document *document,
                                 struct hadm_buffer *piece, uint32_t object,
                                 int which) {
  enum hadm_status status = is_json(document) ? put_byte(piece, '[') : HADM_OK;
  if (status == HADM_OK)
    status = which == OF_DIFFERS ? put_differs(document, piece)
                                 : put_processes(document, piece, object);
  return status == HADM_OK && is_json(document) ? put_byte(piece, ']') : status;
}

static bool is_there(const struct hadm_document *document,
                     const struct column *column, size_t process) {
  if (column->slot == OF_PROCESS)
    return process != HADM_ALL;
  return column->slot < 0 ||
         document->record.values[column->slot].type != HADM_VALUE_NONE;
}

static enum hadm_status put_value(const struct hadm_document *document,
                                  struct hadm_buffer *piece,
                                  const struct column *column, uint32_t object,
                                  size_t process) {
  if (!is_there(document, column, process))
    return is_json(document) ? hadm_buffer_append(piece, "null", 4) : HADM_OK;
  if (column->slot == OF_PROCESS)
    return put_number(piece, document->snapshot->processes[process].nb);
  if (column->slot < 0)
    return put_list(document, piece, object, column->slot);
  const struct hadm_value *value = &document->record.values[column->slot];
  if (value->type == HADM_VALUE_NUMBER)
    return put_number(piece, value->number);
  struct hadm_field field = value->text;
  const struct hadm_metric *metric =
      document->record.slots[column->slot].metric;
  if (metric != NULL && metric->kind == HADM_METRIC_CHECK)
    field.text = hadm_metric_part(metric, HADM_RULE_SAME, field.text);
  return put_field(document, piece, field);
}

/* ---- rows ---- */

static enum hadm_status put_name(const struct hadm_document *document,
                                 struct hadm_buffer *piece,
                                 struct hadm_slice name) {
  return put_field(document, piece, (struct hadm_field){name, false});
}

static enum hadm_status put_record(const struct hadm_document *document,
                                   struct hadm_buffer *piece, uint32_t object,
                                   size_t process) {
  enum hadm_status status = put_byte(piece, '{');
  bool first = true;
  for (size_t i = 0; status == HADM_OK && i < document->count; i++) {
    const struct column *column = &document->columns[i];
    if (!is_there(document, column, process))
      continue;
    if (!first)
      status = put_byte(piece, ',');
    first = false;
    if (status == HADM_OK)
      status = put_name(document, piece, column->name);
    if (status == HADM_OK)
      status = put_byte(piece, ':');
    if (status == HADM_OK)
      status = put_value(document, piece, column, object, process);
  }
  return status == HADM_OK ? put_byte(piece, '}') : status;
}

static enum hadm_status put_row(const struct hadm_document *document,
                                struct hadm_buffer *piece, uint32_t object,
                                size_t process) {
  enum hadm_status status = is_json(document) ? put_byte(piece, '[') : HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < document->count; i++) {
    if (i > 0)
      status = put_byte(piece, ',');
    if (status == HADM_OK)
      status =
          put_value(document, piece, &document->columns[i], object, process);
  }
  if (status != HADM_OK)
    return status;
  return put_byte(piece, is_json(document) ? ']' : '\n');
}

static enum hadm_status put_object(struct hadm_document *document,
                                   struct hadm_buffer *piece, uint32_t object,
                                   size_t process) {
  if (!hadm_record_read(&document->record, object, process))
    return HADM_OK;
  enum hadm_status status = HADM_OK;
  if (is_json(document) && !document->first)
    status = hadm_buffer_append(piece, ",\n", 2);
  document->first = false;
  if (status != HADM_OK)
    return status;
  return document->options.form == HADM_DOCUMENT_RECORDS
             ? put_record(document, piece, object, process)
             : put_row(document, piece, object, process);
}

/* ---- pieces ---- */

static enum hadm_status put_begin(struct hadm_document *document,
                                  struct hadm_buffer *piece) {
  static const char columns[] = "{\"columns\":[";
  static const char rows[] = "],\"rows\":[\n";
  if (document->options.form == HADM_DOCUMENT_RECORDS)
    return hadm_buffer_append(piece, "[\n", 2);
  enum hadm_status status =
      is_json(document)
          ? hadm_buffer_append(piece, columns, sizeof(columns) - 1)
          : HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < document->count; i++) {
    if (i > 0)
      status = put_byte(piece, ',');
    if (status == HADM_OK)
      status = put_name(document, piece, document->columns[i].name);
  }
  if (status != HADM_OK)
    return status;
  return is_json(document) ? hadm_buffer_append(piece, rows, sizeof(rows) - 1)
                           : put_byte(piece, '\n');
}

static enum hadm_status put_end(const struct hadm_document *document,
                                struct hadm_buffer *piece) {
  if (!is_json(document))
    return HADM_OK;
  return document->options.form == HADM_DOCUMENT_RECORDS
             ? hadm_buffer_append(piece, "\n]\n", 3)
             : hadm_buffer_append(piece, "\n]}\n", 4);
}

static uint32_t objects(const struct hadm_document *document) {
  return document->options.kind == HADM_PROCESS
             ? 1
             : (uint32_t)document->snapshot->count;
}

static bool is_of(const struct hadm_document *document, uint32_t object) {
  return document->options.kind == HADM_PROCESS ||
         document->snapshot->objects[object].kind == document->options.kind;
}

static enum hadm_status put_next(struct hadm_document *document,
                                 struct hadm_buffer *piece) {
  const struct hadm_document_options *options = &document->options;
  uint32_t object =
      options->kind == HADM_PROCESS ? HADM_NONE : document->object;
  size_t process = options->view == HADM_VIEW_TOTAL     ? HADM_ALL
                   : options->view == HADM_VIEW_PROCESS ? options->process
                                                        : document->process;
  enum hadm_status status = HADM_OK;
  if (is_of(document, document->object))
    status = put_object(document, piece, object, process);
  if (options->view == HADM_VIEW_EACH &&
      ++document->process < document->snapshot->taken)
    return status;
  document->process = 0;
  document->object++;
  return status;
}

enum hadm_status hadm_document_next(struct hadm_document *document,
                                    const struct hadm_tally *tally,
                                    struct hadm_buffer *piece, size_t size) {
  document->record.tally = tally;
  enum hadm_status status = HADM_OK;
  if (!document->begun)
    status = put_begin(document, piece);
  document->begun = true;
  while (status == HADM_OK && document->object < objects(document)) {
    if (piece->len >= size)
      return HADM_MORE;
    status = put_next(document, piece);
  }
  if (status == HADM_OK && !document->ended)
    status = put_end(document, piece);
  document->ended = true;
  return status;
}
