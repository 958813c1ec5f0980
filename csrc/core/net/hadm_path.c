#include "hadm_path.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum hadm_status hadm_path_status(int error) {
  switch (error) {
  case ENOENT:
  case ENOTDIR:
    return HADM_E_NOT_FOUND;
  case EACCES:
  case EPERM:
  case EROFS:
    return HADM_E_PERMISSION;
  case EISDIR:
  case EINVAL:
    return HADM_E_ARG;
  case ENOMEM:
    return HADM_E_NOMEM;
  default:
    return HADM_E_SYS;
  }
}

enum hadm_status hadm_path_look(const char *path, struct hadm_path *found) {
  struct stat st;
  if (stat(path, &st) == -1)
    return hadm_path_status(errno);
  *found = (struct hadm_path){.is_socket = S_ISSOCK(st.st_mode),
                              .is_folder = S_ISDIR(st.st_mode),
                              .owner = st.st_uid,
                              .group = st.st_gid,
                              .mode = st.st_mode & 07777,
                              .device = (uint64_t)st.st_dev,
                              .inode = (uint64_t)st.st_ino};
  return HADM_OK;
}

void hadm_path_caller(unsigned *user, unsigned *group) {
  *user = geteuid();
  *group = getegid();
}
