/* Two replies to `show info` and `show stat`, one behind the other, written as
 * Prometheus, JSON and CSV: whatever stands in them, what is written is
 * well-formed, and the same in small pieces. */
#include "../../csrc/core/exposition/hadm_document.h"
#include "../../csrc/core/exposition/hadm_exposition.h"
#include "../../csrc/core/wire/hadm_session.h"
#include "fuzz.h"

#include <string.h>

struct text {
  const char *p;
  const char *end;
};

static bool is_next(const struct text *text, char c) {
  return text->p < text->end && *text->p == c;
}

static void pass(struct text *text, char c) {
  must(is_next(text, c));
  text->p++;
}

static void pass_word(struct text *text, const char *word) {
  for (; *word != '\0'; word++)
    pass(text, *word);
}

/* Bytes that begin no character, or go on where none was begun. */
static void must_be_utf8(const struct hadm_buffer *buffer) {
  unsigned wanted = 0;
  for (size_t i = 0; i < buffer->len; i++) {
    unsigned char c = (unsigned char)buffer->data[i];
    if (wanted > 0) {
      must((c & 0xc0) == 0x80);
      wanted--;
    } else {
      must(c < 0x80 || (c >= 0xc2 && c <= 0xf4));
      wanted = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    }
  }
  must(wanted == 0);
}

/* Up to the quote that ends it; <escapes> may follow a backslash. */
static void pass_string(struct text *text, const char *escapes) {
  pass(text, '"');
  while (!is_next(text, '"')) {
    must(text->p < text->end && *text->p != '\n');
    if (*text->p++ == '\\') {
      must(text->p < text->end && *text->p != '\0');
      must(strchr(escapes, *text->p) != NULL);
      text->p++;
    }
  }
  pass(text, '"');
}

static void pass_number(struct text *text) {
  if (is_next(text, '-'))
    text->p++;
  must(text->p < text->end && hadm_is_digit(*text->p));
  while (text->p < text->end && (hadm_is_digit(*text->p) || *text->p == '.'))
    text->p++;
}

static void pass_name(struct text *text) {
  const char *start = text->p;
  while (text->p < text->end && (hadm_is_digit(*text->p) || *text->p == '_' ||
                                 (*text->p >= 'a' && *text->p <= 'z')))
    text->p++;
  must(text->p > start);
}

static void must_be_prometheus(const struct hadm_buffer *buffer) {
  struct text text = {buffer->data, buffer->data + buffer->len};
  while (text.p < text.end) {
    if (is_next(&text, '#')) {
      while (!is_next(&text, '\n'))
        text.p++;
      pass(&text, '\n');
      continue;
    }
    pass_name(&text);
    if (is_next(&text, '{')) {
      do {
        text.p++;
        pass_name(&text);
        pass(&text, '=');
        pass_string(&text, "n\\\"");
      } while (is_next(&text, ','));
      pass(&text, '}');
    }
    pass(&text, ' ');
    pass_number(&text);
    pass(&text, '\n');
  }
}

static void pass_json(struct text *text);

static void pass_list(struct text *text, char end, bool named) {
  text->p++;
  while (is_next(text, '\n'))
    text->p++;
  while (!is_next(text, end)) {
    if (named) {
      pass_string(text, "u\\\"");
      pass(text, ':');
    }
    pass_json(text);
    if (!is_next(text, ','))
      break;
    text->p++;
    while (is_next(text, '\n'))
      text->p++;
  }
  while (is_next(text, '\n'))
    text->p++;
  pass(text, end);
}

static void pass_json(struct text *text) {
  if (is_next(text, '['))
    pass_list(text, ']', false);
  else if (is_next(text, '{'))
    pass_list(text, '}', true);
  else if (is_next(text, '"'))
    pass_string(text, "u\\\"");
  else if (is_next(text, 'n'))
    pass_word(text, "null");
  else
    pass_number(text);
}

