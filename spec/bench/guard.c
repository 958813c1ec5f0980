/* guard WORK FILE: one piece of the core's work on a recorded reading, for
 * callgrind, which counts the instructions of guarded_work alone.
 *
 * Works: reference, a loop over the bytes that is compiled together with the
 * core and against which the others are held; session, a reading received piece
 * by piece; join, four readings made one snapshot; fields, one sum of each
 * object; agreed, one value of each on which the four agree.
 *
 * The libc's memory functions are not the ones that count: each machine has its
 * own. These stand in for them here. */
#include "../../csrc/core/base/hadm_word.h"
#include "../../csrc/core/data/hadm_snapshot.h"
#include "../../csrc/core/wire/hadm_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 16384, PROCESSES = 4 };

#define PLAIN __attribute__((noinline, used))

PLAIN void *memchr(const void *from, int byte, size_t len) {
  const char *p = from;
  for (; len >= HADM_WORD; p += HADM_WORD, len -= HADM_WORD) {
    uint64_t match = hadm_word_match(p, (char)byte);
    if (match != 0)
      return (void *)(uintptr_t)(p + hadm_word_nth(match, 0));
  }
  for (; len > 0; p++, len--)
    if (*p == (char)byte)
      return (void *)(uintptr_t)p;
  return NULL;
}

PLAIN int memcmp(const void *a, const void *b, size_t len) {
  const unsigned char *p = a;
  const unsigned char *q = b;
  for (; len > 0; p++, q++, len--)
    if (*p != *q)
      return *p < *q ? -1 : 1;
  return 0;
}

struct text {
  char *bytes;
  size_t len;
};

static volatile uint64_t result;

static void reference(struct text text) {
  uint64_t hash = 0;
#if defined(__clang__)
#pragma clang loop unroll(disable)
#endif
  for (size_t i = 0; i < text.len; i++)
    hash = (hash ^ (unsigned char)text.bytes[i]) * UINT64_C(0x100000001b3);
  result = hash;
}

/* The bytes stand in the buffer before they are said to have come: who copies
 * them there is none of the core's works. */
static void prepare(struct hadm_session *session, struct text text) {
  struct hadm_buffer *buffer = &session->reading.text;
  hadm_session_init(session, HADM_ONCE, SIZE_MAX, false);
  if (hadm_session_ask(session, HADM_LITERAL("show info"), HADM_FRAME_INFO) !=
          HADM_OK ||
      hadm_session_ask(session, HADM_LITERAL("show stat"), HADM_FRAME_STAT) !=
          HADM_OK ||
      hadm_buffer_append(buffer, text.bytes, text.len) != HADM_OK)
    exit(1);
  buffer->len = 0;
}

static void receive(struct hadm_session *session, struct text text) {
  for (size_t at = 0; at < text.len; at += PIECE)
    hadm_session_commit(session, text.len - at < PIECE ? text.len - at : PIECE);
  if (session->status != HADM_OK)
    exit(1);
}

static struct hadm_session sessions[PROCESSES];
static struct hadm_snapshot *snapshot;

static void receive_all(struct text text) {
  for (int i = 0; i < PROCESSES; i++) {
    prepare(&sessions[i], text);
    receive(&sessions[i], text);
  }
}

static void join(struct text text) {
  (void)text;
  for (unsigned i = 0; i < PROCESSES; i++)
    if (hadm_snapshot_take(snapshot, i, i, &sessions[i].reading) != HADM_OK)
      exit(1);
}

static void fields(struct text text) {
  const struct hadm_metric *metric =
      hadm_metric_find(HADM_LITERAL("stot"), HADM_OF(HADM_SERVER));
  struct hadm_total total;
  uint64_t sum = 0;
  (void)text;
  for (uint32_t i = 0; i < snapshot->count; i++) {
    hadm_snapshot_total(snapshot, i, metric, HADM_RULE_SUM, &total);
    sum += (uint64_t)hadm_total_result(&total);
  }
  result = sum;
}

static void agreed(struct text text) {
  const struct hadm_metric *metric =
      hadm_metric_find(HADM_LITERAL("status"), HADM_OF(HADM_SERVER));
  struct hadm_field value;
  (void)text;
  for (uint32_t i = 0; i < snapshot->count; i++)
    if (hadm_snapshot_agreed(snapshot, i, metric, HADM_RULE_SAME, &value) ==
        HADM_OK)
      result += value.text.len;
}

static void session(struct text text) { receive(&sessions[0], text); }

PLAIN void guarded_work(void (*work)(struct text), struct text text);

PLAIN void guarded_work(void (*work)(struct text), struct text text) {
  work(text);
}

static struct text read_file(const char *path) {
  struct text text = {NULL, 0};
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0)
    exit(1);
  text.len = (size_t)ftell(file);
  rewind(file);
  text.bytes = malloc(text.len);
  if (text.bytes == NULL || fread(text.bytes, 1, text.len, file) != text.len)
    exit(1);
  fclose(file);
  return text;
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  struct text text = read_file(argv[2]);
  snapshot = hadm_snapshot_new(PROCESSES);
  if (snapshot == NULL)
    return 1;
  if (strcmp(argv[1], "reference") == 0) {
    guarded_work(reference, text);
  } else if (strcmp(argv[1], "session") == 0) {
    prepare(&sessions[0], text);
    guarded_work(session, text);
  } else if (strcmp(argv[1], "join") == 0) {
    receive_all(text);
    guarded_work(join, text);
  } else if (strcmp(argv[1], "fields") == 0) {
    receive_all(text);
    join(text);
    guarded_work(fields, text);
  } else if (strcmp(argv[1], "agreed") == 0) {
    receive_all(text);
    join(text);
    guarded_work(agreed, text);
  } else {
    return 2;
  }
  printf("%llu\n", (unsigned long long)result);
  for (int i = 0; i < PROCESSES; i++)
    hadm_session_free(&sessions[i]);
  hadm_snapshot_unref(snapshot);
  free(text.bytes);
  return 0;
}
