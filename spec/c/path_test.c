#include "../../csrc/core/net/hadm_path.h"
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[64];
static char socket_path[96];
static char file_path[96];

static int make_files(void **state) {
  (void)state;
  strcpy(folder, "/tmp/hadm-path-XXXXXX");
  if (mkdtemp(folder) == NULL)
    return -1;
  snprintf(socket_path, sizeof(socket_path), "%s/socket", folder);
  snprintf(file_path, sizeof(file_path), "%s/file", folder);
  struct sockaddr_un un = {.sun_family = AF_UNIX};
  strcpy(un.sun_path, socket_path);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  int status = bind(fd, (struct sockaddr *)&un, sizeof(un));
  close(fd);
  FILE *file = fopen(file_path, "w");
  fclose(file);
  return status + chmod(socket_path, 0620);
}

static int remove_files(void **state) {
  (void)state;
  unlink(socket_path);
  unlink(file_path);
  return rmdir(folder);
}

static void kinds_of_file(void **state) {
  (void)state;
  struct hadm_path found;
  assert_int_equal(hadm_path_look(socket_path, &found), HADM_OK);
  assert_true(found.is_socket && !found.is_folder);
  assert_int_equal(found.mode, 0620);
  assert_int_equal(found.owner, geteuid());
  assert_int_equal(hadm_path_look(folder, &found), HADM_OK);
  assert_true(found.is_folder && !found.is_socket);
  assert_int_equal(hadm_path_look(file_path, &found), HADM_OK);
  assert_true(!found.is_folder && !found.is_socket);
}

static void failures(void **state) {
  (void)state;
  struct hadm_path found;
  char path[128];
  assert_int_equal(hadm_path_look("", &found), HADM_E_NOT_FOUND);
  snprintf(path, sizeof(path), "%s/none", folder);
  assert_int_equal(hadm_path_look(path, &found), HADM_E_NOT_FOUND);
  snprintf(path, sizeof(path), "%s/below", file_path);
  assert_int_equal(hadm_path_look(path, &found), HADM_E_NOT_FOUND);
  char name[5000];
  memset(name, 'a', sizeof(name) - 1);
  name[sizeof(name) - 1] = '\0';
  assert_int_equal(hadm_path_look(name, &found), HADM_E_SYS);
  assert_int_equal(errno, ENAMETOOLONG);
}

/* Where the tests run as root no file is closed to them: give that up. */
static void a_folder_that_is_closed(void **state) {
  (void)state;
  struct hadm_path found;
  bool root = geteuid() == 0;
  assert_int_equal(chmod(folder, 0), 0);
  if (root)
    assert_int_equal(seteuid(65534), 0);
  enum hadm_status status = hadm_path_look(socket_path, &found);
  if (root)
    assert_int_equal(seteuid(0), 0);
  assert_int_equal(chmod(folder, 0700), 0);
  assert_int_equal(status, HADM_E_PERMISSION);
}

static void caller(void **state) {
  (void)state;
  unsigned user;
  unsigned group;
  hadm_path_caller(&user, &group);
  assert_int_equal(user, geteuid());
  assert_int_equal(group, getegid());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kinds_of_file),
      cmocka_unit_test(failures),
      cmocka_unit_test(a_folder_that_is_closed),
      cmocka_unit_test(caller),
  };
  return cmocka_run_group_tests_name("path", tests, make_files, remove_files);
}
