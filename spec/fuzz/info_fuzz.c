/* `show info`: pairs lie within the reply, numbers are what the C library
 * takes them for, and values add up over processes. */
#include "../../csrc/core/base/hadm_number.h"
#include "../../csrc/core/data/hadm_info.h"
#include "../../csrc/core/data/hadm_snapshot.h"
#include "../../csrc/core/wire/hadm_session.h"
#include "fuzz.h"

#include <errno.h>
#include <string.h>

static void look_at_number(struct hadm_slice value) {
  char digits[32];
  int64_t number;
  char *end;
  if (!hadm_number_read(value, &number) || value.len >= sizeof(digits))
    return;
  memcpy(digits, value.ptr, value.len);
  digits[value.len] = '\0';
  errno = 0;
  must(strtoll(digits, &end, 10) == number);
  must(errno == 0 && (*end == '\0' || *end == '.'));
}

static void look_at_pairs(struct hadm_slice text) {
  struct hadm_slice rest = text;
  struct hadm_pair pair;
  while (hadm_info_next(&rest, &pair)) {
    must(pair.name.len > 0 && pair.name.ptr >= text.ptr);
    must(pair.value.ptr + pair.value.len <= text.ptr + text.len);
    must(memchr(pair.name.ptr, ':', pair.name.len) == NULL);
    must(pair.value.len == 0 ||
         memchr(pair.value.ptr, '\n', pair.value.len) == NULL);
    struct hadm_slice value;
    must(hadm_info_find(text, pair.name, &value));
    must(hadm_info_field(pair.value).text.len <= pair.value.len);
    look_at_number(pair.value);
  }
  must(rest.len == 0);
}

static void look_at_snapshot(struct hadm_slice text) {
  struct hadm_snapshot *snapshot = hadm_snapshot_new(2);
  must(snapshot != NULL);
  for (unsigned i = 0; i < 2; i++) {
    struct hadm_session session;
    hadm_session_init(&session, HADM_ONCE, text.len, false);
    must(hadm_session_ask(&session, HADM_LITERAL("show info"),
                          HADM_FRAME_INFO) == HADM_OK);
    hadm_session_feed(&session, text.ptr, text.len);
    hadm_session_end(&session);
    struct hadm_reading *reading = hadm_session_reading(&session);
    if (reading != NULL)
      hadm_snapshot_take(snapshot, i, i, reading);
    hadm_session_free(&session);
  }
  for (size_t i = 0; i < hadm_metric_count(); i++) {
    const struct hadm_metric *metric = hadm_metric_at(i);
    if ((metric->kinds & HADM_OF(HADM_PROCESS)) == 0)
      continue;
    struct hadm_total total;
    struct hadm_field value;
    hadm_snapshot_total(snapshot, HADM_NONE, metric,
                        (enum hadm_rule)metric->rule, &total);
    must(total.count <= snapshot->taken);
    /* Both processes say the same. */
    must(hadm_snapshot_agreed(snapshot, HADM_NONE, metric, HADM_RULE_SAME,
                              &value) == HADM_OK);
  }
  hadm_snapshot_unref(snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct hadm_slice text = {(const char *)data, size};
  look_at_pairs(text);
  look_at_snapshot(text);
  return 0;
}
