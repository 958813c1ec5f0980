#include "hadm_writer.h"

#include "hadm_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 1 << 16, MOST_LINKS = 40, MOST_TRIES = 100 };

void hadm_writer_init(struct hadm_writer *writer) {
  *writer = (struct hadm_writer){.folder = -1, .fd = -1};
}

void hadm_writer_close(struct hadm_writer *writer) {
  /* A process's child that inherited it closes its own copies only. */
  if (writer->temporary[0] != '\0' && writer->pid == getpid())
    unlinkat(writer->folder, writer->temporary, 0);
  if (writer->fd != -1)
    close(writer->fd);
  if (writer->folder != -1)
    close(writer->folder);
  free(writer->name);
  hadm_buffer_free(&writer->pending);
  const char *doing = writer->doing;
  hadm_writer_init(writer);
  writer->doing = doing;
}

/* Ends a writer that failed with <error> while <doing>. */
static enum hadm_status fail(struct hadm_writer *writer, const char *doing,
                             int error) {
  hadm_writer_close(writer);
  writer->doing = doing;
  errno = error;
  return hadm_path_status(error);
}

/* Follows the last part of a path (PATH_MAX bytes of room), as often as it is
 * a link. Folders before it are the system's business. Returns 0 or an
 * errno. */
static int follow(char *path) {
  char target[PATH_MAX];
  for (int links = 0; links < MOST_LINKS; links++) {
    ssize_t len = readlink(path, target, sizeof(target) - 1);
    /* It is no link, or not there: the system says so when it is opened. */
    if (len == -1)
      return errno == EINVAL || errno == ENOENT ? 0 : errno;
    target[len] = '\0';
    char *slash = strrchr(path, '/');
    char *at = target[0] == '/' || slash == NULL ? path : slash + 1;
    if ((size_t)(at - path) + (size_t)len >= PATH_MAX)
      return ENAMETOOLONG;
    memcpy(at, target, (size_t)len + 1);
  }
  return ELOOP;
}

/* Makes the temporary file, with the first name that is free. Nobody can know
 * the name before, to be in the way. */
static int make_temporary(struct hadm_writer *writer, mode_t mode) {
  int fd;
  for (int i = 0; i < MOST_TRIES; i++) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uintptr_t place = (uintptr_t)writer;
    snprintf(writer->temporary, sizeof(writer->temporary),
             ".haproxyadmin-%lx-%lx-%lx", writer->pid, (unsigned long)place,
             (unsigned long)now.tv_nsec);
    fd = openat(writer->folder, writer->temporary,
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd != -1)
      return fd;
    if (errno != EEXIST)
      break;
  }
  writer->temporary[0] = '\0';
  return -1;
}

/* Splits a path at its last slash and opens the folder. */
static int open_folder(struct hadm_writer *writer, char *path) {
  char *slash = strrchr(path, '/');
  const char *name = slash == NULL ? path : slash + 1;
  writer->name = malloc(strlen(name) + 1);
  if (writer->name == NULL)
    return -1;
  memcpy(writer->name, name, strlen(name) + 1);
  /* The slash stays: without it the root would have no name. */
  if (slash != NULL)
    slash[1] = '\0';
  return open(slash == NULL ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum hadm_status hadm_writer_open(struct hadm_writer *writer,
                                  const char *path) {
  char place[PATH_MAX];
  struct stat old;
  hadm_writer_init(writer);
  writer->pid = getpid();
  size_t len = strlen(path);
  if (len == 0 || len >= sizeof(place))
    return fail(writer, "looking for it", len == 0 ? ENOENT : ENAMETOOLONG);
  memcpy(place, path, len + 1);
  int error = follow(place);
  if (error != 0)
    return fail(writer, "looking for it", error);
  if (place[strlen(place) - 1] == '/')
    return fail(writer, "looking for it", EISDIR);
  writer->folder = open_folder(writer, place);
  if (writer->folder == -1)
    return fail(writer, "opening its folder", errno);
  bool is_there =
      fstatat(writer->folder, writer->name, &old, AT_SYMLINK_NOFOLLOW) == 0;
  if (!is_there && errno != ENOENT)
    return fail(writer, "looking for it", errno);
  if (is_there && S_ISDIR(old.st_mode))
    return fail(writer, "looking for it", EISDIR);
  if (is_there && !S_ISREG(old.st_mode))
    return fail(writer, "it is no regular file", EINVAL);
  /* Nobody may read the new content who could not read the old one. */
  writer->fd = make_temporary(writer, is_there ? 0600 : 0666);
  if (writer->fd == -1)
    return fail(writer, "making a temporary file in its folder", errno);
  if (!is_there)
    return HADM_OK;
  struct stat new;
  if (fstat(writer->fd, &new) == -1)
    return fail(writer, "looking at the temporary file", errno);
  if ((new.st_uid != old.st_uid || new.st_gid != old.st_gid) &&
      fchown(writer->fd, old.st_uid, old.st_gid) == -1)
    return fail(writer, "keeping its owner", errno);
  if (fchmod(writer->fd, old.st_mode & 07777) == -1)
    return fail(writer, "keeping its mode", errno);
  return HADM_OK;
}

static enum hadm_status write_all(struct hadm_writer *writer,
                                  struct hadm_slice text) {
  while (text.len > 0) {
    ssize_t n = write(writer->fd, text.ptr, text.len);
    if (n == -1 && errno != EINTR)
      return fail(writer, "writing", errno);
    if (n > 0)
      text = hadm_slice_behind(text, (size_t)n);
  }
  return HADM_OK;
}

static enum hadm_status flush(struct hadm_writer *writer) {
  struct hadm_slice text = {writer->pending.data, writer->pending.len};
  enum hadm_status status = write_all(writer, text);
  writer->pending.len = 0;
  return status;
}

static bool is_open(const struct hadm_writer *writer) {
  return writer->fd != -1 && writer->pid == getpid();
}

enum hadm_status hadm_writer_write(struct hadm_writer *writer,
                                   struct hadm_slice text) {
  if (!is_open(writer))
    return HADM_E_CLOSED;
  if (writer->pending.len + text.len > PIECE) {
    enum hadm_status status = flush(writer);
    if (status != HADM_OK)
      return status;
  }
  if (text.len >= PIECE)
    return write_all(writer, text);
  if (hadm_buffer_append(&writer->pending, text.ptr, text.len) != HADM_OK)
    return fail(writer, "writing", ENOMEM);
  return HADM_OK;
}

enum hadm_status hadm_writer_commit(struct hadm_writer *writer) {
  if (!is_open(writer))
    return HADM_E_CLOSED;
  enum hadm_status status = flush(writer);
  if (status != HADM_OK)
    return status;
  /* The name may not be on the disk before the content is. */
  if (fsync(writer->fd) == -1)
    return fail(writer, "syncing it", errno);
  int fd = writer->fd;
  writer->fd = -1;
  if (close(fd) == -1)
    return fail(writer, "closing it", errno);
  if (renameat(writer->folder, writer->temporary, writer->folder,
               writer->name) == -1)
    return fail(writer, "giving the temporary file its name", errno);
  writer->temporary[0] = '\0';
  /* A file system that cannot do it says EINVAL. */
  if (fsync(writer->folder) == -1 && errno != EINVAL)
    return fail(writer, "syncing its folder, after it was replaced", errno);
  hadm_writer_close(writer);
  return HADM_OK;
}
