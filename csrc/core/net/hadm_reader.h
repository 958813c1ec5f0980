/* A file that is read in pieces. */
#ifndef HADM_READER_H
#define HADM_READER_H

#include "../base/hadm.h"

HADM_BEGIN

struct hadm_reader {
  int fd;          /* owned; -1 when it is closed */
  uint64_t size;   /* when it was opened */
  uint64_t seen;   /* bytes that were read */
  int64_t seconds; /* when it had been changed */
  long nanoseconds;
};

/* A reader that is closed. */
void hadm_reader_init(struct hadm_reader *reader);

/* Opens the file <path> (ended by NUL). Returns HADM_OK, or with errno as
 * hadm_path_status: HADM_E_ARG where it is a folder (EISDIR) or something else
 * than a file (EINVAL). */
enum hadm_status hadm_reader_open(struct hadm_reader *reader, const char *path);

/* Reads <len> bytes at most: *<got>. Returns HADM_MORE; HADM_OK at the end,
 * with nothing; HADM_E_INCONSISTENT when the file was changed meanwhile, so
 * that its parts may not belong together; HADM_E_CLOSED; or as
 * hadm_reader_open. After anything but HADM_MORE it is closed. */
enum hadm_status hadm_reader_read(struct hadm_reader *reader, char *at,
                                  size_t len, size_t *got);

/* Closes it; may be called again. */
void hadm_reader_close(struct hadm_reader *reader);

HADM_END

#endif
