/* Locks that one process has at a time. */
#include "../core/net/hadm_lock.h"
#include "lhadm.h"

#include <errno.h>
#include <string.h>

#define LOCK "haproxyadmin.Lock"

/* lock(path) -> a lock; false when another process has it; or nil, code, why */
static int core_lock(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  luaL_argcheck(L, strlen(path) == lhadm_rawlen(L, 1), 1, "NUL in a path");
  struct hadm_lock *lock = lhadm_newuserdata(L, sizeof(*lock));
  hadm_lock_init(lock);
  luaL_getmetatable(L, LOCK);
  lua_setmetatable(L, -2);
  enum hadm_status status = hadm_lock_take(lock, path);
  int error = errno;
  if (status == HADM_OK)
    return 1;
  if (status == HADM_MORE) {
    lua_pushboolean(L, 0);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, lhadm_code(status));
  lua_pushstring(L, strerror(error));
  return 3;
}

/* lock:close(), __gc and __close */
static int lock_close(lua_State *L) {
  hadm_lock_free(luaL_checkudata(L, 1, LOCK));
  return 0;
}

static const luaL_Reg meta[] = {
    {"__close", lock_close}, {"__gc", lock_close}, {NULL, NULL}};

static const luaL_Reg methods[] = {{"close", lock_close}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"lock", core_lock}, {NULL, NULL}};

void lhadm_open_lock(lua_State *L) {
  lhadm_newclass(L, LOCK, LHADM_CLASS_OTHER, meta, methods);
  lhadm_setfuncs(L, functions);
}
