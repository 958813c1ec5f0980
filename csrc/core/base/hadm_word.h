/* Eight bytes at a time: which of them equal a given one? Sixteen at a time:
 * how many do? */
#ifndef HADM_WORD_H
#define HADM_WORD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { HADM_WORD = 8, HADM_BLOCK = 16 };

/* The eight bytes at <p>, the first of them lowest. */
static inline uint64_t hadm_word_load(const char *p) {
  uint64_t word;
  memcpy(&word, p, sizeof(word));
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

/* Bit 7 of byte i is set when byte i of <word> is <byte>; no other bit ever is
 * (the additions stay within their bytes). */
static inline uint64_t hadm_word_equal(uint64_t word, char byte) {
  const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
  word ^= UINT64_C(0x0101010101010101) * (unsigned char)byte;
  return ~(((word & low) + low) | word | low);
}

/* The same of the eight bytes at <p>. */
static inline uint64_t hadm_word_match(const char *p, char byte) {
  return hadm_word_equal(hadm_word_load(p), byte);
}

/* Bit 7 of each byte is set that is from <first> to <last>, both ASCII; the
 * others may be anything. */
static inline uint64_t hadm_word_between(uint64_t word, char first, char last) {
  const uint64_t each = UINT64_C(0x0101010101010101);
  const uint64_t high = each * 0x80;
  uint64_t low = word & ~high;
  uint64_t from = low + each * (uint64_t)(0x80 - first);
  uint64_t beyond = low + each * (uint64_t)(0x7f - last);
  return from & ~beyond & ~word & high;
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

/* How many bytes of the <blocks> blocks at <p> are <byte>? */
static inline size_t hadm_block_count(const char *p, size_t blocks, char byte) {
  size_t count = 0;
#if defined(__SSE2__)
  const __m128i zero = _mm_setzero_si128();
  const __m128i bytes = _mm_set1_epi8(byte);
  while (blocks > 0) {
    /* What is equal is -1; so many blocks do not overflow a byte. */
    size_t part = blocks < UINT8_MAX ? blocks : UINT8_MAX;
    __m128i counts = zero;
    for (blocks -= part; part > 0; part--, p += HADM_BLOCK) {
      __m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
      counts = _mm_sub_epi8(counts, _mm_cmpeq_epi8(block, bytes));
    }
    __m128i halves = _mm_sad_epu8(counts, zero);
    count += (unsigned)_mm_cvtsi128_si32(halves) +
             (unsigned)_mm_extract_epi16(halves, 4);
  }
#else
  for (blocks *= 2; blocks > 0; blocks--, p += HADM_WORD)
    count += hadm_word_count(hadm_word_match(p, byte));
#endif
  return count;
}

/* Notes where in the block at <p> a byte is, its offsets from <from> on; there
 * is room for as many as a block has bytes. Returns how many there are. */
static inline size_t hadm_block_offsets(const char *p, char byte, uint32_t from,
                                        uint32_t *offsets) {
  size_t count = 0;
#if defined(__SSE2__) && defined(__GNUC__)
  __m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
  unsigned match =
      (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(byte)));
  for (; match != 0; match &= match - 1)
    offsets[count++] = from + (uint32_t)__builtin_ctz(match);
#else
  for (uint32_t half = 0; half < HADM_BLOCK; half += HADM_WORD) {
    uint64_t match = hadm_word_match(p + half, byte);
    for (; match != 0; match &= match - 1)
      offsets[count++] = from + half + hadm_word_nth(match, 0);
  }
#endif
  return count;
}

/* As many bytes at a time as the machine compares at once: what is found in
 * them is a set, of which the lowest is the first. */
#if defined(__SSE2__) && defined(__GNUC__)

enum { HADM_UNIT = HADM_BLOCK };
typedef unsigned hadm_unit;
#define HADM_UNIT_ALL 0xffffU

static inline __m128i hadm_unit_load(const char *p) {
  return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline hadm_unit hadm_unit_equal(const char *p, char byte) {
  return (unsigned)_mm_movemask_epi8(
      _mm_cmpeq_epi8(hadm_unit_load(p), _mm_set1_epi8(byte)));
}

/* Those that are from <first> to <last>, both ASCII, once the bits of <set> are
 * set in them. */
static inline hadm_unit hadm_unit_between(const char *p, char set, char first,
                                          char last) {
  __m128i bytes = _mm_or_si128(hadm_unit_load(p), _mm_set1_epi8(set));
  __m128i from = _mm_cmpgt_epi8(bytes, _mm_set1_epi8((char)(first - 1)));
  __m128i to = _mm_cmplt_epi8(bytes, _mm_set1_epi8((char)(last + 1)));
  return (unsigned)_mm_movemask_epi8(_mm_and_si128(from, to));
}

/* Where those at <a> and at <b> differ. */
static inline hadm_unit hadm_unit_differ(const char *a, const char *b) {
  return HADM_UNIT_ALL ^ (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(
                             hadm_unit_load(a), hadm_unit_load(b)));
}

/* The offset of the first, which must be there. */
static inline unsigned hadm_unit_first(hadm_unit found) {
  return (unsigned)__builtin_ctz(found);
}

/* The first <count> of them, of which there is one at least. */
static inline hadm_unit hadm_unit_below(unsigned count) {
  return HADM_UNIT_ALL >> (HADM_UNIT - count);
}

#else

enum { HADM_UNIT = HADM_WORD };
typedef uint64_t hadm_unit;
#define HADM_UNIT_ALL UINT64_C(0x8080808080808080)

static inline hadm_unit hadm_unit_equal(const char *p, char byte) {
  return hadm_word_match(p, byte);
}

static inline hadm_unit hadm_unit_between(const char *p, char set, char first,
                                          char last) {
  const uint64_t each = UINT64_C(0x0101010101010101);
  return hadm_word_between(hadm_word_load(p) | each * (unsigned char)set, first,
                           last);
}

static inline hadm_unit hadm_unit_differ(const char *a, const char *b) {
  return HADM_UNIT_ALL ^
         hadm_word_equal(hadm_word_load(a) ^ hadm_word_load(b), '\0');
}

static inline unsigned hadm_unit_first(hadm_unit found) {
  return hadm_word_nth(found, 0);
}

static inline hadm_unit hadm_unit_below(unsigned count) {
  return HADM_UNIT_ALL >> (8 * (HADM_UNIT - count));
}

#endif

#endif
