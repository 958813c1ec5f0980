/* The entries that are wanted, a dump, and what makes the one the other.
 *
 * The input is a byte that says whether they have values, the text of a file,
 * an empty line, and the dump. */
#include "../../csrc/core/data/hadm_diff.h"
#include "fuzz.h"

#include <string.h>

enum { MOST = 512 };

/* What a process has after the changes, in its order. */
struct model {
  struct hadm_slice texts[MOST];
  size_t count;
};

static bool is_deleted(const struct hadm_diff *diff,
                       const struct hadm_dumped *entry, uint32_t *wanted) {
  *wanted = HADM_ENTRY_NONE;
  for (size_t i = 0; i < diff->changed + diff->deleted; i++) {
    const struct hadm_change *change = &diff->changes[i];
    if (!hadm_slice_equal(change->entry.reference, entry->reference))
      continue;
    must(hadm_slice_equal(change->entry.text, entry->text));
    must((change->wanted == HADM_ENTRY_NONE) == (i >= diff->changed));
    *wanted = change->wanted;
    return change->wanted == HADM_ENTRY_NONE;
  }
  return false;
}

static void apply(const struct hadm_diff *diff, struct hadm_slice dump,
                  struct model *model) {
  struct hadm_dumped entry;
  uint32_t wanted;
  size_t entries = 0;
  while (hadm_dump_next(&dump, &entry)) {
    entries++;
    if (is_deleted(diff, &entry, &wanted))
      continue;
    model->texts[model->count++] =
        wanted == HADM_ENTRY_NONE ? entry.text
                                  : hadm_entries_text(diff->wanted, wanted);
  }
  must(entries == diff->entries);
  must(entries == diff->kept + diff->changed + diff->deleted);
  must(diff->wanted->count == diff->kept + diff->changed + diff->added);
  for (size_t i = 0; i < diff->added; i++)
    model->texts[model->count++] =
        hadm_entries_text(diff->wanted, diff->adds[i]);
}

/* The model has each wanted text, and nothing else; in order, if so it says. */
static void check_result(const struct hadm_diff *diff, struct model *model) {
  must(model->count == diff->wanted->count);
  bool ordered = true;
  for (uint32_t i = 0; i < model->count; i++)
    ordered = ordered && hadm_slice_equal(model->texts[i],
                                          hadm_entries_text(diff->wanted, i));
  must(ordered || !diff->ordered);
  for (uint32_t i = 0; i < diff->wanted->count; i++) {
    size_t k = 0;
    while (
        k < model->count &&
        !hadm_slice_equal(model->texts[k], hadm_entries_text(diff->wanted, i)))
      k++;
    must(k < model->count);
    model->texts[k] = model->texts[--model->count];
  }
}

/* A key that names an entry names no other one, there or added. */
static void check_names(const struct hadm_diff *diff, struct hadm_slice dump) {
  bool map = diff->wanted->map;
  for (size_t i = 0; i < diff->changed + diff->deleted; i++) {
    const struct hadm_change *change = &diff->changes[i];
    if (!change->by_key)
      continue;
    struct hadm_slice key = hadm_dump_key(change->entry.text, map);
    struct hadm_slice rest = dump;
    struct hadm_dumped entry;
    size_t count = 0;
    while (hadm_dump_next(&rest, &entry))
      count += hadm_slice_equal(hadm_dump_key(entry.text, map), key);
    for (size_t k = 0; k < diff->added; k++)
      count +=
          hadm_slice_equal(hadm_entries_key(diff->wanted, diff->adds[k]), key);
    must(count == 1);
    must(memchr(key.ptr, '\n', key.len) == NULL);
  }
}

/* HAProxy gives no reference twice; the model tells entries by theirs. */
static bool is_unique(struct hadm_slice dump) {
  struct hadm_dumped entry;
  struct hadm_dumped other;
  while (hadm_dump_next(&dump, &entry)) {
    struct hadm_slice rest = dump;
    while (hadm_dump_next(&rest, &other))
      if (hadm_slice_equal(entry.reference, other.reference))
        return false;
  }
  return true;
}

