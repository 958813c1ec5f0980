/* The reader, every kind of reply: in whatever pieces the bytes arrive, it
 * says the same. */
#include "../../csrc/core/wire/hadm_reply.h"
#include "fuzz.h"

enum { MAX = 1 << 16 };

static enum hadm_status read_pieces(struct hadm_reply *reply,
                                    enum hadm_reply_kind kind,
                                    struct hadm_slice text, uint32_t *state,
                                    size_t largest) {
  hadm_reply_init(reply, kind, MAX);
  for (size_t at = 0; at < text.len;) {
    size_t len = 1 + next_number(state) % largest;
    if (len > text.len - at)
      len = text.len - at;
    if (hadm_reply_feed(reply, text.ptr + at, len) != HADM_MORE)
      break;
    at += len;
  }
  return hadm_reply_end(reply);
}

static void look_at_table(const struct hadm_reply *reply) {
  struct hadm_slice text = {reply->buffer.data, reply->buffer.len};
  for (size_t row = 0; row < reply->table.count; row++) {
    bool quotes;
    struct hadm_slice line = hadm_table_row(&reply->table, text, row, &quotes);
    must(hadm_csv_count(line, quotes) >= reply->table.columns);
    must(line.ptr >= text.ptr && line.ptr + line.len < text.ptr + text.len);
    must(line.ptr[line.len] == '\n');
  }
}

static void compare(const struct hadm_reply *a, const struct hadm_reply *b) {
  /* Bytes behind the end are seen only when they come along with it. */
  bool behind = a->status == HADM_E_FOREIGN || b->status == HADM_E_FOREIGN;
  if (behind) {
    must(a->status == HADM_OK || a->status == HADM_E_FOREIGN);
    must(b->status == HADM_OK || b->status == HADM_E_FOREIGN);
    return;
  }
  must(a->status == b->status);
  must(a->shaped == b->shaped);
  if (a->status != HADM_OK)
    return;
  must(hadm_slice_equal(hadm_reply_text(a), hadm_reply_text(b)));
  must(a->info_len == b->info_len);
  must(a->table.count == b->table.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct hadm_slice text = {(const char *)data, size};
  uint32_t state = (uint32_t)size;
  if (size > MAX)
    return 0;
  for (size_t i = 0; i < size; i++)
    state = state * 31 + data[i];
  for (int kind = HADM_REPLY_TEXT; kind <= HADM_REPLY_READING; kind++) {
    const size_t largest[] = {MAX, 1, 7, 100};
    struct hadm_reply whole;
    read_pieces(&whole, (enum hadm_reply_kind)kind, text, &state, MAX);
    must(whole.status != HADM_MORE);
    if (whole.status == HADM_OK && whole.shaped)
      look_at_table(&whole);
    for (size_t i = 0; i < sizeof(largest) / sizeof(largest[0]); i++) {
      struct hadm_reply reply;
      read_pieces(&reply, (enum hadm_reply_kind)kind, text, &state, largest[i]);
      compare(&whole, &reply);
      hadm_reply_free(&reply);
    }
    hadm_reply_free(&whole);
  }
  return 0;
}
