#include "../../csrc/core/net/hadm_fanout.h"
#include "../../csrc/core/net/hadm_interrupt.h"
#include "peer.h"
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

static const struct hadm_slice LINE = {"show info\n", 10};
static const char INFO[] = "Name: HAProxy\n\n";

/* Far more than any of this takes. */
enum { PATIENCE = 60, PEERS = 8 };

static void the_clock_goes_forward(void **state) {
  (void)state;
  double before = hadm_now();
  hadm_sleep(before + 0.05);
  double after = hadm_now();
  assert_true(after >= before + 0.05);
  assert_true(after < before + PATIENCE);
  hadm_sleep(before);
  hadm_sleep(-1);
}

static void nobody_to_ask(void **state) {
  (void)state;
  struct hadm_fanout fanout;
  assert_int_equal(hadm_fanout_init(&fanout, 0), HADM_OK);
  hadm_fanout_run(&fanout, hadm_now() + PATIENCE);
  assert_int_equal(hadm_fanout_step(&fanout, 0, 1), HADM_OK);
  hadm_fanout_free(&fanout);
  assert_int_equal(blocks_held(), 0);
}

/* A fanout that is reset ends what it was at, and has room for others. */
static void used_again(void **state) {
  (void)state;
  struct hadm_fanout fanout;
  assert_int_equal(hadm_fanout_init(&fanout, 1), HADM_OK);
  for (size_t round = 1; round <= 3; round++) {
    struct peer peers[3];
    struct hadm_session sessions[3];
    assert_int_equal(hadm_fanout_reset(&fanout, round), HADM_OK);
    assert_int_equal(fanout.count, 0);
    for (size_t i = 0; i < round; i++) {
      peer_listen(&peers[i], 5);
      peers[i].answer = INFO;
      peer_start(&peers[i], peer_answer);
      ask(&sessions[i], ASK_INFO, 1000);
      hadm_fanout_add(&fanout, &peers[i].address, LINE, &sessions[i]);
    }
    hadm_fanout_run(&fanout, hadm_now() + PATIENCE);
    for (size_t i = 0; i < round; i++) {
      assert_int_equal(fanout.conns[i].status, HADM_OK);
      hadm_session_free(&sessions[i]);
      peer_stop(&peers[i]);
    }
  }
  struct peer silent;
  struct hadm_session session;
  peer_listen(&silent, 5);
  assert_int_equal(hadm_fanout_reset(&fanout, 1), HADM_OK);
  ask(&session, ASK_INFO, 1000);
  hadm_fanout_add(&fanout, &silent.address, LINE, &session);
  assert_int_equal(hadm_fanout_step(&fanout, hadm_now(), hadm_now() + 1),
                   HADM_MORE);
  int fd = fanout.conns[0].own.fd;
  assert_int_equal(hadm_fanout_reset(&fanout, 0), HADM_OK);
  assert_int_equal(fcntl(fd, F_GETFD), -1);
  hadm_session_free(&session);
  hadm_fanout_free(&fanout);
  peer_stop(&silent);
  assert_int_equal(blocks_held(), 0);
}

/* Each of the peers does something else; each gets its own result. */
static void all_at_once(void **state) {
  (void)state;
  static const struct {
    void (*serve)(struct peer *, int);
    size_t at;
    enum hadm_status expected;
  } cases[PEERS] = {
      {peer_answer, 0, HADM_OK},       {peer_drip, 0, HADM_OK},
      {peer_cut, 0, HADM_E_CLOSED},    {peer_cut, 7, HADM_E_TRUNCATED},
      {peer_stall, 0, HADM_E_TIMEOUT}, {peer_stall, 7, HADM_E_TIMEOUT},
      {peer_stall, 15, HADM_OK},       {peer_stream, 0, HADM_E_TIMEOUT},
  };
  struct peer peers[PEERS];
  struct hadm_session sessions[PEERS];
  struct hadm_fanout fanout;
  assert_int_equal(hadm_fanout_init(&fanout, PEERS), HADM_OK);
  for (size_t i = 0; i < PEERS; i++) {
    peer_listen(&peers[i], 5);
    peers[i].answer = INFO;
    peers[i].at = cases[i].at;
    peer_start(&peers[i], cases[i].serve);
    ask(&sessions[i], ASK_INFO, (size_t)1 << 30);
    hadm_fanout_add(&fanout, &peers[i].address, LINE, &sessions[i]);
  }
  double begin = hadm_now();
  hadm_fanout_run(&fanout, begin + 1.5);
  double end = hadm_now();
  assert_true(end >= begin + 1.5 && end < begin + PATIENCE);
  for (size_t i = 0; i < PEERS; i++) {
    if (fanout.conns[i].status != cases[i].expected)
      fail_msg("peer %d: %d", (int)i, fanout.conns[i].status);
    hadm_session_free(&sessions[i]);
  }
  hadm_fanout_free(&fanout);
  for (size_t i = 0; i < PEERS; i++)
    peer_stop(&peers[i]);
  assert_int_equal(blocks_held(), 0);
}

