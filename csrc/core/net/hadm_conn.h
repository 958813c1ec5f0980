/* One exchange with one process: connect, send a line, read the reply. It
 * never blocks; somebody else waits for its descriptor. */
#ifndef HADM_CONN_H
#define HADM_CONN_H

#include "../wire/hadm_session.h"
#include "hadm_link.h"
#include "hadm_resolve.h"

HADM_BEGIN

enum hadm_conn_state {
  HADM_CONN_RESOLVE, /* waits for the resolver */
  HADM_CONN_CONNECT, /* is about to connect, at <again> at the earliest */
  HADM_CONN_WAIT,    /* waits for the connection */
  HADM_CONN_SEND,
  HADM_CONN_RECEIVE,
  HADM_CONN_DONE
};

struct hadm_conn {
  enum hadm_conn_state state;
  enum hadm_status status; /* HADM_MORE until it is done */
  int sys;                 /* the errno behind <status>, or 0 */
  struct hadm_link own;    /* closed while there is none */
  struct hadm_link *kept;  /* used instead of it; borrowed until it is done */
  double again;            /* when a full backlog is tried again */
  struct hadm_resolve *resolve;
  struct hadm_endpoint endpoints[HADM_ENDPOINTS];
  size_t endpoint_count;
  size_t endpoint;        /* the one in use */
  struct hadm_slice line; /* borrowed until it is done */
  size_t sent;
  struct hadm_session *session; /* borrowed until it is done */
  unsigned turns;               /* the session's, whose line it is */
  bool went_on;                 /* it is another line than the first */
};

/* Begins an exchange on a connection of its own, which it closes; does no I/O
 * that waits. */
void hadm_conn_init(struct hadm_conn *conn, const struct hadm_address *address,
                    struct hadm_slice line, struct hadm_session *session);

/* Begins an exchange on an open link that is not busy, and is until it is done.
 * It stays open; after an exchange that did not end well it is spoilt. Nothing
 * is sent on one that may not be used, or is not idle (see hadm_link_idle). */
void hadm_conn_resume(struct hadm_conn *conn, struct hadm_link *link,
                      struct hadm_slice line, struct hadm_session *session);

/* Begins to connect, and no more than that. When it is done well,
 * hadm_conn_take hands the connection over; it may be called once. */
void hadm_conn_open(struct hadm_conn *conn, const struct hadm_address *address);
void hadm_conn_take(struct hadm_conn *conn, struct hadm_link *link);

/* Goes on as far as it can at time <now> (seconds, monotonic). Returns
 * HADM_MORE, HADM_OK with all answers whole, or what went wrong. */
enum hadm_status hadm_conn_step(struct hadm_conn *conn, double now);

/* Gives up: the exchange ends with <status>. */
void hadm_conn_fail(struct hadm_conn *conn, enum hadm_status status);

/* What to wait for: the descriptor (-1: none, just time) and poll events. */
int hadm_conn_fd(const struct hadm_conn *conn);
short hadm_conn_events(const struct hadm_conn *conn);

/* May HAProxy have run a command? */
bool hadm_conn_was_sent(const struct hadm_conn *conn);

/* Closes what is open, but for a link that was resumed. */
void hadm_conn_free(struct hadm_conn *conn);

HADM_END

#endif
