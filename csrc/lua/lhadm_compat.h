/* One C API for Lua 5.1 to 5.4 and LuaJIT, in the words of the newest.
 *
 * Everything is static: a lua* symbol defined here could stand in for the
 * host's own. LuaJIT counts as 5.1 although it has some of these; ours are
 * used there all the same. */
#ifndef LHADM_COMPAT_H
#define LHADM_COMPAT_H

#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>

#if LUA_VERSION_NUM == 501

static inline void lhadm_compat_setfuncs(lua_State *L, const luaL_Reg *funcs) {
  for (; funcs->name != NULL; funcs++) {
    lua_pushcfunction(L, funcs->func);
    lua_setfield(L, -2, funcs->name);
  }
}

#define lhadm_setfuncs(L, funcs) lhadm_compat_setfuncs(L, funcs)
#define lhadm_rawlen lua_objlen
#define lhadm_newuserdata lua_newuserdata
/* 5.1 has an environment instead, which must be a table. */
#define lhadm_setuservalue lua_setfenv
#define lhadm_getuservalue lua_getfenv

#else

#define lhadm_setfuncs(L, funcs) luaL_setfuncs(L, funcs, 0)
#define lhadm_rawlen lua_rawlen
#if LUA_VERSION_NUM >= 504
#define lhadm_newuserdata(L, size) lua_newuserdatauv(L, size, 1)
#define lhadm_setuservalue(L, index) lua_setiuservalue(L, index, 1)
#define lhadm_getuservalue(L, index) lua_getiuservalue(L, index, 1)
#else
#define lhadm_newuserdata lua_newuserdata
#define lhadm_setuservalue lua_setuservalue
#define lhadm_getuservalue lua_getuservalue
#endif

#endif

/* Integers keep 64 bits where Lua has them; elsewhere they are doubles, exact
 * up to 2^53. */
static inline void lhadm_pushint(lua_State *L, int64_t number) {
#if LUA_VERSION_NUM >= 503
  lua_pushinteger(L, number);
#else
  lua_pushnumber(L, (lua_Number)number);
#endif
}

#endif