static void must_be_json(const struct hadm_buffer *buffer) {
  struct text text = {buffer->data, buffer->data + buffer->len};
  pass_json(&text);
  pass(&text, '\n');
  must(text.p == text.end);
}

static struct hadm_buffer exposed(struct hadm_snapshot *snapshot,
                                  enum hadm_view view, size_t size) {
  const struct hadm_exposition_options options = {
      .view = view,
      .modules = true,
      .kinds = HADM_OF_ROWS | HADM_OF(HADM_PROCESS)};
  struct hadm_exposition *exposition = hadm_exposition_new(snapshot, &options);
  struct hadm_buffer all = HADM_BUFFER_EMPTY;
  must(exposition != NULL);
  size_t end = size;
  while (hadm_exposition_next(exposition, &all, end) == HADM_MORE)
    end = all.len + size;
  hadm_exposition_free(exposition);
  return all;
}

static void look_at_exposition(struct hadm_snapshot *snapshot,
                               enum hadm_view view) {
  struct hadm_buffer all = exposed(snapshot, view, SIZE_MAX / 4);
  struct hadm_buffer parts = exposed(snapshot, view, 1);
  must(all.len == parts.len);
  must(all.len == 0 || memcmp(all.data, parts.data, all.len) == 0);
  if (all.len > 0) {
    must_be_utf8(&all);
    must_be_prometheus(&all);
  }
  hadm_buffer_free(&all);
  hadm_buffer_free(&parts);
}

static void look_at_document(struct hadm_snapshot *snapshot,
                             enum hadm_kind kind, enum hadm_view view,
                             enum hadm_document_form form) {
  const struct hadm_document_options options = {
      .kind = kind, .view = view, .form = form};
  struct hadm_document *document = hadm_document_new(snapshot, &options);
  struct hadm_buffer all = HADM_BUFFER_EMPTY;
  must(document != NULL);
  must(hadm_document_next(document, NULL, &all, SIZE_MAX) == HADM_OK);
  hadm_document_free(document);
  if (form != HADM_DOCUMENT_CSV) {
    must_be_utf8(&all);
    must_be_json(&all);
  }
  hadm_buffer_free(&all);
}

/* Reads both replies from the beginning of <text>; returns what is behind. */
static struct hadm_slice take(struct hadm_snapshot *snapshot, unsigned nb,
                              struct hadm_slice text) {
  struct hadm_session session;
  size_t len = text.len / (3 - nb);
  hadm_session_init(&session, HADM_ONCE, text.len + 1, false);
  must(hadm_session_ask(&session, HADM_LITERAL("show info"), HADM_FRAME_INFO) ==
       HADM_OK);
  must(hadm_session_ask(&session, HADM_LITERAL("show stat"), HADM_FRAME_STAT) ==
       HADM_OK);
  hadm_session_feed(&session, text.ptr, len);
  hadm_session_end(&session);
  struct hadm_reading *reading = hadm_session_reading(&session);
  if (reading != NULL)
    hadm_snapshot_take(snapshot, nb, nb, reading);
  hadm_session_free(&session);
  return hadm_slice_behind(text, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct hadm_slice text = {(const char *)data, size};
  struct hadm_snapshot *snapshot = hadm_snapshot_new(2);
  must(snapshot != NULL);
  text = take(snapshot, 1, text);
  take(snapshot, 2, text);
  const enum hadm_kind kinds[] = {HADM_PROCESS, HADM_FRONTEND, HADM_BACKEND,
                                  HADM_SERVER};
  /* One view and one form of each input: all of them would take too long. */
  const enum hadm_view views[] = {HADM_VIEW_TOTAL, HADM_VIEW_EACH,
                                  HADM_VIEW_PROCESS};
  const enum hadm_view view = views[size % (snapshot->taken > 0 ? 3 : 2)];
  look_at_exposition(snapshot, view);
  for (int kind = 0; kind < 4; kind++)
    look_at_document(snapshot, kinds[kind], view,
                     (enum hadm_document_form)(size / 3 % 3));
  hadm_snapshot_unref(snapshot);
  return 0;
}
