#include "hadm_number.h"

static bool is_fraction(struct hadm_slice text) {
  if (text.len == 0)
    return true;
  if (text.ptr[0] != '.')
    return false;
  for (size_t i = 1; i < text.len; i++)
    if (!hadm_is_digit(text.ptr[i]))
      return false;
  return true;
}

bool hadm_number_read(struct hadm_slice text, int64_t *number) {
  bool negative = text.len > 0 && text.ptr[0] == '-';
  uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
  uint64_t value = 0;
  size_t start = negative ? 1 : 0;
  size_t i = start;
  for (; i < text.len && hadm_is_digit(text.ptr[i]); i++) {
    unsigned digit = (unsigned)(text.ptr[i] - '0');
    if (value > (limit - digit) / 10)
      return false;
    value = value * 10 + digit;
  }
  if (i == start ||
      !is_fraction((struct hadm_slice){text.ptr + i, text.len - i}))
    return false;
  *number = negative ? (int64_t)(0 - value) : (int64_t)value;
  return true;
}
