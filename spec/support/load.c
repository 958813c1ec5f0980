/* load RATE SECONDS SOCKET ...: sends so many HTTP requests a second over unix
 * sockets, until SIGTERM or the time is over, and counts the answers. Half of
 * its connections are kept, the other half made anew for each request; every
 * tenth request asks for /slow, and each wants a server of its own by a cookie,
 * place=a1 to a10, where the configuration knows that. Prints what became of
 * them. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LANES = 256, ANSWER = 4096 };

/* A place for one request at a time. */
struct lane {
  int fd; /* -1: no connection */
  bool kept;
  bool busy;
  char answer[ANSWER];
  size_t got;
};

static struct lane lanes[LANES];
static char **sockets;
static int socket_count;
static unsigned long sent, good, failed, late;
static char last_failure[128] = "none";
static volatile sig_atomic_t over;

static void stop(int signal) {
  (void)signal;
  over = 1;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void hang_up(struct lane *lane) {
  if (lane->fd != -1)
    close(lane->fd);
  lane->fd = -1;
}

static void fail(struct lane *lane, const char *what) {
  failed++;
  snprintf(last_failure, sizeof(last_failure), "%.60s", what);
  for (char *at = last_failure; *at != '\0'; at++)
    if (*at == '\r' || *at == '\n')
      *at = ' ';
  lane->busy = false;
  hang_up(lane);
}

static bool dial(struct lane *lane, const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof(address.sun_path))
    return false;
  memcpy(address.sun_path, path, strlen(path));
  lane->fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (lane->fd == -1)
    return false;
  return connect(lane->fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static void ask(struct lane *lane, unsigned long number) {
  char request[128];
  int length =
      snprintf(request, sizeof(request),
               "GET /%s HTTP/1.1\r\nHost: load\r\nCookie: place=a%lu\r\n%s\r\n",
               number % 10 == 9 ? "slow" : "", number / 7 % 10 + 1,
               lane->kept ? "" : "Connection: close\r\n");
  sent++;
  lane->busy = true;
  lane->got = 0;
  if (lane->fd == -1 && !dial(lane, sockets[number % (unsigned)socket_count]))
    fail(lane, strerror(errno));
  else if (write(lane->fd, request, (size_t)length) != length)
    fail(lane, "the request could not be sent");
}

/* Is the answer whole? Its body has the length that its header says. */
static bool is_whole(const struct lane *lane) {
  const char *end = strstr(lane->answer, "\r\n\r\n");
  const char *length = strstr(lane->answer, "ontent-length: ");
  if (length == NULL)
    length = strstr(lane->answer, "ontent-Length: ");
  if (end == NULL || length == NULL || length > end)
    return false;
  unsigned long body = strtoul(strchr(length, ' '), NULL, 10);
  return lane->got >= (size_t)(end + 4 - lane->answer) + body;
}

static void receive(struct lane *lane) {
  ssize_t count =
      read(lane->fd, lane->answer + lane->got, ANSWER - 1 - lane->got);
  if (count <= 0) {
    if (lane->busy)
      fail(lane, count == 0 ? "closed without an answer" : strerror(errno));
    else
      hang_up(lane);
    return;
  }
  lane->got += (size_t)count;
  lane->answer[lane->got] = '\0';
  if (!is_whole(lane))
    return;
  if (strncmp(lane->answer, "HTTP/1.1 200 ", 13) != 0) {
    fail(lane, lane->answer);
    return;
  }
  good++;
  lane->busy = false;
  if (!lane->kept)
    hang_up(lane);
}

static void receive_all(int wait) {
  struct pollfd polled[LANES];
  struct lane *of[LANES];
  nfds_t count = 0;
  for (int i = 0; i < LANES; i++) {
    if (lanes[i].fd == -1)
      continue;
    polled[count].fd = lanes[i].fd;
    polled[count].events = POLLIN;
    polled[count].revents = 0;
    of[count++] = &lanes[i];
  }
  if (poll(polled, count, wait) <= 0)
    return;
  for (nfds_t i = 0; i < count; i++)
    if (polled[i].revents != 0)
      receive(of[i]);
}

static struct lane *idle_lane(unsigned long number) {
  for (unsigned long i = 0; i < LANES; i++) {
    struct lane *lane = &lanes[(number + i) % LANES];
    if (!lane->busy && lane->kept == (number % 2 == 0))
      return lane;
  }
  return NULL;
}

static bool is_waiting(void) {
  for (int i = 0; i < LANES; i++)
    if (lanes[i].busy)
      return true;
  return false;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: load RATE SECONDS SOCKET ...\n");
    return 2;
  }
  double rate = strtod(argv[1], NULL), seconds = strtod(argv[2], NULL);
  sockets = argv + 3;
  socket_count = argc - 3;
  struct sigaction action = {.sa_handler = stop};
  sigaction(SIGTERM, &action, NULL);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, NULL);
  for (int i = 0; i < LANES; i++) {
    lanes[i].fd = -1;
    lanes[i].kept = i % 2 == 0;
  }
  double start = now();
  unsigned long number = 0;
  while (!over && now() < start + seconds) {
    /* What is due by now, as far as there are places. */
    while ((double)number < (now() - start) * rate) {
      struct lane *lane = idle_lane(number);
      if (lane == NULL)
        late++;
      else
        ask(lane, number);
      number++;
    }
    receive_all(1);
  }
  double took = now() - start;
  while (is_waiting() && now() < start + took + 10)
    receive_all(10);
  for (int i = 0; i < LANES; i++)
    if (lanes[i].busy)
      fail(&lanes[i], "no answer");
  printf("seconds=%.3f sent=%lu ok=%lu failed=%lu late=%lu last_failure=%s\n",
         took, sent, good, failed, late, last_failure);
  return 0;
}
