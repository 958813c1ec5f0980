#include "hadm_exposition.h"

#include "../base/hadm_word.h"
#include "../data/hadm_info.h"
#include "hadm_text.h"

#include <stdlib.h>
#include <string.h>

/* The order of HAProxy's exporter. */
static const enum hadm_kind order[] = {
    HADM_PROCESS, HADM_FRONTEND, HADM_LISTENER, HADM_BACKEND, HADM_SERVER};
enum { KINDS = sizeof(order) / sizeof(order[0]) };

struct hadm_exposition {
  struct hadm_snapshot *snapshot;
  struct hadm_exposition_options options;
  struct hadm_grid grids[KINDS];
  bool *wanted[KINDS]; /* by family */
  size_t kind;         /* where the next piece begins: in <order> */
  size_t family;
  size_t item;
  bool headed;               /* the family's HELP and TYPE were written */
  struct hadm_buffer filter; /* a copy */
  struct hadm_buffer name;   /* of the family that is written */
  bool told[2];              /* what of <own> was written, or is not wanted */
};

/* What is told beside HAProxy's exporter's families. */
static const struct hadm_slice own_prefix = HADM_STATIC("haproxyadmin_");
static const struct hadm_family own[] = {
    {HADM_STATIC("server_processes"), HADM_STATIC("status"), 0, HADM_GAUGE,
     HADM_FORM_NUMBER, 0, HADM_STATIC(""),
     HADM_STATIC("Processes in which a server is in a state, where they "
                 "disagree.")},
    {HADM_STATIC("disagreements"), HADM_STATIC(""), 0, HADM_GAUGE,
     HADM_FORM_NUMBER, 0, HADM_STATIC(""),
     HADM_STATIC("1 for what processes disagree on of a server.")}};

/* ---- which names ---- */

static bool is_name(struct hadm_slice word, struct hadm_slice prefix,
                    struct hadm_slice name) {
  return word.len == prefix.len + name.len && hadm_slice_starts(word, prefix) &&
         hadm_slice_ends(word, name);
}

bool hadm_exposition_lets(struct hadm_slice filter, struct hadm_slice prefix,
                          struct hadm_slice name) {
  bool only = false;
  bool in = false;
  while (filter.len > 0) {
    const char *comma = memchr(filter.ptr, ',', filter.len);
    size_t len = comma != NULL ? (size_t)(comma - filter.ptr) : filter.len;
    struct hadm_slice word = {filter.ptr, len};
    filter = hadm_slice_behind(filter, comma != NULL ? len + 1 : len);
    bool without = word.len > 0 && word.ptr[0] == '-';
    if (without)
      word = hadm_slice_behind(word, 1);
    bool same = is_name(word, prefix, name);
    if (without && same)
      return false;
    only = only || (!without && word.len > 0);
    in = in || same;
  }
  return in || !only;
}

static enum hadm_status choose(struct hadm_exposition *exposition,
                               size_t kind) {
  size_t count = hadm_family_count();
  bool *wanted = malloc(count * sizeof(*wanted));
  exposition->wanted[kind] = wanted;
  if (wanted == NULL)
    return HADM_E_NOMEM;
  for (size_t i = 0; i < count; i++)
    wanted[i] = (hadm_family_at(i)->kinds & HADM_OF(order[kind])) != 0 &&
                hadm_exposition_lets(exposition->options.filter,
                                     hadm_family_prefix(order[kind]),
                                     hadm_family_at(i)->name);
  return HADM_OK;
}

static enum hadm_status read_kind(struct hadm_exposition *exposition,
                                  size_t kind) {
  if ((exposition->options.kinds & HADM_OF(order[kind])) == 0)
    return HADM_OK;
  enum hadm_status status = choose(exposition, kind);
  if (status != HADM_OK)
    return status;
  const struct hadm_grid_options options = {
      exposition->options.view,     exposition->options.process,
      exposition->options.no_maint, exposition->options.modules,
      exposition->wanted[kind],     exposition->options.tally};
  return hadm_grid_fill(&exposition->grids[kind], exposition->snapshot,
                        order[kind], &options);
}

