/* Sessions of every mode and frame: in whatever pieces the bytes arrive, they
 * say the same. */
#include "../../csrc/core/wire/hadm_session.h"
#include "fuzz.h"

enum { MAX = 1 << 16, MOST = 3 };

/* What is asked: frames, of which the last one may not be the last. */
static const struct plan {
  enum hadm_mode mode;
  bool fresh;
  size_t count;
  enum hadm_frame_kind kinds[MOST];
  bool through; /* a master, to its worker 7 */
} plans[] = {
    {HADM_ONCE, false, 1, {HADM_FRAME_TEXT}},
    {HADM_ONCE, false, 1, {HADM_FRAME_LIST}},
    {HADM_ONCE, false, 1, {HADM_FRAME_INFO}},
    {HADM_ONCE, false, 1, {HADM_FRAME_STAT}},
    {HADM_ONCE, false, 2, {HADM_FRAME_INFO, HADM_FRAME_STAT}},
    {HADM_ONCE, false, 2, {HADM_FRAME_TEXT, HADM_FRAME_TEXT}},
    {HADM_ONCE, false, 2, {HADM_FRAME_STAT, HADM_FRAME_LIST}},
    {HADM_PROMPT, true, 2, {HADM_FRAME_INFO, HADM_FRAME_STAT}},
    {HADM_PROMPT,
     false,
     3,
     {HADM_FRAME_TEXT, HADM_FRAME_STAT, HADM_FRAME_TEXT}},
    {HADM_MASTER, true, 2, {HADM_FRAME_INFO, HADM_FRAME_TEXT}},
    {HADM_MASTER, false, 2, {HADM_FRAME_STAT, HADM_FRAME_TEXT}},
    {HADM_ONCE, false, 0, {HADM_FRAME_TEXT}, true},
    {HADM_ONCE, false, 1, {HADM_FRAME_TEXT}, true},
    {HADM_ONCE, false, 1, {HADM_FRAME_LIST}, true},
    {HADM_ONCE, false, 2, {HADM_FRAME_INFO, HADM_FRAME_STAT}, true},
};

static void read_pieces(struct hadm_session *session, const struct plan *plan,
                        struct hadm_slice text, uint32_t *state,
                        size_t largest) {
  hadm_session_init(session, plan->mode, MAX, plan->fresh);
  if (plan->through)
    must(hadm_session_through(session, plan->count > 0 ? 7 : 0) == HADM_OK);
  for (size_t i = 0; i < plan->count; i++)
    must(hadm_session_ask(session, HADM_LITERAL("command"), plan->kinds[i]) ==
         HADM_OK);
  for (size_t at = 0; at < text.len;) {
    size_t len = 1 + next_number(state) % largest;
    if (len > text.len - at)
      len = text.len - at;
    if (hadm_session_feed(session, text.ptr + at, len) != HADM_MORE)
      break;
    at += len;
  }
  must(hadm_session_end(session) != HADM_MORE);
}

static void look_at_table(const struct hadm_session *session) {
  const struct hadm_table *table = &session->reading.table;
  struct hadm_slice text = {session->reading.text.data,
                            session->reading.text.len};
  for (size_t row = 0; row < table->count; row++) {
    bool quotes;
    struct hadm_slice line = hadm_table_row(table, text, row, &quotes);
    must(hadm_csv_count(line, quotes) >= table->columns);
    must(line.ptr >= text.ptr && line.ptr + line.len < text.ptr + text.len);
    must(line.ptr[line.len] == '\n');
  }
}

static void compare(const struct hadm_session *a,
                    const struct hadm_session *b) {
  /* Bytes behind the end are seen only when they come along with it. */
  bool behind = a->status == HADM_E_FOREIGN || b->status == HADM_E_FOREIGN;
  if (behind) {
    must(a->status == HADM_OK || a->status == HADM_E_FOREIGN);
    must(b->status == HADM_OK || b->status == HADM_E_FOREIGN);
    return;
  }
  must(a->status == b->status);
  must(a->answered == b->answered);
  must(hadm_slice_equal(hadm_session_lead(a), hadm_session_lead(b)));
  for (size_t i = 0; i < hadm_session_count(a); i++) {
    must(hadm_session_shaped(a, i) == hadm_session_shaped(b, i));
    must(hadm_slice_equal(hadm_session_text(a, i), hadm_session_text(b, i)));
  }
  must(a->reading.info_len == b->reading.info_len);
  if (a->status == HADM_OK)
    must(a->reading.table.count == b->reading.table.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct hadm_slice text = {(const char *)data, size};
  uint32_t state = (uint32_t)size;
  if (size > MAX)
    return 0;
  for (size_t i = 0; i < size; i++)
    state = state * 31 + data[i];
  for (size_t p = 0; p < sizeof(plans) / sizeof(plans[0]); p++) {
    const size_t largest[] = {1, 100};
    struct hadm_session whole;
    read_pieces(&whole, &plans[p], text, &state, MAX);
    if (hadm_session_reading(&whole) != NULL)
      look_at_table(&whole);
    for (size_t i = 0; i < sizeof(largest) / sizeof(largest[0]); i++) {
      struct hadm_session session;
      read_pieces(&session, &plans[p], text, &state, largest[i]);
      compare(&whole, &session);
      hadm_session_free(&session);
    }
    hadm_session_free(&whole);
  }
  return 0;
}
