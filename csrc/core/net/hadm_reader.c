#include "hadm_reader.h"

#include "hadm_path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void hadm_reader_init(struct hadm_reader *reader) {
  *reader = (struct hadm_reader){.fd = -1};
}

void hadm_reader_close(struct hadm_reader *reader) {
  if (reader->fd != -1)
    close(reader->fd);
  reader->fd = -1;
}

static enum hadm_status fail(struct hadm_reader *reader, int error) {
  hadm_reader_close(reader);
  errno = error;
  return hadm_path_status(error);
}

enum hadm_status hadm_reader_open(struct hadm_reader *reader,
                                  const char *path) {
  struct stat st;
  hadm_reader_init(reader);
  /* A pipe that nobody writes to is not waited for. */
  reader->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (reader->fd == -1 || fstat(reader->fd, &st) == -1)
    return fail(reader, errno);
  if (!S_ISREG(st.st_mode))
    return fail(reader, S_ISDIR(st.st_mode) ? EISDIR : EINVAL);
  reader->size = (uint64_t)st.st_size;
  reader->seconds = st.st_mtim.tv_sec;
  reader->nanoseconds = st.st_mtim.tv_nsec;
  return HADM_OK;
}

/* Is the file as it was when it was opened? */
static bool is_unchanged(const struct hadm_reader *reader) {
  struct stat st;
  return fstat(reader->fd, &st) == 0 && (uint64_t)st.st_size == reader->seen &&
         reader->size == reader->seen && st.st_mtim.tv_sec == reader->seconds &&
         st.st_mtim.tv_nsec == reader->nanoseconds;
}

enum hadm_status hadm_reader_read(struct hadm_reader *reader, char *at,
                                  size_t len, size_t *got) {
  ssize_t n;
  if (reader->fd == -1)
    return HADM_E_CLOSED;
  do
    n = read(reader->fd, at, len);
  while (n == -1 && errno == EINTR);
  if (n == -1)
    return fail(reader, errno);
  *got = (size_t)n;
  reader->seen += (uint64_t)n;
  /* Once it has grown it is of no use, and may have no end. */
  if (n > 0 && reader->seen <= reader->size)
    return HADM_MORE;
  bool is_whole = is_unchanged(reader);
  hadm_reader_close(reader);
  return is_whole ? HADM_OK : HADM_E_INCONSISTENT;
}
