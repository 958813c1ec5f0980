#include "hadm_interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t interrupted;

static void note(int signal_number) {
  (void)signal_number;
  interrupted = 1;
}

static void on_interrupt(void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
}

void hadm_interrupt_watch(void) {
  interrupted = 0;
  on_interrupt(note, (int)SA_RESETHAND);
}

void hadm_interrupt_default(void) { on_interrupt(SIG_DFL, 0); }

bool hadm_interrupted(void) { return interrupted != 0; }
