#include "../../csrc/core/net/hadm_conn.h"
#include "../../csrc/core/net/hadm_fanout.h"
#include "peer.h"
#include "reader.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const struct hadm_slice LINE = {"show info\n", 10};

enum { PATIENCE = 60 };

/* Steps until the exchange is done; the descriptor is closed then. */
static enum hadm_status finish(struct hadm_conn *conn) {
  double end = hadm_now() + PATIENCE;
  while (hadm_conn_step(conn, hadm_now()) == HADM_MORE) {
    struct pollfd ready = {hadm_conn_fd(conn), hadm_conn_events(conn), 0};
    poll(&ready, 1, 10);
    assert_true(hadm_now() < end);
  }
  assert_int_equal(conn->state, HADM_CONN_DONE);
  assert_int_equal(conn->own.fd, -1);
  assert_int_equal(hadm_conn_step(conn, hadm_now()), conn->status);
  return conn->status;
}

static enum hadm_status exchange(const struct hadm_address *address,
                                 struct hadm_slice line, enum asked kind,
                                 size_t max, struct hadm_conn *conn,
                                 struct hadm_session *session) {
  ask(session, kind, max);
  hadm_conn_init(conn, address, line, session);
  enum hadm_status status = finish(conn);
  hadm_conn_free(conn);
  assert_int_equal(conn->status, status);
  return status;
}

/* One exchange with a peer that answers <answer> as <serve> does. */
static void with_peer(void (*serve)(struct peer *, int), const char *answer,
                      size_t at, enum asked kind, enum hadm_status expected,
                      const char *text) {
  struct peer peer;
  struct hadm_conn conn;
  struct hadm_session session;
  peer_listen(&peer, 5);
  peer.answer = answer;
  peer.at = at;
  peer_start(&peer, serve);
  assert_int_equal(
      exchange(&peer.address, LINE, kind, 1 << 20, &conn, &session), expected);
  assert_true(hadm_conn_was_sent(&conn));
  if (text != NULL)
    assert_slice(hadm_session_text(&session, 0), text);
  hadm_session_free(&session);
  peer_stop(&peer);
}

static void an_answer(void **state) {
  (void)state;
  with_peer(peer_answer, "Done.\n\n", 0, ASK_TEXT, HADM_OK, "Done.");
  with_peer(peer_answer, "Name: HAProxy\n\n", 0, ASK_INFO, HADM_OK,
            "Name: HAProxy");
}

static void an_answer_in_drops(void **state) {
  (void)state;
  with_peer(peer_drip, "Name: HAProxy\n\n", 0, ASK_INFO, HADM_OK,
            "Name: HAProxy");
}

/* The session's own end is enough: the peer need not close. */
static void a_peer_that_stays(void **state) {
  (void)state;
  with_peer(peer_stall, "Name: HAProxy\n\n", 15, ASK_INFO, HADM_OK,
            "Name: HAProxy");
}

static void closed_early(void **state) {
  (void)state;
  with_peer(peer_cut, "Name: HAProxy\n\n", 0, ASK_INFO, HADM_E_CLOSED, NULL);
  for (size_t at = 1; at < 15; at++)
    with_peer(peer_cut, "Name: HAProxy\n\n", at, ASK_INFO, HADM_E_TRUNCATED,
              NULL);
}

static void tcp(void **state) {
  (void)state;
  struct peer peer;
  struct hadm_conn conn;
  struct hadm_session session;
  peer_listen_tcp(&peer);
  peer.answer = "Name: HAProxy\n\n";
  peer_start(&peer, peer_answer);
  assert_int_equal(
      exchange(&peer.address, LINE, ASK_INFO, 1000, &conn, &session), HADM_OK);
  hadm_session_free(&session);
  peer_stop(&peer);
}

static void reset(void **state) {
  (void)state;
  struct peer peer;
  struct hadm_conn conn;
  struct hadm_session session;
  peer_listen_tcp(&peer);
  peer_start(&peer, peer_reset);
  assert_int_equal(
      exchange(&peer.address, LINE, ASK_INFO, 1000, &conn, &session),
      HADM_E_RESET);
  assert_int_equal(conn.sys, ECONNRESET);
  hadm_session_free(&session);
  peer_stop(&peer);
}

