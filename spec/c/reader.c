#include "reader.h"

enum { MAX = 1 << 20 };

void ask(struct hadm_session *session, enum asked kind, size_t max) {
  enum hadm_frame_kind frame =
      kind == ASK_READING ? HADM_FRAME_INFO : (enum hadm_frame_kind)kind;
  hadm_session_init(session, HADM_ONCE, max, false);
  enum hadm_status status = hadm_session_ask(session, TEXT("first"), frame);
  if (status == HADM_OK && kind == ASK_READING)
    status = hadm_session_ask(session, TEXT("second"), HADM_FRAME_STAT);
  if (status != HADM_OK)
    session->status = status;
}

/* Is what is being read words instead of what was asked for? */
static bool in_words(const struct hadm_session *session) {
  return !session->frames[session->answered].shaped;
}

static bool ends_with_stream(enum asked kind) {
  return kind == ASK_TEXT || kind == ASK_LIST;
}

/* Feeds <text> in pieces of <first>, then of <rest> bytes. */
static void read_pieces(struct hadm_session *session, enum asked kind,
                        struct hadm_slice text, size_t first, size_t rest,
                        enum hadm_status expected) {
  enum hadm_status status = HADM_MORE;
  ask(session, kind, MAX);
  for (size_t at = 0; at < text.len && status == HADM_MORE;) {
    size_t len = at == 0 && first > 0 ? first : rest;
    if (len > text.len - at)
      len = text.len - at;
    status = hadm_session_feed(session, text.ptr + at, len);
    at += len;
    if (at < text.len && expected == HADM_OK)
      assert_int_equal(status, HADM_MORE);
  }
  if (status == HADM_MORE) {
    assert_true(expected != HADM_OK || ends_with_stream(kind) ||
                in_words(session));
    status = hadm_session_end(session);
  }
  assert_int_equal(status, expected);
  assert_int_equal(hadm_session_end(session), expected);
}

void read_every_way(struct hadm_session *session, enum asked kind,
                    struct hadm_slice text, enum hadm_status expected) {
  text = guarded(text);
  for (size_t cut = 1; cut < text.len; cut++) {
    read_pieces(session, kind, text, cut, text.len, expected);
    hadm_session_free(session);
  }
  read_pieces(session, kind, text, 0, 1, expected);
  hadm_session_free(session);
  read_pieces(session, kind, text, 0, text.len, expected);
}

enum hadm_status read_at_once(struct hadm_session *session, enum asked kind,
                              struct hadm_slice text) {
  ask(session, kind, MAX);
  enum hadm_status status = hadm_session_feed(session, text.ptr, text.len);
  return status == HADM_MORE ? hadm_session_end(session) : status;
}
