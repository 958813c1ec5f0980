#include "hadm_cells.h"

#include "../base/hadm_number.h"

#include <stdlib.h>
#include <string.h>

static enum hadm_status find_fields(struct hadm_cells *cells) {
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < cells->count; i++)
    if (cells->columns[i].what == HADM_LISTED_METRIC)
      status = hadm_record_add(&cells->record, cells->columns[i].metric->name,
                               HADM_MERGE_SAME, &cells->slots[i]);
  return status == HADM_OK ? hadm_record_prepare(&cells->record) : status;
}

static void find_present(struct hadm_cells *cells) {
  const struct hadm_record *record = &cells->record;
  for (size_t i = 0; i < cells->snapshot->taken; i++) {
    bool *present = &cells->present[i * record->count];
    const struct hadm_layout *layout = &record->layouts[i];
    for (size_t k = 0; k < layout->ends[HADM_WAY_APART]; k++)
      present[layout->places[k].slot] = true;
  }
}

enum hadm_status hadm_cells_init(struct hadm_cells *cells,
                                 const struct hadm_snapshot *snapshot,
                                 enum hadm_kind kind,
                                 const struct hadm_cell_column *columns,
                                 size_t count) {
  const size_t room = count + 1;
  *cells = (struct hadm_cells){.snapshot = snapshot};
  hadm_record_init(&cells->record, snapshot, kind);
  cells->columns = calloc(room, sizeof(*cells->columns));
  cells->values = calloc(room, sizeof(*cells->values));
  cells->slots = calloc(room, sizeof(*cells->slots));
  cells->totals = calloc(room, sizeof(*cells->totals));
  cells->present = calloc(snapshot->taken * room + 1, sizeof(*cells->present));
  if (cells->columns == NULL || cells->values == NULL || cells->slots == NULL ||
      cells->totals == NULL || cells->present == NULL)
    return HADM_E_NOMEM;
  cells->count = count;
  if (count > 0)
    memcpy(cells->columns, columns, count * sizeof(*columns));
  enum hadm_status status = find_fields(cells);
  if (status == HADM_OK)
    find_present(cells);
  return status;
}

void hadm_cells_free(struct hadm_cells *cells) {
  hadm_record_free(&cells->record);
  free(cells->columns);
  free(cells->values);
  free(cells->slots);
  free(cells->totals);
  free(cells->present);
  *cells = (struct hadm_cells){.snapshot = cells->snapshot};
}

/* ---- values ---- */

/* Numbers stay numbers, whatever a version writes in the field of one. */
static struct hadm_cell cell_of(const struct hadm_cell_column *column,
                                struct hadm_field field) {
  struct hadm_cell cell = {.type = HADM_CELL_NONE, .text = field};
  const enum hadm_rule rule = (enum hadm_rule)column->rule;
  if (hadm_rule_is_agreement(rule))
    cell.text.text = hadm_metric_part(column->metric, rule, field.text);
  if (cell.text.text.len == 0)
    return cell;
  cell.type = HADM_CELL_TEXT;
  bool numeric = !hadm_metric_is_text(column->metric) && !field.quoted;
  if ((numeric || rule == HADM_RULE_PORT) &&
      hadm_number_read(cell.text.text, &cell.number))
    cell.type = HADM_CELL_NUMBER;
  return cell;
}

struct hadm_cell hadm_cells_of(const struct hadm_cells *cells, size_t column,
                               uint32_t object, size_t process) {
  const struct hadm_cell_column *of = &cells->columns[column];
  struct hadm_field field;
  if (!hadm_snapshot_field(cells->snapshot, object, process, of->metric,
                           &field))
    return (struct hadm_cell){.type = HADM_CELL_NONE};
  return cell_of(of, field);
}

/* The first process that has a say is found by <first>. */
static void agree(struct hadm_cell *cell, const struct hadm_cell_column *column,
                  struct hadm_field text, bool first) {
  const enum hadm_rule rule = (enum hadm_rule)column->rule;
  if (first)
    cell->text = text;
  else if (!hadm_slice_equal(cell->text.text, text.text) &&
           !hadm_slice_equal(
               hadm_metric_part(column->metric, rule, cell->text.text),
               hadm_metric_part(column->metric, rule, text.text)))
    cell->type = HADM_CELL_DIFFERS;
}

