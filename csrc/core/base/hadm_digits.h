/* Numbers of few digits, eight digits at a time. */
#ifndef HADM_DIGITS_H
#define HADM_DIGITS_H

#include "hadm_slice.h"
#include "hadm_word.h"

HADM_BEGIN

/* The number of the first <count> bytes of <word>, from 1 to 8; false when one
 * of them is no digit. */
static inline bool hadm_digits_word(uint64_t word, unsigned count,
                                    uint64_t *number) {
  const uint64_t each = UINT64_C(0x0101010101010101);
  /* The bytes behind them are pushed out, and 0 is put in front. */
  word = (word ^ each * '0') << (HADM_WORD - count) * 8;
  if (((((word & each * 0x7f) + each * (0x7f - 9)) | word) & each * 0x80) != 0)
    return false;
  /* Neighbours are joined: to pairs, to fours, to eight. */
  word = (word * 10 + (word >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
  word = (word * 100 + (word >> 16)) & UINT64_C(0x0000ffff0000ffff);
  *number = (word * 10000 + (word >> 32)) & UINT64_C(0x00000000ffffffff);
  return true;
}

/* Reads a number of 1 to 16 digits and nothing else; bytes up to <limit> may be
 * read. False: hadm_number_read may know better. */
static inline bool hadm_digits_read(struct hadm_slice text, const char *limit,
                                    int64_t *number) {
  const uint64_t word_of_digits = UINT64_C(100000000);
  const size_t rest = text.len > HADM_WORD ? text.len - HADM_WORD : 0;
  uint64_t first;
  uint64_t last;
  if (text.len == 1) { /* most of them are */
    *number = text.ptr[0] - '0';
    return hadm_is_digit(text.ptr[0]);
  }
  if (text.len == 0 || rest > HADM_WORD || limit - text.ptr < HADM_WORD)
    return false;
  if (rest == 0) {
    if (!hadm_digits_word(hadm_word_load(text.ptr), (unsigned)text.len, &first))
      return false;
    *number = (int64_t)first;
    return true;
  }
  if (!hadm_digits_word(hadm_word_load(text.ptr), (unsigned)rest, &first) ||
      !hadm_digits_word(hadm_word_load(text.ptr + rest), HADM_WORD, &last))
    return false;
  *number = (int64_t)(first * word_of_digits + last);
  return true;
}

HADM_END

#endif
