#include "../../csrc/core/net/hadm_reader.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char path[96];

static int make_folder(void **state) {
  (void)state;
  strcpy(folder, "/tmp/hadm-reader-XXXXXX");
  if (mkdtemp(folder) == NULL)
    return -1;
  snprintf(path, sizeof(path), "%s/file", folder);
  return 0;
}

static int remove_folder(void **state) {
  (void)state;
  unlink(path);
  return rmdir(folder);
}

static void put(const char *text, size_t len, const char *mode) {
  FILE *file = fopen(path, mode);
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, len, file), len);
  fclose(file);
}

static void open_it(struct hadm_reader *reader) {
  assert_int_equal(hadm_reader_open(reader, path), HADM_OK);
  assert_int_equal(fcntl(reader->fd, F_GETFD), FD_CLOEXEC);
}

static void reads_in_pieces(void **state) {
  (void)state;
  struct hadm_reader reader;
  char bytes[4];
  size_t got;
  put("abc\0def", 7, "w");
  open_it(&reader);
  assert_int_equal(hadm_reader_read(&reader, bytes, 4, &got), HADM_MORE);
  assert_int_equal(got, 4);
  assert_memory_equal(bytes, "abc", 4);
  assert_int_equal(hadm_reader_read(&reader, bytes, 4, &got), HADM_MORE);
  assert_int_equal(got, 3);
  assert_memory_equal(bytes, "def", 3);
  assert_int_equal(hadm_reader_read(&reader, bytes, 4, &got), HADM_OK);
  assert_int_equal(got, 0);
  assert_int_equal(reader.fd, -1);
  assert_int_equal(hadm_reader_read(&reader, bytes, 4, &got), HADM_E_CLOSED);
  hadm_reader_close(&reader);
  put("", 0, "w");
  open_it(&reader);
  assert_int_equal(hadm_reader_read(&reader, bytes, 4, &got), HADM_OK);
}

static void changed_meanwhile(void **state) {
  (void)state;
  struct hadm_reader reader;
  char bytes[16];
  size_t got;
  struct timespec times[2] = {{0, 0}, {0, 0}};
  put("first", 5, "w");
  open_it(&reader);
  put(" and more", 9, "a");
  assert_int_equal(hadm_reader_read(&reader, bytes, 16, &got),
                   HADM_E_INCONSISTENT);
  assert_int_equal(reader.fd, -1);
  open_it(&reader);
  assert_int_equal(hadm_reader_read(&reader, bytes, 5, &got), HADM_MORE);
  put("1", 1, "w");
  assert_int_equal(hadm_reader_read(&reader, bytes, 16, &got),
                   HADM_E_INCONSISTENT);
  open_it(&reader);
  assert_int_equal(hadm_reader_read(&reader, bytes, 16, &got), HADM_MORE);
  put("2", 1, "a");
  assert_int_equal(hadm_reader_read(&reader, bytes, 16, &got),
                   HADM_E_INCONSISTENT);
  /* Of the same size, at another time. */
  open_it(&reader);
  assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
  assert_int_equal(hadm_reader_read(&reader, bytes, 16, &got), HADM_MORE);
  assert_int_equal(hadm_reader_read(&reader, bytes, 16, &got),
                   HADM_E_INCONSISTENT);
}

static void refuses(const char *name, enum hadm_status status, int error) {
  struct hadm_reader reader;
  assert_int_equal(hadm_reader_open(&reader, name), status);
  assert_int_equal(errno, error);
  assert_int_equal(reader.fd, -1);
}

static void what_is_no_file(void **state) {
  (void)state;
  struct hadm_reader reader;
  char byte;
  size_t got;
  unlink(path);
  refuses(path, HADM_E_NOT_FOUND, ENOENT);
  refuses(folder, HADM_E_ARG, EISDIR);
  assert_int_equal(mkfifo(path, 0600), 0);
  refuses(path, HADM_E_ARG, EINVAL);
  unlink(path);
  /* A descriptor that cannot be read, as a broken disk. */
  put("text", 4, "w");
  open_it(&reader);
  close(reader.fd);
  reader.fd = open(path, O_WRONLY);
  assert_int_equal(hadm_reader_read(&reader, &byte, 1, &got), HADM_E_SYS);
  assert_int_equal(errno, EBADF);
  assert_int_equal(reader.fd, -1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_in_pieces),
      cmocka_unit_test(changed_meanwhile),
      cmocka_unit_test(what_is_no_file),
  };
  return cmocka_run_group_tests_name("file_reader", tests, make_folder,
                                     remove_folder);
}
