/* What is written as a line of a file is read as the same entry.
 *
 * The input is a byte that says whether there are values, and the entry. */
#include "../../csrc/core/data/hadm_entries.h"
#include "../../csrc/core/data/hadm_mapfile.h"
#include "fuzz.h"

#include <string.h>

/* What HAProxy can have, and this module does not send. */
static bool is_not_sent(const struct hadm_entries *entries) {
  return entries->fault == HADM_FAULT_UTF8 ||
         entries->fault == HADM_FAULT_LENGTH ||
         entries->fault == HADM_FAULT_VALUE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  bool map = data[0] % 2 == 1;
  struct hadm_slice text = {(const char *)data + 1, size - 1};
  struct hadm_buffer lines = HADM_BUFFER_EMPTY;
  enum hadm_status status = hadm_mapfile_put(&lines, text, map);
  must(status == HADM_OK || (status == HADM_E_ARG && lines.len == 0));
  if (status == HADM_OK) {
    struct hadm_entries entries;
    struct hadm_slice line = {lines.data, lines.len};
    must(hadm_mapfile_head(line).len == 0);
    hadm_entries_init(&entries, map, 1);
    status = hadm_entries_feed(&entries, line);
    if (status == HADM_E_ARG) {
      must(is_not_sent(&entries));
    } else {
      must(status == HADM_OK && entries.count == 1);
      must(hadm_slice_equal(hadm_entries_text(&entries, 0), text));
    }
    hadm_entries_free(&entries);
  }
  struct hadm_slice head = hadm_mapfile_head(text);
  must(head.len <= text.len);
  must(head.len == text.len || head.len == 0 || head.ptr[head.len - 1] == '\n');
  hadm_buffer_free(&lines);
  return 0;
}
