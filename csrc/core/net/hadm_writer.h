/* A file that is replaced whole, or not at all. */
#ifndef HADM_WRITER_H
#define HADM_WRITER_H

#include "../base/hadm_buffer.h"
#include "../base/hadm_slice.h"

HADM_BEGIN

/* What is written goes to a temporary file in the same folder, which takes the
 * file's name when all of it is on the disk. Whoever reads the file meets the
 * old content or the new one, also where the process is killed in between; a
 * process that is killed leaves its temporary file behind. */
struct hadm_writer {
  int folder;                 /* owned; -1 when it is closed */
  int fd;                     /* owned: the temporary file; -1 when closed */
  long pid;                   /* the process that opened it */
  char *name;                 /* owned: the file's name in its folder */
  char temporary[64];         /* the other one's; empty when it is gone */
  struct hadm_buffer pending; /* small pieces, to be written as a large one */
  const char *doing;          /* what was under way when it failed */
};

/* A writer that is closed. */
void hadm_writer_init(struct hadm_writer *writer);

/* Begins to write the file <path> (ended by NUL). A symbolic link is followed:
 * what it leads to is written. A file that is there keeps its owner, group and
 * mode; a new one has those that the system gives it. Returns HADM_OK, or with
 * errno and <doing> set HADM_E_NOT_FOUND (the folder), HADM_E_PERMISSION,
 * HADM_E_ARG (there is something else than a file), HADM_E_NOMEM or
 * HADM_E_SYS; then nothing is left behind. */
enum hadm_status hadm_writer_open(struct hadm_writer *writer, const char *path);

/* Writes what comes next. Returns HADM_OK; HADM_E_CLOSED when it is not open,
 * or open in another process; or as hadm_writer_open, and is closed then. */
enum hadm_status hadm_writer_write(struct hadm_writer *writer,
                                   struct hadm_slice text);

/* Puts the file in its place. Returns as hadm_writer_write, and is closed. */
enum hadm_status hadm_writer_commit(struct hadm_writer *writer);

/* Closes it; what was written is gone unless it was committed. May be called
 * again. */
void hadm_writer_close(struct hadm_writer *writer);

HADM_END

#endif
