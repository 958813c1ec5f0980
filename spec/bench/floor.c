/* floor LINE SOCKET ...: sends the line to all sockets at once, reads what they
 * answer and discards it. Prints the bytes. Nothing that needs the answers can
 * be faster. */
#define _GNU_SOURCE

#include "farm_client.h"

int main(int argc, char **argv) {
  char line[256];
  if (argc < 3 || argc - 2 > MOST_SOCKETS)
    return 2;
  snprintf(line, sizeof(line), "%s\n", argv[1]);
  printf("%zu\n", exchange(argv + 2, argc - 2, line));
  return 0;
}
