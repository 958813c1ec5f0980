#include "../../csrc/core/net/hadm_pollset.h"
#include "support.h"

#include <errno.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FAR = 3600, PATIENCE = 60000 };

static bool is_ready(const struct hadm_pollset *set, int milliseconds) {
  struct pollfd ready = {set->fd, POLLIN, 0};
  return poll(&ready, 1, milliseconds) == 1;
}

static void a_time(void **state) {
  (void)state;
  const double times[] = {0, 0.02};
  for (size_t i = 0; i < 2; i++) {
    struct hadm_pollset set;
    assert_int_equal(hadm_pollset_init(&set, times[i]), HADM_OK);
    assert_true(is_ready(&set, PATIENCE));
    hadm_pollset_free(&set);
  }
}

static void times_that_are_far_away(void **state) {
  (void)state;
  const double times[] = {FAR, 1e18};
  for (size_t i = 0; i < 2; i++) {
    struct hadm_pollset set;
    assert_int_equal(hadm_pollset_init(&set, times[i]), HADM_OK);
    assert_false(is_ready(&set, 1));
    hadm_pollset_free(&set);
  }
}

static void a_member_to_read_from(void **state) {
  (void)state;
  struct hadm_pollset set;
  int fds[2];
  char byte;
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  assert_int_equal(hadm_pollset_init(&set, FAR), HADM_OK);
  assert_int_equal(hadm_pollset_add(&set, fds[0], false), HADM_OK);
  assert_false(is_ready(&set, 1));
  assert_int_equal(write(fds[1], "x", 1), 1);
  assert_true(is_ready(&set, PATIENCE));
  assert_int_equal(read(fds[0], &byte, 1), 1);
  assert_false(is_ready(&set, 1));
  close(fds[1]);
  assert_true(is_ready(&set, PATIENCE));
  hadm_pollset_free(&set);
  close(fds[0]);
}

static void a_member_to_write_to(void **state) {
  (void)state;
  struct hadm_pollset set;
  int fds[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  assert_int_equal(hadm_pollset_init(&set, FAR), HADM_OK);
  assert_int_equal(hadm_pollset_add(&set, fds[0], true), HADM_OK);
  assert_true(is_ready(&set, PATIENCE));
  hadm_pollset_free(&set);
  /* The members are the caller's. */
  assert_int_equal(write(fds[0], "x", 1), 1);
  close(fds[0]);
  close(fds[1]);
}

static void no_member(void **state) {
  (void)state;
  struct hadm_pollset set;
  assert_int_equal(hadm_pollset_init(&set, FAR), HADM_OK);
  assert_int_equal(hadm_pollset_add(&set, -1, true), HADM_E_SYS);
  assert_int_equal(errno, EBADF);
  hadm_pollset_free(&set);
  hadm_pollset_free(&set);
  assert_int_equal(set.fd, -1);
}

/* Whichever of the two descriptors there is no room for. */
static void no_descriptor_left(void **state) {
  (void)state;
  struct rlimit before;
  int next = dup(0);
  close(next);
  getrlimit(RLIMIT_NOFILE, &before);
  for (int room = 0; room < 2; room++) {
    struct hadm_pollset set;
    struct rlimit none = {(rlim_t)(next + room), before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    enum hadm_status status = hadm_pollset_init(&set, FAR);
    int error = errno;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(status, HADM_E_SYS);
    assert_int_equal(error, EMFILE);
    assert_int_equal(set.fd, -1);
    assert_int_equal(set.timer, -1);
  }
  int again = dup(0);
  close(again);
  assert_int_equal(again, next);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_time),
      cmocka_unit_test(times_that_are_far_away),
      cmocka_unit_test(a_member_to_read_from),
      cmocka_unit_test(a_member_to_write_to),
      cmocka_unit_test(no_member),
      cmocka_unit_test(no_descriptor_left),
  };
  return cmocka_run_group_tests_name("pollset", tests, NULL, NULL);
}
