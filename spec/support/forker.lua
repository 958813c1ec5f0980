-- fork(2) for Lua: a module that a script can load, made where a spec needs it.

local haproxy = require "spec.support.haproxy"

local forker = {}

local source = [[
#include <lua.h>
#include <sys/wait.h>
#include <unistd.h>
static int l_fork(lua_State *L) { lua_pushinteger(L, fork()); return 1; }
static int l_wait(lua_State *L) { waitpid((pid_t)lua_tointeger(L, 1), 0, 0); return 0; }
int luaopen_forker(lua_State *L) {
  lua_newtable(L);
  lua_pushcfunction(L, l_fork); lua_setfield(L, -2, "fork");
  lua_pushcfunction(L, l_wait); lua_setfield(L, -2, "wait");
  return 1;
}
]]

--- Makes forker.so in a folder, for the Lua that runs: fork() -> pid, wait(pid).
function forker.build(folder)
  haproxy.write(folder .. "/forker.c", source)
  local version = os.getenv "LUA_VERSION" or "5.4"
  local package_name = version == "luajit" and "luajit" or "lua" .. version
  local ok, text = haproxy.shell(
    ("cc -shared -fPIC $(pkg-config --cflags %s) %s/forker.c -o %s/forker.so"):format(package_name, folder, folder)
  )
  assert(ok, text)
end

return forker
