#include "hadm_buffer.h"

#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 512 };

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
