/* Several descriptors and a time as one descriptor. */
#include "../core/net/hadm_pollset.h"
#include "lhadm.h"

#include <errno.h>
#include <string.h>

#define POLLSET "haproxyadmin.Pollset"

static struct hadm_pollset *check_pollset(lua_State *L) {
  return luaL_checkudata(L, 1, POLLSET);
}

/* pollset(seconds) -> an empty set, or nil, the system's words */
static int core_pollset(lua_State *L) {
  double seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0, 1, "out of range");
  struct hadm_pollset *set = lhadm_newuserdata(L, sizeof(*set));
  set->fd = set->timer = -1;
  luaL_getmetatable(L, POLLSET);
  lua_setmetatable(L, -2);
  if (hadm_pollset_init(set, seconds) == HADM_OK)
    return 1;
  lua_pushnil(L);
  lua_pushstring(L, strerror(errno));
  return 2;
}

/* pollset:add(fd, "r" or "w") -> true, or nil, the system's words */
static int pollset_add(lua_State *L) {
  static const char *const events[] = {"r", "w", NULL};
  struct hadm_pollset *set = check_pollset(L);
  int fd = (int)luaL_checkinteger(L, 2);
  bool out = luaL_checkoption(L, 3, NULL, events) == 1;
  if (hadm_pollset_add(set, fd, out) == HADM_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, strerror(errno));
  return 2;
}

/* pollset:fd() -> the descriptor, -1 when it is closed */
static int pollset_fd(lua_State *L) {
  lua_pushinteger(L, check_pollset(L)->fd);
  return 1;
}

/* pollset:close(), and __gc */
static int pollset_close(lua_State *L) {
  hadm_pollset_free(check_pollset(L));
  return 0;
}

static const luaL_Reg meta[] = {{"__gc", pollset_close}, {NULL, NULL}};

static const luaL_Reg methods[] = {{"add", pollset_add},
                                   {"close", pollset_close},
                                   {"fd", pollset_fd},
                                   {NULL, NULL}};

static const luaL_Reg functions[] = {{"pollset", core_pollset}, {NULL, NULL}};

void lhadm_open_pollset(lua_State *L) {
  lhadm_newclass(L, POLLSET, LHADM_CLASS_OTHER, meta, methods);
  lhadm_setfuncs(L, functions);
}
