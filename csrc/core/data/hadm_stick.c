#include "hadm_stick.h"

#include "../base/hadm_hash.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_TEXTS = 4, FIRST_KEYS = 64 };

void hadm_stick_init(struct hadm_stick *stick) {
  *stick = (struct hadm_stick){.texts = NULL};
}

/* Forgets what was joined. */
static void part(struct hadm_stick *stick) {
  free(stick->rows);
  free(stick->hashes);
  free(stick->index);
  stick->rows = stick->hashes = stick->index = NULL;
  stick->keys = stick->room = stick->places = 0;
}

void hadm_stick_free(struct hadm_stick *stick) {
  for (size_t i = 0; i < stick->count; i++)
    hadm_buffer_free(&stick->texts[i].bytes);
  free(stick->texts);
  part(stick);
  hadm_stick_init(stick);
}

enum hadm_status hadm_stick_take(struct hadm_stick *stick, unsigned nb,
                                 struct hadm_buffer *bytes, size_t start,
                                 size_t end) {
  if (end >= HADM_STICK_NONE)
    return HADM_E_TOO_BIG;
  if (stick->count == stick->reserved) {
    size_t reserved = stick->reserved == 0 ? FIRST_TEXTS : stick->reserved * 2;
    struct hadm_stick_text *texts =
        realloc(stick->texts, reserved * sizeof(*texts));
    if (texts == NULL)
      return HADM_E_NOMEM;
    stick->texts = texts;
    stick->reserved = reserved;
  }
  stick->texts[stick->count++] =
      (struct hadm_stick_text){nb, *bytes, start, end};
  *bytes = HADM_BUFFER_EMPTY;
  return HADM_OK;
}

/* ---- rows ---- */

static struct hadm_slice behind(const struct hadm_stick_text *text, size_t at) {
  if (at >= text->end)
    return (struct hadm_slice){"", 0};
  return (struct hadm_slice){text->bytes.data + at, text->end - at};
}

bool hadm_stick_next(const struct hadm_stick *stick, size_t text, size_t *at,
                     uint32_t *row, struct hadm_slice *items) {
  const struct hadm_stick_text *own = &stick->texts[text];
  size_t from = *at < own->start ? own->start : *at;
  struct hadm_slice rest = behind(own, from);
  struct hadm_slice line;
  struct hadm_slice reference;
  while (hadm_slice_line(&rest, &line)) {
    *at = own->end - rest.len;
    if (hadm_pairs_row(line, &reference, items)) {
      *row = (uint32_t)(line.ptr - own->bytes.data);
      return true;
    }
  }
  *at = own->end;
  return false;
}

struct hadm_slice hadm_stick_items(const struct hadm_stick *stick, size_t text,
                                   uint32_t row) {
  struct hadm_slice rest = behind(&stick->texts[text], row);
  struct hadm_slice line;
  struct hadm_slice reference;
  struct hadm_slice items = {"", 0};
  if (hadm_slice_line(&rest, &line))
    hadm_pairs_row(line, &reference, &items);
  return items;
}

/* ---- joining ---- */

static struct hadm_slice key_in(struct hadm_slice items) {
  struct hadm_item item;
  if (!hadm_pairs_find(items, HADM_LITERAL("key"), &item))
    return (struct hadm_slice){"", 0};
  return item.value;
}

static struct hadm_slice key_of(const struct hadm_stick *stick, size_t text,
                                uint32_t row) {
  return key_in(hadm_stick_items(stick, text, row));
}

uint32_t hadm_stick_row(const struct hadm_stick *stick, size_t key,
                        size_t text) {
  return stick->rows[key * stick->count + text];
}

/* The first row of a key that some process has. */
static struct hadm_slice known_key(const struct hadm_stick *stick, size_t key) {
  size_t text = 0;
  while (hadm_stick_row(stick, key, text) == HADM_STICK_NONE)
    text++;
  return key_of(stick, text, hadm_stick_row(stick, key, text));
}

/* The place of a key in the hash table, or the free one where it belongs. */
static uint32_t *place(const struct hadm_stick *stick, struct hadm_slice key,
                       uint32_t hash) {
  size_t mask = stick->places - 1;
  size_t i = hash & mask;
  for (; stick->index[i] != HADM_STICK_NONE; i = (i + 1) & mask)
    if (stick->hashes[stick->index[i]] == hash &&
        hadm_slice_equal(known_key(stick, stick->index[i]), key))
      break;
  return &stick->index[i];
}

