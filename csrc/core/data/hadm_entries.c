#include "hadm_entries.h"

#include "../base/hadm_hash.h"

#include <stdlib.h>
#include <string.h>

void hadm_entries_init(struct hadm_entries *entries, bool map, uint64_t seed) {
  *entries = (struct hadm_entries){.map = map,
                                   .text = HADM_BUFFER_EMPTY,
                                   .line = HADM_BUFFER_EMPTY,
                                   .seed = seed};
}

void hadm_entries_free(struct hadm_entries *entries) {
  hadm_buffer_free(&entries->text);
  hadm_buffer_free(&entries->line);
  free(entries->list);
  free(entries->slots);
  hadm_entries_init(entries, entries->map, entries->seed);
}

/* ---- adding ---- */

static enum hadm_status fail(struct hadm_entries *entries,
                             enum hadm_fault fault, size_t at) {
  entries->fault = fault;
  entries->at = at;
  return HADM_E_ARG;
}

/* The offset of what cannot be sent; the length where there is nothing. */
static size_t find_character(struct hadm_slice text) {
  size_t i = 0;
  while (i < text.len && text.ptr[i] != '\0' && text.ptr[i] != '\n' &&
         text.ptr[i] != '\r')
    i++;
  return i;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static bool has_blank(struct hadm_slice text) {
  for (size_t i = 0; i < text.len; i++)
    if (is_blank(text.ptr[i]))
      return true;
  return false;
}

/* The length as a word of a command line, in which some characters stand
 * behind a backslash. */
static size_t escaped_length(struct hadm_slice text) {
  size_t len = text.len + 1;
  for (size_t i = 0; i < text.len; i++)
    len += text.ptr[i] != '\0' && strchr("\\ \t;<", text.ptr[i]) != NULL;
  return len;
}

static enum hadm_status make_room(struct hadm_entries *entries) {
  if (entries->count < entries->reserved)
    return HADM_OK;
  size_t reserved = entries->reserved == 0 ? 64 : (size_t)entries->reserved * 2;
  if (reserved >= HADM_ENTRY_NONE / 2 ||
      reserved > SIZE_MAX / sizeof(*entries->list))
    return HADM_E_TOO_BIG;
  struct hadm_entry *list =
      realloc(entries->list, reserved * sizeof(*entries->list));
  if (list == NULL)
    return HADM_E_NOMEM;
  entries->list = list;
  entries->reserved = (uint32_t)reserved;
  return HADM_OK;
}

static void put(struct hadm_buffer *text, struct hadm_slice part) {
  if (part.len > 0)
    memcpy(text->data + text->len, part.ptr, part.len);
  text->len += part.len;
}

static enum hadm_status check(struct hadm_entries *entries,
                              struct hadm_slice key, struct hadm_slice value) {
  if (key.len == 0)
    return fail(entries, HADM_FAULT_EMPTY, 0);
  size_t at = find_character(key);
  if (at == key.len)
    at += find_character(value);
  if (at < key.len + value.len)
    return fail(entries, HADM_FAULT_CHARACTER, at);
  if (key.len > HADM_ENTRY_MAX || value.len > HADM_ENTRY_MAX - key.len)
    return fail(entries, HADM_FAULT_LENGTH, 0);
  /* Neither a payload nor a command can say this. */
  if (entries->map && value.len == 0 && has_blank(key))
    return fail(entries, HADM_FAULT_VALUE, 0);
  return HADM_OK;
}

/* The index, if there is one, does not know what is added later. */
static void drop_index(struct hadm_entries *entries) {
  free(entries->slots);
  entries->slots = NULL;
}

enum hadm_status hadm_entries_add(struct hadm_entries *entries,
                                  struct hadm_slice key,
                                  struct hadm_slice value) {
  struct hadm_buffer *text = &entries->text;
  if (!entries->map)
    value.len = 0;
  enum hadm_status status = check(entries, key, value);
  if (status != HADM_OK)
    return status;
  if (text->len > UINT32_MAX - 2 * HADM_ENTRY_MAX)
    return HADM_E_TOO_BIG;
  status = make_room(entries);
  if (status == HADM_OK)
    status = hadm_buffer_reserve(text, key.len + value.len + 2);
  if (status != HADM_OK)
    return status;
  struct hadm_entry *entry = &entries->list[entries->count];
  *entry = (struct hadm_entry){.at = (uint32_t)text->len,
                               .key = (uint32_t)key.len,
                               .next = HADM_ENTRY_NONE};
  put(text, key);
  if (entries->map) {
    put(text, HADM_LITERAL(" "));
    put(text, value);
  }
  entry->len = (uint32_t)(text->len - entry->at);
  put(text, HADM_LITERAL("\n"));
  drop_index(entries);
  entries->blank_keys = entries->blank_keys || has_blank(key);
  uint32_t i = entries->count++;
  size_t len = hadm_entries_plain(entries, i)
                   ? entry->len
                   : escaped_length(key) + escaped_length(value);
  if (len > entries->longest)
    entries->longest = len;
  return HADM_OK;
}

/* ---- files ---- */

/* The length of the UTF-8 character at <i>; 0 where there is none. */
static size_t character(struct hadm_slice text, size_t i) {
  unsigned char c = (unsigned char)text.ptr[i];
  size_t len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
  if (len == 0 || c > 0xf4 || len > text.len - i)
    return 0;
  for (size_t k = 1; k < len; k++)
    if (((unsigned char)text.ptr[i + k] & 0xc0) != 0x80)
      return 0;
  unsigned char second = len > 1 ? (unsigned char)text.ptr[i + 1] : 0;
  bool overlong = (c == 0xe0 && second < 0xa0) || (c == 0xf0 && second < 0x90);
  bool beyond = (c == 0xed && second > 0x9f) || (c == 0xf4 && second > 0x8f);
  return overlong || beyond ? 0 : len;
}

static size_t find_no_utf8(struct hadm_slice text) {
  size_t i = 0;
  while (i < text.len) {
    size_t len = character(text, i);
    if (len == 0)
      break;
    i += len;
  }
  return i;
}

static struct hadm_slice without_blanks_before(struct hadm_slice text) {
  while (text.len > 0 && is_blank(text.ptr[0]))
    text = hadm_slice_behind(text, 1);
  return text;
}

static struct hadm_slice without_blanks_behind(struct hadm_slice text) {
  while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
    text.len--;
  return text;
}

/* A line, with or without the CR of a file that has such lines. */
static enum hadm_status read_line(struct hadm_entries *entries,
                                  struct hadm_slice line) {
  entries->lines++;
  if (line.len > 0 && line.ptr[line.len - 1] == '\r')
    line.len--;
  if (line.len > HADM_ENTRY_MAX)
    return fail(entries, HADM_FAULT_LENGTH, 0);
  size_t at = find_character(line);
  if (at < line.len)
    return fail(entries, HADM_FAULT_CHARACTER, at);
  at = find_no_utf8(line);
  if (at < line.len)
    return fail(entries, HADM_FAULT_UTF8, at);
  struct hadm_slice key = without_blanks_before(line);
  if (key.len == 0 || line.ptr[0] == '#')
    return HADM_OK;
  struct hadm_slice value = {key.ptr + key.len, 0};
  if (entries->map) {
    size_t len = 0;
    while (len < key.len && !is_blank(key.ptr[len]))
      len++;
    value = hadm_slice_behind(key, len);
    value = without_blanks_behind(without_blanks_before(value));
    key.len = len;
    if (value.len == 0)
      return fail(entries, HADM_FAULT_VALUE, 0);
  }
  return hadm_entries_add(entries, key, value);
}

/* The rest of a line whose beginning came with the piece before. */
static enum hadm_status read_on(struct hadm_entries *entries,
                                struct hadm_slice part, bool whole) {
  struct hadm_buffer *line = &entries->line;
  if (line->len + part.len > HADM_ENTRY_MAX + 1) {
    entries->lines++;
    return fail(entries, HADM_FAULT_LENGTH, 0);
  }
  enum hadm_status status = hadm_buffer_append(line, part.ptr, part.len);
  if (status != HADM_OK || !whole)
    return status;
  status = read_line(entries, (struct hadm_slice){line->data, line->len});
  line->len = 0;
  return status;
}

enum hadm_status hadm_entries_feed(struct hadm_entries *entries,
                                   struct hadm_slice piece) {
  enum hadm_status status = HADM_OK;
  while (status == HADM_OK && piece.len > 0) {
    const char *lf = memchr(piece.ptr, '\n', piece.len);
    size_t len = lf != NULL ? (size_t)(lf - piece.ptr) : piece.len;
    struct hadm_slice line = {piece.ptr, len};
    if (lf != NULL && entries->line.len == 0)
      status = read_line(entries, line);
    else
      status = read_on(entries, line, lf != NULL);
    piece = hadm_slice_behind(piece, lf != NULL ? len + 1 : len);
  }
  return status;
}

enum hadm_status hadm_entries_end(struct hadm_entries *entries) {
  enum hadm_status status = HADM_OK;
  if (entries->line.len > 0)
    status = read_on(entries, (struct hadm_slice){"", 0}, true);
  hadm_buffer_free(&entries->line);
  return status;
}

/* ---- reading ---- */

struct hadm_slice hadm_entries_text(const struct hadm_entries *entries,
                                    uint32_t i) {
  const struct hadm_entry *entry = &entries->list[i];
  return (struct hadm_slice){entries->text.data + entry->at, entry->len};
}

struct hadm_slice hadm_entries_key(const struct hadm_entries *entries,
                                   uint32_t i) {
  struct hadm_slice key = hadm_entries_text(entries, i);
  key.len = entries->list[i].key;
  return key;
}

struct hadm_slice hadm_entries_value(const struct hadm_entries *entries,
                                     uint32_t i) {
  struct hadm_slice text = hadm_entries_text(entries, i);
  size_t key = entries->list[i].key;
  return hadm_slice_behind(text, entries->map ? key + 1 : key);
}

bool hadm_entries_plain(const struct hadm_entries *entries, uint32_t i) {
  struct hadm_slice value = hadm_entries_value(entries, i);
  return entries->map && !(value.len > 0 && is_blank(value.ptr[0])) &&
         !(entries->blank_keys && has_blank(hadm_entries_key(entries, i)));
}

bool hadm_entries_short(const struct hadm_entries *entries, uint32_t i) {
  return hadm_entries_value(entries, i).len > 0 &&
         entries->list[i].len <= HADM_ENTRY_SHORT;
}

/* ---- the index ---- */

/* Twice as many slots as entries at least: a power of two. */
static size_t size_for(uint32_t count) {
  size_t size = 16;
  while (size / 2 < count)
    size *= 2;
  return size;
}

/* The slot of a text: its own, or the free one that it would get. */
static size_t slot_of(const struct hadm_entries *entries, uint32_t hash,
                      struct hadm_slice text) {
  size_t mask = entries->size - 1;
  size_t i = hash & mask;
  for (; entries->slots[i] != 0; i = (i + 1) & mask) {
    uint64_t slot = entries->slots[i];
    if ((uint32_t)(slot >> 32) == hash &&
        hadm_slice_equal(hadm_entries_text(entries, (uint32_t)slot - 1), text))
      break;
  }
  return i;
}

/* The entries of one text stand in their order behind the first: they are put
 * in from the last one on, each before the ones that are there. */
static enum hadm_status make_index(struct hadm_entries *entries) {
  entries->size = size_for(entries->count);
  entries->slots = calloc(entries->size, sizeof(*entries->slots));
  if (entries->slots == NULL)
    return HADM_E_NOMEM;
  for (uint32_t i = entries->count; i-- > 0;) {
    struct hadm_slice text = hadm_entries_text(entries, i);
    uint32_t hash = hadm_hash(entries->seed, text);
    uint64_t *slot = &entries->slots[slot_of(entries, hash, text)];
    entries->list[i].next = *slot != 0 ? (uint32_t)*slot - 1 : HADM_ENTRY_NONE;
    *slot = (uint64_t)hash << 32 | (i + 1);
  }
  return HADM_OK;
}

enum hadm_status hadm_entries_find(struct hadm_entries *entries,
                                   struct hadm_slice text, uint32_t *found) {
  *found = HADM_ENTRY_NONE;
  if (entries->slots == NULL && make_index(entries) != HADM_OK)
    return HADM_E_NOMEM;
  uint64_t slot =
      entries->slots[slot_of(entries, hadm_hash(entries->seed, text), text)];
  if (slot != 0)
    *found = (uint32_t)slot - 1;
  return HADM_OK;
}

enum hadm_status hadm_entries_repeated(const struct hadm_entries *entries,
                                       uint32_t *count, uint32_t *first) {
  size_t mask = size_for(entries->count) - 1;
  uint64_t *slots = calloc(mask + 1, sizeof(*slots));
  *count = 0;
  *first = HADM_ENTRY_NONE;
  if (slots == NULL)
    return HADM_E_NOMEM;
  for (uint32_t i = 0; i < entries->count; i++) {
    struct hadm_slice key = hadm_entries_key(entries, i);
    uint32_t hash = hadm_hash(entries->seed, key);
    size_t at = hash & mask;
    while (slots[at] != 0 &&
           ((uint32_t)(slots[at] >> 32) != hash ||
            !hadm_slice_equal(
                hadm_entries_key(entries, (uint32_t)slots[at] - 1), key)))
      at = (at + 1) & mask;
    if (slots[at] == 0)
      slots[at] = (uint64_t)hash << 32 | (i + 1);
    else if ((*count)++ == 0)
      *first = i;
  }
  free(slots);
  return HADM_OK;
}
