#include "../../csrc/core/net/hadm_pages.h"
#include "support.h"

#include <stdlib.h>

/* Whatever the system has, the memory can be used as before. */
static void memory_of_any_size(void **state) {
  (void)state;
  for (size_t size = 1; size < 32 << 20; size = size * 5 + 1) {
    char *data = malloc(size);
    assert_non_null(data);
    hadm_pages_large(data, size);
    for (size_t i = 0; i < size; i += 4096)
      data[i] = 'x';
    data[size - 1] = 'y';
    for (size_t i = 0; i + 1 < size; i += 4096)
      assert_int_equal(data[i], 'x');
    free(data);
  }
  hadm_pages_large(NULL, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(memory_of_any_size),
  };
  return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
