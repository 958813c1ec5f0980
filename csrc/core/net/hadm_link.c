#include "hadm_link.h"

#include "hadm_clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

void hadm_link_init(struct hadm_link *link) {
  *link = (struct hadm_link){.fd = -1};
}

void hadm_link_open(struct hadm_link *link, int fd) {
  *link = (struct hadm_link){.fd = fd, .pid = getpid()};
}

void hadm_link_close(struct hadm_link *link) {
  if (link->fd != -1)
    close(link->fd);
  link->fd = -1;
}

enum hadm_status hadm_link_usable(const struct hadm_link *link) {
  bool own = link->fd != -1 && link->pid == getpid();
  return own && !link->spoilt ? HADM_OK : HADM_E_CLOSED;
}

enum hadm_status hadm_link_status(int error) {
  switch (error) {
  case ENOENT:
  case ENOTDIR:
    return HADM_E_NOT_FOUND;
  case ECONNREFUSED:
  case ENETUNREACH:
  case EHOSTUNREACH:
    return HADM_E_REFUSED;
  case EACCES:
  case EPERM:
    return HADM_E_PERMISSION;
  case EPROTOTYPE:
    return HADM_E_FOREIGN;
  case ECONNRESET:
    return HADM_E_RESET;
  case EPIPE:
    return HADM_E_CLOSED;
  case ETIMEDOUT:
    return HADM_E_TIMEOUT;
  case ENOMEM:
    return HADM_E_NOMEM;
  default:
    return HADM_E_SYS;
  }
}

static bool is_not_now(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

static enum hadm_status receive(int fd, char *at, size_t len, int flags,
                                size_t *got) {
  ssize_t n;
  do
    n = recv(fd, at, len, MSG_DONTWAIT | flags);
  while (n == -1 && errno == EINTR);
  if (n == -1)
    return is_not_now(errno) ? HADM_MORE : hadm_link_status(errno);
  *got = (size_t)n;
  return n == 0 ? HADM_E_CLOSED : HADM_OK;
}

enum hadm_status hadm_link_receive(const struct hadm_link *link, char *at,
                                   size_t len, size_t *got) {
  return receive(link->fd, at, len, 0, got);
}

enum hadm_status hadm_link_idle(const struct hadm_link *link) {
  char byte;
  size_t got;
  enum hadm_status status = hadm_link_usable(link);
  if (status == HADM_OK)
    status = receive(link->fd, &byte, 1, MSG_PEEK, &got);
  if (status == HADM_MORE)
    return HADM_OK;
  return status == HADM_OK ? HADM_E_FOREIGN : status;
}

enum hadm_status hadm_link_send(const struct hadm_link *link, const char *bytes,
                                size_t len, size_t *sent) {
  ssize_t n;
  do
    n = send(link->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (n == -1 && errno == EINTR);
  if (n == -1)
    return is_not_now(errno) ? HADM_MORE : hadm_link_status(errno);
  *sent = (size_t)n;
  return HADM_OK;
}

void hadm_link_wait(const struct hadm_link *link, bool out, double deadline) {
  struct pollfd ready = {link->fd, out ? POLLOUT : POLLIN, 0};
  poll(&ready, 1, hadm_clock_milliseconds(deadline - hadm_now()));
}

bool hadm_link_has_peer(int fd) {
  struct sockaddr_storage address;
  socklen_t len = sizeof(address);
  return getpeername(fd, (struct sockaddr *)&address, &len) == 0;
}
