#include "hadm_pollset.h"

#include <errno.h>
#include <unistd.h>

#ifdef __linux__

#include <sys/epoll.h>
#include <sys/timerfd.h>

static bool add(int set, int fd, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool start(int timer, double seconds) {
  struct itimerspec at = {{0, 0}, {(time_t)seconds, 0}};
  at.it_value.tv_nsec = (long)((seconds - (double)at.it_value.tv_sec) * 1e9);
  /* Zero would stop the timer. */
  if (at.it_value.tv_sec == 0 && at.it_value.tv_nsec == 0)
    at.it_value.tv_nsec = 1;
  return timerfd_settime(timer, 0, &at, NULL) == 0;
}

enum hadm_status hadm_pollset_init(struct hadm_pollset *set, double seconds) {
  const double year = 366 * 86400.0;
  set->fd = epoll_create1(EPOLL_CLOEXEC);
  set->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (set->fd != -1 && set->timer != -1 &&
      start(set->timer, seconds < year ? seconds : year) &&
      add(set->fd, set->timer, EPOLLIN))
    return HADM_OK;
  int error = errno;
  hadm_pollset_free(set);
  errno = error;
  return HADM_E_SYS;
}

enum hadm_status hadm_pollset_add(struct hadm_pollset *set, int fd, bool out) {
  return add(set->fd, fd, out ? EPOLLOUT : EPOLLIN) ? HADM_OK : HADM_E_SYS;
}

#else

enum hadm_status hadm_pollset_init(struct hadm_pollset *set, double seconds) {
  (void)seconds;
  set->fd = set->timer = -1;
  errno = ENOSYS;
  return HADM_E_SYS;
}

enum hadm_status hadm_pollset_add(struct hadm_pollset *set, int fd, bool out) {
  (void)set;
  (void)fd;
  (void)out;
  errno = ENOSYS;
  return HADM_E_SYS;
}

#endif

void hadm_pollset_free(struct hadm_pollset *set) {
  if (set->fd != -1)
    close(set->fd);
  if (set->timer != -1)
    close(set->timer);
  set->fd = set->timer = -1;
}