/* One peer, which does nothing or as <behave> says; at most <seconds>. */
static void one_peer(void (*behave)(struct peer *, int), enum asked kind,
                     double seconds, enum hadm_status expected) {
  struct peer peer;
  struct hadm_session session;
  struct hadm_fanout fanout;
  peer_listen(&peer, 5);
  peer.answer = INFO;
  if (behave != NULL)
    peer_start(&peer, behave);
  ask(&session, kind, (size_t)1 << 30);
  hadm_fanout_init(&fanout, 1);
  hadm_fanout_add(&fanout, &peer.address, LINE, &session);
  double begin = hadm_now();
  hadm_fanout_run(&fanout, begin + seconds);
  assert_true(hadm_now() < begin + PATIENCE);
  assert_int_equal(fanout.conns[0].status, expected);
  hadm_fanout_free(&fanout);
  hadm_session_free(&session);
  peer_stop(&peer);
}

/* A peer at 127.0.0.1, whose address is a name. */
static void listen_by_name(struct peer *peer) {
  char text[64];
  const char *why;
  peer_listen_tcp(peer);
  snprintf(text, sizeof(text), "tcp@localhost:%u", peer->address.port);
  assert_int_equal(hadm_address_parse(&peer->address, text_of(text), &why),
                   HADM_OK);
}

/* A thread looks up each name. Half of the requests are given up at once, so
 * that nobody takes the answers of their threads. */
static void host_names(void **state) {
  (void)state;
  struct peer peers[PEERS];
  struct hadm_session sessions[PEERS];
  struct hadm_fanout fanouts[2];
  hadm_fanout_init(&fanouts[0], PEERS);
  hadm_fanout_init(&fanouts[1], PEERS);
  for (size_t i = 0; i < PEERS; i++) {
    listen_by_name(&peers[i]);
    peers[i].answer = INFO;
    peer_start(&peers[i], i % 2 == 0 ? peer_answer : peer_stall);
    ask(&sessions[i], ASK_INFO, 1000);
    hadm_fanout_add(&fanouts[i % 2], &peers[i].address, LINE, &sessions[i]);
  }
  hadm_fanout_run(&fanouts[1], hadm_now() - 1);
  hadm_fanout_run(&fanouts[0], hadm_now() + PATIENCE);
  for (size_t i = 0; i < PEERS; i++) {
    assert_int_equal(fanouts[i % 2].conns[i / 2].status,
                     i % 2 == 0 ? HADM_OK : HADM_E_TIMEOUT);
    hadm_session_free(&sessions[i]);
    peer_stop(&peers[i]);
  }
  hadm_fanout_free(&fanouts[0]);
  hadm_fanout_free(&fanouts[1]);
}

/* When all have answered nobody waits for the deadline. */
static void no_longer_than_needed(void **state) {
  (void)state;
  one_peer(peer_answer, ASK_INFO, 10 * PATIENCE, HADM_OK);
}

static void a_deadline_in_the_past(void **state) {
  (void)state;
  one_peer(NULL, ASK_INFO, -1, HADM_E_TIMEOUT);
}

/* A peer that sends faster than it is read: the deadline ends it. */
static void a_flood_ends_at_the_deadline(void **state) {
  (void)state;
  one_peer(peer_flood, ASK_TEXT, 0.1, HADM_E_TIMEOUT);
}

