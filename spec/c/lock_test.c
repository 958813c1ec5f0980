#include "../../csrc/core/net/hadm_lock.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static char path[96];

static int make_folder(void **state) {
  (void)state;
  strcpy(folder, "/tmp/hadm-lock-XXXXXX");
  if (mkdtemp(folder) == NULL)
    return -1;
  snprintf(path, sizeof(path), "%s/lock", folder);
  return 0;
}

static int remove_folder(void **state) {
  (void)state;
  unlink(path);
  return rmdir(folder);
}

/* What another process is told. */
static enum hadm_status elsewhere(void) {
  pid_t pid = fork();
  if (pid == 0) {
    struct hadm_lock lock;
    _exit((int)hadm_lock_take(&lock, path));
  }
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  return (enum hadm_status)WEXITSTATUS(status);
}

static void one_at_a_time(void **state) {
  (void)state;
  struct hadm_lock lock;
  assert_int_equal(hadm_lock_take(&lock, path), HADM_OK);
  assert_int_equal(fcntl(lock.fd, F_GETFD), FD_CLOEXEC);
  assert_int_equal(elsewhere(), HADM_MORE);
  hadm_lock_free(&lock);
  hadm_lock_free(&lock);
  /* One that ended has none. */
  assert_int_equal(elsewhere(), HADM_OK);
  assert_int_equal(hadm_lock_take(&lock, path), HADM_OK);
  hadm_lock_free(&lock);
}

static void where_there_can_be_none(void **state) {
  (void)state;
  struct hadm_lock lock;
  char other[128];
  snprintf(other, sizeof(other), "%s/nothing/lock", folder);
  assert_int_equal(hadm_lock_take(&lock, other), HADM_E_NOT_FOUND);
  assert_int_equal(lock.fd, -1);
  assert_int_equal(hadm_lock_take(&lock, folder), HADM_E_ARG);
  snprintf(other, sizeof(other), "%s/link", folder);
  assert_int_equal(symlink(path, other), 0);
  assert_int_not_equal(hadm_lock_take(&lock, other), HADM_OK);
  assert_int_equal(errno, ELOOP);
  unlink(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_at_a_time),
      cmocka_unit_test(where_there_can_be_none),
  };
  return cmocka_run_group_tests_name("lock", tests, make_folder, remove_folder);
}
