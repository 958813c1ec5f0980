/* A model of how HAProxy reads a line of its command line interface, made
 * from its management guide and independent of the encoder: commands end at
 * ';' or LF, words at blanks, and a backslash takes the next character as it
 * is. */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>

enum { CLI_WORDS = 64, CLI_LINE = 16384 };

struct cli {
  size_t commands; /* that the bytes hold */
  bool payload;    /* the first one announces one */
  size_t count;    /* words of the first command */
  const char *words[CLI_WORDS];
  size_t lens[CLI_WORDS];
  char bytes[CLI_LINE];
};

/* Reads <len> bytes, which are the whole of what is sent. Returns false when
 * HAProxy would refuse them or wait for more: no line end, a NUL, a line or a
 * number of words that is too large. */
bool cli_read(struct cli *cli, const char *line, size_t len);

#endif
