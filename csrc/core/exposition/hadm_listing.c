#include "hadm_listing.h"

#include "hadm_text.h"

#include <string.h>

static bool is_json(const struct hadm_listing *listing) {
  return listing->form == HADM_LISTING_JSON;
}

static enum hadm_status put_byte(struct hadm_buffer *piece, char byte) {
  return hadm_buffer_append(piece, &byte, 1);
}

static enum hadm_status put_number(struct hadm_buffer *piece, int64_t number) {
  enum hadm_status status = hadm_buffer_reserve(piece, HADM_DIGITS);
  if (status != HADM_OK)
    return status;
  char *to = piece->data + piece->len;
  piece->len = (size_t)(hadm_text_number(to, number) - piece->data);
  return HADM_OK;
}

/* A text as a part of a word, or as a string of JSON. */
static enum hadm_status put_text(const struct hadm_listing *listing,
                                 struct hadm_buffer *piece,
                                 struct hadm_field field) {
  enum hadm_status status =
      hadm_buffer_reserve(piece, hadm_text_most(field.text.len));
  if (status != HADM_OK)
    return status;
  char *to = piece->data + piece->len;
  if (is_json(listing))
    to = hadm_text_json(to, field);
  else
    to = hadm_text_word(to, field, listing->form == HADM_LISTING_TSV,
                        listing->plain);
  piece->len = (size_t)(to - piece->data);
  return HADM_OK;
}

static enum hadm_status put_cell(const struct hadm_listing *listing,
                                 struct hadm_buffer *piece,
                                 const struct hadm_cell *cell) {
  if (cell->type == HADM_CELL_NUMBER)
    return put_number(piece, cell->number);
  if (cell->type == HADM_CELL_TEXT)
    return put_text(listing, piece, cell->text);
  return HADM_OK;
}

static enum hadm_status put_processes(const struct hadm_listing *listing,
                                      struct hadm_buffer *piece,
                                      uint32_t object) {
  const struct hadm_snapshot *snapshot = listing->cells->snapshot;
  bool first = true;
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < snapshot->taken; i++) {
    if (hadm_snapshot_row(snapshot, object, i) == HADM_NONE)
      continue;
    if (!first)
      status = put_byte(piece, ',');
    if (status == HADM_OK)
      status = put_number(piece, snapshot->processes[i].nb);
    first = false;
  }
  return status;
}

/* What each process that has the object says in a column. */
static enum hadm_status put_each(const struct hadm_listing *listing,
                                 struct hadm_buffer *piece, size_t column,
                                 uint32_t object) {
  const struct hadm_snapshot *snapshot = listing->cells->snapshot;
  bool first = true;
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < snapshot->taken; i++) {
    if (hadm_snapshot_row(snapshot, object, i) == HADM_NONE)
      continue;
    if (!first)
      status = put_byte(piece, is_json(listing) ? ',' : '|');
    struct hadm_cell cell = hadm_cells_of(listing->cells, column, object, i);
    if (status == HADM_OK && cell.type == HADM_CELL_NONE && is_json(listing))
      status = hadm_buffer_append(piece, "\"\"", 2);
    else if (status == HADM_OK)
      status = put_cell(listing, piece, &cell);
    first = false;
  }
  return status;
}

/* ---- words ---- */

/* A word of CSV from <start> on is put in quotes where it needs them. */
static enum hadm_status quote(struct hadm_buffer *piece, size_t start) {
  const size_t len = piece->len - start;
  size_t quotes = 0;
  bool plain = true;
  for (size_t i = start; i < piece->len; i++) {
    const char c = piece->data[i];
    plain = plain && c != '"' && c != ',' && c != '\r' && c != '\n';
    quotes += c == '"';
  }
  if (plain)
    return HADM_OK;
  enum hadm_status status = hadm_buffer_reserve(piece, quotes + 2);
  if (status != HADM_OK)
    return status;
  char *from = piece->data + start + len;
  char *to = from + quotes + 2;
  piece->len += quotes + 2;
  *--to = '"';
  while (from > piece->data + start) {
    *--to = *--from;
    if (*to == '"')
      *--to = '"';
  }
  *--to = '"';
  return HADM_OK;
}

