/* Files that are read in pieces. */
#include "../core/net/hadm_reader.h"
#include "lhadm.h"

#include <errno.h>
#include <string.h>

#define READER "haproxyadmin.Reader"

/* Large enough that calls do not count, small enough for a wait of some
 * microseconds. */
enum { PIECE = 1 << 16 };

struct reader {
  struct hadm_reader file;
  char piece[PIECE];
};

int lhadm_pushreadfailure(lua_State *L, enum hadm_status status) {
  int error = errno;
  lhadm_checkmemory(L, status);
  lua_pushnil(L);
  lua_pushstring(L, lhadm_code(status));
  if (status == HADM_E_CLOSED)
    lua_pushstring(L, lhadm_words(status));
  else if (status == HADM_E_INCONSISTENT)
    lua_pushstring(L, "it was changed meanwhile");
  else
    lua_pushstring(L,
                   error == EINVAL ? "it is no regular file" : strerror(error));
  return 3;
}

/* reader(path) -> a reader, or nil, code, why */
static int core_reader(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  luaL_argcheck(L, strlen(path) == lhadm_rawlen(L, 1), 1, "NUL in a path");
  struct reader *reader = lhadm_newuserdata(L, sizeof(*reader));
  hadm_reader_init(&reader->file);
  luaL_getmetatable(L, READER);
  lua_setmetatable(L, -2);
  enum hadm_status status = hadm_reader_open(&reader->file, path);
  return status == HADM_OK ? 1 : lhadm_pushreadfailure(L, status);
}

enum hadm_status lhadm_readpiece(lua_State *L, int index,
                                 struct hadm_slice *piece, uint64_t *size) {
  struct reader *reader = luaL_checkudata(L, index, READER);
  *piece = (struct hadm_slice){reader->piece, 0};
  *size = reader->file.size;
  return hadm_reader_read(&reader->file, reader->piece, PIECE, &piece->len);
}

/* reader:read() -> the next piece; false at the end; or nil, code, why */
static int reader_read(lua_State *L) {
  struct reader *reader = luaL_checkudata(L, 1, READER);
  size_t got = 0;
  enum hadm_status status =
      hadm_reader_read(&reader->file, reader->piece, PIECE, &got);
  if (status == HADM_MORE)
    lua_pushlstring(L, reader->piece, got);
  else if (status == HADM_OK)
    lua_pushboolean(L, 0);
  else
    return lhadm_pushreadfailure(L, status);
  return 1;
}

/* reader:close(), __gc and __close */
static int reader_close(lua_State *L) {
  struct reader *reader = luaL_checkudata(L, 1, READER);
  hadm_reader_close(&reader->file);
  return 0;
}

static const luaL_Reg meta[] = {
    {"__close", reader_close}, {"__gc", reader_close}, {NULL, NULL}};

static const luaL_Reg methods[] = {
    {"close", reader_close}, {"read", reader_read}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"reader", core_reader}, {NULL, NULL}};

void lhadm_open_reader(lua_State *L) {
  lhadm_newclass(L, READER, LHADM_CLASS_OTHER, meta, methods);
  lhadm_setfuncs(L, functions);
}
