#include "hadm_entries.h"

#include "../base/hadm_hash.h"
#include "../base/hadm_word.h"

#include <stdlib.h>
#include <string.h>

/* The place of one in so many entries is known; the others are found from
 * there, by the lengths of the lines. */
enum { STEP = 32 };

void hadm_entries_init(struct hadm_entries *entries, bool map, uint64_t seed) {
  *entries = (struct hadm_entries){.map = map,
                                   .text = HADM_BUFFER_EMPTY,
                                   .line = HADM_BUFFER_EMPTY,
                                   .seed = seed,
                                   .all_plain = true};
}

void hadm_entries_free(struct hadm_entries *entries) {
  hadm_buffer_free(&entries->text);
  hadm_buffer_free(&entries->line);
  free(entries->lengths);
  free(entries->places);
  free(entries->keys);
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

/* Room for element number <count> of a list whose elements have <each> bytes;
 * as it was, and NULL, where there is no memory. */
static void *grow(void *list, size_t count, size_t *reserved, size_t each) {
  if (count < *reserved)
    return list;
  size_t more = *reserved == 0 ? 64 : *reserved * 2;
  void *grown = NULL;
  if (more <= SIZE_MAX / each)
    grown = realloc(list, more * each);
  if (grown != NULL)
    *reserved = more;
  return grown;
}

/* The same of a list of numbers. */
static enum hadm_status make_room(uint32_t **list, size_t count,
                                  size_t *reserved) {
  uint32_t *grown = grow(*list, count, reserved, sizeof(*grown));
  if (grown == NULL)
    return HADM_E_NOMEM;
  *list = grown;
  return HADM_OK;
}

/* Room to note one more line. */
static enum hadm_status make_room_for_line(struct hadm_entries *entries) {
  /* There is room for so many at a time. */
  if (entries->count % STEP != 0)
    return HADM_OK;
  uint16_t *grown = grow(entries->lengths, entries->count,
                         &entries->lengths_reserved, sizeof(*grown));
  if (grown == NULL)
    return HADM_E_NOMEM;
  entries->lengths = grown;
  return make_room(&entries->places, entries->count / STEP,
                   &entries->places_reserved);
}

/* Notes the next line, for which there is room: where it is, and how long with
 * its LF. */
static void note_line(struct hadm_entries *entries, size_t at, size_t len) {
  if (entries->count % STEP == 0)
    entries->places[entries->count / STEP] = (uint32_t)at;
  entries->lengths[entries->count++] = (uint16_t)len;
}

/* Notes where a key ends, if nothing else would tell; so it is for all as soon
 * as it is for one. */
static enum hadm_status note_key(struct hadm_entries *entries,
                                 struct hadm_slice key, bool is_blank_in) {
  if (!entries->map || (entries->keys == NULL && !is_blank_in))
    return HADM_OK;
  enum hadm_status status = HADM_OK;
  uint32_t *keys = entries->keys;
  uint32_t first = keys == NULL ? 0 : entries->count;
  struct hadm_slice rest = hadm_entries_from(entries, first);
  struct hadm_slice text;
  for (uint32_t i = first; status == HADM_OK && i <= entries->count; i++) {
    status = make_room(&keys, i, &entries->keys_reserved);
    if (status == HADM_OK && hadm_slice_line(&rest, &text))
      keys[i] =
          (uint32_t)((const char *)memchr(text.ptr, ' ', text.len) - text.ptr);
  }
  if (status == HADM_OK)
    keys[entries->count] = (uint32_t)key.len;
  /* Lengths of some keys only are of no use. */
  if (status != HADM_OK && entries->keys == NULL) {
    free(keys);
    entries->keys_reserved = 0;
    return status;
  }
  entries->keys = keys;
  return status;
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

/* Adds what was checked. */
static enum hadm_status add(struct hadm_entries *entries, struct hadm_slice key,
                            bool has_blanks, struct hadm_slice value) {
  struct hadm_buffer *text = &entries->text;
  if (text->len > UINT32_MAX - 2 * HADM_ENTRY_MAX ||
      entries->count >= HADM_ENTRY_NONE / 2 - 1)
    return HADM_E_TOO_BIG;
  enum hadm_status status = make_room_for_line(entries);
  if (status == HADM_OK)
    status = note_key(entries, key, has_blanks);
  if (status == HADM_OK)
    status = hadm_buffer_reserve(text, key.len + value.len + 2);
  if (status != HADM_OK)
    return status;
  size_t at = text->len;
  put(text, key);
  if (entries->map) {
    put(text, HADM_LITERAL(" "));
    put(text, value);
  }
  put(text, HADM_LITERAL("\n"));
  entries->blank_keys = entries->blank_keys || has_blanks;
  bool plain =
      entries->map && !has_blanks && !(value.len > 0 && is_blank(value.ptr[0]));
  entries->all_plain = entries->all_plain && plain;
  note_line(entries, at, text->len - at);
  size_t len = plain ? key.len + 1 + value.len
                     : escaped_length(key) + escaped_length(value);
  if (len > entries->longest)
    entries->longest = len;
  return HADM_OK;
}

enum hadm_status hadm_entries_add(struct hadm_entries *entries,
                                  struct hadm_slice key,
                                  struct hadm_slice value) {
  if (!entries->map)
    value.len = 0;
  enum hadm_status status = check(entries, key, value);
  return status == HADM_OK ? add(entries, key, has_blank(key), value) : status;
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

/* Are all bytes of a text ASCII, and none NUL or CR? Almost always. */
static bool is_simple(struct hadm_slice text) {
  const uint64_t high = UINT64_C(0x8080808080808080);
  size_t i = 0;
  for (; text.len - i >= HADM_WORD; i += HADM_WORD) {
    uint64_t word;
    memcpy(&word, text.ptr + i, sizeof(word));
    if (((word & high) | hadm_word_match(text.ptr + i, '\0') |
         hadm_word_match(text.ptr + i, '\r')) != 0)
      return false;
  }
  for (; i < text.len; i++)
    if (text.ptr[i] == '\0' || text.ptr[i] == '\r' ||
        (unsigned char)text.ptr[i] >= 0x80)
      return false;
  return true;
}

/* A line, with or without the CR of a file that has such lines. */
static enum hadm_status read_line(struct hadm_entries *entries,
                                  struct hadm_slice line) {
  entries->lines++;
  if (line.len > HADM_ENTRY_MAX + 1)
    return fail(entries, HADM_FAULT_LENGTH, 0);
  if (line.len > 0 && line.ptr[0] == '#')
    return line.len > HADM_ENTRY_MAX ? fail(entries, HADM_FAULT_LENGTH, 0)
                                     : HADM_OK;
  if (!is_simple(line)) {
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
      line.len--;
    size_t at = find_character(line);
    if (at < line.len)
      return fail(entries, HADM_FAULT_CHARACTER, at);
    at = entries->any_bytes ? line.len : find_no_utf8(line);
    if (at < line.len)
      return fail(entries, HADM_FAULT_UTF8, at);
  }
  if (line.len > HADM_ENTRY_MAX)
    return fail(entries, HADM_FAULT_LENGTH, 0);
  struct hadm_slice key = without_blanks_before(line);
  if (key.len == 0)
    return HADM_OK;
  struct hadm_slice value = {key.ptr + key.len, 0};
  if (!entries->map)
    return add(entries, key, has_blank(key), value);
  size_t len = 0;
  while (len < key.len && !is_blank(key.ptr[len]))
    len++;
  value = hadm_slice_behind(key, len);
  value = without_blanks_behind(without_blanks_before(value));
  key.len = len;
  if (value.len == 0)
    return fail(entries, HADM_FAULT_VALUE, 0);
  return add(entries, key, false, value);
}

/* The length of the line with which a text begins, if it is a map's entry as it
 * is to be printed: a key, a blank and a value, all of ASCII, and no other
 * blank beside these two. 0 where it is not, or the line's end is not near. */
static size_t plain_line(struct hadm_slice text) {
  const char *p = text.ptr;
  size_t blank = 0;
  for (size_t i = 0; i + HADM_UNIT <= text.len; i += HADM_UNIT) {
    hadm_unit others = hadm_unit_between(p + i, 0, ' ', '~') ^ HADM_UNIT_ALL;
    hadm_unit blanks = blank == 0 ? hadm_unit_equal(p + i, ' ') : 0;
    if (blanks != 0)
      blank = i + hadm_unit_first(blanks);
    if (others == 0)
      continue;
    size_t len = i + hadm_unit_first(others);
    bool is_entry = p[len] == '\n' && *p != '#' && *p != ' ' &&
                    len <= HADM_ENTRY_MAX && blank > 0 && blank + 1 < len &&
                    p[blank + 1] != ' ' && p[len - 1] != ' ';
    return is_entry ? len : 0;
  }
  return 0;
}

/* Adds the entries of the plain lines with which a piece of a file begins: they
 * are copied as they are, all at once. Moves <*piece> behind them. */
static enum hadm_status feed_plain(struct hadm_entries *entries,
                                   struct hadm_slice *piece) {
  struct hadm_buffer *text = &entries->text;
  struct hadm_slice rest = *piece;
  size_t len = entries->map && entries->keys == NULL ? plain_line(rest) : 0;
  /* <add> looks at limits that are near. */
  if (len == 0 ||
      (uint64_t)text->len + piece->len > UINT32_MAX - 2 * HADM_ENTRY_MAX ||
      (uint64_t)entries->count + piece->len >= HADM_ENTRY_NONE / 2)
    return HADM_OK;
  enum hadm_status status = hadm_buffer_reserve(text, piece->len);
  while (status == HADM_OK && len > 0) {
    status = make_room_for_line(entries);
    if (status != HADM_OK)
      break;
    note_line(entries, text->len + (piece->len - rest.len), len + 1);
    entries->lines++;
    if (len > entries->longest)
      entries->longest = len;
    rest = hadm_slice_behind(rest, len + 1);
    len = plain_line(rest);
  }
  if (rest.len < piece->len)
    put(text, (struct hadm_slice){piece->ptr, piece->len - rest.len});
  *piece = rest;
  return status;
}

enum hadm_status hadm_entries_reserve(struct hadm_entries *entries,
                                      uint64_t size) {
  /* What is more is made room for when it comes, if ever. */
  const uint64_t most = UINT64_C(1) << 28;
  return hadm_buffer_reserve(&entries->text,
                             (size_t)(size < most ? size : most));
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
    if (entries->line.len == 0)
      status = feed_plain(entries, &piece);
    if (status != HADM_OK || piece.len == 0)
      break;
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

struct hadm_slice hadm_entries_from(const struct hadm_entries *entries,
                                    uint32_t i) {
  struct hadm_slice text = {entries->text.data, entries->text.len};
  if (i >= entries->count)
    return (struct hadm_slice){"", 0};
  size_t at = entries->places[i / STEP];
  for (uint32_t before = i - i % STEP; before < i; before++)
    at += entries->lengths[before];
  return hadm_slice_behind(text, at);
}

struct hadm_slice hadm_entries_text(const struct hadm_entries *entries,
                                    uint32_t i) {
  struct hadm_slice rest = hadm_entries_from(entries, i);
  return (struct hadm_slice){rest.ptr, (size_t)entries->lengths[i] - 1};
}

/* The key of entry <i>, of which this is the text. */
static struct hadm_slice key_in(const struct hadm_entries *entries, uint32_t i,
                                struct hadm_slice text) {
  if (entries->keys != NULL) {
    text.len = entries->keys[i];
  } else if (entries->map) {
    const char *blank = memchr(text.ptr, ' ', text.len);
    text.len = (size_t)(blank - text.ptr);
  }
  return text;
}

struct hadm_slice hadm_entries_key(const struct hadm_entries *entries,
                                   uint32_t i) {
  return key_in(entries, i, hadm_entries_text(entries, i));
}

struct hadm_slice hadm_entries_value(const struct hadm_entries *entries,
                                     uint32_t i) {
  struct hadm_slice text = hadm_entries_text(entries, i);
  size_t key = key_in(entries, i, text).len;
  return hadm_slice_behind(text, entries->map ? key + 1 : key);
}

bool hadm_entries_plain(const struct hadm_entries *entries, uint32_t i) {
  if (entries->all_plain)
    return true;
  struct hadm_slice value = hadm_entries_value(entries, i);
  return entries->map && !(value.len > 0 && is_blank(value.ptr[0])) &&
         !(entries->blank_keys && has_blank(hadm_entries_key(entries, i)));
}

bool hadm_entries_short(const struct hadm_entries *entries, uint32_t i) {
  return hadm_entries_value(entries, i).len > 0 &&
         hadm_entries_text(entries, i).len <= HADM_ENTRY_SHORT;
}
