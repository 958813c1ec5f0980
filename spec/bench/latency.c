/* latency SOCKETS PROGRAM ARGUMENT ...: runs the program, and meanwhile sends
 * requests to the frontends on these sockets (with commas between them), each
 * in its turn, on connections that are kept, a millisecond apart. Prints the
 * seconds that the program took, those in which half and 99 of 100 requests
 * were answered, the longest, and how many there were. */
#define _GNU_SOURCE

#include "farm_client.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>

enum { MOST_REQUESTS = 1 << 20 };

static double taken[MOST_REQUESTS];

static double now(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static const char REQUEST[] = "GET /x HTTP/1.1\r\nhost: x\r\n\r\n";

static double request(int fd) {
  double start = now();
  size_t len = 0;
  if (write(fd, REQUEST, sizeof(REQUEST) - 1) != (ssize_t)sizeof(REQUEST) - 1)
    die("write");
  while (len < 4 || memcmp(part + len - 4, "\r\n\r\n", 4) != 0) {
    ssize_t n = read(fd, part + len, PART - len);
    if (n <= 0)
      die("read");
    len += (size_t)n;
  }
  if (memcmp(part, "HTTP/1.1 200", 12) != 0)
    die("no answer");
  return now() - start;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a;
  double y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  int fds[MOST_SOCKETS];
  int sockets = 0;
  int count = 0;
  int status = 0;
  if (argc < 3)
    return 2;
  for (char *path = strtok(argv[1], ","); path != NULL;
       path = strtok(NULL, ",")) {
    if (sockets == MOST_SOCKETS)
      return 2;
    fds[sockets++] = ask(path, REQUEST);
    if (read(fds[sockets - 1], part, PART) <= 0)
      die("read");
  }
  double start = now();
  pid_t pid = fork();
  if (pid == 0) {
    int null = open("/dev/null", O_WRONLY);
    if (null != -1)
      dup2(null, STDOUT_FILENO);
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (count == MOST_REQUESTS)
      return 1;
    taken[count] = request(fds[count % sockets]);
    count++;
    usleep(1000);
  }
  double wall = now() - start;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || count == 0)
    return 1;
  qsort(taken, (size_t)count, sizeof(taken[0]), compare);
  printf("%.6f %.9f %.9f %.9f %d\n", wall, taken[count / 2],
         taken[(size_t)count * 99 / 100], taken[count - 1], count);
  return 0;
}
