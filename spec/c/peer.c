#include "peer.h"

#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void set_address(struct peer *peer, const char *text) {
  const char *why;
  assert_int_equal(hadm_address_parse(&peer->address, text_of(text), &why),
                   HADM_OK);
}

void peer_listen(struct peer *peer, int backlog) {
  static int number;
  struct sockaddr_un un = {.sun_family = AF_UNIX};
  *peer = (struct peer){.answer = ""};
  snprintf(peer->path, sizeof(peer->path), "/tmp/hadm-peer-%ld-%d.sock",
           (long)getpid(), number++);
  strcpy(un.sun_path, peer->path);
  peer->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(
      bind(peer->listener, (const struct sockaddr *)&un, sizeof(un)), 0);
  assert_int_equal(listen(peer->listener, backlog), 0);
  set_address(peer, peer->path);
}

void peer_listen_tcp(struct peer *peer) {
  struct sockaddr_in in = {.sin_family = AF_INET};
  socklen_t len = sizeof(in);
  char text[64];
  *peer = (struct peer){.answer = ""};
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(
      bind(peer->listener, (const struct sockaddr *)&in, sizeof(in)), 0);
  assert_int_equal(listen(peer->listener, 5), 0);
  getsockname(peer->listener, (struct sockaddr *)&in, &len);
  snprintf(text, sizeof(text), "tcp@127.0.0.1:%d", ntohs(in.sin_port));
  set_address(peer, text);
}

static void pause_for(int milliseconds) { poll(NULL, 0, milliseconds); }

static int is_over(struct peer *peer) {
  return __atomic_load_n(&peer->stop, __ATOMIC_SEQ_CST);
}

/* Signals are the main thread's. */
static void *run(void *argument) {
  struct peer *peer = argument;
  struct pollfd ready = {peer->listener, POLLIN, 0};
  while (!is_over(peer))
    if (poll(&ready, 1, 10) == 1) {
      int fd = accept(peer->listener, NULL, NULL);
      peer->serve(peer, fd);
      close(fd);
      break;
    }
  return NULL;
}

void peer_start(struct peer *peer, void (*serve)(struct peer *, int)) {
  sigset_t all;
  sigset_t before;
  peer->serve = serve;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  assert_int_equal(pthread_create(&peer->thread, NULL, run, peer), 0);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void peer_stop(struct peer *peer) {
  __atomic_store_n(&peer->stop, 1, __ATOMIC_SEQ_CST);
  if (peer->serve != NULL)
    pthread_join(peer->thread, NULL);
  close(peer->listener);
  if (peer->path[0] != '\0')
    unlink(peer->path);
}

static void read_line(int fd) {
  char byte = 0;
  while (byte != '\n' && read(fd, &byte, 1) == 1)
    continue;
}

static int send_all(int fd, const char *bytes, size_t len) {
  while (len > 0) {
    ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
    if (n <= 0)
      return -1;
    bytes += n;
    len -= (size_t)n;
  }
  return 0;
}

/* Until the other end closes. */
static void drain(struct peer *peer, int fd) {
  char bytes[4096];
  struct pollfd ready = {fd, POLLIN, 0};
  while (!is_over(peer))
    if (poll(&ready, 1, 10) == 1 && read(fd, bytes, sizeof(bytes)) <= 0)
      break;
}

void peer_answer(struct peer *peer, int fd) {
  read_line(fd);
  send_all(fd, peer->answer, strlen(peer->answer));
}

void peer_drip(struct peer *peer, int fd) {
  read_line(fd);
  for (const char *p = peer->answer; *p != '\0'; p++) {
    send_all(fd, p, 1);
    pause_for(1);
  }
}

void peer_cut(struct peer *peer, int fd) {
  read_line(fd);
  send_all(fd, peer->answer, peer->at);
}

void peer_stall(struct peer *peer, int fd) {
  read_line(fd);
  send_all(fd, peer->answer, peer->at);
  drain(peer, fd);
}

static void send_without_end(struct peer *peer, int fd, int pause) {
  char bytes[8192];
  memset(bytes, 'a', sizeof(bytes));
  read_line(fd);
  while (!is_over(peer) && send_all(fd, bytes, sizeof(bytes)) == 0)
    if (pause > 0)
      pause_for(pause);
}

void peer_flood(struct peer *peer, int fd) { send_without_end(peer, fd, 0); }
void peer_stream(struct peer *peer, int fd) { send_without_end(peer, fd, 1); }

void peer_reset(struct peer *peer, int fd) {
  struct linger now = {1, 0};
  (void)peer;
  read_line(fd);
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

void peer_deaf(struct peer *peer, int fd) {
  char bytes[65536];
  shutdown(fd, SHUT_RD);
  while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
    continue;
  send_all(fd, peer->answer, strlen(peer->answer));
}

void peer_slow_reader(struct peer *peer, int fd) {
  char bytes[65536];
  ssize_t n;
  pause_for(50);
  do {
    n = read(fd, bytes, sizeof(bytes));
    pause_for(1);
  } while (n > 0 && bytes[n - 1] != '\n');
  send_all(fd, peer->answer, strlen(peer->answer));
}