static void add_process(struct hadm_cells *cells, size_t process) {
  const struct hadm_record *record = &cells->record;
  const bool *present = &cells->present[process * record->count];
  const bool old = cells->snapshot->processes[process].old;
  for (size_t i = 0; i < cells->count; i++) {
    const struct hadm_cell_column *column = &cells->columns[i];
    if (column->what != HADM_LISTED_METRIC)
      continue;
    const struct hadm_slot *slot = &record->slots[cells->slots[i]];
    const struct hadm_value *value = &record->values[cells->slots[i]];
    if (old && (column->rule != HADM_RULE_SUM || slot->limit))
      continue;
    if (!hadm_rule_is_agreement((enum hadm_rule)column->rule)) {
      if (value->type == HADM_VALUE_NUMBER)
        hadm_total_add(&cells->totals[i], value->number);
    } else if (present[cells->slots[i]]) {
      agree(&cells->values[i], column, value->text,
            cells->totals[i].count++ == 0);
    }
  }
}

/* How many of a backend's servers serve. */
static struct hadm_cell count_servers(const struct hadm_snapshot *snapshot,
                                      uint32_t object) {
  const struct hadm_metric *metric =
      hadm_metric_find(HADM_LITERAL("status"), HADM_OF(HADM_SERVER));
  struct hadm_cell cell = {.type = HADM_CELL_NUMBER};
  for (uint32_t i = snapshot->objects[object].first; i != HADM_NONE;
       i = snapshot->objects[i].next) {
    struct hadm_field status;
    cell.most++;
    if (hadm_snapshot_agreed(snapshot, i, metric, HADM_RULE_SAME, &status) ==
            HADM_OK &&
        (hadm_slice_starts(status.text, HADM_LITERAL("UP")) ||
         hadm_slice_equal(status.text, HADM_LITERAL("no check"))))
      cell.number++;
  }
  return cell;
}

static struct hadm_cell named(struct hadm_slice name) {
  return (struct hadm_cell){.type = HADM_CELL_TEXT, .text = {name, false}};
}

static void finish(struct hadm_cells *cells, size_t i, uint32_t object,
                   size_t found) {
  const struct hadm_cell_column *column = &cells->columns[i];
  struct hadm_cell *cell = &cells->values[i];
  switch (column->what) {
  case HADM_LISTED_PROXY:
    *cell = named(hadm_snapshot_proxy(cells->snapshot, object));
    return;
  case HADM_LISTED_NAME:
    *cell = named(hadm_snapshot_name(cells->snapshot, object));
    return;
  case HADM_LISTED_PROCESSES:
    *cell = (struct hadm_cell){.type = HADM_CELL_PROCESSES,
                               .number = (int64_t)found,
                               .most = (int64_t)cells->snapshot->taken};
    return;
  case HADM_LISTED_UP:
    *cell = count_servers(cells->snapshot, object);
    return;
  default:
    break;
  }
  if (cell->type == HADM_CELL_DIFFERS)
    return;
  if (hadm_rule_is_agreement((enum hadm_rule)column->rule)) {
    *cell = cell_of(column, cell->text);
    if (cell->type != HADM_CELL_NONE ||
        column->metric->kind != HADM_METRIC_NUMBER)
      return;
  }
  *cell = (struct hadm_cell){.type = HADM_CELL_NUMBER,
                             .number = hadm_total_result(&cells->totals[i])};
}

void hadm_cells_read(struct hadm_cells *cells, uint32_t object) {
  size_t found = 0;
  memset(cells->values, 0, cells->count * sizeof(*cells->values));
  for (size_t i = 0; i < cells->count; i++)
    hadm_total_init(&cells->totals[i], (enum hadm_rule)cells->columns[i].rule);
  for (size_t i = 0; i < cells->snapshot->taken; i++)
    if (hadm_record_read(&cells->record, object, i)) {
      add_process(cells, i);
      found++;
    }
  for (size_t i = 0; i < cells->count; i++)
    finish(cells, i, object, found);
}
