#include "hadm_grid.h"

#include "../base/hadm_word.h"
#include "hadm_text.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_DIFFERENCES = 16 };

void hadm_grid_free(struct hadm_grid *grid) {
  hadm_record_free(&grid->record);
  hadm_buffer_free(&grid->labels);
  free(grid->items);
  free(grid->cells);
  free(grid->differences);
  free(grid->slots);
  free(grid->modules);
  free(grid->server_states);
  free(grid->server_checks);
  *grid = (struct hadm_grid){.kind = grid->kind};
}

/* ---- labels ---- */

static enum hadm_status add_label(struct hadm_buffer *labels,
                                  struct hadm_slice name,
                                  struct hadm_slice value, bool first) {
  const size_t marks = sizeof(",=\"\"");
  enum hadm_status status =
      hadm_buffer_reserve(labels, name.len + marks + hadm_text_most(value.len));
  if (status != HADM_OK)
    return status;
  char *to = labels->data + labels->len;
  if (!first)
    *to++ = ',';
  memcpy(to, name.ptr, name.len);
  to += name.len;
  *to++ = '=';
  *to++ = '"';
  to = hadm_text_label(to, (struct hadm_field){value, false});
  *to++ = '"';
  labels->len = (size_t)(to - labels->data);
  return HADM_OK;
}

static enum hadm_status add_names(struct hadm_grid *grid, uint32_t object) {
  const struct hadm_snapshot *snapshot = grid->snapshot;
  if (object == HADM_NONE)
    return HADM_OK;
  enum hadm_status status =
      add_label(&grid->labels, HADM_LITERAL("proxy"),
                hadm_snapshot_proxy(snapshot, object), true);
  const struct hadm_slice server = HADM_LITERAL("server");
  const struct hadm_slice listener = HADM_LITERAL("listener");
  if (status == HADM_OK &&
      (grid->kind == HADM_SERVER || grid->kind == HADM_LISTENER))
    status =
        add_label(&grid->labels, grid->kind == HADM_SERVER ? server : listener,
                  hadm_snapshot_name(snapshot, object), false);
  return status;
}

static enum hadm_status add_process(struct hadm_grid *grid, size_t process,
                                    bool first) {
  char digits[HADM_DIGITS];
  char *end = hadm_text_number(digits, grid->snapshot->processes[process].nb);
  return add_label(&grid->labels, HADM_LITERAL("process"),
                   (struct hadm_slice){digits, (size_t)(end - digits)}, first);
}

/* ---- which fields ---- */

static enum hadm_status add_codes(struct hadm_grid *grid, size_t *first) {
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < HADM_CODES; i++) {
    size_t slot;
    status = hadm_record_add(&grid->record, hadm_code_fields[i], HADM_MERGE_SUM,
                             &slot);
    if (i == 0)
      *first = slot;
  }
  return status;
}

static enum hadm_status add_family(struct hadm_grid *grid, size_t index) {
  const struct hadm_family *family = hadm_family_at(index);
  size_t ignored;
  switch (family->form) {
  case HADM_FORM_CODES:
    return add_codes(grid, &grid->slots[index]);
  case HADM_FORM_SERVER_STATES:
  case HADM_FORM_SERVER_CHECKS:
  case HADM_FORM_TEXT:
    return HADM_OK;
  default:
    if (family->merge == HADM_MERGE_BESIDE) {
      const struct hadm_slice check = HADM_LITERAL("check_status");
      const struct hadm_slice agent = HADM_LITERAL("agent_status");
      bool of_agent = hadm_slice_starts(family->field, HADM_LITERAL("agent"));
      enum hadm_status status = hadm_record_add(
          &grid->record, of_agent ? agent : check, HADM_MERGE_CHECK, &ignored);
      if (status != HADM_OK)
        return status;
    }
    return hadm_record_add(&grid->record, family->field,
                           (enum hadm_merge)family->merge, &grid->slots[index]);
  }
}

size_t hadm_grid_families(const struct hadm_grid *grid) {
  return hadm_family_count() + grid->module_count;
}

const struct hadm_family *hadm_grid_family(const struct hadm_grid *grid,
                                           size_t index) {
  size_t count = hadm_family_count();
  return index < count ? hadm_family_at(index) : &grid->modules[index - count];
}

