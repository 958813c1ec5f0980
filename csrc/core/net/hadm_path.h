/* Files: what they are, and why they are not. */
#ifndef HADM_PATH_H
#define HADM_PATH_H

#include "../base/hadm.h"

HADM_BEGIN

struct hadm_path {
  bool is_socket;
  bool is_folder;
  unsigned owner, group, mode; /* the file's */
  uint64_t device, inode;      /* together they tell it from any other file */
};

/* Looks at <path> (ended by NUL), following links. Returns HADM_OK,
 * or as hadm_path_status; errno is set then. */
enum hadm_status hadm_path_look(const char *path, struct hadm_path *found);

/* What an errno of a file says: HADM_E_NOT_FOUND, HADM_E_PERMISSION,
 * HADM_E_ARG (it is no file), HADM_E_NOMEM or HADM_E_SYS. */
enum hadm_status hadm_path_status(int error);

/* The caller's effective user and group. */
void hadm_path_caller(unsigned *user, unsigned *group);

HADM_END

#endif
