#include "../../csrc/core/base/hadm_sha1.h"
#include "support.h"

#include <stdio.h>
#include <string.h>

static void assert_sha1(struct hadm_slice text, const char *expected) {
  unsigned char digest[HADM_SHA1_SIZE];
  char shown[2 * HADM_SHA1_SIZE + 1];
  hadm_sha1(text, digest);
  for (size_t i = 0; i < HADM_SHA1_SIZE; i++)
    snprintf(shown + 2 * i, 3, "%02x", digest[i]);
  assert_string_equal(shown, expected);
}

/* FIPS 180's own examples. */
static void examples(void **state) {
  (void)state;
  assert_sha1(TEXT(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  assert_sha1(guarded(TEXT("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  assert_sha1(
      guarded(TEXT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
      "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

/* Where the length gets a block of its own, and where it does not. */
static void around_a_block(void **state) {
  (void)state;
  static const char *const expected[] = {
      "c1c8bbdc22796e28c0e15163d20899b65621d65a",  /* 55 */
      "c2db330f6083854c99d4b5bfb6e8f29f201be699",  /* 56 */
      "f08f24908d682555111be7ff6f004e78283d989a",  /* 57 */
      "03f09f5b158a7a8cdad920bddc29b81c18a551f5",  /* 63 */
      "0098ba824b5c16427bd7a1122a5a442a25ec644d",  /* 64 */
      "11655326c708d70319be2610e8a57d9a5b959d3b"}; /* 65 */
  static const size_t lengths[] = {55, 56, 57, 63, 64, 65};
  char bytes[65];
  memset(bytes, 'a', sizeof(bytes));
  for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
    assert_sha1(guarded((struct hadm_slice){bytes, lengths[i]}), expected[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(examples),
                                     cmocka_unit_test(around_a_block)};
  return cmocka_run_group_tests_name("sha1", tests, NULL, NULL);
}
