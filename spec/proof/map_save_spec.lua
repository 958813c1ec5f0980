-- Saving a map: the one who writes is killed in front of each of its steps.

local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local config = [[
frontend www
  bind unix@{dir}/www{n}.sock
  http-request set-header x-site %[path,map({dir}/sites.map,none)]
]]

-- Preloaded into a process, it kills that in front of call number KILL_AT of those that make
-- a file, write it and give it its name.
local source = [[
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>
static void step(void) {
  static int count;
  const char *at = getenv("KILL_AT");
  if (at != NULL && ++count == atoi(at))
    kill(getpid(), SIGKILL);
}
#define NEXT(type, name) type next = (type)dlsym(RTLD_NEXT, name); step()
typedef int (*fd_function)(int);
typedef ssize_t (*write_function)(int, const void *, size_t);
typedef int (*rename_function)(int, const char *, int, const char *);
typedef int (*open_function)(int, const char *, int, mode_t);
typedef int (*mode_function)(int, mode_t);
int fsync(int fd) { NEXT(fd_function, "fsync"); return next(fd); }
ssize_t write(int fd, const void *at, size_t len) { NEXT(write_function, "write"); return next(fd, at, len); }
int renameat(int a, const char *from, int b, const char *to) {
  NEXT(rename_function, "renameat");
  return next(a, from, b, to);
}
int openat(int folder, const char *name, int flags, ...) {
  va_list list;
  va_start(list, flags);
  mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;
  va_end(list);
  NEXT(open_function, "openat");
  return next(folder, name, flags, mode);
}
int fchmod(int fd, mode_t mode) { NEXT(mode_function, "fchmod"); return next(fd, mode); }
]]

local script = [[
local hap = require("haproxyadmin").HAProxy { socket_file = arg[1], timeout = 20 }
hap:map(arg[2]):save(arg[3])
]]

it("a map's file is the old one or the new one, whenever the one who writes is killed", function()
  local farm = haproxy.start { processes = 1, origin = false, config = config }
  local ok, err = pcall(function()
    local map = haproxyadmin.HAProxy({ sockets = farm.sockets, timeout = 20 }):map(farm.dir .. "/sites.map")
    local folder, list, lines = farm.dir .. "/saved", {}, {}
    os.execute("mkdir " .. folder)
    for i = 1, 8000 do
      list[i] = { ("host%d.example.com"):format(i), ("value-%d"):format(i) }
      lines[i] = table.concat(list[i], " ") .. "\n"
    end
    map:sync(list)
    haproxy.write(farm.dir .. "/kill.c", source)
    haproxy.write(farm.dir .. "/save.lua", script)
    local built, words = haproxy.shell(("cc -shared -fPIC %s/kill.c -o %s/kill.so -ldl"):format(farm.dir, farm.dir))
    assert.is_true(built, words)
    local old, new = "# of before\nold entry\n", "# of before\n" .. table.concat(lines)
    local path, step, seen, done = folder .. "/map", 0, { [old] = 0, [new] = 0 }, false
    while not done do
      step = step + 1
      haproxy.write(path, old)
      local command = ("KILL_AT=%d LD_PRELOAD=%s/kill.so LUA_PATH='%s' LUA_CPATH='%s' %s %s/save.lua %s %s %s"):format(
        step,
        farm.dir,
        package.path,
        package.cpath,
        haproxy.interpreter(),
        farm.dir,
        farm.sockets[1],
        map.file,
        path
      )
      done = haproxy.shell(command)
      local file = assert(io.open(path))
      local text = file:read "*a"
      file:close()
      assert.is_number(seen[text], ("step %d: neither the old file nor the new one"):format(step))
      seen[text] = seen[text] + 1
      assert.is_true(step < 40)
    end
    -- It is made, gets its mode, is written in pieces, synced, and named; then its folder is synced.
    assert.is_true(seen[old] >= 6, tostring(seen[old]))
    assert.equal(2, seen[new])
  end)
  farm:stop()
  assert(ok, err)
end)
