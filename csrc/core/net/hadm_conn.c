/* For SOCK_CLOEXEC and SOCK_NONBLOCK. */
#define _GNU_SOURCE

#include "hadm_conn.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* poll(2) does not report when a unix socket's backlog has room again. */
static const double BACKLOG_PAUSE = 0.01;

/* A peer that sends faster than it is read must not keep others, or the
 * deadline, waiting: one recv(2) goes on for as long as there is room. */
enum { READS_PER_STEP = 16, READ_SIZE = 262144 };

static void close_fd(struct hadm_conn *conn) {
  if (conn->fd != -1)
    close(conn->fd);
  conn->fd = -1;
}

static enum hadm_status finish(struct hadm_conn *conn,
                               enum hadm_status status) {
  close_fd(conn);
  hadm_resolve_free(conn->resolve);
  conn->resolve = NULL;
  conn->state = HADM_CONN_DONE;
  conn->status = status;
  return status;
}

static enum hadm_status fail_sys(struct hadm_conn *conn, int error) {
  conn->sys = error;
  switch (error) {
  case ENOENT:
  case ENOTDIR:
    return finish(conn, HADM_E_NOT_FOUND);
  case ECONNREFUSED:
  case ENETUNREACH:
  case EHOSTUNREACH:
    return finish(conn, HADM_E_REFUSED);
  case EACCES:
  case EPERM:
    return finish(conn, HADM_E_PERMISSION);
  case EPROTOTYPE:
    return finish(conn, HADM_E_FOREIGN);
  case ECONNRESET:
  case EPIPE:
    return finish(conn, HADM_E_RESET);
  case ETIMEDOUT:
    return finish(conn, HADM_E_TIMEOUT);
  case ENOMEM:
    return finish(conn, HADM_E_NOMEM);
  default:
    return finish(conn, HADM_E_SYS);
  }
}

void hadm_conn_init(struct hadm_conn *conn, const struct hadm_address *address,
                    struct hadm_slice line, struct hadm_session *session) {
  *conn = (struct hadm_conn){.state = HADM_CONN_CONNECT,
                             .status = HADM_MORE,
                             .fd = -1,
                             .endpoint_count = 1,
                             .line = line,
                             .session = session};
  if (address->kind != HADM_ADDRESS_TCP || address->numeric) {
    hadm_endpoint_of(address, &conn->endpoints[0]);
    return;
  }
  conn->resolve = hadm_resolve_start(address);
  if (conn->resolve == NULL)
    fail_sys(conn, errno);
  else
    conn->state = HADM_CONN_RESOLVE;
}

static enum hadm_status resolved(struct hadm_conn *conn) {
  struct pollfd ready = {hadm_resolve_fd(conn->resolve), POLLIN, 0};
  if (poll(&ready, 1, 0) != 1)
    return HADM_MORE;
  conn->endpoint_count = hadm_resolve_take(conn->resolve, conn->endpoints);
  if (conn->endpoint_count == 0)
    return finish(conn, HADM_E_NOT_FOUND);
  hadm_resolve_free(conn->resolve);
  conn->resolve = NULL;
  conn->state = HADM_CONN_CONNECT;
  return HADM_OK;
}

/* The host's next address, or the end. */
static enum hadm_status unconnected(struct hadm_conn *conn, int error) {
  if (conn->endpoint + 1 == conn->endpoint_count)
    return fail_sys(conn, error);
  close_fd(conn);
  conn->endpoint++;
  conn->state = HADM_CONN_CONNECT;
  return HADM_OK;
}

