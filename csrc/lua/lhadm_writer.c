/* Files that are replaced whole, or not at all. */
#include "../core/net/hadm_writer.h"
#include "lhadm.h"

#include <errno.h>
#include <string.h>

#define WRITER "haproxyadmin.Writer"

static struct hadm_writer *check_writer(lua_State *L) {
  return luaL_checkudata(L, 1, WRITER);
}

/* nil, code, the system's words behind what was under way. */
static int push_failure(lua_State *L, const struct hadm_writer *writer,
                        enum hadm_status status) {
  int error = errno;
  lhadm_checkmemory(L, status);
  lua_pushnil(L);
  lua_pushstring(L, lhadm_code(status));
  if (status == HADM_E_CLOSED)
    lua_pushstring(L, lhadm_words(status));
  else
    lua_pushfstring(L, "%s: %s", writer->doing, strerror(error));
  return 3;
}

static int push_outcome(lua_State *L, const struct hadm_writer *writer,
                        enum hadm_status status) {
  if (status != HADM_OK)
    return push_failure(L, writer, status);
  lua_pushboolean(L, 1);
  return 1;
}

/* writer(path) -> a writer, or nil, code, why */
static int core_writer(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  luaL_argcheck(L, strlen(path) == lhadm_rawlen(L, 1), 1, "NUL in a path");
  struct hadm_writer *writer = lhadm_newuserdata(L, sizeof(*writer));
  hadm_writer_init(writer);
  luaL_getmetatable(L, WRITER);
  lua_setmetatable(L, -2);
  enum hadm_status status = hadm_writer_open(writer, path);
  return status == HADM_OK ? 1 : push_failure(L, writer, status);
}

/* writer:write(text) -> true, or nil, code, why */
static int writer_write(lua_State *L) {
  struct hadm_writer *writer = check_writer(L);
  return push_outcome(L, writer,
                      hadm_writer_write(writer, lhadm_checkslice(L, 2)));
}

/* writer:commit() -> true, or nil, code, why */
static int writer_commit(lua_State *L) {
  struct hadm_writer *writer = check_writer(L);
  return push_outcome(L, writer, hadm_writer_commit(writer));
}

/* writer:close(), __gc and __close: what was not committed is gone. */
static int writer_close(lua_State *L) {
  hadm_writer_close(check_writer(L));
  return 0;
}

static const luaL_Reg meta[] = {
    {"__close", writer_close}, {"__gc", writer_close}, {NULL, NULL}};

static const luaL_Reg methods[] = {{"close", writer_close},
                                   {"commit", writer_commit},
                                   {"write", writer_write},
                                   {NULL, NULL}};

static const luaL_Reg functions[] = {{"writer", core_writer}, {NULL, NULL}};

void lhadm_open_writer(lua_State *L) {
  lhadm_newclass(L, WRITER, LHADM_CLASS_OTHER, meta, methods);
  lhadm_setfuncs(L, functions);
}
