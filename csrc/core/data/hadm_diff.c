#include "hadm_diff.h"

#include "../base/hadm_hash.h"

#include <stdlib.h>
#include <string.h>

/* What is found of a wanted entry in the dump. */
enum { LACKING, KEPT, CHANGED };

/* Entries of the dump that no wanted one is equal to. */
struct leftovers {
  struct hadm_change *list;
  size_t count;
  size_t reserved;
};

/* A key that is changed or deleted by its name, if only one entry has it. */
struct touched {
  struct hadm_slice key;
  uint32_t hash;
  uint32_t count;
};

struct work {
  struct hadm_diff *diff;
  struct hadm_entries *wanted;
  struct hadm_slice dump;
  unsigned char *state;  /* of each wanted entry */
  uint32_t *left;        /* by the first of equal ones: the first that may be
                            lacking; made when it is needed */
  uint32_t *next_of_key; /* lacking entries of one key, in their order */
  uint64_t *slots;       /* of a table: a hash above a number from 1, or 0 */
  size_t size;
  struct leftovers leftovers;
  struct touched *touched;
  size_t touched_count;
};

void hadm_diff_free(struct hadm_diff *diff) {
  free(diff->adds);
  free(diff->changes);
  hadm_buffer_free(&diff->texts);
  diff->adds = NULL;
  diff->changes = NULL;
  diff->added = diff->changed = diff->deleted = 0;
}

static void free_work(struct work *work) {
  free(work->state);
  free(work->left);
  free(work->next_of_key);
  free(work->slots);
  free(work->leftovers.list);
  free(work->touched);
}

/* ---- memory ---- */

/* Room for one element more; the memory, or NULL. */
static void *grow(void *list, size_t count, size_t *reserved, size_t each) {
  if (count < *reserved)
    return list;
  size_t more = *reserved == 0 ? 64 : *reserved * 2;
  if (more > SIZE_MAX / each)
    return NULL;
  void *grown = realloc(list, more * each);
  if (grown != NULL)
    *reserved = more;
  return grown;
}

/* An array that may have no element. */
static void *array(size_t count, size_t each) {
  return calloc(count > 0 ? count : 1, each);
}

static enum hadm_status make_slots(struct work *work, size_t count) {
  free(work->slots);
  work->size = 16;
  while (work->size / 2 < count)
    work->size *= 2;
  work->slots = calloc(work->size, sizeof(*work->slots));
  return work->slots != NULL ? HADM_OK : HADM_E_NOMEM;
}

/* ---- equal entries ---- */

static enum hadm_status make_left(struct work *work) {
  uint32_t count = work->wanted->count;
  work->left = array(count, sizeof(*work->left));
  if (work->left == NULL)
    return HADM_E_NOMEM;
  for (uint32_t i = 0; i < count; i++)
    work->left[i] = i;
  return HADM_OK;
}

/* Looks a text up: an entry that is equal and lacking, or none. */
static enum hadm_status look_up(struct work *work, struct hadm_slice text,
                                uint32_t *found) {
  uint32_t first;
  enum hadm_status status = hadm_entries_find(work->wanted, text, &first);
  if (status == HADM_OK && work->left == NULL)
    status = make_left(work);
  *found = HADM_ENTRY_NONE;
  if (status != HADM_OK || first == HADM_ENTRY_NONE)
    return status;
  uint32_t i = work->left[first];
  while (i != HADM_ENTRY_NONE && work->state[i] != LACKING)
    i = hadm_entries_next(work->wanted, i);
  work->left[first] = i;
  *found = i;
  return HADM_OK;
}

/* Is the wanted entry <i>, with which <rest> begins, equal and lacking? Then
 * <rest> begins with the one behind it. */
static bool is_next(const struct work *work, uint32_t i,
                    struct hadm_slice *rest, struct hadm_slice text) {
  /* A text of the dump may hold a line's end, which no wanted one does. */
  if (text.len >= rest->len || rest->ptr[text.len] != '\n' ||
      work->state[i] != LACKING || !hadm_slice_starts(*rest, text) ||
      memchr(text.ptr, '\n', text.len) != NULL)
    return false;
  *rest = hadm_slice_behind(*rest, text.len + 1);
  return true;
}

