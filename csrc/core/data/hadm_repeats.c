#include "hadm_repeats.h"

#include "../base/hadm_hash.h"
#include "hadm_dump.h"

#include <stdlib.h>

/* An index of all keys would be larger than the keys: bits tell almost all that
 * come once, and the index is of the rest. */
enum { BITS_EACH = 8 };

/* Of a slot of the index. */
static const uint64_t MET = UINT64_C(1) << 31;

static void begin_stage(struct hadm_repeats *repeats) {
  repeats->at = 0;
  repeats->rest = hadm_entries_from(repeats->entries, 0);
}

enum hadm_status hadm_repeats_begin(struct hadm_repeats *repeats,
                                    const struct hadm_entries *entries) {
  *repeats = (struct hadm_repeats){
      .entries = entries, .mask = BITS_EACH - 1, .first = HADM_ENTRY_NONE};
  while (repeats->mask / BITS_EACH < entries->count &&
         repeats->mask < UINT32_MAX)
    repeats->mask = repeats->mask * 2 + 1;
  repeats->bits = calloc((size_t)(repeats->mask / 8) + 1, 1);
  begin_stage(repeats);
  return repeats->bits != NULL ? HADM_OK : HADM_E_NOMEM;
}

void hadm_repeats_free(struct hadm_repeats *repeats) {
  free(repeats->bits);
  free(repeats->suspects);
  free(repeats->slots);
  repeats->bits = NULL;
  repeats->suspects = NULL;
  repeats->slots = NULL;
}

/* The next entry's key; false behind the last. */
static bool next_key(struct hadm_repeats *repeats, struct hadm_slice *key) {
  const struct hadm_entries *entries = repeats->entries;
  if (!hadm_slice_line(&repeats->rest, key))
    return false;
  if (entries->keys != NULL)
    key->len = entries->keys[repeats->at];
  else
    *key = hadm_dump_key(*key, entries->map);
  repeats->at++;
  return true;
}

static enum hadm_status suspect(struct hadm_repeats *repeats, uint32_t i) {
  if (repeats->suspect_count == repeats->suspects_reserved) {
    size_t more = repeats->suspect_count == 0 ? 64 : repeats->suspect_count * 2;
    uint32_t *grown = NULL;
    if (more <= SIZE_MAX / sizeof(*grown))
      grown = realloc(repeats->suspects, more * sizeof(*grown));
    if (grown == NULL)
      return HADM_E_NOMEM;
    repeats->suspects = grown;
    repeats->suspects_reserved = more;
  }
  repeats->suspects[repeats->suspect_count++] = i;
  return HADM_OK;
}

static enum hadm_status mark(struct hadm_repeats *repeats, size_t most) {
  struct hadm_slice key;
  enum hadm_status status = HADM_OK;
  for (; status == HADM_OK && most > 0; most--) {
    if (!next_key(repeats, &key))
      return HADM_OK;
    uint32_t hash = hadm_hash(repeats->entries->seed, key);
    unsigned char bit = (unsigned char)(1 << (hash & 7));
    unsigned char *byte = &repeats->bits[(hash & repeats->mask) / 8];
    if ((*byte & bit) != 0)
      status = suspect(repeats, (uint32_t)repeats->at - 1);
    *byte |= bit;
  }
  return status == HADM_OK ? HADM_MORE : status;
}

/* The slot of a key: its own, or the free one that it would get. */
static uint64_t *slot_of(const struct hadm_repeats *repeats, uint32_t hash,
                         struct hadm_slice key) {
  size_t mask = repeats->size - 1;
  size_t i = hash & mask;
  for (; repeats->slots[i] != 0; i = (i + 1) & mask) {
    uint64_t slot = repeats->slots[i];
    uint32_t number = ((uint32_t)slot & (UINT32_MAX >> 1)) - 1;
    if ((uint32_t)(slot >> 32) == hash &&
        hadm_slice_equal(hadm_entries_key(repeats->entries, number), key))
      break;
  }
  return &repeats->slots[i];
}

static enum hadm_status make_slots(struct hadm_repeats *repeats) {
  repeats->size = 16;
  while (repeats->size / 2 < repeats->suspect_count)
    repeats->size *= 2;
  repeats->slots = calloc(repeats->size, sizeof(*repeats->slots));
  return repeats->slots != NULL ? HADM_OK : HADM_E_NOMEM;
}

static enum hadm_status index_suspects(struct hadm_repeats *repeats,
                                       size_t most) {
  const struct hadm_entries *entries = repeats->entries;
  if (repeats->slots == NULL && make_slots(repeats) != HADM_OK)
    return HADM_E_NOMEM;
  for (; most > 0 && repeats->at < repeats->suspect_count; most--) {
    uint32_t i = repeats->suspects[repeats->at++];
    struct hadm_slice key = hadm_entries_key(entries, i);
    uint32_t hash = hadm_hash(entries->seed, key);
    *slot_of(repeats, hash, key) = (uint64_t)hash << 32 | (i + 1);
  }
  return repeats->at < repeats->suspect_count ? HADM_MORE : HADM_OK;
}

static enum hadm_status count(struct hadm_repeats *repeats, size_t most) {
  struct hadm_slice key;
  for (; most > 0; most--) {
    if (!next_key(repeats, &key))
      return HADM_OK;
    uint32_t hash = hadm_hash(repeats->entries->seed, key);
    uint64_t *slot = slot_of(repeats, hash, key);
    if ((*slot & MET) != 0 && repeats->count++ == 0)
      repeats->first = (uint32_t)repeats->at - 1;
    if (*slot != 0)
      *slot |= MET;
  }
  return HADM_MORE;
}

static enum hadm_status run(struct hadm_repeats *repeats, size_t most) {
  switch (repeats->stage) {
  case HADM_REPEATS_MARK:
    return mark(repeats, most);
  case HADM_REPEATS_INDEX:
    return index_suspects(repeats, most);
  case HADM_REPEATS_COUNT:
    return count(repeats, most);
  case HADM_REPEATS_DONE:
    break;
  }
  return HADM_OK;
}

enum hadm_status hadm_repeats_step(struct hadm_repeats *repeats, size_t most) {
  enum hadm_status status = run(repeats, most);
  if (status != HADM_OK || repeats->stage == HADM_REPEATS_DONE)
    return status;
  repeats->stage++;
  /* Almost always there is nobody to be looked at again. */
  if (repeats->suspect_count == 0)
    repeats->stage = HADM_REPEATS_DONE;
  begin_stage(repeats);
  return repeats->stage == HADM_REPEATS_DONE ? HADM_OK : HADM_MORE;
}
