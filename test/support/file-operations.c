/*
 * Loaded into the program under test (LD_PRELOAD): counts what it does to
 * files whose path holds OPERATIONS_UNDER, one line each in OPERATIONS_LOG,
 * and kills it before the OPERATIONS_KILL-th, or lets each from the
 * OPERATIONS_FAIL-th on fail with the error number OPERATIONS_ERROR.
 * OPERATIONS_TEAR makes the killing one a write that is half done.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum verdict { GO_ON, FAIL, TEAR };

static int count;

static int number(const char *name) {
  const char *text = getenv(name);
  return text ? atoi(text) : 0;
}

static int is_under(const char *path) {
  const char *under = getenv("OPERATIONS_UNDER");
  return under && path && strstr(path, under) != NULL;
}

static const char *path_of(int fd, char *path, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, size - 1);
  path[length > 0 ? length : 0] = 0;
  return path;
}

static void write_log(const char *operation, const char *path) {
  const char *log = getenv("OPERATIONS_LOG");
  char line[4600];
  if (!log) return;
  int length = snprintf(line, sizeof line, "%s %s\n", operation, path);
  int fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT, 0600);
  syscall(SYS_write, fd, line, length);
  syscall(SYS_close, fd);
}

static void die(void) {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

static enum verdict judge(const char *operation, const char *path) {
  if (!is_under(path)) return GO_ON;
  int nth = __sync_add_and_fetch(&count, 1);
  write_log(operation, path);
  int fail = number("OPERATIONS_FAIL");
  if (nth == number("OPERATIONS_KILL")) {
    if (!number("OPERATIONS_TEAR") || strcmp(operation, "write") != 0) die();
    return TEAR;
  }
  if (fail == 0 || nth < fail) return GO_ON;
  errno = number("OPERATIONS_ERROR");
  return FAIL;
}

static enum verdict judge_fd(const char *operation, int fd) {
  char path[4096];
  return judge(operation, path_of(fd, path, sizeof path));
}

#define REAL(name, type) ((type)dlsym(RTLD_NEXT, name))

int rename(const char *from, const char *to) {
  if (judge("rename", to) == FAIL) return -1;
  return REAL("rename", int (*)(const char *, const char *))(from, to);
}

int unlink(const char *path) {
  if (judge("unlink", path) == FAIL) return -1;
  return REAL("unlink", int (*)(const char *))(path);
}

int rmdir(const char *path) {
  if (judge("rmdir", path) == FAIL) return -1;
  return REAL("rmdir", int (*)(const char *))(path);
}

int link(const char *from, const char *to) {
  if (judge("link", to) == FAIL) return -1;
  return REAL("link", int (*)(const char *, const char *))(from, to);
}

int mkdir(const char *path, mode_t mode) {
  if (judge("mkdir", path) == FAIL) return -1;
  return REAL("mkdir", int (*)(const char *, mode_t))(path, mode);
}

int ftruncate64(int fd, off64_t length) {
  if (judge_fd("truncate", fd) == FAIL) return -1;
  return REAL("ftruncate64", int (*)(int, off64_t))(fd, length);
}

int ftruncate(int fd, off_t length) {
  if (judge_fd("truncate", fd) == FAIL) return -1;
  return REAL("ftruncate", int (*)(int, off_t))(fd, length);
}

int fsync(int fd) {
  if (judge_fd("sync", fd) == FAIL) return -1;
  return REAL("fsync", int (*)(int))(fd);
}

int fdatasync(int fd) {
  if (judge_fd("sync", fd) == FAIL) return -1;
  return REAL("fdatasync", int (*)(int))(fd);
}

static int open_at(const char *path, int flags, mode_t mode) {
  if ((flags & (O_CREAT | O_TRUNC)) && judge("open", path) == FAIL) return -1;
  return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return open_at(path, flags, mode);
}

/* On Linux with 64 bits both are one. */
int open64(const char *path, int flags, ...) __attribute__((alias("open")));

ssize_t write(int fd, const void *bytes, size_t length) {
  ssize_t (*real)(int, const void *, size_t) = REAL("write", ssize_t (*)(int, const void *, size_t));
  enum verdict verdict = judge_fd("write", fd);
  if (verdict == FAIL) return -1;
  if (verdict == TEAR) {
    real(fd, bytes, length / 2);
    die();
  }
  return real(fd, bytes, length);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  if (judge_fd("write", fd) == FAIL) return -1;
  return REAL("pwrite64", ssize_t (*)(int, const void *, size_t, off64_t))(fd, bytes, length, at);
}