static void larger_than_allowed(void **state) {
  (void)state;
  with_peer(peer_flood, "", 0, ASK_TEXT, HADM_E_TOO_BIG, NULL);
}

static void assert_fails(const struct hadm_address *address,
                         enum hadm_status expected, int sys) {
  struct hadm_conn conn;
  struct hadm_session session;
  assert_int_equal(exchange(address, LINE, ASK_INFO, 1000, &conn, &session),
                   expected);
  assert_int_equal(conn.sys, sys);
  assert_false(hadm_conn_was_sent(&conn));
  hadm_session_free(&session);
}

static struct hadm_address parse(const char *text) {
  struct hadm_address address;
  const char *why;
  assert_int_equal(hadm_address_parse(&address, text_of(text), &why), HADM_OK);
  return address;
}

static void nobody_there(void **state) {
  (void)state;
  struct peer peer;
  char text[96];
  struct hadm_address address = parse("/tmp/hadm-conn-none.sock");
  assert_fails(&address, HADM_E_NOT_FOUND, ENOENT);
  peer_listen(&peer, 5);
  snprintf(text, sizeof(text), "%s/below", peer.path);
  address = parse(text);
  assert_fails(&address, HADM_E_NOT_FOUND, ENOTDIR);
  close(peer.listener);
  assert_fails(&peer.address, HADM_E_REFUSED, ECONNREFUSED);
  unlink(peer.path);
  peer_listen_tcp(&peer);
  close(peer.listener);
  assert_fails(&peer.address, HADM_E_REFUSED, ECONNREFUSED);
}

static void another_kind_of_socket(void **state) {
  (void)state;
  struct sockaddr_un un = {.sun_family = AF_UNIX};
  snprintf(un.sun_path, sizeof(un.sun_path), "/tmp/hadm-conn-%ld.sock",
           (long)getpid());
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
  struct hadm_address address = parse(un.sun_path);
  assert_fails(&address, HADM_E_FOREIGN, EPROTOTYPE);
  close(fd);
  unlink(un.sun_path);
}

/* Root may use every socket: give that up for a moment. */
static void no_permission(void **state) {
  (void)state;
  struct peer peer;
  bool root = geteuid() == 0;
  peer_listen(&peer, 5);
  assert_int_equal(chmod(peer.path, 0), 0);
  if (root)
    assert_int_equal(seteuid(65534), 0);
  struct hadm_conn conn;
  struct hadm_session session;
  enum hadm_status status =
      exchange(&peer.address, LINE, ASK_INFO, 1000, &conn, &session);
  if (root)
    assert_int_equal(seteuid(0), 0);
  assert_int_equal(status, HADM_E_PERMISSION);
  assert_int_equal(conn.sys, EACCES);
  hadm_session_free(&session);
  peer_stop(&peer);
}

static void no_descriptor_left(void **state) {
  (void)state;
  struct hadm_address path = parse("/tmp/hadm-conn-none.sock");
  struct hadm_address name = parse("tcp@localhost:1");
  struct hadm_conn conns[2];
  struct hadm_session session;
  struct rlimit before;
  ask(&session, ASK_INFO, 1000);
  getrlimit(RLIMIT_NOFILE, &before);
  struct rlimit none = {3, before.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  hadm_conn_init(&conns[0], &path, LINE, &session);
  hadm_conn_init(&conns[1], &name, LINE, &session);
  hadm_conn_step(&conns[0], hadm_now());
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(conns[i].status, HADM_E_SYS);
    assert_int_equal(conns[i].sys, EMFILE);
    hadm_conn_free(&conns[i]);
  }
  hadm_session_free(&session);
}

/* poll(2) tells nobody when a full backlog has room again: it is tried again
 * after a pause. */