/* At most half of the places are ever taken. */
static enum hadm_status grow_index(struct hadm_stick *stick, size_t places) {
  uint32_t *index = malloc(places * sizeof(*index));
  if (index == NULL)
    return HADM_E_NOMEM;
  memset(index, 0xff, places * sizeof(*index));
  free(stick->index);
  stick->index = index;
  stick->places = places;
  for (size_t key = 0; key < stick->keys; key++) {
    size_t i = stick->hashes[key] & (places - 1);
    while (index[i] != HADM_STICK_NONE)
      i = (i + 1) & (places - 1);
    index[i] = (uint32_t)key;
  }
  return HADM_OK;
}

static enum hadm_status make_room(struct hadm_stick *stick) {
  if (stick->keys < stick->room)
    return HADM_OK;
  size_t room = stick->room == 0 ? FIRST_KEYS : stick->room * 2;
  if (room >= HADM_STICK_NONE / 2)
    return HADM_E_NOMEM;
  uint32_t *hashes = realloc(stick->hashes, room * sizeof(*hashes));
  if (hashes == NULL)
    return HADM_E_NOMEM;
  stick->hashes = hashes;
  uint32_t *rows =
      realloc(stick->rows, room * stick->count * sizeof(*stick->rows));
  if (rows == NULL)
    return HADM_E_NOMEM;
  stick->rows = rows;
  stick->room = room;
  return grow_index(stick, room * 2);
}

static enum hadm_status add_key(struct hadm_stick *stick, struct hadm_slice key,
                                uint32_t *number) {
  enum hadm_status status = make_room(stick);
  if (status != HADM_OK)
    return status;
  uint32_t hash = hadm_hash(stick->seed, key);
  uint32_t *at = place(stick, key, hash);
  if (*at == HADM_STICK_NONE) {
    *at = (uint32_t)stick->keys;
    stick->hashes[stick->keys] = hash;
    memset(stick->rows + stick->keys * stick->count, 0xff,
           stick->count * sizeof(*stick->rows));
    stick->keys++;
  }
  *number = *at;
  return HADM_OK;
}

/* Processes print the keys that they share in nearly the same order: the key
 * behind the last one's is looked at before the hash table is. */
static bool is_next(const struct hadm_stick *stick, size_t number, size_t text,
                    struct hadm_slice key) {
  if (text == 0 || number >= stick->keys)
    return false;
  uint32_t row = hadm_stick_row(stick, number, text - 1);
  return row != HADM_STICK_NONE &&
         hadm_slice_equal(key_of(stick, text - 1, row), key);
}

static enum hadm_status join_text(struct hadm_stick *stick, size_t text) {
  size_t at = 0;
  uint32_t row;
  uint32_t next = 0;
  struct hadm_slice items;
  while (hadm_stick_next(stick, text, &at, &row, &items)) {
    struct hadm_slice key = key_in(items);
    uint32_t number = next;
    if (!is_next(stick, next, text, key)) {
      enum hadm_status status = add_key(stick, key, &number);
      if (status != HADM_OK)
        return status;
    }
    uint32_t *own = &stick->rows[number * stick->count + text];
    /* A key that a table prints twice was removed and came again meanwhile. */
    *own = row;
    next = number + 1;
  }
  return HADM_OK;
}

enum hadm_status hadm_stick_join(struct hadm_stick *stick, uint32_t seed) {
  part(stick);
  stick->seed = seed;
  for (size_t text = 0; text < stick->count; text++) {
    enum hadm_status status = join_text(stick, text);
    if (status != HADM_OK)
      return status;
  }
  return HADM_OK;
}

/* ---- values ---- */

bool hadm_stick_is_text(struct hadm_slice name) {
  return hadm_slice_equal(name, HADM_LITERAL("server_key")) ||
         hadm_slice_equal(name, HADM_LITERAL("server_name"));
}

enum hadm_stick_nature hadm_stick_nature(struct hadm_slice name) {
  if (hadm_slice_equal(name, HADM_LITERAL("exp")))
    return HADM_STICK_MOST;
  if (hadm_slice_starts(name, HADM_LITERAL("gpt")) ||
      hadm_slice_starts(name, HADM_LITERAL("server_")) ||
      hadm_slice_equal(name, HADM_LITERAL("key")) ||
      hadm_slice_equal(name, HADM_LITERAL("shard")))
    return HADM_STICK_SAME;
  return HADM_STICK_SUM;
}