/* <expected>: behind which wanted entry it stands. */
static enum hadm_status leave_over(struct work *work,
                                   const struct hadm_dumped *entry,
                                   uint32_t expected) {
  struct leftovers *leftovers = &work->leftovers;
  struct hadm_change *list =
      grow(leftovers->list, leftovers->count, &leftovers->reserved,
           sizeof(*leftovers->list));
  if (list == NULL)
    return HADM_E_NOMEM;
  leftovers->list = list;
  list[leftovers->count++] = (struct hadm_change){
      .wanted = HADM_ENTRY_NONE, .note = expected, .entry = *entry};
  return HADM_OK;
}

/* Pairs the entries of the dump with equal ones. Most dumps are in the order of
 * what is wanted, at least for long runs: behind one that was found the next
 * one is looked at before the index is asked, or even made. */
static enum hadm_status pair_equals(struct work *work) {
  struct hadm_slice rest = work->dump;
  struct hadm_slice ahead = hadm_entries_from(work->wanted, 0);
  struct hadm_dumped entry;
  uint32_t expected = 0;
  while (hadm_dump_next(&rest, &entry)) {
    if (entry.reference.len == 0)
      return HADM_E_FOREIGN;
    uint32_t found = expected;
    enum hadm_status status = HADM_OK;
    if (!is_next(work, expected, &ahead, entry.text))
      status = look_up(work, entry.text, &found);
    if (status == HADM_OK && found == HADM_ENTRY_NONE)
      status = leave_over(work, &entry, expected);
    if (status != HADM_OK)
      return status;
    work->diff->entries++;
    if (found == HADM_ENTRY_NONE)
      continue;
    work->state[found] = KEPT;
    work->diff->kept++;
    if (found != expected) {
      work->diff->ordered = work->diff->ordered && found > expected;
      ahead = hadm_entries_from(work->wanted, found + 1);
    }
    expected = found + 1;
  }
  return HADM_OK;
}

/* ---- equal keys ---- */

/* The slot of a key in the table of lacking entries. */
static size_t slot_of_key(const struct work *work, uint32_t hash,
                          struct hadm_slice key) {
  size_t mask = work->size - 1;
  size_t i = hash & mask;
  for (; work->slots[i] != 0; i = (i + 1) & mask) {
    uint32_t number = work->diff->adds[(uint32_t)work->slots[i] - 1];
    if ((uint32_t)(work->slots[i] >> 32) == hash &&
        hadm_slice_equal(hadm_entries_key(work->wanted, number), key))
      break;
  }
  return i;
}

/* The lacking entries, and a table of them by key. */
static enum hadm_status find_lacking(struct work *work) {
  const struct hadm_entries *wanted = work->wanted;
  struct hadm_diff *diff = work->diff;
  size_t count = wanted->count - diff->kept;
  diff->adds = array(count, sizeof(*diff->adds));
  work->next_of_key = array(count, sizeof(*work->next_of_key));
  if (diff->adds == NULL || work->next_of_key == NULL ||
      make_slots(work, count) != HADM_OK)
    return HADM_E_NOMEM;
  for (uint32_t i = 0; count > 0 && i < wanted->count; i++)
    if (work->state[i] == LACKING)
      diff->adds[diff->added++] = i;
  for (size_t n = diff->added; n-- > 0;) {
    struct hadm_slice key = hadm_entries_key(wanted, diff->adds[n]);
    /* Others are only added. */
    if (!hadm_entries_short(wanted, diff->adds[n]))
      continue;
    uint32_t hash = hadm_hash(wanted->seed, key);
    uint64_t *slot = &work->slots[slot_of_key(work, hash, key)];
    work->next_of_key[n] = (uint32_t)*slot;
    *slot = (uint64_t)hash << 32 | (n + 1);
  }
  return HADM_OK;
}

/* A lacking entry of this key, each only once. */
static uint32_t take_key(struct work *work, struct hadm_slice key) {
  uint32_t hash = hadm_hash(work->wanted->seed, key);
  uint64_t *slot = &work->slots[slot_of_key(work, hash, key)];
  if (*slot == 0)
    return HADM_ENTRY_NONE;
  uint32_t n = (uint32_t)*slot - 1;
  uint32_t found = work->diff->adds[n];
  /* The last one of a key stays where it is, for the keys behind it. */
  if (work->state[found] == CHANGED)
    return HADM_ENTRY_NONE;
  if (work->next_of_key[n] != 0)
    *slot = (uint64_t)hash << 32 | work->next_of_key[n];
  work->state[found] = CHANGED;
  return found;
}

