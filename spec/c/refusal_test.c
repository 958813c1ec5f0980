#include "../../csrc/core/data/hadm_refusal.h"
#include "reader.h"

#include <stdio.h>

/* What a recorded reply says, without its line ends. */
static struct hadm_slice answer(const char *version, const char *name) {
  char path[128];
  snprintf(path, sizeof(path), "%s/%s.txt", version, name);
  struct hadm_slice text = recorded(path);
  for (int i = 0; i < 2 && text.len > 0 && text.ptr[text.len - 1] == '\n'; i++)
    text.len--;
  return guarded(text);
}

static void recorded_refusals(void **state) {
  (void)state;
  static const struct {
    const char *name;
    enum hadm_refusal refusal;
  } replies[] = {
      {"unknown-command", HADM_REFUSAL_UNSUPPORTED},
      {"no-such-server", HADM_REFUSAL_NOT_FOUND},
      {"no-such-backend", HADM_REFUSAL_NOT_FOUND},
      {"no-such-frontend", HADM_REFUSAL_NOT_FOUND},
      {"no-such-map", HADM_REFUSAL_NOT_FOUND},
      {"no-such-acl", HADM_REFUSAL_NOT_FOUND},
      {"no-such-proxy-stat", HADM_REFUSAL_NOT_FOUND},
      {"permission", HADM_REFUSAL_PERMISSION},
      {"bad-weight", HADM_REFUSAL_BAD_ARGUMENT},
      {"bad-address", HADM_REFUSAL_BAD_ARGUMENT},
  };
  for (int i = 0; versions[i] != NULL; i++) {
    for (size_t j = 0; j < sizeof(replies) / sizeof(replies[0]); j++) {
      struct hadm_slice text = answer(versions[i], replies[j].name);
      if (hadm_refusal_of(text) != replies[j].refusal)
        fail_msg("%s %.*s", versions[i], (int)text.len, text.ptr);
      assert_false(hadm_refusal_not(HADM_SUCCESS_SILENT, text));
      assert_false(hadm_refusal_not(HADM_SUCCESS_FRONTEND, text));
      assert_false(hadm_refusal_not(HADM_SUCCESS_ADDRESS, text));
    }
  }
}

static void recorded_successes(void **state) {
  (void)state;
  for (int i = 0; versions[i] != NULL; i++) {
    const char *v = versions[i];
    assert_true(
        hadm_refusal_not(HADM_SUCCESS_ADDRESS, answer(v, "address-changed")));
    assert_true(
        hadm_refusal_not(HADM_SUCCESS_ADDRESS, answer(v, "address-kept")));
    assert_true(hadm_refusal_not(HADM_SUCCESS_FRONTEND,
                                 answer(v, "frontend-disabled")));
    assert_true(hadm_refusal_not(HADM_SUCCESS_FRONTEND,
                                 answer(v, "frontend-disabled-again")));
    assert_false(hadm_refusal_not(HADM_SUCCESS_SILENT,
                                  answer(v, "frontend-disabled-again")));
    assert_false(
        hadm_refusal_not(HADM_SUCCESS_FRONTEND, answer(v, "address-changed")));
  }
}

static void success_is_known(void **state) {
  (void)state;
  for (int kind = HADM_SUCCESS_SILENT; kind <= HADM_SUCCESS_ADDRESS; kind++) {
    enum hadm_success expected = (enum hadm_success)kind;
    assert_true(hadm_refusal_not(expected, TEXT("")));
    assert_true(hadm_refusal_not(expected, TEXT("Done.")));
    assert_false(hadm_refusal_not(expected, TEXT("Done. Not.")));
    assert_false(hadm_refusal_not(expected, TEXT("Something else.")));
  }
  assert_false(hadm_refusal_not((enum hadm_success)99, TEXT("Nothing")));
}

/* One part that failed makes the whole fail. */
static void every_part_of_an_address(void **state) {
  (void)state;
  assert_true(hadm_refusal_not(
      HADM_SUCCESS_ADDRESS,
      TEXT("no need to change the addr, port changed from '80' to '81'")));
  assert_true(hadm_refusal_not(HADM_SUCCESS_ADDRESS,
                               TEXT("IP changed from 'a' to 'b',nothing "
                                    "changed")));
  assert_false(hadm_refusal_not(HADM_SUCCESS_ADDRESS,
                                guarded(TEXT("no need to change the addr, "
                                             "problem converting port 'x'"))));
  assert_false(hadm_refusal_not(HADM_SUCCESS_ADDRESS,
                                TEXT("Invalid addr format, no need to change "
                                     "the port")));
}

static void what_exists_already(void **state) {
  (void)state;
  assert_int_equal(
      hadm_refusal_of(guarded(TEXT("Certificate 'x' already exists!"))),
      HADM_REFUSAL_EXISTS);
  assert_int_equal(
      hadm_refusal_of(guarded(TEXT("CA file 'x' already exists!"))),
      HADM_REFUSAL_EXISTS);
  assert_int_equal(
      hadm_refusal_of(guarded(TEXT("Certificate 'x' already exists"))),
      HADM_REFUSAL_FAILED);
  assert_int_equal(hadm_refusal_of(guarded(TEXT("' already exists!"))),
                   HADM_REFUSAL_FAILED);
}

static void what_is_not_known_failed(void **state) {
  (void)state;
  assert_int_equal(hadm_refusal_of(TEXT("")), HADM_REFUSAL_FAILED);
  assert_int_equal(hadm_refusal_of(TEXT("Something else.")),
                   HADM_REFUSAL_FAILED);
  assert_int_equal(hadm_refusal_of(guarded(TEXT("Permission deni"))),
                   HADM_REFUSAL_FAILED);
  assert_int_equal(hadm_refusal_of(guarded(TEXT("Permission denied"))),
                   HADM_REFUSAL_PERMISSION);
  assert_int_equal(hadm_refusal_of(TEXT("Frontend was previously shut down, "
                                        "cannot enable.")),
                   HADM_REFUSAL_IN_USE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(recorded_refusals),
      cmocka_unit_test(recorded_successes),
      cmocka_unit_test(success_is_known),
      cmocka_unit_test(every_part_of_an_address),
      cmocka_unit_test(what_exists_already),
      cmocka_unit_test(what_is_not_known_failed),
  };
  return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
