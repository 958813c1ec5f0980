#include "../../csrc/core/data/hadm_info.h"
#include "support.h"

#include <stdio.h>

static void pairs(void **state) {
  (void)state;
  struct hadm_slice rest =
      guarded(TEXT("Name: HAProxy\nempty:\nblank: \nno colon\n: no name\n"
                   "Uptime: 0d 0h00m01s\nlast:x"));
  const char *const expected[] = {"Name",  "HAProxy", "empty",  "",
                                  "blank", "",        "Uptime", "0d 0h00m01s",
                                  "last",  "x"};
  struct hadm_pair pair;
  for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i += 2) {
    assert_true(hadm_info_next(&rest, &pair));
    assert_slice(pair.name, expected[i]);
    assert_slice(pair.value, expected[i + 1]);
  }
  assert_false(hadm_info_next(&rest, &pair));
  assert_false(hadm_info_next(&rest, &pair));
}

static void finds(void **state) {
  (void)state;
  struct hadm_slice text = guarded(TEXT("Name: HAProxy\nPid: 7\nPidx: 8\n"));
  struct hadm_slice value;
  assert_true(hadm_info_find(text, TEXT("Pid"), &value));
  assert_slice(value, "7");
  assert_true(hadm_info_find(text, TEXT("Name"), &value));
  assert_slice(value, "HAProxy");
  assert_false(hadm_info_find(text, TEXT("pid"), &value));
  assert_false(hadm_info_find(text, TEXT("Pi"), &value));
  assert_false(
      hadm_info_find((struct hadm_slice){NULL, 0}, TEXT("Pid"), &value));
}

/* A text with a comma or a quote comes in quotes, as in `show stat`. */
static void quoted_values(void **state) {
  (void)state;
  struct hadm_field field =
      hadm_info_field(guarded(TEXT("\"a \"\"b\"\", c\"")));
  assert_true(field.quoted);
  assert_slice(field.text, "a \"\"b\"\", c");
  field = hadm_info_field(guarded(TEXT("plain")));
  assert_false(field.quoted);
  assert_slice(field.text, "plain");
  field = hadm_info_field(guarded(TEXT("one, two")));
  assert_slice(field.text, "one, two");
  field = hadm_info_field(guarded(TEXT("\"")));
  assert_false(field.quoted);
  assert_slice(field.text, "\"");
  field = hadm_info_field((struct hadm_slice){NULL, 0});
  assert_false(field.quoted);
}

static void recorded_replies(void **state) {
  (void)state;
  for (int i = 0; versions[i] != NULL; i++) {
    char name[64];
    snprintf(name, sizeof(name), "%s/show-info.txt", versions[i]);
    struct hadm_slice text = guarded(recorded(name));
    struct hadm_slice value;
    assert_true(hadm_info_find(text, TEXT("Version"), &value));
    assert_true(hadm_slice_starts(value, text_of(versions[i])));
    assert_true(hadm_info_find(text, TEXT("node"), &value));
    assert_slice(value, "one");
    assert_true(hadm_info_find(text, TEXT("description"), &value));
    assert_slice(hadm_info_field(value).text,
                 "a \"\"quoted\"\", described node");
    assert_true(hadm_info_find(text, TEXT("Process_num"), &value));
    assert_slice(value, "1");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pairs),
      cmocka_unit_test(finds),
      cmocka_unit_test(quoted_values),
      cmocka_unit_test(recorded_replies),
  };
  return cmocka_run_group_tests_name("info", tests, NULL, NULL);
}
