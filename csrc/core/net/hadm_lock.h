/* A lock that one process has at a time. */
#ifndef HADM_LOCK_H
#define HADM_LOCK_H

#include "../base/hadm.h"

HADM_BEGIN

/* It is on a file of its own, which stays behind: one that was removed could be
 * locked while another one of its name is. The system lets go of it when the
 * process ends, however that comes about. */
struct hadm_lock {
  int fd; /* owned; -1 when it is free */
};

/* A lock that is free. */
void hadm_lock_init(struct hadm_lock *lock);

/* Takes the lock on the file <path> (ended by NUL), which is made where it is
 * not there. Returns HADM_OK; HADM_MORE when another process has it; or with
 * errno as hadm_path_status. */
enum hadm_status hadm_lock_take(struct hadm_lock *lock, const char *path);

/* Lets go of it; may be called again. */
void hadm_lock_free(struct hadm_lock *lock);

HADM_END

#endif
