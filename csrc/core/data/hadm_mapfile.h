/* Lines of the files from which HAProxy fills maps and ACLs when it starts. */
#ifndef HADM_MAPFILE_H
#define HADM_MAPFILE_H

#include "../base/hadm_buffer.h"
#include "../base/hadm_slice.h"

HADM_BEGIN

/* The longest line, without its end: HAProxy takes longer ones to pieces, each
 * of which is an entry then (tune.bufsize, 16384). */
enum { HADM_MAPFILE_LINE = 16382 };

/* Appends an entry as a line from which HAProxy reads the same entry. <text> is
 * the entry as HAProxy prints it: of a map (<map>) the key, a blank, and the
 * value; of an ACL the key. Returns HADM_OK; HADM_E_NOMEM; HADM_E_ARG where no
 * line of a file can be read so: it begins with a blank, or a map's value
 * begins or ends with one; it holds the end of a line; or is too long. */
enum hadm_status hadm_mapfile_put(struct hadm_buffer *lines,
                                  struct hadm_slice text, bool map);

/* The lines of comments and blanks before the first entry of a file. */
struct hadm_slice hadm_mapfile_head(struct hadm_slice text);

HADM_END

#endif
