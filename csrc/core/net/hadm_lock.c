#include "hadm_lock.h"

#include "hadm_path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void hadm_lock_init(struct hadm_lock *lock) {
  *lock = (struct hadm_lock){.fd = -1};
}

void hadm_lock_free(struct hadm_lock *lock) {
  if (lock->fd != -1)
    close(lock->fd);
  lock->fd = -1;
}

enum hadm_status hadm_lock_take(struct hadm_lock *lock, const char *path) {
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  hadm_lock_init(lock);
  /* Nobody is to lead it to another file. */
  lock->fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                  S_IRUSR | S_IWUSR);
  if (lock->fd == -1)
    return hadm_path_status(errno);
  if (fcntl(lock->fd, F_SETLK, &whole) == 0)
    return HADM_OK;
  int error = errno;
  hadm_lock_free(lock);
  errno = error;
  return error == EACCES || error == EAGAIN ? HADM_MORE
                                            : hadm_path_status(error);
}