static bool has_empty_line(struct hadm_slice dump) {
  for (size_t i = 0; i + 1 < dump.len; i++)
    if (dump.ptr[i] == '\n' && dump.ptr[i + 1] == '\n')
      return true;
  return false;
}

/* In pieces it is the same diff, or no dump. */
static void check_pieces(struct hadm_entries *wanted, struct hadm_slice dump,
                         size_t step, const struct hadm_diff *whole,
                         enum hadm_status expected) {
  struct hadm_diff diff;
  size_t from = 0;
  size_t taken = 0;
  must(hadm_diff_begin(&diff, wanted, (struct hadm_slice){"", 0}) == HADM_OK);
  enum hadm_status status = HADM_OK;
  for (size_t to = 0; status == HADM_OK && to < dump.len; from += taken) {
    to = step < dump.len - to ? to + step : dump.len;
    struct hadm_slice part = {dump.ptr + from, to - from};
    status = hadm_diff_feed(&diff, part, false, &taken);
    must(taken <= part.len);
  }
  if (status == HADM_OK)
    status = hadm_diff_feed(&diff, hadm_slice_behind(dump, from), true, &taken);
  if (status == HADM_OK)
    do
      status = hadm_diff_step(&diff, step);
    while (status == HADM_MORE);
  /* What has an empty line was no whole dump. */
  if (status == HADM_E_FOREIGN && has_empty_line(dump))
    expected = status;
  must(status == expected);
  if (status == HADM_OK)
    must(diff.entries == whole->entries && diff.kept == whole->kept &&
         diff.added == whole->added && diff.changed == whole->changed &&
         diff.deleted == whole->deleted);
  hadm_diff_free(&diff);
}

static void check(struct hadm_entries *wanted, struct hadm_slice dump,
                  size_t step) {
  static struct model model;
  struct hadm_diff diff;
  model.count = 0;
  enum hadm_status status = hadm_diff_make(&diff, wanted, dump);
  must(status == HADM_OK || status == HADM_E_FOREIGN);
  check_pieces(wanted, dump, step, &diff, status);
  if (status == HADM_OK && diff.entries + wanted->count <= MOST &&
      is_unique(dump)) {
    apply(&diff, dump, &model);
    check_names(&diff, dump);
    check_result(&diff, &model);
  }
  hadm_diff_free(&diff);
}

/* Pieces of any size are the same text. */
static enum hadm_status feed(struct hadm_entries *entries,
                             struct hadm_slice text, size_t step) {
  enum hadm_status status = HADM_OK;
  while (status == HADM_OK && text.len > 0) {
    size_t len = step < text.len ? step : text.len;
    status = hadm_entries_feed(entries, (struct hadm_slice){text.ptr, len});
    text = hadm_slice_behind(text, len);
  }
  return status == HADM_OK ? hadm_entries_end(entries) : status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  bool map = data[0] % 2 == 1;
  size_t step = (size_t)data[0] / 2 + 1;
  struct hadm_slice file = {(const char *)data + 1, size - 1};
  struct hadm_slice dump = {"", 0};
  for (size_t i = 0; i + 1 < file.len; i++) {
    if (file.ptr[i] == '\n' && file.ptr[i + 1] == '\n') {
      dump = hadm_slice_behind(file, i + 2);
      file.len = i + 1;
    }
  }
  struct hadm_entries whole;
  struct hadm_entries pieces;
  hadm_entries_init(&whole, map, 1);
  hadm_entries_init(&pieces, map, 2);
  enum hadm_status status = feed(&whole, file, SIZE_MAX);
  must(feed(&pieces, file, step) == status);
  must(whole.count == pieces.count && whole.text.len == pieces.text.len);
  must(whole.text.len == 0 ||
       memcmp(whole.text.data, pieces.text.data, whole.text.len) == 0);
  must(status != HADM_E_ARG ||
       (whole.lines == pieces.lines && whole.at == pieces.at &&
        whole.fault == pieces.fault && whole.fault != HADM_FAULT_NONE));
  check(&whole, dump, step);
  hadm_entries_free(&whole);
  hadm_entries_free(&pieces);
  return 0;
}
