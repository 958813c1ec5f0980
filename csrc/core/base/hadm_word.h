/* Eight bytes at a time: which of them equal a given one? Sixteen at a time:
 * how many do? */
#ifndef HADM_WORD_H
#define HADM_WORD_H

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { HADM_WORD = 8, HADM_BLOCK = 16 };

/* Bit 7 of byte i is set when the i-th byte at <p> is <byte>; no other bit
 * ever is (the additions stay within their bytes). */
static inline uint64_t hadm_word_match(const char *p, char byte) {
  const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
  uint64_t word;
  memcpy(&word, p, sizeof(word));
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  word ^= UINT64_C(0x0101010101010101) * (unsigned char)byte;
  return ~(((word & low) + low) | word | low);
}

/* How many bytes matched? */
static inline unsigned hadm_word_count(uint64_t match) {
  return (unsigned)(((match >> 7) * UINT64_C(0x0101010101010101)) >> 56);
}

/* The offset of match number <nth> (from 0), which must be there. */
static inline unsigned hadm_word_nth(uint64_t match, unsigned nth) {
  while (nth-- > 0)
    match &= match - 1;
#if defined(__GNUC__)
  return (unsigned)__builtin_ctzll(match) / 8;
#else
  unsigned offset = 0;
  for (; (match & 0x80) == 0; match >>= 8)
    offset++;
  return offset;
#endif
}

/* How many of the bytes of the block at <p> are <byte>? */
static inline unsigned hadm_block_count(const char *p, char byte) {
#if defined(__SSE2__)
  /* Equal bytes are -1; their negatives are added up in two halves. */
  const __m128i zero = _mm_setzero_si128();
  __m128i equal = _mm_cmpeq_epi8(
      _mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8(byte));
  __m128i halves = _mm_sad_epu8(_mm_sub_epi8(zero, equal), zero);
  return (unsigned)_mm_cvtsi128_si32(halves) +
         (unsigned)_mm_extract_epi16(halves, 4);
#else
  return hadm_word_count(hadm_word_match(p, byte)) +
         hadm_word_count(hadm_word_match(p + HADM_WORD, byte));
#endif
}

#endif
