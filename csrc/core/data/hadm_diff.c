#include "hadm_diff.h"

#include "../base/hadm_hash.h"
#include "../base/hadm_word.h"

#include <stdlib.h>
#include <string.h>

/* What is found of a wanted entry in the dump: nothing so far, or an equal one
 * where it was expected, or elsewhere, or one of its key. */
enum { LACKING, KEPT, MOVED, CHANGED };

/* An entry of the dump that was not where it was expected. */
struct leftover {
  size_t at;       /* offset of its line among the others' */
  uint32_t note;   /* behind which wanted entry it stands */
  uint32_t wanted; /* the one that it is, or is to become, or none */
};

/* A key that is changed or deleted by its name, if only one entry has it. */
struct touched {
  struct hadm_slice key;
  uint32_t hash;
  uint32_t count;
};

/* What is done one behind the other, each in some steps. */
enum stage {
  RUNS,
  TEXTS,
  ELSEWHERE,
  KEYS,
  VALUES,
  SORTING,
  ADDING,
  ORDER,
  LIKENESS,
  TOUCHING,
  COUNTING,
  NAMES,
  COPIES
};

/* Entries that are read one behind the other: the next one's number, and the
 * texts from there on. */
struct walk {
  uint32_t next;
  struct hadm_slice rest;
};

struct hadm_diff_work {
  struct hadm_diff *diff;
  enum stage stage;
  bool begun;              /* the stage has what it needs */
  size_t at;               /* how far the stage has come */
  size_t lacking;          /* entries that it lists */
  size_t change;           /* where it puts the next that changes its value */
  size_t gone;             /* and the next that goes */
  uint32_t from;           /* behind which wanted entry the next one stands */
  size_t copied;           /* bytes of the texts that are kept */
  struct walk walk;        /* where it is */
  struct hadm_slice rest;  /* of the dump */
  struct hadm_slice ahead; /* of what is wanted, from entry <expected> on */
  uint32_t expected;
  size_t misses; /* in a row */
  struct hadm_entries *wanted;
  struct hadm_buffer lines; /* of the leftovers */
  unsigned char *state;     /* of each wanted entry */
  uint32_t *next;  /* lacking entries of one text or key, in their order */
  uint64_t *slots; /* of a table: a hash above a number from 1, or 0 */
  size_t size;
  struct leftover *leftovers;
  size_t leftover_count;
  size_t leftover_reserved;
  struct touched *touched;
  size_t touched_count;
  size_t prefix;                /* bytes that all keys have that are touched */
  bool *marked;                 /* numbers of their first bytes */
  const struct hadm_diff *like; /* borrowed; may be NULL */
};

static void end_work(struct hadm_diff *diff) {
  struct hadm_diff_work *work = diff->work;
  if (work == NULL)
    return;
  hadm_buffer_free(&work->lines);
  free(work->state);
  free(work->next);
  free(work->slots);
  free(work->leftovers);
  free(work->touched);
  free(work->marked);
  free(work);
  diff->work = NULL;
}