struct hadm_exposition *
hadm_exposition_new(struct hadm_snapshot *snapshot,
                    const struct hadm_exposition_options *options) {
  struct hadm_exposition *exposition = calloc(1, sizeof(*exposition));
  if (exposition == NULL)
    return NULL;
  exposition->snapshot = hadm_snapshot_ref(snapshot);
  exposition->options = *options;
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < KINDS; i++)
    status = read_kind(exposition, i);
  for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
    exposition->told[i] =
        !hadm_exposition_lets(options->filter, own_prefix, own[i].name);
  if (status == HADM_OK)
    status = hadm_buffer_append(&exposition->filter, options->filter.ptr,
                                options->filter.len);
  exposition->options.filter =
      (struct hadm_slice){exposition->filter.data, exposition->filter.len};
  exposition->options.tally = NULL;
  if (status != HADM_OK) {
    hadm_exposition_free(exposition);
    return NULL;
  }
  return exposition;
}

void hadm_exposition_free(struct hadm_exposition *exposition) {
  if (exposition == NULL)
    return;
  for (size_t i = 0; i < KINDS; i++) {
    hadm_grid_free(&exposition->grids[i]);
    free(exposition->wanted[i]);
  }
  hadm_buffer_free(&exposition->filter);
  hadm_buffer_free(&exposition->name);
  hadm_snapshot_unref(exposition->snapshot);
  free(exposition);
}

/* ---- writing ---- */

static char *put(char *to, struct hadm_slice text) {
  memcpy(to, text.ptr, text.len);
  return to + text.len;
}

#define PUT(to, literal) put(to, HADM_LITERAL(literal))

/* `# HELP` and `# TYPE` of a family. */
static enum hadm_status put_head(struct hadm_buffer *piece,
                                 struct hadm_slice prefix,
                                 const struct hadm_family *family) {
  const size_t words = sizeof("# HELP  \n# TYPE  counter\n");
  enum hadm_status status = hadm_buffer_reserve(
      piece, words + 2 * prefix.len + 2 * family->name.len + family->help.len);
  if (status != HADM_OK)
    return status;
  char *to = piece->data + piece->len;
  to = PUT(to, "# HELP ");
  to = put(put(to, prefix), family->name);
  to = put(PUT(to, " "), family->help);
  to = PUT(to, "\n# TYPE ");
  to = put(put(to, prefix), family->name);
  to = family->type == HADM_COUNTER ? PUT(to, " counter\n")
                                    : PUT(to, " gauge\n");
  piece->len = (size_t)(to - piece->data);
  return HADM_OK;
}

/* Most of what is written are names and labels, which are copied a block at a
 * time: behind <text> a block less one byte may be read, and behind what is
 * written as much is overwritten. */
static inline char *paste(char *to, struct hadm_slice text) {
  for (size_t i = 0; i < text.len; i += HADM_BLOCK)
    memcpy(to + i, text.ptr + i, HADM_BLOCK);
  return to + text.len;
}

/* Makes the name that stands in all lines of a family: with a brace, which is
 * not written where there are no labels. */
static enum hadm_status set_name(struct hadm_exposition *exposition,
                                 struct hadm_slice prefix,
                                 struct hadm_slice name) {
  struct hadm_buffer *buffer = &exposition->name;
  buffer->len = 0;
  enum hadm_status status =
      hadm_buffer_reserve(buffer, prefix.len + name.len + 1 + HADM_BLOCK);
  if (status != HADM_OK)
    return status;
  char *end = PUT(put(put(buffer->data, prefix), name), "{");
  memset(end, 0, HADM_BLOCK);
  buffer->len = (size_t)(end - buffer->data);
  return HADM_OK;
}

static struct hadm_slice name_of(const struct hadm_exposition *exposition) {
  return (struct hadm_slice){exposition->name.data, exposition->name.len};
}

/* name{labels,label="word"} ; <to> has room. */
static char *put_series(char *to, struct hadm_slice name,
                        struct hadm_slice labels, struct hadm_slice label,
                        struct hadm_slice word) {
  if (labels.len == 0 && label.len == 0) {
    to = paste(to, name);
    to[-1] = ' ';
    return to;
  }
  to = paste(paste(to, name), labels);
  if (label.len > 0) {
    if (labels.len > 0)
      *to++ = ',';
    to = put(to, label);
    to = PUT(to, "=\"");
    to = put(to, word);
    *to++ = '"';
  }
  return PUT(to, "} ");
}