static volatile sig_atomic_t signals;

static void count_signal(int signal) {
  (void)signal;
  signals++;
}

/* A signal every millisecond interrupts every call that waits. */
static void signals_change_nothing(void **state) {
  (void)state;
  struct peer peers[2];
  struct hadm_session sessions[2];
  struct hadm_fanout fanout;
  struct sigaction action = {.sa_handler = count_signal};
  struct sigaction before;
  struct itimerval often = {{0, 1000}, {0, 1000}};
  struct itimerval never = {{0, 0}, {0, 0}};
  hadm_fanout_init(&fanout, 2);
  for (int i = 0; i < 2; i++) {
    peer_listen(&peers[i], 5);
    peers[i].answer = INFO;
    peer_start(&peers[i], i == 0 ? peer_drip : peer_stall);
    ask(&sessions[i], ASK_INFO, 1000);
    hadm_fanout_add(&fanout, &peers[i].address, LINE, &sessions[i]);
  }
  sigaction(SIGALRM, &action, &before);
  setitimer(ITIMER_REAL, &often, NULL);
  double begin = hadm_now();
  hadm_fanout_run(&fanout, begin + 1);
  double end = hadm_now();
  setitimer(ITIMER_REAL, &never, NULL);
  sigaction(SIGALRM, &before, NULL);
  assert_true(signals > 10);
  assert_true(end >= begin + 1 && end < begin + PATIENCE);
  assert_int_equal(fanout.conns[0].status, HADM_OK);
  assert_int_equal(fanout.conns[1].status, HADM_E_TIMEOUT);
  hadm_fanout_free(&fanout);
  for (int i = 0; i < 2; i++) {
    hadm_session_free(&sessions[i]);
    peer_stop(&peers[i]);
  }
}

static void interrupt(int signal) {
  (void)signal;
  raise(SIGINT);
}

/* Who is interrupted waits no longer, where that is wanted, and has what came
 * before. */
static void broken_off(void **state) {
  (void)state;
  struct peer peers[2];
  struct hadm_session sessions[2];
  struct hadm_fanout fanout;
  struct sigaction action = {.sa_handler = interrupt};
  struct sigaction before;
  struct itimerval soon = {{0, 0}, {0, 300000}};
  hadm_fanout_init(&fanout, 2);
  for (int i = 0; i < 2; i++) {
    peer_listen(&peers[i], 5);
    peers[i].answer = INFO;
    peer_start(&peers[i], i == 0 ? peer_answer : peer_stall);
    ask(&sessions[i], ASK_INFO, 1000);
    hadm_fanout_add(&fanout, &peers[i].address, LINE, &sessions[i]);
  }
  fanout.breaks = true;
  hadm_interrupt_watch();
  sigaction(SIGALRM, &action, &before);
  setitimer(ITIMER_REAL, &soon, NULL);
  double begin = hadm_now();
  hadm_fanout_run(&fanout, begin + PATIENCE);
  assert_true(hadm_now() < begin + PATIENCE);
  assert_true(hadm_interrupted());
  assert_int_equal(fanout.conns[1].status, HADM_E_TIMEOUT);
  sigaction(SIGALRM, &before, NULL);
  hadm_interrupt_default();
  /* The next exchange is one like any other. */
  hadm_fanout_reset(&fanout, 2);
  assert_false(fanout.breaks);
  hadm_fanout_free(&fanout);
  for (int i = 0; i < 2; i++) {
    hadm_session_free(&sessions[i]);
    peer_stop(&peers[i]);
  }
}