/* Has any process a column for it? */
static bool is_printed(const struct hadm_snapshot *snapshot,
                       struct hadm_slice name) {
  for (size_t i = 0; i < snapshot->taken; i++) {
    const struct hadm_reading *reading = &snapshot->processes[i].reading;
    struct hadm_slice text = {reading->text.data, reading->text.len};
    if (reading->table.headed &&
        hadm_table_column(&reading->table, text, name) >= 0)
      return true;
  }
  return false;
}

static enum hadm_status find_modules(struct hadm_grid *grid) {
  size_t most = hadm_metric_count();
  grid->modules = malloc(most * sizeof(*grid->modules));
  if (grid->modules == NULL)
    return HADM_E_NOMEM;
  for (size_t i = 0; i < most; i++) {
    struct hadm_family *family = &grid->modules[grid->module_count];
    if (hadm_family_of_module(hadm_metric_at(i), grid->kind, family) &&
        is_printed(grid->snapshot, family->field))
      grid->module_count++;
  }
  return HADM_OK;
}

static enum hadm_status add_modules(struct hadm_grid *grid) {
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < grid->module_count; i++)
    status = hadm_record_add(&grid->record, grid->modules[i].field,
                             (enum hadm_merge)grid->modules[i].merge,
                             &grid->slots[hadm_family_count() + i]);
  return status;
}

static enum hadm_status add_families(struct hadm_grid *grid,
                                     const struct hadm_grid_options *options) {
  size_t count = hadm_family_count();
  enum hadm_status status = options->modules ? find_modules(grid) : HADM_OK;
  if (status != HADM_OK)
    return status;
  grid->slots = malloc(hadm_grid_families(grid) * sizeof(*grid->slots));
  if (grid->slots == NULL)
    return HADM_E_NOMEM;
  for (size_t i = 0; i < hadm_grid_families(grid); i++)
    grid->slots[i] = SIZE_MAX;
  for (size_t i = 0; status == HADM_OK && i < count; i++)
    if (options->wanted[i] &&
        (hadm_family_at(i)->kinds & HADM_OF(grid->kind)) != 0)
      status = add_family(grid, i);
  if (status == HADM_OK)
    status = add_modules(grid);
  /* Which families a proxy has, what is told where processes disagree, and what
   * no_maint asks. */
  if (status == HADM_OK && grid->kind != HADM_PROCESS)
    status = hadm_record_add(&grid->record, HADM_LITERAL("mode"),
                             HADM_MERGE_SAME, &grid->mode);
  if (status == HADM_OK && grid->kind == HADM_SERVER)
    status = hadm_record_add(&grid->record, HADM_LITERAL("status"),
                             HADM_MERGE_WORST, &grid->status);
  if (status == HADM_OK && grid->kind == HADM_SERVER &&
      options->view == HADM_VIEW_TOTAL) {
    status = hadm_record_add(&grid->record, HADM_LITERAL("weight"),
                             HADM_MERGE_MEAN, &grid->weight);
    if (status == HADM_OK)
      status = hadm_record_add(&grid->record, HADM_LITERAL("addr"),
                               HADM_MERGE_SAME, &grid->addr);
  }
  return status == HADM_OK ? hadm_record_prepare(&grid->record) : status;
}

/* ---- the cells ---- */

static int64_t cell(const struct hadm_slot *slot,
                    const struct hadm_value *value) {
  if (slot->merge == HADM_MERGE_WORST || slot->merge == HADM_MERGE_CHECK)
    return value->type == HADM_VALUE_TEXT && value->code != HADM_UNKNOWN
               ? value->code
               : HADM_ABSENT;
  return value->type == HADM_VALUE_NUMBER ? value->number : HADM_ABSENT;
}

/* HAProxy prints zeros where nothing can be. */
static void leave_out_http(struct hadm_grid *grid, size_t item) {
  const struct hadm_value *mode = &grid->record.values[grid->mode];
  if (mode->type != HADM_VALUE_TEXT ||
      hadm_slice_equal(mode->text.text, HADM_LITERAL("http")))
    return;
  for (size_t i = 0; i < hadm_family_count(); i++)
    if (grid->slots[i] != SIZE_MAX && hadm_family_is_http(hadm_family_at(i)))
      grid->cells[grid->slots[i] * grid->room + item] = HADM_ABSENT;
}

/* A check that has no code is shown with the code 0. */
static void add_code(struct hadm_grid *grid, size_t slot, size_t item) {
  int beside = grid->record.slots[slot].beside;
  int64_t *cell = &grid->cells[slot * grid->room + item];
  if (*cell == HADM_ABSENT && beside >= 0 &&
      grid->record.values[beside].type == HADM_VALUE_TEXT &&
      grid->record.values[beside].code != HADM_UNKNOWN)
    *cell = 0;
}