/* The entry that a text of the dump is to become. Its key ends at a blank; at
 * which, is only asked where keys are wanted that have some. */
static uint32_t find_key(struct work *work, struct hadm_slice text) {
  struct hadm_slice key = hadm_dump_key(text, true);
  uint32_t found = take_key(work, key);
  while (found == HADM_ENTRY_NONE && work->wanted->blank_keys &&
         key.len < text.len) {
    struct hadm_slice rest = hadm_slice_behind(text, key.len + 1);
    key.len += 1 + hadm_dump_key(rest, true).len;
    found = take_key(work, key);
  }
  return found;
}

/* Sorts the leftovers: what changes its value, then what goes. */
static enum hadm_status pair_keys(struct work *work) {
  struct hadm_diff *diff = work->diff;
  struct leftovers *leftovers = &work->leftovers;
  for (size_t i = 0; work->wanted->map && i < leftovers->count; i++) {
    struct hadm_change *change = &leftovers->list[i];
    change->wanted = find_key(work, change->entry.text);
    if (change->wanted != HADM_ENTRY_NONE)
      diff->changed++;
  }
  diff->deleted = leftovers->count - diff->changed;
  diff->changes = array(leftovers->count, sizeof(*diff->changes));
  if (diff->changes == NULL)
    return HADM_E_NOMEM;
  size_t change = 0;
  size_t gone = diff->changed;
  for (size_t i = 0; i < leftovers->count; i++) {
    bool goes = leftovers->list[i].wanted == HADM_ENTRY_NONE;
    diff->changes[goes ? gone++ : change++] = leftovers->list[i];
  }
  size_t added = 0;
  for (size_t i = 0; i < diff->added; i++)
    if (work->state[diff->adds[i]] == LACKING)
      diff->adds[added++] = diff->adds[i];
  diff->added = added;
  return HADM_OK;
}

/* ---- order ---- */

/* Those that are kept are in order already, or not. One that changes must stand
 * behind all wanted ones before it that are there, and before the others. What
 * is added comes last. */
static void check_order(struct work *work) {
  struct hadm_diff *diff = work->diff;
  uint32_t from = 0;
  for (size_t i = 0; diff->ordered && i < diff->changed; i++) {
    const struct hadm_change *change = &diff->changes[i];
    if (change->note > from)
      from = change->note;
    diff->ordered = change->wanted >= from;
    for (; diff->ordered && from < change->wanted; from++)
      diff->ordered = work->state[from] != KEPT;
    from = change->wanted + 1;
  }
  if (diff->added > 0 && diff->adds[0] != work->wanted->count - diff->added)
    diff->ordered = false;
}

/* ---- by key, or by reference ---- */

/* Does the text tell for sure which key it has? A command can name that key if
 * it is not taken for a reference. */
static bool may_name(const struct work *work, const struct hadm_change *change,
                     struct hadm_slice *key) {
  struct hadm_slice text = change->entry.text;
  *key = hadm_dump_key(text, work->wanted->map);
  if (key->len == 0 || text.len > HADM_ENTRY_SHORT ||
      hadm_slice_starts(*key, HADM_LITERAL("#0x")))
    return false;
  for (size_t i = 0; i < text.len; i++)
    if (text.ptr[i] == '\n' || text.ptr[i] == '\r' || text.ptr[i] == '\0')
      return false;
  if (!work->wanted->map)
    return true;
  if (key->len == text.len)
    return false;
  struct hadm_slice value = hadm_slice_behind(text, key->len + 1);
  return value.len == 0 || memchr(value.ptr, ' ', value.len) == NULL;
}

static size_t slot_of_touched(const struct work *work, uint32_t hash,
                              struct hadm_slice key) {
  size_t mask = work->size - 1;
  size_t i = hash & mask;
  for (; work->slots[i] != 0; i = (i + 1) & mask) {
    const struct touched *touched =
        &work->touched[(uint32_t)work->slots[i] - 1];
    if (touched->hash == hash && hadm_slice_equal(touched->key, key))
      break;
  }
  return i;
}

