/* timed PROGRAM ARGUMENT ...: runs it with its output discarded and prints
 * the seconds that it took, the processor seconds that it used (its own and the
 * kernel's for it), and its largest resident size in kilobytes. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double seconds(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv) {
  struct rusage usage;
  int status;
  if (argc < 2)
    return 2;
  double start = now();
  pid_t pid = fork();
  if (pid == 0) {
    int null = open("/dev/null", O_WRONLY);
    if (null != -1)
      dup2(null, STDOUT_FILENO);
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  if (pid == -1 || wait4(pid, &status, 0, &usage) == -1)
    return 1;
  double wall = now() - start;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return 1;
  printf("%.6f %.6f %ld\n", wall,
         seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss);
  return 0;
}
