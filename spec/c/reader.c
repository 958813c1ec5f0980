#include "reader.h"

enum { MAX = 1 << 20 };

static bool ends_with_stream(enum hadm_reply_kind kind) {
  return kind == HADM_REPLY_TEXT || kind == HADM_REPLY_LIST;
}

/* Feeds <text> in pieces of <first>, then of <rest> bytes. */
static void read_pieces(struct hadm_reply *reply, enum hadm_reply_kind kind,
                        struct hadm_slice text, size_t first, size_t rest,
                        enum hadm_status expected) {
  enum hadm_status status = HADM_MORE;
  hadm_reply_init(reply, kind, MAX);
  for (size_t at = 0; at < text.len && status == HADM_MORE;) {
    size_t len = at == 0 && first > 0 ? first : rest;
    if (len > text.len - at)
      len = text.len - at;
    status = hadm_reply_feed(reply, text.ptr + at, len);
    at += len;
    if (at < text.len && expected == HADM_OK)
      assert_int_equal(status, HADM_MORE);
  }
  if (status == HADM_MORE) {
    assert_true(expected != HADM_OK || ends_with_stream(kind) ||
                !reply->shaped);
    status = hadm_reply_end(reply);
  }
  assert_int_equal(status, expected);
  assert_int_equal(hadm_reply_end(reply), expected);
}

void read_every_way(struct hadm_reply *reply, enum hadm_reply_kind kind,
                    struct hadm_slice text, enum hadm_status expected) {
  text = guarded(text);
  for (size_t cut = 1; cut < text.len; cut++) {
    read_pieces(reply, kind, text, cut, text.len, expected);
    hadm_reply_free(reply);
  }
  read_pieces(reply, kind, text, 0, 1, expected);
  hadm_reply_free(reply);
  read_pieces(reply, kind, text, 0, text.len, expected);
}

enum hadm_status read_at_once(struct hadm_reply *reply,
                              enum hadm_reply_kind kind,
                              struct hadm_slice text) {
  hadm_reply_init(reply, kind, MAX);
  enum hadm_status status = hadm_reply_feed(reply, text.ptr, text.len);
  return status == HADM_MORE ? hadm_reply_end(reply) : status;
}