/* Makes room for what an item's lines have at most, and what paste needs. */
static enum hadm_status reserve_lines(struct hadm_buffer *piece,
                                      struct hadm_slice name,
                                      struct hadm_slice labels) {
  const size_t rest = 64; /* a label of states, braces, a number */
  const size_t most = HADM_CHECKS * (name.len + labels.len + rest);
  return piece->cap - piece->len >= most ? HADM_OK
                                         : hadm_buffer_reserve(piece, most);
}

/* Nearly all numbers are of one digit. */
static inline char *put_number(char *to, int64_t number) {
  if (number < 0 || number > 9)
    return hadm_text_number(to, number);
  *to++ = (char)('0' + number);
  return to;
}

static char *put_sample(char *to, struct hadm_slice name,
                        struct hadm_slice labels, struct hadm_slice label,
                        struct hadm_slice word, int64_t number) {
  to = put_series(to, name, labels, label, word);
  to = put_number(to, number);
  *to++ = '\n';
  return to;
}

static const struct hadm_slice NOTHING = {"", 0};

/* One series for each of <count> words, 1 for number <is> alone. */
static char *put_states(char *to, struct hadm_slice name,
                        struct hadm_slice labels,
                        const struct hadm_slice *words, size_t count,
                        size_t is) {
  for (size_t i = 0; i < count; i++)
    to = put_sample(to, name, labels, HADM_LITERAL("state"), words[i], i == is);
  return to;
}

static char *put_counts(char *to, struct hadm_slice name,
                        struct hadm_slice labels,
                        const struct hadm_slice *words, size_t count,
                        const uint32_t *counts) {
  for (size_t i = 0; i < count; i++)
    to = put_sample(to, name, labels, HADM_LITERAL("state"), words[i],
                    counts[i]);
  return to;
}

static char *put_codes(char *to, struct hadm_slice name,
                       const struct hadm_grid *grid, size_t slot, size_t item) {
  struct hadm_slice labels = hadm_grid_labels(grid, item);
  for (size_t i = 0; i < HADM_CODES; i++) {
    int64_t number = hadm_grid_column(grid, slot + i)[item];
    if (number != HADM_ABSENT)
      to = put_sample(to, name, labels, HADM_LITERAL("code"),
                      hadm_code_names[i], number);
  }
  return to;
}

/* The samples of one item of one family; <to> has room for them. */
static char *put_item(char *to, struct hadm_slice name,
                      const struct hadm_grid *grid,
                      const struct hadm_family *family, size_t slot,
                      size_t item) {
  struct hadm_slice labels = hadm_grid_labels(grid, item);
  int64_t number = HADM_ABSENT;
  if (slot != SIZE_MAX)
    number = hadm_grid_column(grid, slot)[item];
  switch (family->form) {
  case HADM_FORM_CODES:
    return put_codes(to, name, grid, slot, item);
  case HADM_FORM_SERVER_STATES:
    return put_counts(to, name, labels, hadm_state_names, HADM_STATES,
                      grid->server_states + item * HADM_STATES);
  case HADM_FORM_SERVER_CHECKS:
    return put_counts(to, name, labels, hadm_check_names, HADM_CHECKS,
                      grid->server_checks + item * HADM_CHECKS);
  default:
    break;
  }
  if (number == HADM_ABSENT)
    return to;
  if (family->form == HADM_FORM_STATES) {
    size_t count;
    const struct hadm_slice *names = hadm_state_names_of(grid->kind, &count);
    return put_states(to, name, labels, names, count, (size_t)number);
  }
  if (family->form == HADM_FORM_MODULE)
    return put_sample(to, name, labels, HADM_LITERAL("mod"), family->label,
                      number);
  if (family->form == HADM_FORM_CHECKS)
    return put_states(to, name, labels, hadm_check_names, HADM_CHECKS,
                      (size_t)number);
  to = put_series(to, name, labels, NOTHING, NOTHING);
  to = family->form == HADM_FORM_SECONDS ? hadm_text_seconds(to, number)
                                         : put_number(to, number);
  *to++ = '\n';
  return to;
}

