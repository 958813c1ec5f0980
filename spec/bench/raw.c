/* raw [-k] COUNT LINES SOCKET ...: sends the line to all sockets at once and
 * reads the replies to their end, COUNT times; of several lines, with line ends
 * between them, each in its turn. Prints the seconds that one round took: what
 * any client must pay that opens a connection for each question or, with -k,
 * that keeps one open to each process. Without -k there is an empty line
 * between them, so that one may be several. */
#define _GNU_SOURCE

#include "farm_client.h"

#include <time.h>

static double now(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* HAProxy's prompt, which ends each reply on a connection that is kept. */
static int is_whole(ssize_t len) {
  return len >= 2 && part[len - 2] == '>' && part[len - 1] == ' ';
}

static void read_reply(int fd) {
  ssize_t n;
  do {
    n = read(fd, part, PART);
    if (n <= 0)
      die("read");
  } while (!is_whole(n));
}

/* The next of the lines, of which <next> is the rest; with its line end. */
static const char *next_line(const char *lines, const char **next,
                             const char *between) {
  static char line[16384];
  if (**next == '\0')
    *next = lines;
  const char *end = strstr(*next, between);
  size_t len = end != NULL ? (size_t)(end - *next) : strlen(*next);
  if (len + 2 > sizeof(line))
    die("line");
  memcpy(line, *next, len);
  strcpy(line + len, "\n");
  *next += end != NULL ? len + strlen(between) : len;
  return line;
}

static void keep(int count, const char *lines, char **paths, int sockets) {
  int fds[MOST_SOCKETS];
  for (int i = 0; i < sockets; i++) {
    fds[i] = ask(paths[i], "prompt\n");
    read_reply(fds[i]);
  }
  const char *next = lines;
  double start = now();
  for (int k = 0; k < count; k++) {
    const char *line = next_line(lines, &next, "\n");
    for (int i = 0; i < sockets; i++)
      if (write(fds[i], line, strlen(line)) != (ssize_t)strlen(line))
        die("write");
    for (int i = 0; i < sockets; i++)
      read_reply(fds[i]);
  }
  printf("%.9f\n", (now() - start) / count);
}

int main(int argc, char **argv) {
  int kept = argc > 1 && strcmp(argv[1], "-k") == 0;
  argv += kept;
  argc -= kept;
  if (argc < 4 || argc - 3 > MOST_SOCKETS)
    return 2;
  int count = atoi(argv[1]);
  const char *next = argv[2];
  if (kept) {
    keep(count, argv[2], argv + 3, argc - 3);
    return 0;
  }
  double start = now();
  for (int i = 0; i < count; i++)
    if (exchange(argv + 3, argc - 3, next_line(argv[2], &next, "\n\n")) == 0)
      return 1;
  printf("%.9f\n", (now() - start) / count);
  return 0;
}