static bool is_in_maintenance(const struct hadm_value *status) {
  return status->type == HADM_VALUE_TEXT &&
         status->seen == (1U << HADM_STATE_MAINT);
}

static bool is_several(unsigned seen) { return (seen & (seen - 1)) != 0; }

/* In how many processes the object is in each state. */
static void count_states(struct hadm_grid *grid, uint32_t object,
                         uint32_t *states) {
  const struct hadm_snapshot *snapshot = grid->snapshot;
  const struct hadm_metric *metric =
      hadm_metric_find(HADM_LITERAL("status"), HADM_OF(grid->kind));
  for (size_t i = 0; i < snapshot->taken; i++) {
    struct hadm_field field;
    if (snapshot->processes[i].old ||
        !hadm_snapshot_field(snapshot, object, i, metric, &field))
      continue;
    int state = hadm_state_of(grid->kind, field.text);
    if (state != HADM_UNKNOWN)
      states[state]++;
  }
}

static enum hadm_status note_difference(struct hadm_grid *grid) {
  const struct hadm_value *values = grid->record.values;
  struct hadm_difference found = {.item = (uint32_t)grid->count,
                                  .status =
                                      is_several(values[grid->status].seen),
                                  .weight = values[grid->weight].differs,
                                  .addr = values[grid->addr].differs};
  if (!found.status && !found.weight && !found.addr)
    return HADM_OK;
  if (grid->difference_count == grid->difference_room) {
    size_t room = grid->difference_room == 0 ? FIRST_DIFFERENCES
                                             : grid->difference_room * 2;
    struct hadm_difference *differences =
        realloc(grid->differences, room * sizeof(*differences));
    if (differences == NULL)
      return HADM_E_NOMEM;
    grid->differences = differences;
    grid->difference_room = room;
  }
  if (found.status)
    count_states(grid, grid->items[grid->count].object, found.states);
  grid->differences[grid->difference_count++] = found;
  return HADM_OK;
}

static enum hadm_status add_item(struct hadm_grid *grid, uint32_t object,
                                 size_t process,
                                 const struct hadm_grid_options *options) {
  struct hadm_record *record = &grid->record;
  if (!hadm_record_read(record, object, process))
    return HADM_OK;
  if (options->no_maint && grid->kind == HADM_SERVER &&
      is_in_maintenance(&record->values[grid->status]))
    return HADM_OK;
  enum hadm_status status = HADM_OK;
  size_t item = grid->count;
  for (size_t i = 0; i < record->count; i++)
    grid->cells[i * grid->room + item] =
        cell(&record->slots[i], &record->values[i]);
  for (size_t i = 0; i < record->count; i++)
    if (record->slots[i].merge == HADM_MERGE_BESIDE)
      add_code(grid, i, item);
  if (grid->kind != HADM_PROCESS)
    leave_out_http(grid, item);
  grid->items[item].object = object;
  grid->items[item].process =
      process == HADM_ALL ? HADM_NONE : (uint32_t)process;
  if (grid->kind == HADM_SERVER && options->view == HADM_VIEW_TOTAL)
    status = note_difference(grid);
  if (status == HADM_OK)
    status = add_names(grid, object);
  if (status == HADM_OK && options->view == HADM_VIEW_EACH)
    status = add_process(grid, process, object == HADM_NONE);
  if (status == HADM_OK)
    status = hadm_buffer_reserve(&grid->labels, HADM_BLOCK);
  grid->items[++grid->count] =
      (struct hadm_grid_item){HADM_NONE, HADM_NONE, grid->labels.len};
  return status;
}

static enum hadm_status add_items(struct hadm_grid *grid, uint32_t object,
                                  const struct hadm_grid_options *options) {
  if (options->view == HADM_VIEW_TOTAL)
    return add_item(grid, object, HADM_ALL, options);
  if (options->view == HADM_VIEW_PROCESS)
    return add_item(grid, object, options->process, options);
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < grid->snapshot->taken; i++)
    status = add_item(grid, object, i, options);
  return status;
}

/* ---- servers of backends ---- */

static bool wants(const struct hadm_grid_options *options,
                  enum hadm_form form) {
  for (size_t i = 0; i < hadm_family_count(); i++)
    if (options->wanted[i] && hadm_family_at(i)->form == form)
      return true;
  return false;
}

