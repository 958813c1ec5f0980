/* Included before each file of the binding (`make hardgc`): what may allocate
 * collects all garbage first. An object that the binding uses and nobody holds
 * is gone then, and the sanitizer sees who uses it.
 *
 * A whole collection is slow: a place collects the first times that it is come
 * by, and then ever more seldom. */
#ifndef HARDGC_H
#define HARDGC_H

#include <lauxlib.h>
#include <lua.h>

enum { HARDGC_PLACES = 1024, HARDGC_FIRST = 40, HARDGC_SHARE = 2 };

static inline lua_State *hardgc(lua_State *L, unsigned line) {
  static unsigned counts[HARDGC_PLACES], next[HARDGC_PLACES];
  unsigned place = line % HARDGC_PLACES;
  unsigned count = counts[place]++;
  if (count >= next[place]) {
    lua_gc(L, LUA_GCCOLLECT, 0);
    next[place] = count + (count < HARDGC_FIRST ? 1 : count / HARDGC_SHARE);
  }
  return L;
}

#define lua_createtable(L, array, hash)                                        \
  lua_createtable(hardgc(L, __LINE__), array, hash)
#if LUA_VERSION_NUM >= 504
#define lua_newuserdatauv(L, size, count)                                      \
  lua_newuserdatauv(hardgc(L, __LINE__), size, count)
#else
#define lua_newuserdata(L, size) lua_newuserdata(hardgc(L, __LINE__), size)
#endif
#define lua_pushcclosure(L, function, count)                                   \
  lua_pushcclosure(hardgc(L, __LINE__), function, count)
#define lua_pushlstring(L, text, len)                                          \
  lua_pushlstring(hardgc(L, __LINE__), text, len)
#undef lua_pushstring
#define lua_pushstring(L, text) lua_pushstring(hardgc(L, __LINE__), text)
#define lua_pushfstring(L, ...)                                                \
  lua_pushfstring(hardgc(L, __LINE__), __VA_ARGS__)
#define lua_concat(L, count) lua_concat(hardgc(L, __LINE__), count)
#define lua_rawset(L, index) lua_rawset(hardgc(L, __LINE__), index)
#define lua_rawseti(L, index, place)                                           \
  lua_rawseti(hardgc(L, __LINE__), index, place)

#endif
