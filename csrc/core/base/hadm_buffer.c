/* For madvise. */
#define _GNU_SOURCE

#include "hadm_buffer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { SMALLEST = 512, LARGE_PAGE = 1 << 21, LARGE = 2 * LARGE_PAGE };

enum hadm_status hadm_buffer_reserve(struct hadm_buffer *buffer, size_t more) {
  if (more <= buffer->cap - buffer->len)
    return HADM_OK;
  if (more > SIZE_MAX / 2 - buffer->len)
    return HADM_E_NOMEM;
  size_t cap = buffer->cap < SMALLEST ? SMALLEST : buffer->cap;
  while (cap - buffer->len < more)
    cap *= 2;
  char *data = realloc(buffer->data, cap);
  if (data == NULL)
    return HADM_E_NOMEM;
  buffer->data = data;
  buffer->cap = cap;
  return HADM_OK;
}

/* Most of the time that it takes to fill some megabytes would be spent in the
 * kernel, which finds them page by page: the pages may be large. */
static void use_large_pages(const struct hadm_buffer *buffer) {
#ifdef MADV_HUGEPAGE
  size_t before = (size_t)((uintptr_t)buffer->data % LARGE_PAGE);
  size_t from = before == 0 ? 0 : LARGE_PAGE - before;
  size_t len = (buffer->cap - from) / LARGE_PAGE * LARGE_PAGE;
  /* Where there are none, all is as it would be. */
  (void)madvise(buffer->data + from, len, MADV_HUGEPAGE);
#else
  (void)buffer;
#endif
}

enum hadm_status hadm_buffer_reserve_all(struct hadm_buffer *buffer,
                                         size_t more) {
  enum hadm_status status = hadm_buffer_reserve(buffer, more);
  if (status == HADM_OK && buffer->cap >= LARGE)
    use_large_pages(buffer);
  return status;
}

enum hadm_status hadm_buffer_append(struct hadm_buffer *buffer,
                                    const char *bytes, size_t len) {
  if (len == 0)
    return HADM_OK;
  enum hadm_status status = hadm_buffer_reserve(buffer, len);
  if (status != HADM_OK)
    return status;
  memcpy(buffer->data + buffer->len, bytes, len);
  buffer->len += len;
  return HADM_OK;
}

void hadm_buffer_free(struct hadm_buffer *buffer) {
  free(buffer->data);
  *buffer = HADM_BUFFER_EMPTY;
}
