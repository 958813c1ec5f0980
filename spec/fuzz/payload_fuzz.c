/* The encoder's payloads: whatever goes in ends where it ends, and nothing of
 * it can be read as the end; or it is refused.
 *
 * The input is a byte that says whether there are patterns, four for the seed,
 * and the payload. */
#include "../../csrc/core/wire/hadm_command.h"
#include "fuzz.h"

#include <string.h>

static void check(const struct hadm_command *command, struct hadm_slice payload,
                  bool named) {
  struct hadm_slice rest = {command->line.data, command->line.len};
  struct hadm_slice line;
  must(rest.len + 1 <= HADM_COMMAND_PAYLOAD_MAX);
  must(hadm_slice_line(&rest, &line));
  must(hadm_slice_starts(line, HADM_LITERAL("command <<")));
  struct hadm_slice end = hadm_slice_behind(line, 10);
  must(end.len == (named ? HADM_COMMAND_PATTERN : 0));
  must(memchr(end.ptr, ' ', end.len) == NULL);
  if (payload.ptr[payload.len - 1] == '\n')
    payload.len--;
  must(rest.len == payload.len + 1 + end.len);
  must(hadm_slice_starts(rest, payload));
  must(rest.ptr[payload.len] == '\n');
  must(memcmp(rest.ptr + payload.len + 1, end.ptr, end.len) == 0);
  /* The end is no line of it, not even its empty last one. */
  for (size_t from = 0;;) {
    const char *lf = memchr(payload.ptr + from, '\n', payload.len - from);
    size_t to = lf != NULL ? (size_t)(lf - payload.ptr) : payload.len;
    struct hadm_slice own = {payload.ptr + from, to - from};
    must(!hadm_slice_equal(own, end));
    if (lf == NULL)
      break;
    from = to + 1;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 5)
    return 0;
  uint32_t seed;
  bool named = data[0] % 2 == 1;
  memcpy(&seed, data + 1, sizeof(seed));
  struct hadm_slice payload = {(const char *)data + 5, size - 5};
  struct hadm_command command;
  hadm_command_init(&command);
  must(hadm_command_words(&command, HADM_LITERAL("command")) == HADM_OK);
  enum hadm_status status =
      hadm_command_payload(&command, payload, named, seed);
  if (status == HADM_OK)
    check(&command, payload, named);
  else
    must(status == HADM_E_ARG && command.refused != HADM_REFUSED_NOT);
  hadm_command_free(&command);
  return 0;
}
