#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

struct hadm_slice text_of(const char *string) {
  return (struct hadm_slice){string, strlen(string)};
}

void check_slice(struct hadm_slice actual, const char *expected,
                 const char *file, int line) {
  struct hadm_slice wanted = text_of(expected);
  if (hadm_slice_equal(actual, wanted))
    return;
  print_error("\"%.*s\" instead of \"%s\"\n", (int)actual.len, actual.ptr,
              expected);
  _fail(file, line);
}

struct hadm_slice guarded(struct hadm_slice text) {
  static char *area;
  static size_t reserved;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t needed = (text.len / page + 1) * page;
  if (needed > reserved) {
    if (area != NULL)
      munmap(area, reserved + page);
    area = mmap(NULL, needed + page, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(area != MAP_FAILED);
    assert_int_equal(mprotect(area + needed, page, PROT_NONE), 0);
    reserved = needed;
  }
  char *copy = area + reserved - text.len;
  if (text.len > 0)
    memcpy(copy, text.ptr, text.len);
  return (struct hadm_slice){copy, text.len};
}

const char *const versions[] = {"2.2", "2.6", "3.0", "3.2", "3.4", NULL};

struct hadm_slice recorded(const char *name) {
  static char bytes[1 << 18];
  static size_t used;
  char path[256];
  snprintf(path, sizeof(path), "spec/fixtures/%s", name);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  size_t len = fread(bytes + used, 1, sizeof(bytes) - used, file);
  fclose(file);
  assert_true(len > 0 && used + len < sizeof(bytes));
  struct hadm_slice text = {bytes + used, len};
  used += len;
  return text;
}

/* ---- memory: the core's allocations come by here ---- */

static struct {
  int on;
  long failing; /* the number of the allocation that fails */
  long count;
  int failed;
} leash;

void begin_failing(void) {
  leash.failing = 0;
  leash.failed = 1;
}

int next_failing(void) {
  if (!leash.failed) {
    leash.on = 0;
    return 0;
  }
  leash.on = 1;
  leash.failed = 0;
  leash.count = 0;
  leash.failing++;
  return 1;
}

int has_failed(void) {
  leash.on = 0;
  return leash.failed;
}

static int refused(void) {
  if (!leash.on || ++leash.count != leash.failing)
    return 0;
  leash.failed = 1;
  errno = ENOMEM;
  return 1;
}

static long held;

long blocks_held(void) { return __atomic_load_n(&held, __ATOMIC_SEQ_CST); }

static void *counted(void *block) {
  if (block != NULL)
    __atomic_add_fetch(&held, 1, __ATOMIC_SEQ_CST);
  return block;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size) {
  return refused() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size) {
  return refused() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size) {
  if (refused())
    return NULL;
  void *moved = __real_realloc(block, size);
  return block == NULL ? counted(moved) : moved;
}

void __wrap_free(void *block) {
  if (block != NULL)
    __atomic_sub_fetch(&held, 1, __ATOMIC_SEQ_CST);
  __real_free(block);
}

/* ---- files: the core's calls come by here ---- */

static struct {
  int on;
  int slow;
  long number; /* of the call that does not come to pass */
  int error;
  long count;
  char names[1024];
} steps;

void begin_steps(long number, int error) {
  memset(&steps, 0, sizeof(steps));
  steps.number = number;
  steps.error = error;
  steps.on = 1;
}

void begin_slow_steps(void) {
  begin_steps(0, 0);
  steps.slow = 1;
}

const char *end_steps(void) {
  steps.on = 0;
  return steps.names;
}

/* May the call of this name take place? */
static int refused_step(const char *name) {
  if (!steps.on)
    return 0;
  size_t used = strlen(steps.names);
  snprintf(steps.names + used, sizeof(steps.names) - used, "%s%s",
           used == 0 ? "" : " ", name);
  if (++steps.count != steps.number)
    return 0;
  if (steps.error == 0)
    kill(getpid(), SIGKILL);
  errno = steps.error;
  return 1;
}

int __real_openat(int folder, const char *path, int flags, ...);
int __real_fchown(int fd, uid_t owner, gid_t group);
int __real_fchmod(int fd, mode_t mode);
ssize_t __real_write(int fd, const void *bytes, size_t len);
int __real_fsync(int fd);
int __real_close(int fd);
int __real_renameat(int from, const char *old, int to, const char *new);
int __real_unlinkat(int folder, const char *path, int flags);
int __wrap_openat(int folder, const char *path, int flags, mode_t mode);
int __wrap_fchown(int fd, uid_t owner, gid_t group);
int __wrap_fchmod(int fd, mode_t mode);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
int __wrap_fsync(int fd);
int __wrap_close(int fd);
int __wrap_renameat(int from, const char *old, int to, const char *new);
int __wrap_unlinkat(int folder, const char *path, int flags);

int __wrap_openat(int folder, const char *path, int flags, mode_t mode) {
  return refused_step("openat") ? -1 : __real_openat(folder, path, flags, mode);
}

int __wrap_fchown(int fd, uid_t owner, gid_t group) {
  return refused_step("fchown") ? -1 : __real_fchown(fd, owner, group);
}

int __wrap_fchmod(int fd, mode_t mode) {
  return refused_step("fchmod") ? -1 : __real_fchmod(fd, mode);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len) {
  if (refused_step("write"))
    return -1;
  if (steps.on && steps.slow && steps.count % 2 == 0) {
    errno = EINTR;
    return -1;
  }
  return __real_write(fd, bytes, steps.on && steps.slow ? len / 2 + 1 : len);
}

int __wrap_fsync(int fd) {
  return refused_step("fsync") ? -1 : __real_fsync(fd);
}

/* What close says, it has closed. */
int __wrap_close(int fd) {
  int is_refused = refused_step("close");
  return __real_close(fd) == -1 || is_refused ? -1 : 0;
}

int __wrap_renameat(int from, const char *old, int to, const char *new) {
  return refused_step("renameat") ? -1 : __real_renameat(from, old, to, new);
}

int __wrap_unlinkat(int folder, const char *path, int flags) {
  return refused_step("unlinkat") ? -1 : __real_unlinkat(folder, path, flags);
}
