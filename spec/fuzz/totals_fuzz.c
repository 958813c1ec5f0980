/* Totals as bytes: whatever they are, they are refused or read; and what was
 * read is written so that it is read as the same. A proof is put behind them,
 * since nothing else would get past it. */
#include "../../csrc/core/data/hadm_saved.h"
#include "fuzz.h"

#include <string.h>

static const char mark[] = "haproxyadmin totals 3\n";
static const char older[] = "haproxyadmin totals 2\n";
enum { MARK = sizeof(mark) - 1, PROOF = 8, LARGEST = 1 << 16 };

static size_t wrap(char *bytes, const char *begin, const uint8_t *data,
                   size_t size) {
  memcpy(bytes, begin, MARK);
  if (size > 0)
    memcpy(bytes + MARK, data, size);
  uint64_t proof = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < MARK + size; i++)
    proof = (proof ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
  for (size_t i = 0; i < PROOF; i++, proof >>= 8)
    bytes[MARK + size + i] = (char)(proof & 0xff);
  return MARK + size + PROOF;
}

static void write_again(const struct hadm_tally *tally) {
  struct hadm_buffer bytes = HADM_BUFFER_EMPTY, others = HADM_BUFFER_EMPTY;
  enum hadm_status status;
  must(hadm_saved_write(tally, &bytes) == HADM_OK);
  struct hadm_tally *again =
      hadm_saved_read((struct hadm_slice){bytes.data, bytes.len}, 2, &status);
  must(again != NULL && again->count == tally->count);
  must(hadm_saved_write(again, &others) == HADM_OK);
  must(bytes.len == others.len);
  must(memcmp(bytes.data, others.data, bytes.len) == 0);
  hadm_tally_free(again);
  hadm_buffer_free(&bytes);
  hadm_buffer_free(&others);
}

static void read_behind(const char *begin, const uint8_t *data, size_t size) {
  enum hadm_status status = HADM_OK;
  char *bytes = malloc(MARK + size + PROOF);
  must(bytes != NULL);
  struct hadm_slice whole = {bytes, wrap(bytes, begin, data, size)};
  struct hadm_tally *tally = hadm_saved_read(whole, 1, &status);
  must((tally != NULL) == (status == HADM_OK));
  if (tally != NULL)
    write_again(tally);
  hadm_tally_free(tally);
  free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  enum hadm_status status = HADM_OK;
  struct hadm_slice plain = {(const char *)data, size};
  if (size > LARGEST)
    return 0;
  hadm_tally_free(hadm_saved_read(plain, 1, &status));
  read_behind(mark, data, size);
  read_behind(older, data, size);
  return 0;
}
