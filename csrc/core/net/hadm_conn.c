/* For SOCK_CLOEXEC and SOCK_NONBLOCK. */
#define _GNU_SOURCE

#include "hadm_conn.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/* poll(2) does not report when a unix socket's backlog has room again. */
static const double BACKLOG_PAUSE = 0.01;

/* A peer that sends faster than it is read must not keep others, or the
 * deadline, waiting: one recv(2) goes on for as long as there is room. */
enum { READS_PER_STEP = 16, READ_SIZE = 262144 };

static struct hadm_link *link_of(struct hadm_conn *conn) {
  return conn->kept != NULL ? conn->kept : &conn->own;
}

/* Lets go of a link that somebody else keeps. */
static void let_go(struct hadm_conn *conn, enum hadm_status status) {
  conn->kept->busy = false;
  conn->kept->spoilt = status != HADM_OK;
  conn->kept = NULL;
}

static enum hadm_status finish(struct hadm_conn *conn,
                               enum hadm_status status) {
  if (conn->kept != NULL)
    let_go(conn, status);
  else if (conn->session != NULL || status != HADM_OK)
    hadm_link_close(&conn->own);
  hadm_resolve_free(conn->resolve);
  conn->resolve = NULL;
  conn->state = HADM_CONN_DONE;
  conn->status = status;
  return status;
}

static enum hadm_status fail_sys(struct hadm_conn *conn, int error) {
  conn->sys = error;
  return finish(conn, hadm_link_status(error));
}

void hadm_conn_init(struct hadm_conn *conn, const struct hadm_address *address,
                    struct hadm_slice line, struct hadm_session *session) {
  *conn = (struct hadm_conn){.state = HADM_CONN_CONNECT,
                             .status = HADM_MORE,
                             .endpoint_count = 1,
                             .line = line,
                             .session = session,
                             .turns = session != NULL ? session->turns : 0};
  hadm_link_init(&conn->own);
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

void hadm_conn_open(struct hadm_conn *conn,
                    const struct hadm_address *address) {
  hadm_conn_init(conn, address, (struct hadm_slice){"", 0}, NULL);
}

void hadm_conn_take(struct hadm_conn *conn, struct hadm_link *link) {
  hadm_link_open(link, conn->own.fd);
  hadm_link_init(&conn->own);
}

void hadm_conn_resume(struct hadm_conn *conn, struct hadm_link *link,
                      struct hadm_slice line, struct hadm_session *session) {
  *conn = (struct hadm_conn){.state = HADM_CONN_SEND,
                             .status = HADM_MORE,
                             .line = line,
                             .session = session,
                             .turns = session->turns,
                             .kept = link};
  hadm_link_init(&conn->own);
  link->busy = true;
  enum hadm_status status = hadm_link_idle(link);
  if (status != HADM_OK)
    finish(conn, status);
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
  hadm_link_close(&conn->own);
  conn->endpoint++;
  conn->state = HADM_CONN_CONNECT;
  return HADM_OK;
}

/* There is somebody at the other end. */
static enum hadm_status connected(struct hadm_conn *conn) {
  if (conn->session == NULL)
    return finish(conn, HADM_OK);
  conn->state = HADM_CONN_SEND;
  return HADM_OK;
}

static enum hadm_status start(struct hadm_conn *conn, double now) {
  if (now < conn->again)
    return HADM_MORE;
  const struct hadm_endpoint *to = &conn->endpoints[conn->endpoint];
  if (conn->own.fd == -1)
    conn->own.fd = socket(to->address.ss_family,
                          SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (conn->own.fd == -1)
    return fail_sys(conn, errno);
  if (connect(conn->own.fd, (const struct sockaddr *)&to->address, to->len) ==
      0)
    return connected(conn);
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

static enum hadm_status waiting(struct hadm_conn *conn) {
  struct pollfd ready = {conn->own.fd, POLLOUT, 0};
  if (poll(&ready, 1, 0) != 1)
    return HADM_MORE;
  int error = 0;
  socklen_t len = sizeof(error);
  if (getsockopt(conn->own.fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
    error = errno;
  return error != 0 ? unconnected(conn, error) : connected(conn);
}

/* What a link's failure makes of an exchange. */
static enum hadm_status fail_link(struct hadm_conn *conn,
                                  enum hadm_status status) {
  conn->sys = errno;
  return finish(conn, status);
}

static enum hadm_status sending(struct hadm_conn *conn) {
  while (conn->sent < conn->line.len) {
    size_t sent = 0;
    enum hadm_status status =
        hadm_link_send(link_of(conn), conn->line.ptr + conn->sent,
                       conn->line.len - conn->sent, &sent);
    if (status == HADM_MORE)
      return HADM_MORE;
    if (status == HADM_E_CLOSED)
      break; /* what it said before it closed is still to be read */
    if (status != HADM_OK)
      return fail_link(conn, status);
    conn->sent += sent;
  }
  /* HAProxy answers while the lines of others are sent. */
  conn->state = HADM_CONN_RECEIVE;
  return HADM_MORE;
}

/* The session has asked more. */
static enum hadm_status send_more(struct hadm_conn *conn) {
  conn->turns = conn->session->turns;
  conn->line = hadm_session_line(conn->session);
  conn->sent = 0;
  conn->went_on = true;
  conn->state = HADM_CONN_SEND;
  return HADM_OK;
}

static enum hadm_status receiving(struct hadm_conn *conn) {
  for (int i = 0; i < READS_PER_STEP; i++) {
    char *at;
    size_t len;
    size_t got = 0;
    enum hadm_status status = hadm_session_space(conn->session, &at, &len);
    if (status != HADM_OK)
      return finish(conn, status);
    status = hadm_link_receive(link_of(conn), at,
                               len < READ_SIZE ? len : READ_SIZE, &got);
    if (status == HADM_MORE)
      return HADM_MORE;
    if (status == HADM_E_CLOSED)
      return finish(conn, hadm_session_end(conn->session));
    if (status != HADM_OK)
      return fail_link(conn, status);
    status = hadm_session_commit(conn->session, got);
    if (status != HADM_MORE)
      return finish(conn, status);
    if (conn->session->turns != conn->turns)
      return send_more(conn);
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
    return waiting(conn);
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
    return conn->kept != NULL ? conn->kept->fd : conn->own.fd;
  }
}

short hadm_conn_events(const struct hadm_conn *conn) {
  bool out = conn->state == HADM_CONN_WAIT || conn->state == HADM_CONN_SEND;
  return out ? POLLOUT : POLLIN;
}

bool hadm_conn_was_sent(const struct hadm_conn *conn) {
  if (conn->session == NULL)
    return false;
  if (conn->went_on)
    return true;
  /* HAProxy runs line by line. */
  bool several = conn->session->mode != HADM_ONCE;
  return conn->sent >= (several ? conn->session->first : conn->line.len);
}

void hadm_conn_free(struct hadm_conn *conn) {
  hadm_conn_fail(conn, HADM_E_CLOSED);
  hadm_link_close(&conn->own);
}
