#include "../../csrc/core/base/hadm_csv.h"
#include "../../csrc/core/data/hadm_info.h"
#include "../../csrc/core/data/hadm_metric.h"
#include "support.h"

#include <stdio.h>

enum { OF_PROCESS = HADM_OF(HADM_PROCESS) };

static void the_list_is_sound(void **state) {
  (void)state;
  assert_true(hadm_metric_count() > 200);
  for (size_t i = 0; i < hadm_metric_count(); i++) {
    const struct hadm_metric *metric = hadm_metric_at(i);
    assert_int_equal(hadm_metric_index(metric), i);
    assert_true(metric->kinds != 0);
    bool of_process = (metric->kinds & OF_PROCESS) != 0;
    bool of_row = (metric->kinds & HADM_OF_ROWS) != 0;
    assert_true(of_process != of_row);
    assert_ptr_equal(hadm_metric_find(metric->name, metric->kinds), metric);
    assert_true(metric->rule != HADM_RULE_NONE);
    if (metric->kind != HADM_METRIC_NUMBER)
      assert_int_equal(metric->rule, HADM_RULE_SAME);
    if (metric->listed != HADM_RULE_NONE) {
      assert_true(metric->listed == HADM_RULE_SUM ||
                  metric->listed == HADM_RULE_AVG);
      assert_int_equal(metric->listed, metric->rule);
      assert_int_equal(metric->kind, HADM_METRIC_NUMBER);
    }
  }
}

/* Each part of the list by itself: halving finds nothing in another order. */
static void names_are_sorted(void **state) {
  (void)state;
  size_t parts = 1;
  for (size_t i = 1; i < hadm_metric_count(); i++) {
    const struct hadm_metric *before = hadm_metric_at(i - 1);
    const struct hadm_metric *metric = hadm_metric_at(i);
    if ((before->kinds == OF_PROCESS) == (metric->kinds == OF_PROCESS))
      assert_true(strcmp(before->name.ptr, metric->name.ptr) < 0);
    else
      parts++;
  }
  assert_int_equal(parts, 2);
}

static void finds_by_object(void **state) {
  (void)state;
  assert_non_null(hadm_metric_find(TEXT("req_tot"), HADM_OF(HADM_FRONTEND)));
  assert_null(hadm_metric_find(TEXT("req_tot"), OF_PROCESS));
  assert_null(hadm_metric_find(TEXT("none"), HADM_OF_ROWS));
  assert_null(hadm_metric_find(TEXT("algo"), HADM_OF(HADM_SERVER)));
  assert_null(hadm_metric_find(TEXT("stotal"), HADM_OF_ROWS));
  assert_null(hadm_metric_find(TEXT("sto"), HADM_OF_ROWS));
  assert_null(hadm_metric_find(TEXT(""), HADM_OF_ROWS | OF_PROCESS));
}

/* Not a metric: "-" ends the columns that every build has, and only a
 * listener has a protocol. */
static bool is_no_metric(struct hadm_slice name) {
  return hadm_slice_equal(name, TEXT("-")) ||
         hadm_slice_equal(name, TEXT("proto"));
}

/* Whatever else HAProxy 2.2 to 3.4 reports is known. */
static void knows_every_field(void **state) {
  (void)state;
  for (int i = 0; versions[i] != NULL; i++) {
    char name[64];
    snprintf(name, sizeof(name), "%s/show-info.txt", versions[i]);
    struct hadm_slice info = recorded(name);
    struct hadm_pair pair;
    while (hadm_info_next(&info, &pair))
      if (hadm_metric_find(pair.name, OF_PROCESS) == NULL)
        fail_msg("%s: %.*s", versions[i], (int)pair.name.len, pair.name.ptr);
    snprintf(name, sizeof(name), "%s/show-stat.txt", versions[i]);
    struct hadm_slice stat = recorded(name);
    const char *end = memchr(stat.ptr, '\n', stat.len);
    struct hadm_slice header = {stat.ptr + 2, (size_t)(end - stat.ptr) - 2};
    struct hadm_field field;
    while (hadm_csv_next(&header, &field))
      if (!is_no_metric(field.text) &&
          hadm_metric_find(field.text, HADM_OF_ROWS) == NULL)
        fail_msg("%s: %.*s", versions[i], (int)field.text.len, field.text.ptr);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_list_is_sound),
      cmocka_unit_test(names_are_sorted),
      cmocka_unit_test(finds_by_object),
      cmocka_unit_test(knows_every_field),
  };
  return cmocka_run_group_tests_name("metric", tests, NULL, NULL);
}
