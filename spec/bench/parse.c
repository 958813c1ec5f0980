/* parse FILE: how fast a `show stat` that is in memory is indexed, in bytes a
 * second, beside what the memory itself allows: prints the rate of
 * hadm_table_feed, that of memcpy and that of reading every byte (memchr for
 * one that does not occur). Each is the best of several rounds. */
#define _GNU_SOURCE

#include "../../csrc/core/data/hadm_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 7, PIECE = 65536 };

static double now(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static char *read_file(const char *path, size_t *len) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0)
    exit(1);
  *len = (size_t)ftell(file);
  rewind(file);
  char *text = malloc(*len);
  if (text == NULL || fread(text, 1, *len, file) != *len)
    exit(1);
  fclose(file);
  return text;
}

/* As it arrives: piece by piece. */
static void index_text(const char *text, size_t len) {
  struct hadm_table table;
  enum hadm_status status = HADM_MORE;
  hadm_table_init(&table, 0);
  for (size_t at = 0; at < len && status == HADM_MORE;) {
    at = len - at < PIECE ? len : at + PIECE;
    status = hadm_table_feed(&table, (struct hadm_slice){text, at});
  }
  if (status != HADM_OK || table.count == 0)
    exit(1);
  hadm_table_free(&table);
}

static char *copy;

static void copy_text(const char *text, size_t len) { memcpy(copy, text, len); }

static void read_text(const char *text, size_t len) {
  if (memchr(text, 1, len) != NULL)
    exit(1);
}

static double best(void (*work)(const char *, size_t), const char *text,
                   size_t len) {
  double shortest = 1e9;
  for (int i = 0; i < ROUNDS; i++) {
    double start = now();
    work(text, len);
    double seconds = now() - start;
    if (seconds < shortest)
      shortest = seconds;
  }
  return (double)len / shortest;
}

int main(int argc, char **argv) {
  size_t len;
  if (argc != 2)
    return 2;
  char *text = read_file(argv[1], &len);
  copy = malloc(len);
  if (copy == NULL)
    return 1;
  double indexed = best(index_text, text, len);
  double copied = best(copy_text, text, len);
  printf("%zu %.0f %.0f %.0f\n", len, indexed, copied + (double)copy[len - 1],
         best(read_text, text, len));
  free(copy);
  free(text);
  return 0;
}
