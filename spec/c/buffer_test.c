#include "../../csrc/core/base/hadm_buffer.h"
#include "support.h"

static struct hadm_slice bytes(const struct hadm_buffer *buffer) {
  return (struct hadm_slice){buffer->data, buffer->len};
}

static void grows(void **state) {
  (void)state;
  struct hadm_buffer buffer = HADM_BUFFER_EMPTY;
  for (int i = 0; i < 10000; i++)
    assert_int_equal(hadm_buffer_append(&buffer, "0123456789", 10), HADM_OK);
  assert_int_equal(buffer.len, 100000);
  assert_true(buffer.cap >= buffer.len);
  for (size_t i = 0; i < buffer.len; i++)
    assert_int_equal(buffer.data[i], '0' + (int)(i % 10));
  hadm_buffer_free(&buffer);
  assert_null(buffer.data);
  assert_int_equal(buffer.len + buffer.cap, 0);
}

static void appending_nothing_reserves_nothing(void **state) {
  (void)state;
  struct hadm_buffer buffer = HADM_BUFFER_EMPTY;
  assert_int_equal(hadm_buffer_append(&buffer, NULL, 0), HADM_OK);
  assert_null(buffer.data);
  assert_int_equal(hadm_buffer_reserve(&buffer, 0), HADM_OK);
  assert_null(buffer.data);
}

static void reserves_what_is_asked(void **state) {
  (void)state;
  struct hadm_buffer buffer = HADM_BUFFER_EMPTY;
  assert_int_equal(hadm_buffer_append(&buffer, "ab", 2), HADM_OK);
  assert_int_equal(hadm_buffer_reserve(&buffer, 5000), HADM_OK);
  assert_true(buffer.cap - buffer.len >= 5000);
  assert_slice(bytes(&buffer), "ab");
  const char *data = buffer.data;
  assert_int_equal(hadm_buffer_reserve(&buffer, 5000), HADM_OK);
  assert_ptr_equal(buffer.data, data);
  hadm_buffer_free(&buffer);
}

static void refuses_what_no_memory_holds(void **state) {
  (void)state;
  struct hadm_buffer buffer = HADM_BUFFER_EMPTY;
  assert_int_equal(hadm_buffer_append(&buffer, "ab", 2), HADM_OK);
  assert_int_equal(hadm_buffer_reserve(&buffer, SIZE_MAX), HADM_E_NOMEM);
  assert_int_equal(hadm_buffer_reserve(&buffer, SIZE_MAX / 2), HADM_E_NOMEM);
  assert_slice(bytes(&buffer), "ab");
  hadm_buffer_free(&buffer);
}

static void keeps_its_bytes_when_memory_is_out(void **state) {
  (void)state;
  for (begin_failing(); next_failing();) {
    struct hadm_buffer buffer = HADM_BUFFER_EMPTY;
    size_t len = 0;
    enum hadm_status status;
    while ((status = hadm_buffer_append(&buffer, "0123456789", 10)) == HADM_OK)
      if ((len += 10) > 5000)
        break;
    assert_int_equal(status, has_failed() ? HADM_E_NOMEM : HADM_OK);
    assert_int_equal(buffer.len, len);
    hadm_buffer_free(&buffer);
    assert_int_equal(blocks_held(), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(grows),
      cmocka_unit_test(appending_nothing_reserves_nothing),
      cmocka_unit_test(reserves_what_is_asked),
      cmocka_unit_test(refuses_what_no_memory_holds),
      cmocka_unit_test(keeps_its_bytes_when_memory_is_out),
  };
  return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
