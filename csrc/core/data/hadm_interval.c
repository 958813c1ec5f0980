#include "hadm_interval.h"

#include "../base/hadm_number.h"

#include <stdlib.h>

static bool same_info(const struct hadm_interval *interval, size_t before,
                      size_t now, struct hadm_slice name) {
  struct hadm_slice a, b;
  bool has = hadm_snapshot_info(interval->before, before, name, &a);
  if (hadm_snapshot_info(interval->now, now, name, &b) != has)
    return false;
  return !has || hadm_slice_equal(a, b);
}

static size_t place_before(const struct hadm_interval *interval, size_t now) {
  const struct hadm_snapshot *before = interval->before;
  for (size_t i = 0; i < before->taken; i++)
    if (before->processes[i].slot == interval->now->processes[now].slot &&
        same_info(interval, i, now, HADM_LITERAL("Pid")) &&
        same_info(interval, i, now, HADM_LITERAL("Start_time_sec")))
      return i;
  return HADM_NONE;
}

enum hadm_status hadm_interval_init(struct hadm_interval *interval,
                                    struct hadm_snapshot *before,
                                    struct hadm_snapshot *now) {
  *interval = (struct hadm_interval){NULL, NULL, NULL};
  size_t *places = malloc((now->taken > 0 ? now->taken : 1) * sizeof(*places));
  if (places == NULL)
    return HADM_E_NOMEM;
  interval->before = hadm_snapshot_ref(before);
  interval->now = hadm_snapshot_ref(now);
  interval->places = places;
  for (size_t i = 0; i < now->taken; i++)
    places[i] = place_before(interval, i);
  return HADM_OK;
}

void hadm_interval_free(struct hadm_interval *interval) {
  hadm_snapshot_unref(interval->before);
  hadm_snapshot_unref(interval->now);
  free(interval->places);
  *interval = (struct hadm_interval){NULL, NULL, NULL};
}

static bool number_of(const struct hadm_snapshot *snapshot, uint32_t object,
                      size_t process, const struct hadm_metric *metric,
                      int64_t *number) {
  struct hadm_field field = {{"", 0}, false};
  if (object == HADM_NONE) {
    if (!hadm_snapshot_info(snapshot, process, metric->name, &field.text))
      return false;
  } else if (!hadm_snapshot_field(snapshot, object, process, metric, &field)) {
    return false;
  }
  return hadm_number_read(field.text, number);
}

/* The object as the snapshot before numbers it; nearly always it has the same
 * number there, but nobody promises that. */
static bool find_before(const struct hadm_interval *interval, uint32_t object,
                        uint32_t *found) {
  *found = HADM_NONE;
  if (object == HADM_NONE)
    return true;
  *found =
      hadm_snapshot_find(interval->before, interval->now->objects[object].kind,
                         hadm_snapshot_proxy(interval->now, object),
                         hadm_snapshot_name(interval->now, object));
  return *found != HADM_NONE;
}

bool hadm_interval_increase(const struct hadm_interval *interval,
                            uint32_t object, unsigned nb,
                            const struct hadm_metric *metric,
                            int64_t *increase) {
  uint32_t earlier;
  struct hadm_total total;
  hadm_total_init(&total, HADM_RULE_SUM);
  if (!find_before(interval, object, &earlier))
    return false;
  for (size_t i = 0; i < interval->now->taken; i++) {
    int64_t from, to;
    if ((nb == 0 || interval->now->processes[i].nb == nb) &&
        interval->places[i] != HADM_NONE &&
        number_of(interval->before, earlier, interval->places[i], metric,
                  &from) &&
        number_of(interval->now, object, i, metric, &to) && from >= 0 &&
        to >= from)
      hadm_total_add(&total, to - from);
  }
  *increase = hadm_total_result(&total);
  return total.count > 0;
}
