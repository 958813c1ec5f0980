#include "hadm_fanout.h"

#include <poll.h>
#include <stdlib.h>

enum hadm_status hadm_fanout_init(struct hadm_fanout *fanout, size_t reserved) {
  *fanout = (struct hadm_fanout){.reserved = reserved};
  fanout->conns = calloc(reserved, sizeof(*fanout->conns));
  fanout->polled = calloc(reserved, sizeof(*fanout->polled));
  if (reserved == 0 || (fanout->conns != NULL && fanout->polled != NULL))
    return HADM_OK;
  hadm_fanout_free(fanout);
  return HADM_E_NOMEM;
}

void hadm_fanout_free(struct hadm_fanout *fanout) {
  for (size_t i = 0; i < fanout->count; i++)
    hadm_conn_free(&fanout->conns[i]);
  free(fanout->conns);
  free(fanout->polled);
  *fanout = (struct hadm_fanout){0};
}

void hadm_fanout_add(struct hadm_fanout *fanout,
                     const struct hadm_address *address, struct hadm_slice line,
                     struct hadm_session *session) {
  hadm_conn_init(&fanout->conns[fanout->count++], address, line, session);
}

void hadm_fanout_open(struct hadm_fanout *fanout,
                      const struct hadm_address *address) {
  hadm_conn_open(&fanout->conns[fanout->count++], address);
}

void hadm_fanout_resume(struct hadm_fanout *fanout, struct hadm_link *link,
                        struct hadm_slice line, struct hadm_session *session) {
  hadm_conn_resume(&fanout->conns[fanout->count++], link, line, session);
}

enum hadm_status hadm_fanout_step(struct hadm_fanout *fanout, double now,
                                  double deadline) {
  size_t left = 0;
  for (size_t i = 0; i < fanout->count; i++) {
    struct hadm_conn *conn = &fanout->conns[i];
    if (hadm_conn_step(conn, now) != HADM_MORE)
      continue;
    if (now >= deadline)
      hadm_conn_fail(conn, HADM_E_TIMEOUT);
    else
      left++;
  }
  return left > 0 ? HADM_MORE : HADM_OK;
}

double hadm_fanout_wait(const struct hadm_fanout *fanout, double now,
                        double deadline) {
  double until = deadline;
  for (size_t i = 0; i < fanout->count; i++) {
    const struct hadm_conn *conn = &fanout->conns[i];
    if (conn->state == HADM_CONN_CONNECT && conn->again < until)
      until = conn->again;
  }
  return until > now ? until - now : 0;
}

/* A long reply comes in small pieces, as HAProxy prints them. Who wakes up for
 * each of them takes processor time from the HAProxy processes beside; a short
 * pause lets a large piece gather. */
enum { LONG_REPLY = 1 << 20, PAUSE_MS = 1 };

static bool is_long(const struct hadm_fanout *fanout) {
  for (size_t i = 0; i < fanout->count; i++) {
    const struct hadm_conn *conn = &fanout->conns[i];
    if (conn->state == HADM_CONN_RECEIVE &&
        conn->session->reading.text.len >= LONG_REPLY)
      return true;
  }
  return false;
}

void hadm_fanout_run(struct hadm_fanout *fanout, double deadline) {
  double now = hadm_now();
  while (hadm_fanout_step(fanout, now, deadline) == HADM_MORE) {
    nfds_t count = 0;
    if (is_long(fanout))
      poll(NULL, 0, PAUSE_MS);
    for (size_t i = 0; i < fanout->count; i++) {
      const struct hadm_conn *conn = &fanout->conns[i];
      if (conn->state != HADM_CONN_DONE && hadm_conn_fd(conn) != -1)
        fanout->polled[count++] =
            (struct pollfd){hadm_conn_fd(conn), hadm_conn_events(conn), 0};
    }
    poll(fanout->polled, count,
         hadm_clock_milliseconds(hadm_fanout_wait(fanout, now, deadline)));
    now = hadm_now();
  }
}
