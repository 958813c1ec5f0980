#include "hadm_text.h"

#include <string.h>

char *hadm_text_number(char *to, int64_t number) {
  char digits[HADM_DIGITS];
  char *p = digits + sizeof(digits);
  uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
  do {
    *--p = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (number < 0)
    *to++ = '-';
  size_t len = (size_t)(digits + sizeof(digits) - p);
  memcpy(to, p, len);
  return to + len;
}

char *hadm_text_seconds(char *to, int64_t milliseconds) {
  const int64_t in_second = 1000;
  int64_t part = milliseconds % in_second;
  if (milliseconds < 0 && milliseconds > -in_second)
    *to++ = '-'; /* the seconds are 0, which has no sign */
  to = hadm_text_number(to, milliseconds / in_second);
  if (part == 0)
    return to;
  if (part < 0)
    part = -part;
  *to++ = '.';
  for (int64_t unit = in_second / 10; part > 0; unit /= 10) {
    *to++ = (char)('0' + part / unit);
    part %= unit;
  }
  return to;
}

size_t hadm_text_most(size_t length) {
  const size_t escape = sizeof("\\u0000") - 1;
  const size_t quotes = 2;
  return length * escape + quotes;
}

/* ---- characters ---- */

static bool is_tail(unsigned char byte) { return (byte & 0xc0) == 0x80; }

/* How long the character is that begins at <p>, or 0: that is none in UTF-8. */
static size_t character(const unsigned char *p, size_t len) {
  size_t want = 0;
  if (p[0] < 0x80)
    return 1;
  if (p[0] >= 0xc2 && p[0] <= 0xdf)
    want = 2;
  else if (p[0] >= 0xe0 && p[0] <= 0xef)
    want = 3;
  else if (p[0] >= 0xf0 && p[0] <= 0xf4)
    want = 4;
  if (want == 0 || want > len)
    return 0;
  for (size_t i = 1; i < want; i++)
    if (!is_tail(p[i]))
      return 0;
  bool is_long = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
  bool is_half = p[0] == 0xed && p[1] > 0x9f;
  bool is_large = p[0] == 0xf4 && p[1] > 0x8f;
  return is_long || is_half || is_large ? 0 : want;
}

static char *put(char *to, const char *text, size_t len) {
  memcpy(to, text, len);
  return to + len;
}

static char *escape_label(char *to, char c) {
  switch (c) {
  case '\n':
    return put(to, "\\n", 2);
  case '\\':
    return put(to, "\\\\", 2);
  case '"':
    return put(to, "\\\"", 2);
  default:
    *to++ = c;
    return to;
  }
}

static char *put_code(char *to, const char *prefix, unsigned char byte) {
  static const char hex[] = "0123456789abcdef";
  to = put(to, prefix, strlen(prefix));
  *to++ = hex[byte >> 4];
  *to++ = hex[byte & 0xf];
  return to;
}

/* What a terminal may obey: of ASCII, and of Unicode's second block. */
static bool is_control(unsigned char byte) {
  return byte < 0x20 || byte == 0x7f;
}
static bool is_high_control(const unsigned char *p, size_t size) {
  return size == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

static char *escape_json(char *to, char c) {
  const unsigned char byte = (unsigned char)c;
  if (is_control(byte))
    return put_code(to, "\\u00", byte);
  if (c == '"' || c == '\\')
    *to++ = '\\';
  *to++ = c;
  return to;
}

static char *put_characters(char *to, struct hadm_field field,
                            char *(*escape)(char *, char)) {
  static const char unknown[] = "\xef\xbf\xbd"; /* U+FFFD */
  const unsigned char *p = (const unsigned char *)field.text.ptr;
  size_t len = field.text.len;
  for (size_t i = 0; i < len;) {
    size_t size = character(p + i, len - i);
    if (size == 0) {
      to = put(to, unknown, sizeof(unknown) - 1);
      i++;
    } else if (size == 1) {
      to = escape(to, (char)p[i]);
      /* Two quotes mean one in a field that was quoted. */
      if (field.quoted && p[i] == '"' && i + 1 < len && p[i + 1] == '"')
        i++;
      i++;
    } else {
      to = escape == escape_json && is_high_control(p + i, size)
               ? put_code(to, "\\u00", p[i + 1])
               : put(to, (const char *)p + i, size);
      i += size;
    }
  }
  return to;
}

char *hadm_text_label(char *to, struct hadm_field field) {
  return put_characters(to, field, escape_label);
}

char *hadm_text_json(char *to, struct hadm_field field) {
  *to++ = '"';
  to = put_characters(to, field, escape_json);
  *to++ = '"';
  return to;
}

char *hadm_text_csv(char *to, struct hadm_field field) {
  bool plain = true;
  for (size_t i = 0; plain && i < field.text.len; i++)
    plain = strchr(",\"\r\n", field.text.ptr[i]) == NULL ||
            field.text.ptr[i] == '\0';
  if (plain && !field.quoted)
    return put(to, field.text.ptr, field.text.len);
  *to++ = '"';
  for (size_t i = 0; i < field.text.len; i++) {
    char c = field.text.ptr[i];
    *to++ = c;
    if (c != '"')
      continue;
    *to++ = '"';
    if (field.quoted && i + 1 < field.text.len && field.text.ptr[i + 1] == '"')
      i++;
  }
  *to++ = '"';
  return to;
}

static char *escape_word(char *to, char c, bool escapes, bool plain) {
  static const char from[] = "\t\n\r\\";
  static const char names[] = "tnr\\";
  const char *found = c != '\0' ? strchr(from, c) : NULL;
  if (escapes && found != NULL) {
    *to++ = '\\';
    *to++ = names[found - from];
  } else if (plain && is_control((unsigned char)c)) {
    to = put_code(to, "\\x", (unsigned char)c);
  } else {
    *to++ = c;
  }
  return to;
}

char *hadm_text_word(char *to, struct hadm_field field, bool escapes,
                     bool plain) {
  const unsigned char *p = (const unsigned char *)field.text.ptr;
  const size_t len = field.text.len;
  for (size_t i = 0; i < len;) {
    size_t size = plain ? character(p + i, len - i) : 1;
    if (size == 0)
      to = put_code(to, "\\x", p[i++]);
    else if (size == 1) {
      to = escape_word(to, (char)p[i], escapes, plain);
      if (field.quoted && p[i] == '"' && i + 1 < len && p[i + 1] == '"')
        i++;
      i++;
    } else {
      to = is_high_control(p + i, size) ? put_code(to, "\\u00", p[i + 1])
                                        : put(to, (const char *)p + i, size);
      i += size;
    }
  }
  return to;
}