static void count_server(struct hadm_grid *grid, struct hadm_record *servers,
                         size_t item, uint32_t server) {
  size_t process = grid->items[item].process == HADM_NONE
                       ? HADM_ALL
                       : grid->items[item].process;
  if (!hadm_record_read(servers, server, process))
    return;
  const struct hadm_value *state = &servers->values[0];
  const struct hadm_value *check = &servers->values[1];
  if (state->type == HADM_VALUE_TEXT && state->code != HADM_UNKNOWN)
    (&grid->server_states[item * HADM_STATES])[state->code]++;
  if (check->type == HADM_VALUE_TEXT && check->code != HADM_UNKNOWN)
    (&grid->server_checks[item * HADM_CHECKS])[check->code]++;
}

static enum hadm_status count_servers(struct hadm_grid *grid) {
  const struct hadm_object *objects = grid->snapshot->objects;
  struct hadm_record servers;
  size_t slot;
  hadm_record_init(&servers, grid->snapshot, HADM_SERVER);
  grid->server_states =
      calloc(grid->room * HADM_STATES, sizeof(*grid->server_states));
  grid->server_checks =
      calloc(grid->room * HADM_CHECKS, sizeof(*grid->server_checks));
  enum hadm_status status = HADM_E_NOMEM;
  if (grid->server_states != NULL && grid->server_checks != NULL)
    status = hadm_record_add(&servers, HADM_LITERAL("status"), HADM_MERGE_WORST,
                             &slot);
  if (status == HADM_OK)
    status = hadm_record_add(&servers, HADM_LITERAL("check_status"),
                             HADM_MERGE_CHECK, &slot);
  if (status == HADM_OK)
    status = hadm_record_prepare(&servers);
  for (size_t item = 0; status == HADM_OK && item < grid->count; item++)
    for (uint32_t i = objects[grid->items[item].object].first; i != HADM_NONE;
         i = objects[i].next)
      count_server(grid, &servers, item, i);
  hadm_record_free(&servers);
  return status;
}

/* ---- all ---- */

static size_t objects_of(const struct hadm_snapshot *snapshot,
                         enum hadm_kind kind) {
  size_t count = 0;
  if (kind == HADM_PROCESS)
    return 1;
  for (uint32_t i = 0; i < snapshot->count; i++)
    count += snapshot->objects[i].kind == kind;
  return count;
}

static enum hadm_status reserve(struct hadm_grid *grid, enum hadm_view view) {
  size_t each = view == HADM_VIEW_EACH ? grid->snapshot->taken : 1;
  size_t slots = grid->record.count > 0 ? grid->record.count : 1;
  grid->room = objects_of(grid->snapshot, grid->kind) * each + 1;
  if (grid->room > SIZE_MAX / sizeof(*grid->cells) / slots)
    return HADM_E_NOMEM;
  grid->items = malloc((grid->room + 1) * sizeof(*grid->items));
  grid->cells = malloc(grid->room * slots * sizeof(*grid->cells));
  if (grid->items == NULL || grid->cells == NULL)
    return HADM_E_NOMEM;
  grid->items[0] = (struct hadm_grid_item){HADM_NONE, HADM_NONE, 0};
  return HADM_OK;
}

enum hadm_status hadm_grid_fill(struct hadm_grid *grid,
                                const struct hadm_snapshot *snapshot,
                                enum hadm_kind kind,
                                const struct hadm_grid_options *options) {
  *grid = (struct hadm_grid){.snapshot = snapshot, .kind = kind};
  hadm_record_init(&grid->record, snapshot, kind);
  grid->record.tally = options->tally;
  enum hadm_status status = add_families(grid, options);
  if (status == HADM_OK)
    status = reserve(grid, options->view);
  if (status == HADM_OK && kind == HADM_PROCESS)
    return add_items(grid, HADM_NONE, options);
  for (uint32_t i = 0; status == HADM_OK && i < snapshot->count; i++)
    if (snapshot->objects[i].kind == kind && hadm_snapshot_has(snapshot, i))
      status = add_items(grid, i, options);
  if (status == HADM_OK && kind == HADM_BACKEND &&
      (wants(options, HADM_FORM_SERVER_STATES) ||
       wants(options, HADM_FORM_SERVER_CHECKS)))
    status = count_servers(grid);
  return status;
}