void hadm_diff_free(struct hadm_diff *diff) {
  end_work(diff);
  free(diff->adds);
  free(diff->changes);
  hadm_buffer_free(&diff->texts);
  diff->adds = NULL;
  diff->changes = NULL;
  diff->added = diff->changed = diff->deleted = diff->references = 0;
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

static enum hadm_status make_slots(struct hadm_diff_work *work, size_t count) {
  free(work->slots);
  work->size = 16;
  while (work->size / 2 < count)
    work->size *= 2;
  work->slots = calloc(work->size, sizeof(*work->slots));
  return work->slots != NULL ? HADM_OK : HADM_E_NOMEM;
}

/* ---- entries where they are expected ---- */

/* Is the wanted entry <i>, with which <rest> begins, equal and lacking? A text
 * of the dump may hold a line's end, which no wanted one does. */
static bool is_lacking(const struct hadm_diff_work *work, uint32_t i,
                       struct hadm_slice rest, struct hadm_slice text) {
  return text.len < rest.len && rest.ptr[text.len] == '\n' &&
         work->state[i] == LACKING && hadm_slice_starts(rest, text) &&
         memchr(text.ptr, '\n', text.len) == NULL;
}

/* Keeps an entry, whose place in the dump may be gone later. */
static enum hadm_status leave_over(struct hadm_diff_work *work,
                                   const struct hadm_dumped *entry,
                                   uint32_t expected) {
  struct leftover *list =
      grow(work->leftovers, work->leftover_count, &work->leftover_reserved,
           sizeof(*work->leftovers));
  if (list == NULL)
    return HADM_E_NOMEM;
  work->leftovers = list;
  size_t at = work->lines.len;
  size_t len = entry->reference.len + 1 + entry->text.len;
  enum hadm_status status = hadm_buffer_reserve(&work->lines, len + 1);
  if (status != HADM_OK)
    return status;
  hadm_buffer_append(&work->lines, entry->reference.ptr, len);
  hadm_buffer_append(&work->lines, "\n", 1);
  list[work->leftover_count++] =
      (struct leftover){at, expected, HADM_ENTRY_NONE};
  return HADM_OK;
}

/* How far is looked ahead when the entry number <misses> in a row was not where
 * it was expected: far where that happens for the first, second, fourth, ...
 * time, so that in all no more is looked at than there is. */
static uint32_t reach(size_t misses) {
  enum { NEAR = 2, STEP = 64, FAR = 65536 };
  if ((misses & (misses - 1)) != 0)
    return NEAR;
  return misses < FAR / STEP ? (uint32_t)misses * STEP : FAR;
}

/* Looks ahead for an entry: some wanted ones may not be there. One that is far
 * away is believed if the one behind it is there, too. Moves <*ahead>, which
 * begins with entry number <expected>, to the one that is returned. */
static uint32_t look_ahead(const struct hadm_diff_work *work, uint32_t expected,
                           struct hadm_slice *ahead, size_t misses,
                           struct hadm_slice text, struct hadm_slice rest) {
  enum { NEAR = 4 };
  struct hadm_slice at = *ahead;
  struct hadm_slice line;
  struct hadm_dumped behind;
  uint32_t most = reach(misses);
  for (uint32_t i = 1; i <= most && hadm_slice_line(&at, &line); i++) {
    if (!is_lacking(work, expected + i, at, text))
      continue;
    if (i <= NEAR ||
        (hadm_dump_next(&rest, &behind) &&
         is_lacking(work, expected + i + 1, hadm_slice_behind(at, text.len + 1),
                    behind.text))) {
      *ahead = at;
      return expected + i;
    }
    break;
  }
  return HADM_ENTRY_NONE;
}

/* Pairs the next entry of the dump with an equal one, if that is where it is
 * expected. */
static enum hadm_status pair(struct hadm_diff_work *work,
                             const struct hadm_dumped *entry) {
  uint32_t found = work->expected;
  if (entry->reference.len == 0)
    return HADM_E_FOREIGN;
  work->diff->entries++;
  if (!is_lacking(work, found, work->ahead, entry->text))
    found = look_ahead(work, work->expected, &work->ahead, ++work->misses,
                       entry->text, work->rest);
  if (found == HADM_ENTRY_NONE)
    return leave_over(work, entry, work->expected);
  work->state[found] = KEPT;
  work->diff->kept++;
  work->expected = found + 1;
  work->ahead = hadm_slice_behind(work->ahead, entry->text.len + 1);
  work->misses = 0;
  return HADM_OK;
}

/* Pairs the next entries of the dump, <most> at most, with those that are
 * expected, as long as they are equal. Returns how many were. */
static size_t pair_run(struct hadm_diff_work *work, size_t most) {
  size_t left = work->wanted->count - work->expected;
  if (left == 0)
    return 0;
  size_t count = hadm_dump_pass(&work->rest, &work->ahead,
                                work->wanted->lengths + work->expected,
                                most < left ? most : left);
  if (count == 0)
    return 0;
  memset(work->state + work->expected, KEPT, count);
  work->expected += (uint32_t)count;
  work->diff->kept += count;
  work->diff->entries += count;
  work->misses = 0;
  return count;
}

/* Most dumps are in the order of what is wanted, at least for long runs. */
static enum hadm_status pair_runs(struct hadm_diff_work *work, size_t most) {
  struct hadm_dumped entry;
  enum hadm_status status = HADM_OK;
  for (; status == HADM_OK && most > 0; most--) {
    most -= pair_run(work, most - 1);
    if (!hadm_dump_next(&work->rest, &entry))
      return HADM_OK;
    status = pair(work, &entry);
  }
  return status == HADM_OK ? HADM_MORE : status;
}

/* An empty line ends a dump. */
static bool holds_an_end(struct hadm_slice text) {
  const char *end = text.ptr + text.len;
  const char *lf = memchr(text.ptr, '\n', text.len);
  for (; lf != NULL; lf = memchr(lf, '\n', (size_t)(end - lf))) {
    lf++;
    if (lf == end || *lf == '\n')
      return true;
  }
  return false;
}

enum hadm_status hadm_diff_feed(struct hadm_diff *diff, struct hadm_slice part,
                                bool last, size_t *taken) {
  struct hadm_diff_work *work = diff->work;
  struct hadm_dumped entry;
  enum hadm_status status = HADM_OK;
  size_t most = part.len;
  work->rest = part;
  *taken = 0;
  /* One entry more than is taken is looked at. */
  if (!last) {
    work->rest.len = hadm_dump_whole(part);
    most = 0;
    if (work->rest.len > 0)
      most = hadm_dump_whole((struct hadm_slice){part.ptr, work->rest.len - 1});
  }
  while (status == HADM_OK && *taken < most) {
    if (pair_run(work, SIZE_MAX) == 0) {
      if (!hadm_dump_next(&work->rest, &entry))
        break;
      status = holds_an_end(entry.text) ? HADM_E_FOREIGN : pair(work, &entry);
    }
    *taken = (size_t)(work->rest.ptr - part.ptr);
  }
  work->rest = (struct hadm_slice){"", 0};
  return status;
}

/* The entry of a leftover. */
static struct hadm_dumped entry_of(const struct hadm_diff_work *work,
                                   const struct leftover *leftover) {
  struct hadm_slice rest = {work->lines.data + leftover->at,
                            work->lines.len - leftover->at};
  struct hadm_dumped entry;
  hadm_dump_next(&rest, &entry);
  return entry;
}

/* ---- entries elsewhere ---- */

/* What a table of lacking entries is by. */
typedef struct hadm_slice part_of(const struct hadm_entries *entries,
                                  uint32_t i);

/* The slot of a text: its own, or the free one that it would get. */
static uint64_t *slot_of(const struct hadm_diff_work *work, part_of *part,
                         uint32_t hash, struct hadm_slice text) {
  size_t mask = work->size - 1;
  size_t i = hash & mask;
  for (; work->slots[i] != 0; i = (i + 1) & mask) {
    uint32_t number = work->diff->adds[(uint32_t)work->slots[i] - 1];
    if ((uint32_t)(work->slots[i] >> 32) == hash &&
        hadm_slice_equal(part(work->wanted, number), text))
      break;
  }
  return &work->slots[i];
}

/* The text of entry <i>, which is not before the next one. */
static struct hadm_slice
walk_to(struct walk *walk, const struct hadm_entries *entries, uint32_t i) {
  enum { NEAR = 8 };
  struct hadm_slice text;
  if (i - walk->next >= NEAR) {
    walk->rest = hadm_entries_from(entries, i);
    walk->next = i;
  }
  do
    hadm_slice_line(&walk->rest, &text);
  while (walk->next++ != i);
  return text;
}

/* May a lacking entry be taken by what the table is by? A value that is no word
 * of a command is only added; an ACL's entry has none. */
static bool may_be_taken(const struct hadm_diff_work *work, part_of *part,
                         uint32_t i) {
  if (work->leftover_count == 0)
    return false;
  return part != hadm_entries_key ||
         (work->wanted->map && hadm_entries_short(work->wanted, i));
}

static enum hadm_status begin_list(struct hadm_diff_work *work) {
  work->lacking = work->wanted->count - work->diff->kept;
  work->walk = (struct walk){0, hadm_entries_from(work->wanted, 0)};
  work->diff->added = 0;
  return make_slots(work, work->leftover_count > 0 ? work->lacking : 0);
}

/* Lists the lacking entries, and puts those that may be taken into a table:
 * those of one text stand behind the last, which is taken first. */
static enum hadm_status list_lacking(struct hadm_diff_work *work, part_of *part,
                                     size_t most) {
  const struct hadm_entries *wanted = work->wanted;
  struct hadm_diff *diff = work->diff;
  for (; diff->added < work->lacking && most > 0; most--) {
    const unsigned char *state =
        memchr(work->state + work->at, LACKING, wanted->count - work->at);
    uint32_t i = (uint32_t)(state - work->state);
    size_t n = diff->added++;
    diff->adds[n] = i;
    work->at = (size_t)i + 1;
    if (!may_be_taken(work, part, i))
      continue;
    struct hadm_slice text = part == hadm_entries_key
                                 ? part(wanted, i)
                                 : walk_to(&work->walk, wanted, i);
    uint32_t hash = hadm_hash(wanted->seed, text);
    uint64_t *slot = slot_of(work, part, hash, text);
    work->next[n] = (uint32_t)*slot;
    *slot = (uint64_t)hash << 32 | (n + 1);
  }
  return diff->added < work->lacking ? HADM_MORE : HADM_OK;
}

/* A lacking entry of this text, each only once, which gets a state. */
static uint32_t take(struct hadm_diff_work *work, part_of *part,
                     struct hadm_slice text, unsigned char state) {
  uint32_t hash = hadm_hash(work->wanted->seed, text);
  uint64_t *slot = slot_of(work, part, hash, text);
  if (*slot == 0)
    return HADM_ENTRY_NONE;
  uint32_t n = (uint32_t)*slot - 1;
  uint32_t found = work->diff->adds[n];
  /* The first one of a text stays where it is, for the texts behind it. */
  if (work->state[found] != LACKING)
    return HADM_ENTRY_NONE;
  if (work->next[n] != 0)
    *slot = (uint64_t)hash << 32 | work->next[n];
  work->state[found] = state;
  return found;
}

static enum hadm_status begin_texts(struct hadm_diff_work *work) {
  size_t lacking = work->wanted->count - work->diff->kept;
  work->diff->adds = array(lacking, sizeof(*work->diff->adds));
  work->next = array(lacking, sizeof(*work->next));
  if (work->diff->adds == NULL || work->next == NULL)
    return HADM_E_NOMEM;
  return begin_list(work);
}

/* The next leftover, from the last to the first; NULL behind it. */
static struct leftover *next_leftover(struct hadm_diff_work *work) {
  if (work->at == work->leftover_count)
    return NULL;
  return &work->leftovers[work->leftover_count - ++work->at];
}

static enum hadm_status pair_moved(struct hadm_diff_work *work, size_t most) {
  for (; most > 0; most--) {
    struct leftover *leftover = next_leftover(work);
    if (leftover == NULL)
      return HADM_OK;
    struct hadm_slice text = entry_of(work, leftover).text;
    leftover->wanted = take(work, hadm_entries_text, text, MOVED);
    work->diff->kept += leftover->wanted != HADM_ENTRY_NONE;
  }
  return HADM_MORE;
}

/* The entry that a text of the dump is to become. Its key ends at a blank; at
 * which, is only asked where keys are wanted that have some. */
static uint32_t take_key(struct hadm_diff_work *work, struct hadm_slice text) {
  struct hadm_slice key = hadm_dump_key(text, true);
  uint32_t found = take(work, hadm_entries_key, key, CHANGED);
  while (found == HADM_ENTRY_NONE && work->wanted->blank_keys &&
         key.len < text.len) {
    struct hadm_slice rest = hadm_slice_behind(text, key.len + 1);
    key.len += 1 + hadm_dump_key(rest, true).len;
    found = take(work, hadm_entries_key, key, CHANGED);
  }
  return found;
}

static enum hadm_status pair_keys(struct hadm_diff_work *work, size_t most) {
  for (; most > 0 && work->wanted->map; most--) {
    struct leftover *leftover = next_leftover(work);
    if (leftover == NULL)
      return HADM_OK;
    if (leftover->wanted != HADM_ENTRY_NONE)
      continue;
    leftover->wanted = take_key(work, entry_of(work, leftover).text);
    work->diff->changed += leftover->wanted != HADM_ENTRY_NONE;
  }
  return work->wanted->map ? HADM_MORE : HADM_OK;
}

static bool is_moved(const struct hadm_diff_work *work,
                     const struct leftover *leftover) {
  return leftover->wanted != HADM_ENTRY_NONE &&
         work->state[leftover->wanted] == MOVED;
}

static enum hadm_status begin_sorting(struct hadm_diff_work *work) {
  struct hadm_diff *diff = work->diff;
  diff->deleted = diff->entries - diff->kept - diff->changed;
  diff->changes = array(diff->changed + diff->deleted, sizeof(*diff->changes));
  work->change = 0;
  work->gone = diff->changed;
  return diff->changes != NULL ? HADM_OK : HADM_E_NOMEM;
}

/* Sorts what is left: what changes its value, and what goes. */
static enum hadm_status sort_changes(struct hadm_diff_work *work, size_t most) {
  struct hadm_diff *diff = work->diff;
  for (; most > 0 && work->at < work->leftover_count; most--) {
    const struct leftover *leftover = &work->leftovers[work->at++];
    if (is_moved(work, leftover))
      continue;
    bool goes = leftover->wanted == HADM_ENTRY_NONE;
    struct hadm_change *change =
        &diff->changes[goes ? work->gone++ : work->change++];
    *change = (struct hadm_change){.wanted = leftover->wanted,
                                   .entry = entry_of(work, leftover)};
    work->copied += change->entry.reference.len + change->entry.text.len;
  }
  return work->at < work->leftover_count ? HADM_MORE : HADM_OK;
}

/* Leaves of what was lacking what still is. */
static enum hadm_status sort_adds(struct hadm_diff_work *work, size_t most) {
  struct hadm_diff *diff = work->diff;
  for (; most > 0 && work->at < diff->added; most--) {
    uint32_t i = diff->adds[work->at++];
    if (work->state[i] == LACKING)
      diff->adds[work->lacking++] = i;
  }
  if (work->at < diff->added)
    return HADM_MORE;
  diff->added = work->lacking;
  return HADM_OK;
}

/* ---- order ---- */

static bool is_any_kept(const struct hadm_diff_work *work, uint32_t from,
                        uint32_t to) {
  return to > from && memchr(work->state + from, KEPT, to - from) != NULL;
}

/* Those that are where they were expected are in order. Another one must stand
 * behind all wanted ones before it that are there, and before the others. What
 * is added comes last. */
static enum hadm_status check_order(struct hadm_diff_work *work, size_t most) {
  struct hadm_diff *diff = work->diff;
  if (diff->added > 0 && diff->adds[0] != work->wanted->count - diff->added)
    diff->ordered = false;
  for (; most > 0 && diff->ordered && work->at < work->leftover_count; most--) {
    const struct leftover *leftover = &work->leftovers[work->at++];
    if (leftover->wanted == HADM_ENTRY_NONE)
      continue;
    if (leftover->note > work->from)
      work->from = leftover->note;
    diff->ordered = leftover->wanted >= work->from &&
                    !is_any_kept(work, work->from, leftover->wanted);
    work->from = leftover->wanted + 1;
  }
  return diff->ordered && work->at < work->leftover_count ? HADM_MORE : HADM_OK;
}

/* ---- like another process ---- */

static size_t count_changes(const struct hadm_diff *diff) {
  return diff->changed + diff->deleted;
}

/* Are the changes those of a diff that is made, so that the same ones are named
 * by their keys? Processes are mostly alike. */
static bool may_be_like(const struct hadm_diff *diff,
                        const struct hadm_diff *other) {
  return other != NULL && other->work == NULL && other->changes != NULL &&
         other->wanted == diff->wanted && other->changed == diff->changed &&
         other->deleted == diff->deleted;
}

/* Goes on behind the names where it is like the other one. */
static enum hadm_status compare_changes(struct hadm_diff_work *work,
                                        size_t most) {
  struct hadm_diff *diff = work->diff;
  if (!may_be_like(diff, work->like))
    return HADM_OK;
  for (; most > 0 && work->at < count_changes(diff); most--) {
    const struct hadm_change *other = &work->like->changes[work->at];
    struct hadm_change *change = &diff->changes[work->at++];
    if (change->wanted != other->wanted ||
        !hadm_slice_equal(change->entry.text, other->entry.text))
      return HADM_OK;
    change->by_key = other->by_key;
  }
  if (work->at < count_changes(diff))
    return HADM_MORE;
  diff->references = work->like->references;
  work->stage = NAMES;
  return HADM_OK;
}

/* ---- by key, or by reference ---- */

/* Does the text tell for sure which key it has? A command can name that key if
 * it is not taken for a reference. */
static bool may_name(const struct hadm_diff_work *work,
                     const struct hadm_change *change, struct hadm_slice *key) {
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

static size_t slot_of_touched(const struct hadm_diff_work *work, uint32_t hash,
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

static void touch(struct hadm_diff_work *work, struct hadm_change *change,
                  struct hadm_slice key) {
  uint32_t hash = hadm_hash(work->wanted->seed, key);
  uint64_t *slot = &work->slots[slot_of_touched(work, hash, key)];
  if (*slot == 0) {
    work->touched[work->touched_count++] = (struct touched){key, hash, 0};
    *slot = work->touched_count;
  }
  if (key.len < work->prefix)
    work->prefix = key.len;
  change->note = (uint32_t)*slot - 1;
  change->by_key = true;
}

static void count_key(struct hadm_diff_work *work, struct hadm_slice key) {
  uint32_t hash = hadm_hash(work->wanted->seed, key);
  uint64_t slot = work->slots[slot_of_touched(work, hash, key)];
  if (slot != 0)
    work->touched[slot - 1].count++;
}

/* A number of the first bytes of a key, which is cheap to come by, so that most
 * keys need not be looked up, nor their ends. */
enum { MARKS = 1 << 16, PREFIX = 32 };

static uint64_t mix(uint64_t mark, uint64_t word) {
  mark = (mark ^ word) * UINT64_C(0x9e3779b97f4a7c15);
  return mark ^ mark >> 32;
}

/* Of the first <len> bytes at <p>. */
static size_t mark_of(const char *p, size_t len) {
  char few[HADM_WORD] = {0};
  uint64_t mark = 0;
  if (len < HADM_WORD) {
    for (size_t i = 0; i < len; i++)
      few[i] = p[i];
    return (size_t)(mix(mark, hadm_word_load(few)) % MARKS);
  }
  for (size_t i = 0; i + HADM_WORD < len; i += HADM_WORD)
    mark = mix(mark, hadm_word_load(p + i));
  return (size_t)(mix(mark, hadm_word_load(p + len - HADM_WORD)) % MARKS);
}

static enum hadm_status begin_touching(struct hadm_diff_work *work) {
  size_t count = count_changes(work->diff);
  work->prefix = PREFIX;
  if (count == 0)
    return HADM_OK;
  work->touched = array(count, sizeof(*work->touched));
  work->marked = array(MARKS, sizeof(*work->marked));
  if (work->touched == NULL || work->marked == NULL)
    return HADM_E_NOMEM;
  return make_slots(work, count);
}

/* Versions differ in what a key does that several entries have: such ones are
 * changed and deleted by their references. These are slow to find for HAProxy,
 * so that the others are called by their keys. */
static enum hadm_status touch_keys(struct hadm_diff_work *work, size_t most) {
  size_t count = count_changes(work->diff);
  struct hadm_slice key;
  for (; most > 0 && work->at < count; most--) {
    struct hadm_change *change = &work->diff->changes[work->at++];
    if (may_name(work, change, &key))
      touch(work, change, key);
  }
  return work->at < count ? HADM_MORE : HADM_OK;
}

/* Counts the entries of each key that is touched: those that go and those that
 * change, and the wanted ones, which are all that there are else. */
static enum hadm_status count_keys(struct hadm_diff_work *work, size_t most) {
  const struct hadm_entries *wanted = work->wanted;
  struct walk *walk = &work->walk;
  const char *at = walk->rest.ptr;
  if (work->touched_count == 0)
    return HADM_OK;
  for (; most > 0 && work->at < count_changes(work->diff); most--) {
    const struct hadm_change *change = &work->diff->changes[work->at++];
    struct hadm_slice key = hadm_dump_key(change->entry.text, wanted->map);
    count_key(work, key);
    if (change->by_key)
      work->marked[mark_of(key.ptr, work->prefix)] = true;
  }
  for (; most > 0 && walk->next < wanted->count; most--) {
    uint32_t i = walk->next++;
    struct hadm_slice line = {at, (size_t)wanted->lengths[i] - 1};
    at += wanted->lengths[i];
    if (line.len >= work->prefix &&
        work->marked[mark_of(line.ptr, work->prefix)] &&
        work->state[i] != CHANGED)
      count_key(work, hadm_dump_key(line, wanted->map));
  }
  walk->rest = hadm_slice_behind(walk->rest, (size_t)(at - walk->rest.ptr));
  return most == 0 ? HADM_MORE : HADM_OK;
}

static enum hadm_status choose_names(struct hadm_diff_work *work, size_t most) {
  struct hadm_diff *diff = work->diff;
  for (; most > 0 && work->at < count_changes(diff); most--) {
    struct hadm_change *change = &diff->changes[work->at++];
    change->by_key = change->by_key && work->touched[change->note].count == 1;
    diff->references += !change->by_key;
  }
  return work->at < count_changes(diff) ? HADM_MORE : HADM_OK;
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

static enum hadm_status copy_texts(struct hadm_diff_work *work, size_t most) {
  struct hadm_diff *diff = work->diff;
  for (; most > 0 && work->at < count_changes(diff); most--) {
    struct hadm_dumped *entry = &diff->changes[work->at++].entry;
    entry->reference = copy(&diff->texts, entry->reference);
    entry->text = copy(&diff->texts, entry->text);
  }
  return work->at < count_changes(diff) ? HADM_MORE : HADM_OK;
}

static enum hadm_status begin_stage(struct hadm_diff_work *work) {
  work->begun = true;
  work->at = 0;
  switch (work->stage) {
  case TEXTS:
    return begin_texts(work);
  case KEYS:
    return begin_list(work);
  case SORTING:
    return begin_sorting(work);
  case ADDING:
    work->lacking = 0;
    break;
  case TOUCHING:
    return begin_touching(work);
  case COUNTING:
    work->walk = (struct walk){0, hadm_entries_from(work->wanted, 0)};
    break;
  case COPIES:
    return hadm_buffer_reserve(&work->diff->texts, work->copied);
  default:
    break;
  }
  return HADM_OK;
}

static enum hadm_status run(struct hadm_diff_work *work, size_t most) {
  switch (work->stage) {
  case RUNS:
    return pair_runs(work, most);
  case TEXTS:
    return list_lacking(work, hadm_entries_text, most);
  case ELSEWHERE:
    return pair_moved(work, most);
  case KEYS:
    return list_lacking(work, hadm_entries_key, most);
  case VALUES:
    return pair_keys(work, most);
  case SORTING:
    return sort_changes(work, most);
  case ADDING:
    return sort_adds(work, most);
  case ORDER:
    return check_order(work, most);
  case LIKENESS:
    return compare_changes(work, most);
  case TOUCHING:
    return touch_keys(work, most);
  case COUNTING:
    return count_keys(work, most);
  case NAMES:
    return choose_names(work, most);
  case COPIES:
    break;
  }
  return copy_texts(work, most);
}

enum hadm_status hadm_diff_begin(struct hadm_diff *diff,
                                 struct hadm_entries *wanted,
                                 struct hadm_slice dump) {
  *diff = (struct hadm_diff){.wanted = wanted, .ordered = true};
  struct hadm_diff_work *work = calloc(1, sizeof(*work));
  diff->work = work;
  if (work == NULL)
    return HADM_E_NOMEM;
  work->diff = diff;
  work->wanted = wanted;
  work->rest = dump;
  work->ahead = hadm_entries_from(wanted, 0);
  work->state = array(wanted->count, 1);
  return work->state != NULL ? HADM_OK : HADM_E_NOMEM;
}

void hadm_diff_like(struct hadm_diff *diff, const struct hadm_diff *other) {
  if (diff->work != NULL)
    diff->work->like = other;
}

enum hadm_status hadm_diff_step(struct hadm_diff *diff, size_t most) {
  struct hadm_diff_work *work = diff->work;
  if (work == NULL)
    return HADM_OK;
  enum hadm_status status = work->begun ? HADM_OK : begin_stage(work);
  if (status == HADM_OK)
    status = run(work, most);
  if (status == HADM_MORE)
    return status;
  if (status == HADM_OK && work->stage < COPIES) {
    work->stage++;
    work->begun = false;
    return HADM_MORE;
  }
  end_work(diff);
  if (status != HADM_OK)
    hadm_diff_free(diff);
  return status;
}

enum hadm_status hadm_diff_make(struct hadm_diff *diff,
                                struct hadm_entries *wanted,
                                struct hadm_slice dump) {
  enum hadm_status status = hadm_diff_begin(diff, wanted, dump);
  if (status == HADM_OK)
    do
      status = hadm_diff_step(diff, SIZE_MAX);
    while (status == HADM_MORE);
  if (status != HADM_OK)
    hadm_diff_free(diff);
  return status;
}
