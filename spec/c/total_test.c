#include "../../csrc/core/data/hadm_total.h"
#include "support.h"

static void add_all(struct hadm_total *total, enum hadm_rule rule,
                    const int64_t *numbers, size_t count) {
  hadm_total_init(total, rule);
  for (size_t i = 0; i < count; i++)
    hadm_total_add(total, numbers[i]);
}

static void assert_total(enum hadm_rule rule, int64_t a, int64_t b, int64_t c,
                         int64_t expected) {
  struct hadm_total total;
  const int64_t numbers[] = {a, b, c};
  add_all(&total, rule, numbers, 3);
  assert_int_equal(total.count, 3);
  assert_true(hadm_total_result(&total) == expected);
}

static void rules(void **state) {
  (void)state;
  assert_total(HADM_RULE_SUM, 1, 2, 4, 7);
  assert_total(HADM_RULE_NONE, 1, 2, 4, 7);
  assert_total(HADM_RULE_AVG, 1, 2, 5, 2);
  assert_total(HADM_RULE_AVG, -1, -2, -5, -2);
  assert_total(HADM_RULE_MAX, 1, 9, 4, 9);
  assert_total(HADM_RULE_MAX, -3, -9, -4, -3);
  assert_total(HADM_RULE_MIN, 5, 1, 4, 1);
}

static void no_values(void **state) {
  (void)state;
  for (int rule = HADM_RULE_NONE; rule <= HADM_RULE_MIN; rule++) {
    struct hadm_total total;
    hadm_total_init(&total, (enum hadm_rule)rule);
    assert_int_equal(hadm_total_result(&total), 0);
    assert_int_equal(total.count, 0);
  }
}

static void one_value(void **state) {
  (void)state;
  for (int rule = HADM_RULE_NONE; rule <= HADM_RULE_MIN; rule++) {
    struct hadm_total total;
    const int64_t number = -7;
    add_all(&total, (enum hadm_rule)rule, &number, 1);
    assert_int_equal(hadm_total_result(&total), -7);
  }
}

static void a_sum_stays_at_its_limit(void **state) {
  (void)state;
  assert_total(HADM_RULE_SUM, INT64_MAX, 1, 0, INT64_MAX);
  assert_total(HADM_RULE_SUM, INT64_MIN, -1, 0, INT64_MIN);
  assert_total(HADM_RULE_SUM, INT64_MAX, INT64_MIN, 0, -1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rules),
      cmocka_unit_test(no_values),
      cmocka_unit_test(one_value),
      cmocka_unit_test(a_sum_stays_at_its_limit),
  };
  return cmocka_run_group_tests_name("total", tests, NULL, NULL);
}