static enum hadm_status put_word(const struct hadm_listing *listing,
                                 struct hadm_buffer *piece, size_t column,
                                 uint32_t object) {
  const struct hadm_cell *cell = &listing->cells->values[column];
  const size_t start = piece->len;
  enum hadm_status status;
  if (cell->type == HADM_CELL_PROCESSES)
    status = put_processes(listing, piece, object);
  else if (cell->type == HADM_CELL_DIFFERS)
    status = put_each(listing, piece, column, object);
  else
    status = put_cell(listing, piece, cell);
  if (status != HADM_OK || listing->form != HADM_LISTING_CSV ||
      cell->type == HADM_CELL_NUMBER)
    return status;
  return quote(piece, start);
}

static enum hadm_status put_line(const struct hadm_listing *listing,
                                 struct hadm_buffer *piece, uint32_t object) {
  const char between = listing->form == HADM_LISTING_TSV ? '\t' : ',';
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < listing->cells->count; i++) {
    if (i > 0)
      status = put_byte(piece, between);
    if (status == HADM_OK)
      status = put_word(listing, piece, i, object);
  }
  return status;
}

/* ---- records ---- */

static enum hadm_status put_name(const struct hadm_listing *listing,
                                 struct hadm_buffer *piece, size_t column) {
  enum hadm_status status = put_text(
      listing, piece, (struct hadm_field){listing->names[column], false});
  return status == HADM_OK ? put_byte(piece, ':') : status;
}

static enum hadm_status put_list(const struct hadm_listing *listing,
                                 struct hadm_buffer *piece, size_t column,
                                 uint32_t object) {
  enum hadm_status status = put_byte(piece, '[');
  if (status == HADM_OK)
    status = listing->cells->values[column].type == HADM_CELL_DIFFERS
                 ? put_each(listing, piece, column, object)
                 : put_processes(listing, piece, object);
  return status == HADM_OK ? put_byte(piece, ']') : status;
}

static enum hadm_status put_value(const struct hadm_listing *listing,
                                  struct hadm_buffer *piece, size_t column,
                                  uint32_t object) {
  const struct hadm_cell *cell = &listing->cells->values[column];
  if (cell->type == HADM_CELL_PROCESSES)
    return put_list(listing, piece, column, object);
  if (cell->type == HADM_CELL_NONE || cell->type == HADM_CELL_DIFFERS)
    return hadm_buffer_append(piece, "null", 4);
  return put_cell(listing, piece, cell);
}

static enum hadm_status put_members(const struct hadm_listing *listing,
                                    struct hadm_buffer *piece, uint32_t object,
                                    bool *differs) {
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < listing->cells->count; i++) {
    if (i > 0)
      status = put_byte(piece, ',');
    if (status == HADM_OK)
      status = put_name(listing, piece, i);
    if (status == HADM_OK)
      status = put_value(listing, piece, i, object);
    *differs = *differs || listing->cells->values[i].type == HADM_CELL_DIFFERS;
  }
  return status;
}

static enum hadm_status put_differs(const struct hadm_listing *listing,
                                    struct hadm_buffer *piece,
                                    uint32_t object) {
  static const char begin[] = ",\"differs\":{";
  enum hadm_status status = hadm_buffer_append(piece, begin, sizeof(begin) - 1);
  bool first = true;
  for (size_t i = 0; status == HADM_OK && i < listing->cells->count; i++) {
    if (listing->cells->values[i].type != HADM_CELL_DIFFERS)
      continue;
    if (!first)
      status = put_byte(piece, ',');
    if (status == HADM_OK)
      status = put_name(listing, piece, i);
    if (status == HADM_OK)
      status = put_list(listing, piece, i, object);
    first = false;
  }
  return status == HADM_OK ? put_byte(piece, '}') : status;
}

static enum hadm_status put_record(const struct hadm_listing *listing,
                                   struct hadm_buffer *piece, uint32_t object) {
  bool differs = false;
  enum hadm_status status = put_byte(piece, '{');
  if (status == HADM_OK)
    status = put_members(listing, piece, object, &differs);
  if (status == HADM_OK && differs)
    status = put_differs(listing, piece, object);
  return status == HADM_OK ? put_byte(piece, '}') : status;
}

enum hadm_status hadm_listing_put(const struct hadm_listing *listing,
                                  struct hadm_buffer *piece, uint32_t object) {
  hadm_cells_read(listing->cells, object);
  return is_json(listing) ? put_record(listing, piece, object)
                          : put_line(listing, piece, object);
}
