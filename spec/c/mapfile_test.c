#include "../../csrc/core/data/hadm_mapfile.h"
#include "support.h"

static enum hadm_status put(struct hadm_slice text, bool map,
                            const char *line) {
  struct hadm_buffer lines = HADM_BUFFER_EMPTY;
  assert_int_equal(hadm_buffer_append(&lines, ">", 1), HADM_OK);
  enum hadm_status status = hadm_mapfile_put(&lines, guarded(text), map);
  assert_slice(((struct hadm_slice){lines.data, lines.len}), line);
  hadm_buffer_free(&lines);
  return status;
}

static void writes(struct hadm_slice text, bool map, const char *line) {
  assert_int_equal(put(text, map, line), HADM_OK);
}

static void refuses(struct hadm_slice text, bool map) {
  assert_int_equal(put(text, map, ">"), HADM_E_ARG);
}

static void lines_of_a_map(void **state) {
  (void)state;
  writes(TEXT("k v"), true, ">k v\n");
  writes(TEXT("k v  with #\\;<< \xff"), true, ">k v  with #\\;<< \xff\n");
  writes(TEXT("k "), true, ">k \n");
  writes(TEXT("k"), true, ">k\n");
  /* Behind a blank it is no comment. */
  writes(TEXT("#k v"), true, "> #k v\n");
  refuses(TEXT(""), true);
  refuses(TEXT(" v"), true);
  refuses(TEXT("\tk v"), true);
  refuses(TEXT("k  v"), true);
  refuses(TEXT("k \tv"), true);
  refuses(TEXT("k\tv"), true);
  refuses(TEXT("k v "), true);
  refuses(TEXT("k v\t"), true);
  refuses(TEXT("k v\n"), true);
  refuses(TEXT("k\r v"), true);
  refuses(TEXT("k v\0"), true);
}

static void lines_of_an_acl(void **state) {
  (void)state;
  writes(TEXT("k"), false, ">k\n");
  writes(TEXT("k  with\tblanks \t"), false, ">k  with\tblanks \t\n");
  writes(TEXT("#"), false, "> #\n");
  refuses(TEXT(""), false);
  refuses(TEXT(" k"), false);
  refuses(TEXT("\tk"), false);
  refuses(TEXT("a\nb"), false);
  refuses(TEXT("a\rb"), false);
  refuses(TEXT("a\0b"), false);
}

static void the_longest_line(void **state) {
  (void)state;
  static char text[HADM_MAPFILE_LINE];
  struct hadm_buffer lines = HADM_BUFFER_EMPTY;
  memset(text, 'k', sizeof(text));
  text[0] = '#';
  /* With the blank before it. */
  assert_int_equal(
      hadm_mapfile_put(&lines, (struct hadm_slice){text, HADM_MAPFILE_LINE - 1},
                       false),
      HADM_OK);
  assert_int_equal(lines.len, HADM_MAPFILE_LINE + 1);
  assert_int_equal(
      hadm_mapfile_put(&lines, (struct hadm_slice){text, HADM_MAPFILE_LINE},
                       false),
      HADM_E_ARG);
  hadm_buffer_free(&lines);
}

static void out_of_memory(void **state) {
  (void)state;
  for (begin_failing(); next_failing();) {
    struct hadm_buffer lines = HADM_BUFFER_EMPTY;
    enum hadm_status status = hadm_mapfile_put(&lines, TEXT("k v"), true);
    assert_int_equal(status, has_failed() ? HADM_E_NOMEM : HADM_OK);
    hadm_buffer_free(&lines);
  }
  assert_int_equal(blocks_held(), 0);
}

static void head(void **state) {
  (void)state;
  assert_slice(hadm_mapfile_head(text_of("# a\n\n#b \r\n\r\n \nk v\n# c\n")),
               "# a\n\n#b \r\n\r\n \n");
  assert_slice(hadm_mapfile_head(text_of("k v\n# c\n")), "");
  assert_slice(hadm_mapfile_head(text_of(" # a\n")), "");
  assert_slice(hadm_mapfile_head(text_of("# a")), "# a");
  assert_slice(hadm_mapfile_head(text_of("")), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lines_of_a_map),
      cmocka_unit_test(lines_of_an_acl),
      cmocka_unit_test(the_longest_line),
      cmocka_unit_test(out_of_memory),
      cmocka_unit_test(head),
  };
  return cmocka_run_group_tests_name("mapfile", tests, NULL, NULL);
}
