/* fill MAP FILE BYTES SOCKET ...: makes the lines of FILE the entries of MAP in
 * all processes at once: a new version, payloads of at most BYTES, the commit.
 * One payload is under way to each process, as HAProxy has one buffer for it.
 * Nothing that replaces a map's entries by the same payloads can be faster. */
#define _GNU_SOURCE

#include "farm_client.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

struct process {
  int fd;
  char head[512]; /* the command before each payload */
  size_t done;    /* bytes of the file that it has */
  struct iovec parts[3];
  int first; /* of the parts that are not sent yet */
};

static const char *file;
static size_t size;
static size_t most;

/* Reads up to a prompt behind an empty line, and keeps the answer in <part>. */
static void await(int fd) {
  size_t len = 0;
  while (len < 3 || memcmp(part + len - 3, "\n> ", 3) != 0) {
    ssize_t n = read(fd, part + len, PART - 1 - len);
    if (n <= 0)
      die("read");
    len += (size_t)n;
  }
  part[len] = '\0';
}

static void command(int fd, const char *line) {
  size_t len = strlen(line);
  if (write(fd, line, len) != (ssize_t)len)
    die("write");
}

static void begin(struct process *process, const char *socket,
                  const char *map) {
  char line[512];
  unsigned version;
  process->fd = ask(socket, "prompt\n");
  await(process->fd);
  snprintf(line, sizeof(line), "prepare map %s\n", map);
  command(process->fd, line);
  await(process->fd);
  if (sscanf(part, "New version created: %u", &version) != 1)
    die(part);
  snprintf(process->head, sizeof(process->head), "add map @%u %s <<\n", version,
           map);
  if (fcntl(process->fd, F_SETFL, O_NONBLOCK) == -1)
    die("fcntl");
}

/* The next whole lines that fit. Returns 0 at the end. */
static int take(struct process *process) {
  static char end[] = "\n";
  size_t head = strlen(process->head);
  size_t len = size - process->done;
  if (len == 0)
    return 0;
  if (len > most - head - 1) {
    len = most - head - 1;
    const char *from = file + process->done;
    const char *lf = memrchr(from, '\n', len);
    len = lf == NULL ? len : (size_t)(lf + 1 - from);
  }
  process->parts[0] = (struct iovec){process->head, head};
  process->parts[1] = (struct iovec){(char *)file + process->done, len};
  process->parts[2] = (struct iovec){end, 1};
  process->first = 0;
  process->done += len;
  return 1;
}

/* Sends on. Returns whether all is sent. */
static int send_on(struct process *process) {
  while (process->first < 3) {
    ssize_t n = writev(process->fd, process->parts + process->first,
                       3 - process->first);
    if (n == -1 && errno == EAGAIN)
      return 0;
    if (n == -1)
      die("write");
    size_t left = (size_t)n;
    while (process->first < 3 && left >= process->parts[process->first].iov_len)
      left -= process->parts[process->first++].iov_len;
    if (left > 0) {
      struct iovec *rest = &process->parts[process->first];
      rest->iov_base = (char *)rest->iov_base + left;
      rest->iov_len -= left;
    }
  }
  return 1;
}

/* The answer to a payload is a prompt, and before it "+ " for each part of the
 * payload that came; anything else is a refusal. */
static int is_answered(int fd) {
  ssize_t n = read(fd, part, PART - 1);
  if (n == -1 && errno == EAGAIN)
    return 0;
  if (n <= 0)
    die("read");
  part[n] = '\0';
  if (strspn(part, "+ \n>") != (size_t)n)
    die(part);
  return memchr(part, '>', (size_t)n) != NULL;
}

static void fill(struct process *processes, int count) {
  struct pollfd polled[MOST_SOCKETS];
  int left = 0;
  for (int i = 0; i < count; i++) {
    int busy = take(&processes[i]);
    polled[i] = (struct pollfd){busy ? processes[i].fd : -1, POLLOUT, 0};
    left += busy;
  }
  while (left > 0) {
    if (poll(polled, (nfds_t)count, -1) == -1 && errno != EINTR)
      die("poll");
    for (int i = 0; i < count; i++) {
      struct process *process = &processes[i];
      if (polled[i].fd == -1 || polled[i].revents == 0)
        continue;
      if (polled[i].events == POLLIN && is_answered(process->fd)) {
        polled[i].events = POLLOUT;
        if (!take(process)) {
          polled[i].fd = -1;
          left--;
          continue;
        }
      }
      if (polled[i].events == POLLOUT && send_on(process))
        polled[i].events = POLLIN;
    }
  }
}

static void commit(struct process *processes, int count, const char *map) {
  char line[512];
  for (int i = 0; i < count; i++) {
    unsigned version = 0;
    sscanf(processes[i].head, "add map @%u", &version);
    snprintf(line, sizeof(line), "commit map @%u %s\n", version, map);
    command(processes[i].fd, line);
  }
  for (int i = 0; i < count; i++) {
    if (fcntl(processes[i].fd, F_SETFL, 0) == -1)
      die("fcntl");
    await(processes[i].fd);
  }
}

int main(int argc, char **argv) {
  static struct process processes[MOST_SOCKETS];
  struct stat st;
  int count = argc - 4;
  if (count < 1 || count > MOST_SOCKETS)
    return 2;
  int fd = open(argv[2], O_RDONLY);
  if (fd == -1 || fstat(fd, &st) == -1)
    die(argv[2]);
  size = (size_t)st.st_size;
  file = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (file == MAP_FAILED)
    die("mmap");
  most = (size_t)atol(argv[3]);
  for (int i = 0; i < count; i++)
    begin(&processes[i], argv[4 + i], argv[1]);
  fill(processes, count);
  commit(processes, count, argv[1]);
  return 0;
}
