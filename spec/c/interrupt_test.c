#include "../../csrc/core/net/hadm_interrupt.h"
#include "support.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* How a child ends that gets SIGINT so many times: 7 if it noted it, 8 if it
 * did not, below 0 if it was ended. */
static int ended_by(void (*before)(void), int times) {
  pid_t child = fork();
  if (child == 0) {
    before();
    for (int i = 0; i < times; i++)
      raise(SIGINT);
    _exit(hadm_interrupted() ? 7 : 8);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void noted_once(void **state) {
  (void)state;
  assert_int_equal(ended_by(hadm_interrupt_watch, 0), 8);
  assert_int_equal(ended_by(hadm_interrupt_watch, 1), 7);
  assert_int_equal(ended_by(hadm_interrupt_watch, 2), -SIGINT);
  assert_int_equal(ended_by(hadm_interrupt_default, 1), -SIGINT);
}

static void forgotten_when_it_is_watched_again(void **state) {
  (void)state;
  hadm_interrupt_watch();
  assert_false(hadm_interrupted());
  raise(SIGINT);
  assert_true(hadm_interrupted());
  hadm_interrupt_watch();
  assert_false(hadm_interrupted());
  hadm_interrupt_default();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(noted_once),
      cmocka_unit_test(forgotten_when_it_is_watched_again),
  };
  return cmocka_run_group_tests_name("interrupt", tests, NULL, NULL);
}