static void touch(struct work *work, struct hadm_change *change,
                  struct hadm_slice key) {
  uint32_t hash = hadm_hash(work->wanted->seed, key);
  uint64_t *slot = &work->slots[slot_of_touched(work, hash, key)];
  if (*slot == 0) {
    work->touched[work->touched_count++] = (struct touched){key, hash, 0};
    *slot = work->touched_count;
  }
  change->note = (uint32_t)*slot - 1;
  change->by_key = true;
}

static void count_key(struct work *work, struct hadm_slice key) {
  uint32_t hash = hadm_hash(work->wanted->seed, key);
  uint64_t slot = work->slots[slot_of_touched(work, hash, key)];
  if (slot != 0)
    work->touched[slot - 1].count++;
}

/* Versions differ in what a key does that several entries have: such ones are
 * changed and deleted by their references. These are slow to find for HAProxy,
 * so that the others are called by their keys. */
static enum hadm_status choose_names(struct work *work) {
  struct hadm_diff *diff = work->diff;
  size_t count = diff->changed + diff->deleted;
  struct hadm_slice key;
  if (count == 0)
    return HADM_OK;
  work->touched = array(count, sizeof(*work->touched));
  if (work->touched == NULL || make_slots(work, count) != HADM_OK)
    return HADM_E_NOMEM;
  for (size_t i = 0; i < count; i++)
    if (may_name(work, &diff->changes[i], &key))
      touch(work, &diff->changes[i], key);
  struct hadm_slice rest = work->dump;
  struct hadm_dumped entry;
  while (work->touched_count > 0 && hadm_dump_next(&rest, &entry))
    count_key(work, hadm_dump_key(entry.text, work->wanted->map));
  for (size_t i = 0; i < diff->added; i++)
    count_key(work, hadm_entries_key(work->wanted, diff->adds[i]));
  for (size_t i = 0; i < count; i++)
    diff->changes[i].by_key = diff->changes[i].by_key &&
                              work->touched[diff->changes[i].note].count == 1;
  return HADM_OK;
}

/* ---- what is left when the dump is gone ---- */

static struct hadm_slice copy(struct hadm_buffer *texts,
                              struct hadm_slice text) {
  char *at = texts->data + texts->len;
  if (text.len > 0)
    memcpy(at, text.ptr, text.len);
  texts->len += text.len;
  return (struct hadm_slice){at, text.len};
}

static enum hadm_status copy_texts(struct hadm_diff *diff) {
  size_t count = diff->changed + diff->deleted;
  size_t len = 0;
  for (size_t i = 0; i < count; i++)
    len +=
        diff->changes[i].entry.reference.len + diff->changes[i].entry.text.len;
  enum hadm_status status = hadm_buffer_reserve(&diff->texts, len);
  for (size_t i = 0; status == HADM_OK && i < count; i++) {
    struct hadm_dumped *entry = &diff->changes[i].entry;
    entry->reference = copy(&diff->texts, entry->reference);
    entry->text = copy(&diff->texts, entry->text);
  }
  return status;
}

static enum hadm_status compare(struct work *work) {
  work->state = array(work->wanted->count, 1);
  if (work->state == NULL)
    return HADM_E_NOMEM;
  enum hadm_status status = pair_equals(work);
  if (status == HADM_OK)
    status = find_lacking(work);
  if (status == HADM_OK)
    status = pair_keys(work);
  if (status != HADM_OK)
    return status;
  check_order(work);
  status = choose_names(work);
  return status == HADM_OK ? copy_texts(work->diff) : status;
}

enum hadm_status hadm_diff_make(struct hadm_diff *diff,
                                struct hadm_entries *wanted,
                                struct hadm_slice dump) {
  struct work work = {.diff = diff, .wanted = wanted, .dump = dump};
  *diff = (struct hadm_diff){.wanted = wanted, .ordered = true};
  enum hadm_status status = compare(&work);
  free_work(&work);
  if (status != HADM_OK)
    hadm_diff_free(diff);
  return status;
}