static enum hadm_status put_items(struct hadm_exposition *exposition,
                                  struct hadm_buffer *piece, size_t size) {
  const struct hadm_grid *grid = &exposition->grids[exposition->kind];
  const struct hadm_family *family = hadm_grid_family(grid, exposition->family);
  const struct hadm_slice prefix = hadm_family_prefix(grid->kind);
  size_t slot = grid->slots[exposition->family];
  enum hadm_status status = set_name(exposition, prefix, family->name);
  if (status != HADM_OK)
    return status;
  const struct hadm_slice name = name_of(exposition);
  for (; exposition->item < grid->count; exposition->item++) {
    if (piece->len >= size)
      return HADM_MORE;
    struct hadm_slice labels = hadm_grid_labels(grid, exposition->item);
    status = reserve_lines(piece, name, labels);
    if (status != HADM_OK)
      return status;
    char *to = piece->data + piece->len;
    char *end = put_item(to, name, grid, family, slot, exposition->item);
    if (end == to)
      continue;
    if (!exposition->headed) {
      status = put_head(piece, prefix, family);
      if (status == HADM_OK)
        status = reserve_lines(piece, name, labels);
      if (status != HADM_OK)
        return status;
      exposition->headed = true;
      to = piece->data + piece->len;
      end = put_item(to, name, grid, family, slot, exposition->item);
    }
    piece->len += (size_t)(end - to);
  }
  return HADM_OK;
}

/* ---- texts of `show info` ---- */

static bool text_of(const struct hadm_exposition *exposition, size_t process,
                    const struct hadm_family *family,
                    struct hadm_field *field) {
  const struct hadm_snapshot *snapshot = exposition->snapshot;
  struct hadm_slice value;
  if (exposition->options.view == HADM_VIEW_PROCESS &&
      process != exposition->options.process)
    return false;
  if (snapshot->processes[process].old ||
      !hadm_snapshot_info(snapshot, process, family->field, &value))
    return false;
  *field = hadm_info_field(value);
  return true;
}

/* Did a process before say the same? */
static bool was_said(const struct hadm_exposition *exposition, size_t process,
                     const struct hadm_family *family,
                     const struct hadm_field *field) {
  struct hadm_field other;
  for (size_t i = 0; i < process; i++)
    if (text_of(exposition, i, family, &other) &&
        hadm_slice_equal(other.text, field->text))
      return true;
  return false;
}

static enum hadm_status put_text(struct hadm_exposition *exposition,
                                 struct hadm_buffer *piece, size_t process) {
  const struct hadm_family *family = hadm_family_at(exposition->family);
  const struct hadm_slice prefix = hadm_family_prefix(HADM_PROCESS);
  const bool each = exposition->options.view == HADM_VIEW_EACH;
  struct hadm_field field;
  if (!text_of(exposition, process, family, &field) ||
      (!each && was_said(exposition, process, family, &field)))
    return HADM_OK;
  enum hadm_status status = HADM_OK;
  if (!exposition->headed)
    status = put_head(piece, prefix, family);
  exposition->headed = true;
  const size_t rest = 64;
  if (status == HADM_OK)
    status = hadm_buffer_reserve(piece, prefix.len + family->name.len +
                                            family->label.len + rest +
                                            hadm_text_most(field.text.len));
  if (status != HADM_OK)
    return status;
  char *to = piece->data + piece->len;
  to = put(put(to, prefix), family->name);
  *to++ = '{';
  if (each) {
    to = PUT(to, "process=\"");
    to = hadm_text_number(to, exposition->snapshot->processes[process].nb);
    to = PUT(to, "\",");
  }
  to = put(to, family->label);
  to = PUT(to, "=\"");
  to = hadm_text_label(to, field);
  to = PUT(to, "\"} 1\n");
  piece->len = (size_t)(to - piece->data);
  return HADM_OK;
}

static enum hadm_status put_texts(struct hadm_exposition *exposition,
                                  struct hadm_buffer *piece) {
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; status == HADM_OK && i < exposition->snapshot->taken; i++)
    status = put_text(exposition, piece, i);
  return status;
}

/* ---- where the processes disagree ---- */

