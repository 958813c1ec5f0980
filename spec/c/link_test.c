#include "../../csrc/core/net/hadm_fanout.h"
#include "../../csrc/core/net/hadm_link.h"
#include "peer.h"
#include "reader.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A link and the other end of it. */
static int pair(struct hadm_link *link) {
  int fds[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
  hadm_link_open(link, fds[0]);
  return fds[1];
}

static void write_all(int fd, const char *text) {
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void sends_and_receives(void **state) {
  (void)state;
  struct hadm_link link;
  char bytes[16];
  size_t count = 0;
  int peer = pair(&link);
  assert_int_equal(hadm_link_send(&link, "abc", 3, &count), HADM_OK);
  assert_int_equal(count, 3);
  assert_int_equal(read(peer, bytes, sizeof(bytes)), 3);
  assert_int_equal(hadm_link_receive(&link, bytes, 16, &count), HADM_MORE);
  write_all(peer, "xy");
  assert_int_equal(hadm_link_receive(&link, bytes, 1, &count), HADM_OK);
  assert_int_equal(count, 1);
  assert_int_equal(bytes[0], 'x');
  close(peer);
  assert_int_equal(hadm_link_receive(&link, bytes, 16, &count), HADM_OK);
  assert_int_equal(hadm_link_receive(&link, bytes, 16, &count), HADM_E_CLOSED);
  assert_int_equal(hadm_link_send(&link, "abc", 3, &count), HADM_E_CLOSED);
  hadm_link_close(&link);
  hadm_link_close(&link);
  assert_int_equal(link.fd, -1);
}

static void takes_as_much_as_there_is_room(void **state) {
  (void)state;
  static char much[1 << 20];
  struct hadm_link link;
  size_t sent = 0;
  int peer = pair(&link);
  enum hadm_status status;
  do
    status = hadm_link_send(&link, much, sizeof(much), &sent);
  while (status == HADM_OK);
  assert_int_equal(status, HADM_MORE);
  double begin = hadm_now();
  hadm_link_wait(&link, true, begin + 0.05);
  assert_true(hadm_now() >= begin + 0.05);
  hadm_link_wait(&link, false, begin - 1);
  /* The end of a unix stream with bytes that were not read is a reset. */
  close(peer);
  char byte;
  assert_int_equal(hadm_link_receive(&link, &byte, 1, &sent), HADM_E_RESET);
  hadm_link_close(&link);
}

static void idle(void **state) {
  (void)state;
  struct hadm_link link;
  int peer = pair(&link);
  assert_int_equal(hadm_link_idle(&link), HADM_OK);
  write_all(peer, "x");
  assert_int_equal(hadm_link_idle(&link), HADM_E_FOREIGN);
  hadm_link_close(&link);
  assert_int_equal(hadm_link_idle(&link), HADM_E_CLOSED);
  close(peer);
  peer = pair(&link);
  close(peer);
  assert_int_equal(hadm_link_usable(&link), HADM_OK);
  assert_int_equal(hadm_link_idle(&link), HADM_E_CLOSED);
  hadm_link_close(&link);
  hadm_link_init(&link);
  assert_int_equal(hadm_link_usable(&link), HADM_E_CLOSED);
}

static void begin(struct hadm_session *session, bool fresh) {
  hadm_session_init(session, HADM_PROMPT, 1000, fresh);
  assert_int_equal(hadm_session_ask(session, TEXT("a"), HADM_FRAME_TEXT),
                   HADM_OK);
  assert_int_equal(hadm_session_ask(session, TEXT("b"), HADM_FRAME_INFO),
                   HADM_OK);
}

/* One exchange on a link, in which the peer reads <line> and answers. */
static enum hadm_status exchange(struct hadm_link *link, int peer, bool fresh,
                                 const char *line, const char *answer) {
  struct hadm_conn conn;
  struct hadm_session session;
  char bytes[64];
  begin(&session, fresh);
  hadm_conn_resume(&conn, link, hadm_session_line(&session), &session);
  hadm_conn_step(&conn, 0);
  if (conn.status == HADM_MORE) {
    assert_true(link->busy);
    assert_true(hadm_conn_was_sent(&conn));
    ssize_t got = read(peer, bytes, sizeof(bytes));
    assert_slice(((struct hadm_slice){bytes, (size_t)got}), line);
    write_all(peer, answer);
    hadm_conn_step(&conn, 0);
  }
  assert_int_not_equal(conn.status, HADM_MORE);
  assert_false(link->busy);
  hadm_conn_free(&conn);
  if (conn.status == HADM_OK)
    assert_slice(hadm_session_text(&session, 1), "Name: HAProxy");
  hadm_session_free(&session);
  return conn.status;
}

static void exchanges_on_one_link(void **state) {
  (void)state;
  struct hadm_link link;
  int peer = pair(&link);
  assert_int_equal(exchange(&link, peer, true, "prompt\na\nb\n",
                            "\n> \n> Name: HAProxy\n\n> "),
                   HADM_OK);
  for (int i = 0; i < 3; i++)
    assert_int_equal(exchange(&link, peer, false, "a\nb\n",
                              "words\n\n> Name: HAProxy\n\n> "),
                     HADM_OK);
  assert_true(link.fd != -1);
  /* What is too much now would be the next answer. */
  assert_int_equal(
      exchange(&link, peer, false, "a\nb\n", "\n> Name: HAProxy\n\n> \n> "),
      HADM_E_FOREIGN);
  assert_true(link.spoilt);
  assert_int_equal(exchange(&link, peer, false, "", ""), HADM_E_CLOSED);
  hadm_link_close(&link);
  close(peer);
}

/* HAProxy closes a connection on which nothing was said for a while: nothing is
 * sent then. */
static void closed_between_exchanges(void **state) {
  (void)state;
  struct hadm_link link;
  struct hadm_conn conn;
  struct hadm_session session;
  int peer = pair(&link);
  close(peer);
  begin(&session, false);
  hadm_conn_resume(&conn, &link, hadm_session_line(&session), &session);
  assert_int_equal(conn.status, HADM_E_CLOSED);
  assert_false(hadm_conn_was_sent(&conn));
  hadm_conn_free(&conn);
  hadm_session_free(&session);
  hadm_link_close(&link);
}

/* A deadline, and the answer that comes too late. */
static void late(void **state) {
  (void)state;
  struct hadm_link link;
  struct hadm_fanout fanout;
  struct hadm_session session;
  int peer = pair(&link);
  begin(&session, false);
  assert_int_equal(hadm_fanout_init(&fanout, 1), HADM_OK);
  hadm_fanout_resume(&fanout, &link, hadm_session_line(&session), &session);
  hadm_fanout_run(&fanout, hadm_now() + 0.05);
  assert_int_equal(fanout.conns[0].status, HADM_E_TIMEOUT);
  assert_true(hadm_conn_was_sent(&fanout.conns[0]));
  hadm_fanout_free(&fanout);
  hadm_session_free(&session);
  write_all(peer, "\n> Name: HAProxy\n\n> ");
  assert_int_equal(exchange(&link, peer, false, "", ""), HADM_E_CLOSED);
  hadm_link_close(&link);
  close(peer);
}

/* The "prompt" before the first command is none: who sent no more of the line
 * has asked nothing. */
static void what_counts_as_sent(void **state) {
  (void)state;
  struct hadm_link link;
  struct hadm_conn conn;
  struct hadm_session session;
  int peer = pair(&link);
  begin(&session, true);
  hadm_conn_resume(&conn, &link, hadm_session_line(&session), &session);
  conn.sent = strlen("prompt\na");
  assert_false(hadm_conn_was_sent(&conn));
  conn.sent++;
  assert_true(hadm_conn_was_sent(&conn));
  hadm_conn_free(&conn);
  assert_false(link.busy);
  assert_true(link.fd != -1);
  hadm_session_free(&session);
  hadm_link_close(&link);
  close(peer);
}

static void of_no_use_to_a_child(void **state) {
  (void)state;
  struct hadm_link link;
  int status = -1;
  int peer = pair(&link);
  pid_t child = fork();
  if (child == 0) {
    bool refused = hadm_link_usable(&link) == HADM_E_CLOSED &&
                   hadm_link_idle(&link) == HADM_E_CLOSED;
    hadm_link_close(&link);
    _exit(refused ? 0 : 1);
  }
  waitpid(child, &status, 0);
  assert_int_equal(status, 0);
  assert_int_equal(
      exchange(&link, peer, false, "a\nb\n", "\n> Name: HAProxy\n\n> "),
      HADM_OK);
  hadm_link_close(&link);
  close(peer);
}

static void opened(void **state) {
  (void)state;
  struct peer peer;
  struct hadm_fanout fanout;
  struct hadm_link link;
  peer_listen(&peer, 5);
  assert_int_equal(hadm_fanout_init(&fanout, 2), HADM_OK);
  hadm_fanout_open(&fanout, &peer.address);
  hadm_fanout_open(&fanout, &peer.address);
  hadm_fanout_run(&fanout, hadm_now() + 5);
  assert_int_equal(fanout.conns[0].status, HADM_OK);
  hadm_conn_take(&fanout.conns[0], &link);
  /* What nobody took is closed. */
  int untaken = fanout.conns[1].own.fd;
  hadm_fanout_free(&fanout);
  assert_int_equal(close(untaken), -1);
  int fd = accept(peer.listener, NULL, NULL);
  assert_true(hadm_link_usable(&link) == HADM_OK);
  write_all(fd, "x");
  assert_int_equal(hadm_link_idle(&link), HADM_E_FOREIGN);
  close(fd);
  hadm_link_close(&link);
  peer_stop(&peer);
}

static void a_reset_has_no_peer(void **state) {
  (void)state;
  struct peer peer;
  struct hadm_fanout fanout;
  struct hadm_link link;
  struct linger at_once = {1, 0};
  char byte;
  size_t got;
  peer_listen_tcp(&peer);
  assert_int_equal(hadm_fanout_init(&fanout, 1), HADM_OK);
  hadm_fanout_open(&fanout, &peer.address);
  hadm_fanout_run(&fanout, hadm_now() + 5);
  hadm_conn_take(&fanout.conns[0], &link);
  hadm_fanout_free(&fanout);
  int fd = accept(peer.listener, NULL, NULL);
  assert_true(hadm_link_has_peer(link.fd));
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close(fd);
  assert_int_equal(hadm_link_receive(&link, &byte, 1, &got), HADM_E_RESET);
  assert_false(hadm_link_has_peer(link.fd));
  hadm_link_close(&link);
  peer_stop(&peer);
}

static enum hadm_status asks_again(struct hadm_follower *follower,
                                   struct hadm_session *session) {
  (void)follower;
  if (session->turns == 1)
    return HADM_OK;
  hadm_session_reset(session, HADM_PROMPT, 1000, false);
  assert_int_equal(hadm_session_ask(session, TEXT("again"), HADM_FRAME_TEXT),
                   HADM_OK);
  session->follower = follower;
  return HADM_MORE;
}

/* A session that asks more once it is answered, on the same link. */
static void goes_on(void **state) {
  (void)state;
  struct hadm_link link;
  struct hadm_conn conn;
  struct hadm_session session;
  struct hadm_follower follower = {.answered = asks_again};
  char bytes[64];
  int peer = pair(&link);
  hadm_session_init(&session, HADM_PROMPT, 1000, false);
  assert_int_equal(hadm_session_ask(&session, TEXT("once"), HADM_FRAME_TEXT),
                   HADM_OK);
  session.follower = &follower;
  hadm_conn_resume(&conn, &link, hadm_session_line(&session), &session);
  assert_int_equal(hadm_conn_step(&conn, 0), HADM_MORE);
  assert_int_equal(read(peer, bytes, sizeof(bytes)), 5);
  write_all(peer, "\n> ");
  assert_int_equal(hadm_conn_step(&conn, 0), HADM_MORE);
  assert_true(link.busy);
  ssize_t got = read(peer, bytes, sizeof(bytes));
  assert_slice(((struct hadm_slice){bytes, (size_t)got}), "again\n");
  assert_true(hadm_conn_was_sent(&conn));
  write_all(peer, "done\n\n> ");
  assert_int_equal(hadm_conn_step(&conn, 0), HADM_OK);
  assert_slice(hadm_session_text(&session, 0), "done");
  assert_false(link.busy);
  hadm_conn_free(&conn);
  hadm_session_free(&session);
  hadm_link_close(&link);
  close(peer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sends_and_receives),
      cmocka_unit_test(takes_as_much_as_there_is_room),
      cmocka_unit_test(idle),
      cmocka_unit_test(exchanges_on_one_link),
      cmocka_unit_test(closed_between_exchanges),
      cmocka_unit_test(goes_on),
      cmocka_unit_test(late),
      cmocka_unit_test(what_counts_as_sent),
      cmocka_unit_test(of_no_use_to_a_child),
      cmocka_unit_test(opened),
      cmocka_unit_test(a_reset_has_no_peer),
  };
  return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
