#include "../../csrc/core/net/hadm_writer.h"
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static char target[96];

/* Larger than what the writer holds back. */
enum { MUCH = 200000 };
static char much[MUCH];

static int make_folder(void **state) {
  (void)state;
  strcpy(folder, "/tmp/hadm-writer-XXXXXX");
  if (mkdtemp(folder) == NULL)
    return -1;
  snprintf(target, sizeof(target), "%s/target", folder);
  for (size_t i = 0; i < MUCH; i++)
    much[i] = (char)('a' + i % 23);
  return 0;
}

/* Removes every file, and returns how many there were. */
static int sweep(void) {
  int count = 0;
  char path[512];
  DIR *dir = opendir(folder);
  assert_non_null(dir);
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
    assert_int_equal(unlink(path), 0);
    count++;
  }
  closedir(dir);
  return count;
}

static int remove_folder(void **state) {
  (void)state;
  sweep();
  return rmdir(folder);
}

static void put(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static struct hadm_slice content(const char *path) {
  static char bytes[MUCH + 16];
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  size_t len = fread(bytes, 1, sizeof(bytes), file);
  fclose(file);
  return (struct hadm_slice){bytes, len};
}

/* In small pieces and a large one: "1\n2\n", much, "3\n". */
static enum hadm_status write_new(const char *path) {
  struct hadm_writer writer;
  enum hadm_status status = hadm_writer_open(&writer, path);
  if (status == HADM_OK)
    status = hadm_writer_write(&writer, TEXT("1\n"));
  if (status == HADM_OK)
    status = hadm_writer_write(&writer, TEXT("2\n"));
  if (status == HADM_OK)
    status =
        hadm_writer_write(&writer, (struct hadm_slice){much, sizeof(much)});
  if (status == HADM_OK)
    status = hadm_writer_write(&writer, TEXT("3\n"));
  if (status == HADM_OK)
    status = hadm_writer_commit(&writer);
  int error = errno;
  hadm_writer_close(&writer);
  errno = error;
  return status;
}

static int is_new(struct hadm_slice text) {
  return text.len == MUCH + 6 && memcmp(text.ptr, "1\n2\n", 4) == 0 &&
         memcmp(text.ptr + 4, much, MUCH) == 0 &&
         memcmp(text.ptr + 4 + MUCH, "3\n", 2) == 0;
}

static void makes_a_file(void **state) {
  (void)state;
  struct stat st;
  mode_t before = umask(027);
  assert_int_equal(write_new(target), HADM_OK);
  umask(before);
  assert_true(is_new(content(target)));
  assert_int_equal(stat(target, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0640);
  assert_int_equal(sweep(), 1);
  assert_int_equal(blocks_held(), 0);
}

static void keeps_owner_and_mode(void **state) {
  (void)state;
  struct stat st;
  uid_t owner = geteuid() == 0 ? 65534 : geteuid();
  put(target, "old");
  assert_int_equal(chown(target, owner, (gid_t)-1), 0);
  assert_int_equal(chmod(target, 0604), 0);
  assert_int_equal(write_new(target), HADM_OK);
  assert_true(is_new(content(target)));
  assert_int_equal(stat(target, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0604);
  assert_int_equal(st.st_uid, owner);
  assert_int_equal(sweep(), 1);
}

/* The new content may be a secret that the old one was. */
static void is_not_open_to_others_meanwhile(void **state) {
  (void)state;
  struct hadm_writer writer;
  struct stat st;
  put(target, "old");
  assert_int_equal(chmod(target, 0600), 0);
  mode_t before = umask(0);
  assert_int_equal(hadm_writer_open(&writer, target), HADM_OK);
  umask(before);
  assert_int_equal(fstat(writer.fd, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0600);
  assert_int_equal(fcntl(writer.fd, F_GETFD), FD_CLOEXEC);
  hadm_writer_close(&writer);
  assert_int_equal(sweep(), 1);
}

static void writes_a_name_without_folder(void **state) {
  (void)state;
  char before[4096];
  assert_non_null(getcwd(before, sizeof(before)));
  assert_int_equal(chdir(folder), 0);
  assert_int_equal(write_new("target"), HADM_OK);
  assert_int_equal(chdir(before), 0);
  assert_true(is_new(content(target)));
  assert_int_equal(sweep(), 1);
}

static void writes_through_links(void **state) {
  (void)state;
  char first[96];
  char second[96];
  struct stat st;
  snprintf(first, sizeof(first), "%s/first", folder);
  snprintf(second, sizeof(second), "%s/second", folder);
  /* The last one leads to nothing yet. */
  assert_int_equal(symlink(second, first), 0);
  assert_int_equal(symlink("target", second), 0);
  for (int round = 0; round < 2; round++) {
    assert_int_equal(write_new(first), HADM_OK);
    assert_true(is_new(content(target)));
    assert_int_equal(lstat(first, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(lstat(target, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    put(target, "old");
  }
  assert_int_equal(sweep(), 3);
  assert_int_equal(symlink("first", first), 0);
  assert_int_equal(write_new(first), HADM_E_SYS);
  assert_int_equal(errno, ELOOP);
  assert_int_equal(sweep(), 1);
}

static void closed_before_its_end(void **state) {
  (void)state;
  struct hadm_writer writer;
  put(target, "old");
  assert_int_equal(hadm_writer_open(&writer, target), HADM_OK);
  assert_int_equal(hadm_writer_write(&writer, TEXT("new")), HADM_OK);
  hadm_writer_close(&writer);
  hadm_writer_close(&writer);
  assert_int_equal(hadm_writer_write(&writer, TEXT("new")), HADM_E_CLOSED);
  assert_int_equal(hadm_writer_commit(&writer), HADM_E_CLOSED);
  assert_slice(content(target), "old");
  assert_int_equal(sweep(), 1);
  assert_int_equal(blocks_held(), 0);
}

static void refuses(const char *path, enum hadm_status status, int error,
                    const char *doing) {
  struct hadm_writer writer;
  assert_int_equal(hadm_writer_open(&writer, path), status);
  assert_int_equal(errno, error);
  assert_string_equal(writer.doing, doing);
  assert_int_equal(writer.fd, -1);
  assert_int_equal(writer.folder, -1);
  assert_int_equal(blocks_held(), 0);
}

static void what_is_no_file(void **state) {
  (void)state;
  static char name[6000];
  char path[128];
  const char *looking = "looking for it";
  refuses("", HADM_E_NOT_FOUND, ENOENT, looking);
  memset(name, 'a', sizeof(name) - 1);
  refuses(name, HADM_E_SYS, ENAMETOOLONG, looking);
  name[300] = '\0';
  refuses(name, HADM_E_SYS, ENAMETOOLONG, looking);
  refuses(folder, HADM_E_ARG, EISDIR, looking);
  snprintf(path, sizeof(path), "%s/", folder);
  refuses(path, HADM_E_ARG, EISDIR, looking);
  snprintf(path, sizeof(path), "%s/none/target", folder);
  refuses(path, HADM_E_NOT_FOUND, ENOENT, "opening its folder");
  assert_int_equal(mkfifo(target, 0600), 0);
  refuses(target, HADM_E_ARG, EINVAL, "it is no regular file");
  assert_int_equal(sweep(), 1);
  /* A link whose end would be too long a path. */
  memset(name, 'a', 4090);
  for (size_t i = 200; i < 4090; i += 200)
    name[i] = '/';
  name[4090] = '\0';
  assert_int_equal(symlink(name, target), 0);
  refuses(target, HADM_E_SYS, ENAMETOOLONG, looking);
  assert_int_equal(sweep(), 1);
}

/* Where the tests run as root no folder is closed to them: give that up. */
static void a_folder_that_is_closed(void **state) {
  (void)state;
  bool root = geteuid() == 0;
  assert_int_equal(chmod(folder, 0555), 0);
  if (root)
    assert_int_equal(seteuid(65534), 0);
  struct hadm_writer writer;
  enum hadm_status status = hadm_writer_open(&writer, target);
  int error = errno;
  if (root)
    assert_int_equal(seteuid(0), 0);
  assert_int_equal(chmod(folder, 0700), 0);
  assert_int_equal(status, HADM_E_PERMISSION);
  assert_int_equal(error, EACCES);
  assert_string_equal(writer.doing, "making a temporary file in its folder");
  assert_int_equal(sweep(), 0);
}

static void in_this_order(void **state) {
  (void)state;
  begin_steps(0, 0);
  assert_int_equal(write_new(target), HADM_OK);
  assert_string_equal(end_steps(), "openat write write write fsync close "
                                   "renameat fsync close");
  begin_steps(0, 0);
  assert_int_equal(write_new(target), HADM_OK);
  assert_string_equal(end_steps(), "openat fchmod write write write fsync "
                                   "close renameat fsync close");
  assert_int_equal(sweep(), 1);
}

static void writes_that_take_a_bit_only(void **state) {
  (void)state;
  begin_slow_steps();
  assert_int_equal(write_new(target), HADM_OK);
  end_steps();
  assert_true(is_new(content(target)));
  assert_int_equal(sweep(), 1);
}

/* A child that is killed in front of each step, one further each time: the file
 * has the old content up to its replacement, and the new one from then on. */
static void killed_at_each_step(void **state) {
  (void)state;
  int seen_old = 0;
  int seen_new = 0;
  for (long number = 1;; number++) {
    int status;
    put(target, "old");
    pid_t child = fork();
    assert_true(child != -1);
    if (child == 0) {
      begin_steps(number, 0);
      _exit(write_new(target) == HADM_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    struct hadm_slice text = content(target);
    bool new = is_new(text);
    if (!new)
      assert_slice(text, "old");
    seen_old += !new;
    seen_new += new;
    assert_false(seen_new > 0 && !new);
    /* The temporary file is there between its making and its new name. */
    assert_in_range(sweep(), 1, number > 1 && !new ? 2 : 1);
    if (!WIFSIGNALED(status)) {
      assert_int_equal(WEXITSTATUS(status), 0);
      break;
    }
    assert_int_equal(WTERMSIG(status), SIGKILL);
  }
  /* In front of 8 calls, the last of them renameat; of fsync, of close; and
   * not at all. */
  assert_int_equal(seen_old, 8);
  assert_int_equal(seen_new, 3);
}

/* A disk that is full at each step. */
static void fails_at_each_step(void **state) {
  (void)state;
  int failed = 0;
  for (long number = 1;; number++) {
    put(target, "old");
    begin_steps(number, ENOSPC);
    enum hadm_status status = write_new(target);
    int error = errno;
    const char *names = end_steps();
    assert_int_equal(blocks_held(), 0);
    if (status != HADM_OK) {
      failed++;
      assert_int_equal(status, HADM_E_SYS);
      assert_int_equal(error, ENOSPC);
    }
    bool new = is_new(content(target));
    assert_int_equal(new, strstr(names, "renameat fsync") != NULL);
    if (!new)
      assert_slice(content(target), "old");
    assert_int_equal(sweep(), 1);
    if (status == HADM_OK)
      break;
  }
  /* All but the last close, of a folder. */
  assert_int_equal(failed, 9);
}

static void a_folder_that_cannot_be_synced(void **state) {
  (void)state;
  begin_steps(8, EINVAL);
  assert_int_equal(write_new(target), HADM_OK);
  assert_non_null(strstr(end_steps(), "renameat fsync"));
  assert_int_equal(sweep(), 1);
}

/* The name of the temporary file is another one where it is taken. */
static void names_that_are_taken(void **state) {
  (void)state;
  begin_steps(1, EEXIST);
  assert_int_equal(write_new(target), HADM_OK);
  assert_non_null(strstr(end_steps(), "openat openat"));
  assert_int_equal(sweep(), 1);
}

static void a_child_that_inherited_it(void **state) {
  (void)state;
  struct hadm_writer writer;
  int status;
  assert_int_equal(hadm_writer_open(&writer, target), HADM_OK);
  assert_int_equal(hadm_writer_write(&writer, TEXT("parent")), HADM_OK);
  pid_t child = fork();
  assert_true(child != -1);
  if (child == 0) {
    bool closed = hadm_writer_write(&writer, TEXT("x")) == HADM_E_CLOSED &&
                  hadm_writer_commit(&writer) == HADM_E_CLOSED;
    hadm_writer_close(&writer);
    _exit(closed ? 0 : 1);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(hadm_writer_commit(&writer), HADM_OK);
  assert_slice(content(target), "parent");
  assert_int_equal(sweep(), 1);
}

static void out_of_memory(void **state) {
  (void)state;
  int failures = 0;
  put(target, "old");
  for (begin_failing(); next_failing();) {
    enum hadm_status status = write_new(target);
    if (has_failed()) {
      failures++;
      assert_int_equal(status, HADM_E_NOMEM);
      assert_slice(content(target), "old");
    } else {
      assert_int_equal(status, HADM_OK);
    }
    assert_int_equal(blocks_held(), 0);
  }
  assert_int_equal(failures, 2);
  assert_true(is_new(content(target)));
  assert_int_equal(sweep(), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(makes_a_file),
      cmocka_unit_test(keeps_owner_and_mode),
      cmocka_unit_test(is_not_open_to_others_meanwhile),
      cmocka_unit_test(writes_a_name_without_folder),
      cmocka_unit_test(writes_through_links),
      cmocka_unit_test(closed_before_its_end),
      cmocka_unit_test(what_is_no_file),
      cmocka_unit_test(a_folder_that_is_closed),
      cmocka_unit_test(in_this_order),
      cmocka_unit_test(writes_that_take_a_bit_only),
      cmocka_unit_test(killed_at_each_step),
      cmocka_unit_test(fails_at_each_step),
      cmocka_unit_test(a_folder_that_cannot_be_synced),
      cmocka_unit_test(names_that_are_taken),
      cmocka_unit_test(a_child_that_inherited_it),
      cmocka_unit_test(out_of_memory),
  };
  return cmocka_run_group_tests_name("writer", tests, make_folder,
                                     remove_folder);
}
