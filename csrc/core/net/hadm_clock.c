#include "hadm_clock.h"

#include <poll.h>
#include <time.h>

double hadm_now(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int hadm_clock_milliseconds(double seconds) {
  const double day = 86400;
  if (seconds <= 0)
    return 0;
  return (int)((seconds < day ? seconds : day) * 1000) + 1;
}

void hadm_sleep(double deadline) {
  double left;
  while ((left = deadline - hadm_now()) > 0)
    poll(NULL, 0, hadm_clock_milliseconds(left));
}