static enum hadm_status start(struct hadm_conn *conn, double now) {
  if (now < conn->again)
    return HADM_MORE;
  const struct hadm_endpoint *to = &conn->endpoints[conn->endpoint];
  if (conn->fd == -1)
    conn->fd = socket(to->address.ss_family,
                      SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (conn->fd == -1)
    return fail_sys(conn, errno);
  if (connect(conn->fd, (const struct sockaddr *)&to->address, to->len) == 0) {
    conn->state = HADM_CONN_SEND;
    return HADM_OK;
  }
  switch (errno) {
  case EAGAIN: /* a unix socket whose backlog is full */
    conn->again = now + BACKLOG_PAUSE;
    return HADM_MORE;
  case EINPROGRESS:
  case EINTR:
    conn->state = HADM_CONN_WAIT;
    return HADM_MORE;
  default:
    return unconnected(conn, errno);
  }
}

static enum hadm_status connected(struct hadm_conn *conn) {
  struct pollfd ready = {conn->fd, POLLOUT, 0};
  if (poll(&ready, 1, 0) != 1)
    return HADM_MORE;
  int error = 0;
  socklen_t len = sizeof(error);
  if (getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
    error = errno;
  if (error != 0)
    return unconnected(conn, error);
  conn->state = HADM_CONN_SEND;
  return HADM_OK;
}

static enum hadm_status sending(struct hadm_conn *conn) {
  while (conn->sent < conn->line.len) {
    ssize_t n = send(conn->fd, conn->line.ptr + conn->sent,
                     conn->line.len - conn->sent, MSG_NOSIGNAL);
    if (n == -1 && errno == EINTR)
      continue;
    if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return HADM_MORE;
    if (n == -1 && errno == EPIPE)
      break; /* what it said before it closed is still to be read */
    if (n == -1)
      return fail_sys(conn, errno);
    conn->sent += (size_t)n;
  }
  conn->state = HADM_CONN_RECEIVE;
  return HADM_OK;
}

static enum hadm_status receiving(struct hadm_conn *conn) {
  for (int i = 0; i < READS_PER_STEP; i++) {
    char *at;
    size_t len;
    enum hadm_status status = hadm_session_space(conn->session, &at, &len);
    if (status != HADM_OK)
      return finish(conn, status);
    ssize_t n = recv(conn->fd, at, len < READ_SIZE ? len : READ_SIZE, 0);
    if (n == -1 && errno == EINTR)
      continue;
    if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return HADM_MORE;
    if (n == -1)
      return fail_sys(conn, errno);
    if (n == 0)
      return finish(conn, hadm_session_end(conn->session));
    status = hadm_session_commit(conn->session, (size_t)n);
    if (status != HADM_MORE)
      return finish(conn, status);
  }
  return HADM_MORE;
}

static enum hadm_status step(struct hadm_conn *conn, double now) {
  switch (conn->state) {
  case HADM_CONN_RESOLVE:
    return resolved(conn);
  case HADM_CONN_CONNECT:
    return start(conn, now);
  case HADM_CONN_WAIT:
    return connected(conn);
  case HADM_CONN_SEND:
    return sending(conn);
  case HADM_CONN_RECEIVE:
    return receiving(conn);
  case HADM_CONN_DONE:
    break;
  }
  return conn->status;
}

enum hadm_status hadm_conn_step(struct hadm_conn *conn, double now) {
  while (conn->state != HADM_CONN_DONE) {
    enum hadm_status status = step(conn, now);
    if (status != HADM_OK)
      return status;
  }
  return conn->status;
}

void hadm_conn_fail(struct hadm_conn *conn, enum hadm_status status) {
  if (conn->state != HADM_CONN_DONE)
    finish(conn, status);
}

int hadm_conn_fd(const struct hadm_conn *conn) {
  switch (conn->state) {
  case HADM_CONN_RESOLVE:
    return hadm_resolve_fd(conn->resolve);
  case HADM_CONN_CONNECT:
    return -1;
  default:
    return conn->fd;
  }
}

short hadm_conn_events(const struct hadm_conn *conn) {
  bool out = conn->state == HADM_CONN_WAIT || conn->state == HADM_CONN_SEND;
  return out ? POLLOUT : POLLIN;
}

bool hadm_conn_was_sent(const struct hadm_conn *conn) {
  /* HAProxy runs line by line. */
  bool several = conn->session != NULL && conn->session->mode != HADM_ONCE;
  return conn->sent >= (several ? conn->session->first : conn->line.len);
}

void hadm_conn_free(struct hadm_conn *conn) {
  hadm_conn_fail(conn, HADM_E_CLOSED);
}
