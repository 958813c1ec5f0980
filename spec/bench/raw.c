/* raw COUNT LINE SOCKET ...: sends the line to all sockets at once and reads
 * the replies to their end, COUNT times. Prints the seconds that one round
 * took: what any client that opens a connection for each question must pay. */
#define _GNU_SOURCE

#include "farm_client.h"

#include <time.h>

static double now(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  char line[256];
  if (argc < 4 || argc - 3 > MOST_SOCKETS)
    return 2;
  int count = atoi(argv[1]);
  snprintf(line, sizeof(line), "%s\n", argv[2]);
  double start = now();
  for (int i = 0; i < count; i++)
    if (exchange(argv + 3, argc - 3, line) == 0)
      return 1;
  printf("%.9f\n", (now() - start) / count);
  return 0;
}
