#include "cli.h"

#include <string.h>

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static bool end_word(struct cli *cli, const char *begin, const char *to,
                     bool bare) {
  if (cli->count == CLI_WORDS)
    return false;
  /* Only a word without a backslash announces a payload. */
  cli->payload = bare && to - begin >= 2 && memcmp(to - 2, "<<", 2) == 0;
  cli->words[cli->count] = begin;
  cli->lens[cli->count++] = (size_t)(to - begin);
  return true;
}

bool cli_read(struct cli *cli, const char *line, size_t len) {
  const char *end = line + len;
  char *to = cli->bytes;
  cli->commands = cli->count = 0;
  cli->payload = false;
  if (len == 0 || len >= CLI_LINE || end[-1] != '\n' ||
      memchr(line, '\0', len) != NULL || memchr(line, '\r', len) != NULL)
    return false;
  for (const char *p = line; p < end; p++) {
    cli->commands++;
    while (*p != ';' && *p != '\n') {
      if (is_blank(*p)) {
        p++;
        continue;
      }
      const char *begin = to;
      bool bare = true;
      while (*p != ';' && *p != '\n' && !is_blank(*p)) {
        if (*p == '\\') {
          bare = false;
          if (*++p == '\n')
            return false;
        }
        *to++ = *p++;
      }
      if (cli->commands == 1 && !end_word(cli, begin, to, bare))
        return false;
    }
  }
  return true;
}
