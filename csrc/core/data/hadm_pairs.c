#include "hadm_pairs.h"

#include "../base/hadm_word.h"

#include <string.h>

static int hex_digit(char c) {
  if (hadm_is_digit(c))
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

static bool is_hex(char c) {
  char small = (char)(c | 0x20);
  return hadm_is_digit(c) || (small >= 'a' && small <= 'f');
}

bool hadm_pairs_row(struct hadm_slice line, struct hadm_slice *reference,
                    struct hadm_slice *items) {
  const size_t mark = 2;
  if (!hadm_slice_starts(line, HADM_LITERAL("0x")))
    return false;
  size_t len = mark;
  while (len < line.len && is_hex(line.ptr[len]))
    len++;
  struct hadm_slice rest = hadm_slice_behind(line, len);
  if (len == mark || !hadm_slice_starts(rest, HADM_LITERAL(": ")))
    return false;
  *reference = (struct hadm_slice){line.ptr, len};
  *items = hadm_slice_behind(rest, 2);
  return true;
}

/* Is the byte at <p> behind an odd number of backslashes? None of them lies
 * before <from>. */
static bool is_escaped(const char *from, const char *p) {
  const char *first = p;
  while (first > from && first[-1] == '\\')
    first--;
  return (p - first) % 2 != 0;
}

/* The next blank, or <end>. Words are short: a call for each would cost more.
 */
static const char *find_blank(const char *p, const char *end) {
  for (; end - p >= HADM_WORD; p += HADM_WORD) {
    uint64_t match = hadm_word_match(p, ' ');
    if (match != 0)
      return p + hadm_word_nth(match, 0);
  }
  while (p < end && *p != ' ')
    p++;
  return p;
}

/* The end of the word that begins at <p>: its blank, or <end>. */
static const char *word_end(const char *p, const char *end) {
  const char *from = p;
  const char *blank = find_blank(p, end);
  while (blank < end && blank > from && is_escaped(from, blank)) {
    /* The backslashes before it need not be looked at again. */
    from = blank;
    blank = find_blank(blank + 1, end);
  }
  return blank;
}

static struct hadm_slice without_brackets(struct hadm_slice text) {
  if (text.len >= 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
    return (struct hadm_slice){text.ptr + 1, text.len - 2};
  return text;
}

/* Splits a word at what ends its name. */
static bool split(struct hadm_slice word, struct hadm_item *item) {
  size_t len = 0;
  while (len < word.len && word.ptr[len] != '=' && word.ptr[len] != '(' &&
         word.ptr[len] != '[')
    len++;
  if (len == 0 || len == word.len)
    return false;
  struct hadm_slice rest = hadm_slice_behind(word, len);
  item->name = (struct hadm_slice){word.ptr, len};
  item->period = (struct hadm_slice){rest.ptr, 0};
  if (rest.ptr[0] == '(') {
    const char *close = memchr(rest.ptr, ')', rest.len);
    if (close == NULL)
      return false;
    size_t behind = (size_t)(close - rest.ptr) + 1;
    item->period = (struct hadm_slice){rest.ptr + 1, behind - 2};
    rest = (struct hadm_slice){rest.ptr + behind, rest.len - behind};
    if (rest.len == 0)
      return false;
  }
  bool has_sign = rest.ptr[0] == '=';
  if (!has_sign && rest.ptr[0] != '[')
    return false;
  item->value = without_brackets(hadm_slice_behind(rest, has_sign ? 1 : 0));
  return true;
}

/* The next word, empty between two blanks; false at the end. */
static bool next_word(struct hadm_slice *rest, struct hadm_slice *word) {
  if (rest->len == 0)
    return false;
  const char *end = rest->ptr + rest->len;
  const char *close = word_end(rest->ptr, end);
  *word = (struct hadm_slice){rest->ptr, (size_t)(close - rest->ptr)};
  if (close < end)
    close++;
  *rest = (struct hadm_slice){close, (size_t)(end - close)};
  return true;
}

bool hadm_pairs_next(struct hadm_slice *rest, struct hadm_item *item) {
  struct hadm_slice word;
  while (next_word(rest, &word))
    if (split(word, item))
      return true;
  return false;
}

bool hadm_pairs_find(struct hadm_slice items, struct hadm_slice name,
                     struct hadm_item *item) {
  struct hadm_slice word;
  while (next_word(&items, &word))
    /* The first byte nearly always tells. */
    if (word.len > name.len && name.len > 0 && word.ptr[0] == name.ptr[0] &&
        hadm_slice_starts(word, name) && split(word, item) &&
        item->name.len == name.len)
      return true;
  return false;
}

/* What the character behind a backslash stands for. */
static char plain(char c) {
  switch (c) {
  case 't':
    return '\t';
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 'e':
    return '\033';
  default:
    return c;
  }
}

size_t hadm_pairs_unescape(struct hadm_slice text, char *to) {
  size_t len = 0;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (c == '\\' && i + 1 < text.len) {
      c = plain(text.ptr[++i]);
      int high = i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
      int low = high >= 0 ? hex_digit(text.ptr[i + 2]) : -1;
      if (c == 'x' && low >= 0) {
        c = (char)(unsigned char)(high * 16 + low);
        i += 2;
      }
    }
    to[len++] = c;
  }
  return len;
}

static uint32_t unit(char c) {
  switch (c) {
  case 'd':
    return 86400;
  case 'h':
    return 3600;
  case 'm':
    return 60;
  default:
    return c == 's' ? 1 : 0;
  }
}

bool hadm_pairs_seconds(struct hadm_slice text, uint32_t *seconds) {
  uint64_t total = 0;
  size_t i = 0;
  while (i < text.len) {
    uint64_t number = 0;
    size_t start = i;
    for (; i < text.len && hadm_is_digit(text.ptr[i]); i++) {
      number = number * 10 + (uint64_t)(text.ptr[i] - '0');
      if (number > UINT32_MAX)
        return false;
    }
    if (i == start || i == text.len || unit(text.ptr[i]) == 0)
      return false;
    total += number * unit(text.ptr[i++]);
    if (total > UINT32_MAX)
      return false;
  }
  *seconds = (uint32_t)total;
  return text.len > 0;
}
