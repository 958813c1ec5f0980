/* A growing run of bytes. */
#ifndef HADM_BUFFER_H
#define HADM_BUFFER_H

#include "hadm.h"

HADM_BEGIN

struct hadm_buffer {
  char *data; /* owned; NULL while nothing was reserved */
  size_t len; /* bytes in use */
  size_t cap; /* bytes reserved */
};

/* An empty buffer owns nothing; it needs no hadm_buffer_free. */
#define HADM_BUFFER_EMPTY ((struct hadm_buffer){NULL, 0, 0})

/* Makes room for <more> bytes behind the ones in use.
 * Returns HADM_OK, or HADM_E_NOMEM with the buffer as it was. */
enum hadm_status hadm_buffer_reserve(struct hadm_buffer *buffer, size_t more);

/* Appends <len> bytes. Returns as hadm_buffer_reserve does. */
enum hadm_status hadm_buffer_append(struct hadm_buffer *buffer,
                                    const char *bytes, size_t len);

/* Releases the bytes and leaves the buffer empty. */
void hadm_buffer_free(struct hadm_buffer *buffer);

HADM_END

#endif
