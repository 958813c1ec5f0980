#include "hadm_sha1.h"

#include <stdint.h>
#include <string.h>

enum { BLOCK = 64, LENGTH = 8, STATE = 5 };

static uint32_t rotated(uint32_t word, unsigned by) {
  return word << by | word >> (32 - by);
}

static uint32_t load(const unsigned char *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
         (uint32_t)bytes[2] << 8 | bytes[3];
}

/* What a round mixes in: a function of three words, and a constant. */
static uint32_t mixed(unsigned round, uint32_t b, uint32_t c, uint32_t d) {
  switch (round / 20) {
  case 0:
    return ((b & c) | (~b & d)) + UINT32_C(0x5a827999);
  case 1:
    return (b ^ c ^ d) + UINT32_C(0x6ed9eba1);
  case 2:
    return ((b & c) | (b & d) | (c & d)) + UINT32_C(0x8f1bbcdc);
  default:
    return (b ^ c ^ d) + UINT32_C(0xca62c1d6);
  }
}

static void add_block(uint32_t state[STATE], const unsigned char *block) {
  uint32_t words[80];
  for (unsigned i = 0; i < 16; i++)
    words[i] = load(block + (size_t)4 * i);
  for (unsigned i = 16; i < 80; i++)
    words[i] =
        rotated(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  for (unsigned i = 0; i < 80; i++) {
    uint32_t next = rotated(a, 5) + mixed(i, b, c, d) + e + words[i];
    e = d;
    d = c;
    c = rotated(b, 30);
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

/* The rest of less than a block, a bit that is set, and the length in bits. */
static void add_end(uint32_t state[STATE], struct hadm_slice rest,
                    uint64_t bits) {
  unsigned char end[2 * BLOCK] = {0};
  if (rest.len > 0)
    memcpy(end, rest.ptr, rest.len);
  end[rest.len] = 0x80;
  size_t size = rest.len + 1 + LENGTH > BLOCK ? 2 * BLOCK : BLOCK;
  for (size_t i = 0; i < LENGTH; i++)
    end[size - 1 - i] = (unsigned char)(bits >> (8 * i));
  for (size_t i = 0; i < size; i += BLOCK)
    add_block(state, end + i);
}

void hadm_sha1(struct hadm_slice bytes, unsigned char digest[HADM_SHA1_SIZE]) {
  uint32_t state[STATE] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                           0xc3d2e1f0};
  size_t whole = bytes.len - bytes.len % BLOCK;
  for (size_t i = 0; i < whole; i += BLOCK)
    add_block(state, (const unsigned char *)bytes.ptr + i);
  add_end(state, hadm_slice_behind(bytes, whole), (uint64_t)bytes.len * 8);
  for (size_t i = 0; i < HADM_SHA1_SIZE; i++)
    digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
}
