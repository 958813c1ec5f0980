/* Preloaded last: the programs that the interpreter starts, HAProxy among
 * them, run without what was preloaded for it. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>

__attribute__((constructor)) static void forget(void) {
  unsetenv("LD_PRELOAD");
}
