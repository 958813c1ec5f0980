#include "hadm_fanout.h"

#include "hadm_interrupt.h"

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

static void forget(struct hadm_fanout *fanout) {
  for (size_t i = 0; i < fanout->count; i++)
    hadm_conn_free(&fanout->conns[i]);
  fanout->count = 0;
}

enum hadm_status hadm_fanout_reset(struct hadm_fanout *fanout,
                                   size_t reserved) {
  forget(fanout);
  fanout->breaks = false;
  if (reserved <= fanout->reserved)
    return HADM_OK;
  hadm_fanout_free(fanout);
  return hadm_fanout_init(fanout, reserved);
}

void hadm_fanout_free(struct hadm_fanout *fanout) {
  forget(fanout);
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

/* Goes on with one exchange; is there more to come of it? */
static bool step(struct hadm_conn *conn, double now, double deadline) {
  if (hadm_conn_step(conn, now) != HADM_MORE)
    return false;
  if (now < deadline)
    return true;
  hadm_conn_fail(conn, HADM_E_TIMEOUT);
  return false;
}

enum hadm_status hadm_fanout_step(struct hadm_fanout *fanout, double now,
                                  double deadline) {
  size_t left = 0;
  for (size_t i = 0; i < fanout->count; i++)
    if (step(&fanout->conns[i], now, deadline))
      left++;
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

/* A signal that comes just before poll() does not end it: who can be
 * interrupted looks again so often. */
enum { LOOK_MS = 100 };

static bool is_long(const struct hadm_fanout *fanout) {
  for (size_t i = 0; i < fanout->count; i++) {
    const struct hadm_conn *conn = &fanout->conns[i];
    if (conn->state == HADM_CONN_RECEIVE &&
        conn->session->reading.text.len >= LONG_REPLY)
      return true;
  }
  return false;
}

/* Waits for what each exchange waits for; one that is done, or waits for
 * nothing but time, has no descriptor to be polled. */
static void await(struct hadm_fanout *fanout, double now, double deadline) {
  for (size_t i = 0; i < fanout->count; i++) {
    const struct hadm_conn *conn = &fanout->conns[i];
    bool done = conn->state == HADM_CONN_DONE;
    fanout->polled[i] = (struct pollfd){done ? -1 : hadm_conn_fd(conn),
                                        hadm_conn_events(conn), 0};
  }
  if (is_long(fanout))
    poll(NULL, 0, PAUSE_MS);
  int wait = hadm_clock_milliseconds(hadm_fanout_wait(fanout, now, deadline));
  if (fanout->breaks && (wait < 0 || wait > LOOK_MS))
    wait = LOOK_MS;
  poll(fanout->polled, (nfds_t)fanout->count, wait);
}

/* Goes on with the exchanges for which something happened: to look at the
 * others would cost a system call each. */
static bool step_ready(struct hadm_fanout *fanout, double now,
                       double deadline) {
  bool more = false;
  for (size_t i = 0; i < fanout->count; i++) {
    const struct pollfd *polled = &fanout->polled[i];
    bool idle = polled->fd != -1 && polled->revents == 0 && now < deadline;
    if (idle || step(&fanout->conns[i], now, deadline))
      more = true;
  }
  return more;
}

void hadm_fanout_run(struct hadm_fanout *fanout, double deadline) {
  double now = hadm_now();
  bool more = hadm_fanout_step(fanout, now, deadline) == HADM_MORE;
  while (more) {
    await(fanout, now, deadline);
    now = hadm_now();
    if (fanout->breaks && hadm_interrupted())
      deadline = now;
    more = step_ready(fanout, now, deadline);
  }
}
