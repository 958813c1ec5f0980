/* What the two programs that stand for HAProxy's own speed have in common:
 * all sockets at once, nothing kept, no check of what arrives. */
#ifndef FARM_CLIENT_H
#define FARM_CLIENT_H

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST_SOCKETS = 64, PART = 262144 };

static char part[PART];

static void die(const char *what) {
  perror(what);
  exit(1);
}

/* Connects to a stats socket and sends the line. */
static int ask(const char *path, const char *line) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t len = strlen(line);
  if (strlen(path) >= sizeof(address.sun_path))
    die("path");
  memcpy(address.sun_path, path, strlen(path));
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd == -1 ||
      connect(fd, (const struct sockaddr *)&address, sizeof(address)) == -1)
    die(path);
  if (write(fd, line, len) != (ssize_t)len)
    die("write");
  return fd;
}

/* Asks all sockets and reads until each is closed; returns the bytes. */
static inline size_t exchange(char **paths, int count, const char *line) {
  struct pollfd polled[MOST_SOCKETS];
  size_t bytes = 0;
  int left = count;
  for (int i = 0; i < count; i++)
    polled[i] = (struct pollfd){ask(paths[i], line), POLLIN, 0};
  while (left > 0) {
    if (poll(polled, (nfds_t)count, -1) == -1 && errno != EINTR)
      die("poll");
    for (int i = 0; i < count; i++) {
      if (polled[i].revents == 0)
        continue;
      ssize_t n = read(polled[i].fd, part, PART);
      if (n == -1)
        die("read");
      bytes += (size_t)n;
      if (n > 0)
        continue;
      close(polled[i].fd);
      polled[i].fd = -1; /* poll passes it over */
      polled[i].revents = 0;
      left--;
    }
  }
  return bytes;
}

#endif