/* Seconds to wait: until the deadline, or until a backlog is tried again. */
static void how_long_to_wait(void **state) {
  (void)state;
  struct peer peer;
  struct hadm_session sessions[8];
  struct hadm_fanout fanout;
  peer_listen(&peer, 0);
  hadm_fanout_init(&fanout, 8);
  assert_true(hadm_fanout_wait(&fanout, 100, 130) == 30);
  assert_true(hadm_fanout_wait(&fanout, 140, 130) == 0);
  for (int i = 0; i < 8; i++) {
    ask(&sessions[i], ASK_INFO, 1000);
    hadm_fanout_add(&fanout, &peer.address, LINE, &sessions[i]);
  }
  assert_int_equal(hadm_fanout_step(&fanout, 100, 130), HADM_MORE);
  double wait = hadm_fanout_wait(&fanout, 100, 130);
  assert_true(wait > 0 && wait < 1);
  assert_int_equal(hadm_fanout_step(&fanout, 130, 130), HADM_OK);
  for (int i = 0; i < 8; i++) {
    assert_int_equal(fanout.conns[i].status, HADM_E_TIMEOUT);
    hadm_session_free(&sessions[i]);
  }
  hadm_fanout_free(&fanout);
  peer_stop(&peer);
}

/* A full backlog that empties in time, without an event that says so. */
static void a_backlog_that_empties(void **state) {
  (void)state;
  struct peer peer;
  struct hadm_session sessions[8];
  struct hadm_fanout fanout;
  peer_listen(&peer, 0);
  hadm_fanout_init(&fanout, 8);
  for (int i = 0; i < 8; i++) {
    ask(&sessions[i], ASK_INFO, 1000);
    hadm_fanout_add(&fanout, &peer.address, LINE, &sessions[i]);
  }
  double deadline = hadm_now() + PATIENCE;
  int served = 0;
  while (hadm_fanout_step(&fanout, hadm_now(), deadline) == HADM_MORE) {
    int fd = served < 8 ? accept(peer.listener, NULL, NULL) : -1;
    if (fd != -1) {
      served++;
      peer_answer(&(struct peer){.answer = INFO}, fd);
      close(fd);
    }
    hadm_sleep(hadm_now() + (hadm_fanout_wait(&fanout, hadm_now(), deadline) < 1
                                 ? 0.02
                                 : 0));
  }
  assert_int_equal(served, 8);
  for (int i = 0; i < 8; i++) {
    assert_int_equal(fanout.conns[i].status, HADM_OK);
    hadm_session_free(&sessions[i]);
  }
  hadm_fanout_free(&fanout);
  peer_stop(&peer);
}

/* What is left when a caller gives up in the middle. */
static void freed_in_the_middle(void **state) {
  (void)state;
  struct peer peer;
  struct hadm_session session;
  struct hadm_fanout fanout;
  peer_listen(&peer, 5);
  ask(&session, ASK_INFO, 1000);
  hadm_fanout_init(&fanout, 1);
  hadm_fanout_add(&fanout, &peer.address, LINE, &session);
  hadm_fanout_step(&fanout, 0, 1);
  int fd = fanout.conns[0].own.fd;
  assert_true(fd >= 0);
  hadm_fanout_free(&fanout);
  errno = 0;
  assert_int_equal(close(fd), -1);
  assert_int_equal(errno, EBADF);
  hadm_session_free(&session);
  peer_stop(&peer);
  assert_int_equal(blocks_held(), 0);
}

static void survives_a_lack_of_memory(void **state) {
  (void)state;
  for (begin_failing(); next_failing();) {
    struct hadm_fanout fanout;
    enum hadm_status status = hadm_fanout_init(&fanout, 3);
    assert_int_equal(status, has_failed() ? HADM_E_NOMEM : HADM_OK);
    if (status == HADM_OK)
      hadm_fanout_free(&fanout);
    assert_int_equal(blocks_held(), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_clock_goes_forward),
      cmocka_unit_test(nobody_to_ask),
      cmocka_unit_test(used_again),
      cmocka_unit_test(all_at_once),
      cmocka_unit_test(host_names),
      cmocka_unit_test(no_longer_than_needed),
      cmocka_unit_test(a_deadline_in_the_past),
      cmocka_unit_test(a_flood_ends_at_the_deadline),
      cmocka_unit_test(signals_change_nothing),
      cmocka_unit_test(broken_off),
      cmocka_unit_test(how_long_to_wait),
      cmocka_unit_test(a_backlog_that_empties),
      cmocka_unit_test(freed_in_the_middle),
      cmocka_unit_test(survives_a_lack_of_memory),
  };
  return cmocka_run_group_tests_name("fanout", tests, NULL, NULL);
}