static void a_full_backlog(void **state) {
  (void)state;
  struct peer peer;
  struct hadm_conn waiting[16];
  struct hadm_session sessions[16];
  int count = 0;
  peer_listen(&peer, 0);
  struct hadm_conn *last;
  do {
    last = &waiting[count];
    ask(&sessions[count], ASK_INFO, 1000);
    hadm_conn_init(last, &peer.address, LINE, &sessions[count++]);
    assert_int_equal(hadm_conn_step(last, 100), HADM_MORE);
  } while (last->state != HADM_CONN_CONNECT && count < 16);
  assert_int_equal(last->state, HADM_CONN_CONNECT);
  assert_true(last->again > 100);
  assert_int_equal(hadm_conn_fd(last), -1);
  assert_int_equal(hadm_conn_step(last, 100), HADM_MORE);
  assert_int_equal(hadm_conn_step(last, last->again), HADM_MORE);
  int fd = accept(peer.listener, NULL, NULL);
  assert_int_equal(hadm_conn_step(last, last->again), HADM_MORE);
  assert_int_equal(last->state, HADM_CONN_RECEIVE);
  assert_int_equal(hadm_conn_events(last), POLLIN);
  for (int i = 0; i < count; i++) {
    hadm_conn_free(&waiting[i]);
    assert_int_equal(waiting[i].status, HADM_E_CLOSED);
    hadm_session_free(&sessions[i]);
  }
  close(fd);
  peer_stop(&peer);
}

/* Whatever is ready to be read, one step reads no more than its share. */
static void a_step_ends(void **state) {
  (void)state;
  struct peer peer;
  struct hadm_conn conn;
  struct hadm_session session;
  peer_listen(&peer, 5);
  peer_start(&peer, peer_flood);
  ask(&session, ASK_TEXT, (size_t)1 << 30);
  hadm_conn_init(&conn, &peer.address, LINE, &session);
  for (int i = 0; i < 50; i++) {
    size_t before = session.reading.text.len;
    assert_int_equal(hadm_conn_step(&conn, hadm_now()), HADM_MORE);
    assert_true(session.reading.text.len - before < 16 << 20);
    poll(NULL, 0, 1);
  }
  hadm_conn_fail(&conn, HADM_E_TIMEOUT);
  assert_int_equal(conn.status, HADM_E_TIMEOUT);
  hadm_session_free(&session);
  peer_stop(&peer);
}

static struct hadm_slice long_line(void) {
  static char bytes[1 << 20];
  memset(bytes, 'x', sizeof(bytes));
  bytes[sizeof(bytes) - 1] = '\n';
  return (struct hadm_slice){bytes, sizeof(bytes)};
}

static void a_peer_that_reads_slowly(void **state) {
  (void)state;
  struct peer peer;
  struct hadm_conn conn;
  struct hadm_session session;
  peer_listen(&peer, 5);
  peer.answer = "Done.\n";
  peer_start(&peer, peer_slow_reader);
  ask(&session, ASK_TEXT, 1000);
  hadm_conn_init(&conn, &peer.address, long_line(), &session);
  assert_int_equal(hadm_conn_step(&conn, hadm_now()), HADM_MORE);
  assert_int_equal(conn.state, HADM_CONN_SEND);
  assert_int_equal(hadm_conn_events(&conn), POLLOUT);
  assert_false(hadm_conn_was_sent(&conn));
  assert_int_equal(finish(&conn), HADM_OK);
  assert_true(hadm_conn_was_sent(&conn));
  assert_slice(hadm_session_text(&session, 0), "Done.");
  hadm_session_free(&session);
  peer_stop(&peer);
}

/* HAProxy refuses a line that is too long before it has read it. */
static void a_peer_that_answers_too_soon(void **state) {
  (void)state;
  struct peer peer;
  struct hadm_conn conn;
  struct hadm_session session;
  peer_listen(&peer, 5);
  peer.answer = "The command line is too big\n";
  peer_start(&peer, peer_deaf);
  assert_int_equal(
      exchange(&peer.address, long_line(), ASK_TEXT, 1000, &conn, &session),
      HADM_OK);
  assert_false(hadm_conn_was_sent(&conn));
  assert_slice(hadm_session_text(&session, 0), "The command line is too big");
  hadm_session_free(&session);
  peer_stop(&peer);
}

