/* Connections that are kept: what is waited for is Lua's business. */
#include "lhadm_connection.h"

#include "lhadm.h"

#include <errno.h>
#include <string.h>

enum { READ_SIZE = 65536 };

struct hadm_link *lhadm_newconnection(lua_State *L) {
  struct hadm_link *link = lhadm_newuserdata(L, sizeof(*link));
  hadm_link_init(link);
  luaL_getmetatable(L, LHADM_CONNECTION);
  lua_setmetatable(L, -2);
  return link;
}

struct hadm_link *lhadm_checkconnection(lua_State *L, int index) {
  return luaL_checkudata(L, index, LHADM_CONNECTION);
}

/* nil, code, words. A reset is not the stream's end. */
static int push_failure(lua_State *L, enum hadm_status status) {
  int error = errno;
  lhadm_checkmemory(L, status);
  lua_pushnil(L);
  lua_pushstring(L, status == HADM_E_RESET ? "reset" : lhadm_code(status));
  lua_pushstring(L,
                 status == HADM_E_SYS ? strerror(error) : lhadm_words(status));
  return 3;
}

/* What came on a link: bytes, or false when there is nothing now, or nil, code
 * ("closed" at the end of the stream, "reset"), words. */
static int push_received(lua_State *L, const struct hadm_link *link) {
  char bytes[READ_SIZE];
  size_t got;
  enum hadm_status status = hadm_link_receive(link, bytes, READ_SIZE, &got);
  if (status == HADM_MORE) {
    lua_pushboolean(L, 0);
    return 1;
  }
  if (status != HADM_OK)
    return push_failure(L, status);
  lua_pushlstring(L, bytes, got);
  return 1;
}

/* receive(fd) -> as push_received, of a socket that does not wait */
static int core_receive(lua_State *L) {
  struct hadm_link link = {.fd = (int)luaL_checkinteger(L, 1)};
  return push_received(L, &link);
}

/* has_peer(fd) -> is there somebody at the other end of a TCP socket? */
static int core_has_peer(lua_State *L) {
  lua_pushboolean(L, hadm_link_has_peer((int)luaL_checkinteger(L, 1)));
  return 1;
}

/* connection:read() -> as push_received */
static int connection_read(lua_State *L) {
  const struct hadm_link *link = lhadm_checkconnection(L, 1);
  enum hadm_status status = hadm_link_usable(link);
  return status == HADM_OK ? push_received(L, link) : push_failure(L, status);
}

/* connection:write(bytes, from) -> how many bytes behind offset <from> the
 * system took; or nil, code, words */
static int connection_write(lua_State *L) {
  const struct hadm_link *link = lhadm_checkconnection(L, 1);
  struct hadm_slice bytes = lhadm_checkslice(L, 2);
  lua_Integer from = luaL_checkinteger(L, 3);
  luaL_argcheck(L, from >= 0 && (size_t)from <= bytes.len, 3, "out of range");
  size_t sent = 0;
  enum hadm_status status = hadm_link_usable(link);
  if (status == HADM_OK && (size_t)from < bytes.len)
    status =
        hadm_link_send(link, bytes.ptr + from, bytes.len - (size_t)from, &sent);
  if (status != HADM_OK && status != HADM_MORE)
    return push_failure(L, status);
  lua_pushinteger(L, (lua_Integer)sent);
  return 1;
}

/* connection:wait("r" or "w", deadline): blocks; may return early */
static int connection_wait(lua_State *L) {
  static const char *const events[] = {"r", "w", NULL};
  const struct hadm_link *link = lhadm_checkconnection(L, 1);
  bool out = luaL_checkoption(L, 2, NULL, events) == 1;
  hadm_link_wait(link, out, luaL_checknumber(L, 3));
  return 0;
}

/* connection:fd() -> the descriptor, -1 when it is closed */
static int connection_fd(lua_State *L) {
  lua_pushinteger(L, lhadm_checkconnection(L, 1)->fd);
  return 1;
}

/* connection:close(), and __gc */
static int connection_close(lua_State *L) {
  hadm_link_close(lhadm_checkconnection(L, 1));
  return 0;
}

static const luaL_Reg meta[] = {
    {"__gc", connection_close}, {"__close", connection_close}, {NULL, NULL}};

static const luaL_Reg methods[] = {
    {"close", connection_close}, {"fd", connection_fd},
    {"read", connection_read},   {"wait", connection_wait},
    {"write", connection_write}, {NULL, NULL}};

static const luaL_Reg functions[] = {
    {"has_peer", core_has_peer}, {"receive", core_receive}, {NULL, NULL}};

void lhadm_open_connection(lua_State *L) {
  lhadm_newclass(L, LHADM_CONNECTION, LHADM_CLASS_OTHER, meta, methods);
  lhadm_setfuncs(L, functions);
}