static enum hadm_status put_difference(struct hadm_exposition *exposition,
                                       struct hadm_buffer *piece,
                                       const struct hadm_grid *grid,
                                       const struct hadm_difference *difference,
                                       const struct hadm_family *family) {
  struct hadm_slice labels = hadm_grid_labels(grid, difference->item);
  bool states = family == &own[0];
  if (states && !difference->status)
    return HADM_OK;
  enum hadm_status status = set_name(exposition, own_prefix, family->name);
  if (status == HADM_OK && !exposition->headed)
    status = put_head(piece, own_prefix, family);
  exposition->headed = true;
  const struct hadm_slice name = name_of(exposition);
  if (status == HADM_OK)
    status = reserve_lines(piece, name, labels);
  if (status != HADM_OK)
    return status;
  char *to = piece->data + piece->len;
  if (states) {
    to = put_counts(to, name, labels, hadm_state_names, HADM_STATES,
                    difference->states);
  } else {
    const struct hadm_slice label = HADM_LITERAL("field");
    if (difference->status)
      to = put_sample(to, name, labels, label, HADM_LITERAL("status"), 1);
    if (difference->weight)
      to = put_sample(to, name, labels, label, HADM_LITERAL("weight"), 1);
    if (difference->addr)
      to = put_sample(to, name, labels, label, HADM_LITERAL("addr"), 1);
  }
  piece->len = (size_t)(to - piece->data);
  return HADM_OK;
}

static enum hadm_status put_differences(struct hadm_exposition *exposition,
                                        struct hadm_buffer *piece,
                                        const struct hadm_family *family) {
  enum hadm_status status = HADM_OK;
  exposition->headed = false;
  for (size_t kind = 0; kind < KINDS; kind++) {
    const struct hadm_grid *grid = &exposition->grids[kind];
    for (size_t i = 0; status == HADM_OK && i < grid->difference_count; i++)
      status = put_difference(exposition, piece, grid, &grid->differences[i],
                              family);
  }
  return status;
}

static enum hadm_status put_disagreements(struct hadm_exposition *exposition,
                                          struct hadm_buffer *piece) {
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
    if (status == HADM_OK && !exposition->told[i])
      status = put_differences(exposition, piece, &own[i]);
    exposition->told[i] = true;
  }
  return status;
}

/* ---- pieces ---- */

static bool is_shown(const struct hadm_exposition *exposition,
                     const struct hadm_grid *grid,
                     const struct hadm_family *family) {
  if (family->form == HADM_FORM_MODULE)
    return hadm_exposition_lets(exposition->options.filter,
                                hadm_family_prefix(grid->kind), family->name);
  if (!exposition->wanted[exposition->kind][exposition->family])
    return false;
  return grid->slots[exposition->family] != SIZE_MAX ||
         (family->form == HADM_FORM_SERVER_STATES &&
          grid->server_states != NULL) ||
         (family->form == HADM_FORM_SERVER_CHECKS &&
          grid->server_checks != NULL);
}

static enum hadm_status put_family(struct hadm_exposition *exposition,
                                   struct hadm_buffer *piece, size_t size) {
  const struct hadm_grid *grid = &exposition->grids[exposition->kind];
  const struct hadm_family *family = hadm_grid_family(grid, exposition->family);
  if (exposition->wanted[exposition->kind] == NULL)
    return HADM_OK;
  if (family->form == HADM_FORM_TEXT)
    return exposition->wanted[exposition->kind][exposition->family]
               ? put_texts(exposition, piece)
               : HADM_OK;
  return is_shown(exposition, grid, family) ? put_items(exposition, piece, size)
                                            : HADM_OK;
}

enum hadm_status hadm_exposition_next(struct hadm_exposition *exposition,
                                      struct hadm_buffer *piece, size_t size) {
  for (; exposition->kind < KINDS; exposition->kind++) {
    const size_t families =
        hadm_grid_families(&exposition->grids[exposition->kind]);
    for (; exposition->family < families; exposition->family++) {
      if (piece->len >= size)
        return HADM_MORE;
      enum hadm_status status = put_family(exposition, piece, size);
      if (status != HADM_OK)
        return status;
      exposition->item = 0;
      exposition->headed = false;
    }
    exposition->family = 0;
  }
  return put_disagreements(exposition, piece);
}