static void a_host_name(void **state) {
  (void)state;
  struct peer peer;
  struct hadm_conn conn;
  struct hadm_session session;
  char text[64];
  peer_listen_tcp(&peer);
  peer.answer = "Name: HAProxy\n\n";
  peer_start(&peer, peer_answer);
  snprintf(text, sizeof(text), "tcp@localhost:%u", peer.address.port);
  struct hadm_address address = parse(text);
  ask(&session, ASK_INFO, 1000);
  hadm_conn_init(&conn, &address, LINE, &session);
  assert_int_equal(conn.state, HADM_CONN_RESOLVE);
  assert_true(hadm_conn_fd(&conn) >= 0);
  assert_int_equal(hadm_conn_events(&conn), POLLIN);
  assert_int_equal(finish(&conn), HADM_OK);
  hadm_session_free(&session);
  peer_stop(&peer);
  address = parse("tcp@no..such.host:1");
  assert_fails(&address, HADM_E_NOT_FOUND, 0);
}

/* A host with several addresses of which only the last one answers. */
static void the_next_address(void **state) {
  (void)state;
  struct peer peer;
  struct peer closed;
  struct hadm_conn conn;
  struct hadm_session session;
  peer_listen_tcp(&closed);
  close(closed.listener);
  peer_listen_tcp(&peer);
  peer.answer = "Name: HAProxy\n\n";
  peer_start(&peer, peer_answer);
  ask(&session, ASK_INFO, 1000);
  hadm_conn_init(&conn, &closed.address, LINE, &session);
  hadm_endpoint_of(&closed.address, &conn.endpoints[1]);
  hadm_endpoint_of(&peer.address, &conn.endpoints[2]);
  conn.endpoint_count = 3;
  assert_int_equal(finish(&conn), HADM_OK);
  assert_int_equal(conn.endpoint, 2);
  hadm_session_free(&session);
  peer_stop(&peer);
}

static void survives_a_lack_of_memory(void **state) {
  (void)state;
  struct peer peer;
  peer_listen(&peer, 64);
  for (begin_failing(); next_failing();) {
    struct hadm_conn conn;
    struct hadm_session session;
    ask(&session, ASK_INFO, 1000);
    conn.status = session.status;
    if (session.status == HADM_MORE) {
      hadm_conn_init(&conn, &peer.address, LINE, &session);
      hadm_conn_step(&conn, hadm_now());
      hadm_conn_free(&conn);
    }
    bool failed = has_failed();
    assert_int_equal(conn.status, failed ? HADM_E_NOMEM : HADM_E_CLOSED);
    hadm_session_free(&session);
    assert_int_equal(blocks_held(), 0);
  }
  peer_stop(&peer);
  struct hadm_address name = parse("tcp@localhost:1");
  struct hadm_conn conn;
  begin_failing();
  next_failing();
  hadm_conn_init(&conn, &name, LINE, NULL);
  assert_true(has_failed());
  assert_int_equal(conn.status, HADM_E_NOMEM);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_answer),
      cmocka_unit_test(an_answer_in_drops),
      cmocka_unit_test(a_peer_that_stays),
      cmocka_unit_test(closed_early),
      cmocka_unit_test(tcp),
      cmocka_unit_test(reset),
      cmocka_unit_test(larger_than_allowed),
      cmocka_unit_test(nobody_there),
      cmocka_unit_test(another_kind_of_socket),
      cmocka_unit_test(no_permission),
      cmocka_unit_test(no_descriptor_left),
      cmocka_unit_test(a_full_backlog),
      cmocka_unit_test(a_step_ends),
      cmocka_unit_test(a_peer_that_reads_slowly),
      cmocka_unit_test(a_peer_that_answers_too_soon),
      cmocka_unit_test(a_host_name),
      cmocka_unit_test(the_next_address),
      cmocka_unit_test(survives_a_lack_of_memory),
  };
  return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
