/* Exchanges with many processes at once. */
#include "../core/net/hadm_fanout.h"
#include "lhadm.h"

#include <poll.h>
#include <string.h>

static struct hadm_fanout *check_fanout(lua_State *L) {
  return luaL_checkudata(L, 1, LHADM_FANOUT);
}

static int fanout_gc(lua_State *L) {
  hadm_fanout_free(check_fanout(L));
  return 0;
}

/* Adds request <i> of the sequence at 1. What its exchange borrows is kept in
 * the table at the top of the stack. */
static void add_request(lua_State *L, struct hadm_fanout *fanout, int i) {
  int kept = lua_gettop(L);
  lua_rawgeti(L, 1, i);
  luaL_checktype(L, -1, LUA_TTABLE);
  lua_pushliteral(L, "address");
  lua_rawget(L, kept + 1);
  lua_pushliteral(L, "line");
  lua_rawget(L, kept + 1);
  lua_pushliteral(L, "reply");
  lua_rawget(L, kept + 1);
  struct hadm_slice text = lhadm_checkslice(L, kept + 2);
  struct hadm_slice line = lhadm_checkslice(L, kept + 3);
  struct hadm_session *session = lhadm_checksession(L, kept + 4);
  struct hadm_address address;
  const char *why;
  if (hadm_address_parse(&address, text, &why) != HADM_OK)
    luaL_error(L, "address: %s", why);
  int last = 3 * i;
  lua_rawseti(L, kept, last);
  lua_rawseti(L, kept, last - 1);
  lua_pop(L, 1);
  lua_rawseti(L, kept, last - 2);
  hadm_fanout_add(fanout, &address, line, session);
}

/* fanout(sequence of {address =, line =, reply =}): one exchange for each */
static int core_fanout(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  int count = (int)lhadm_rawlen(L, 1);
  struct hadm_fanout *fanout = lhadm_newuserdata(L, sizeof(*fanout));
  memset(fanout, 0, sizeof(*fanout));
  luaL_getmetatable(L, LHADM_FANOUT);
  lua_setmetatable(L, -2);
  lhadm_checkmemory(L, hadm_fanout_init(fanout, (size_t)count));
  lua_createtable(L, 3 * count, 0);
  lua_pushvalue(L, -1);
  lhadm_setuservalue(L, 2);
  for (int i = 1; i <= count; i++)
    add_request(L, fanout, i);
  lua_pop(L, 1);
  return 1;
}

static void set_text(lua_State *L, const char *key, const char *text) {
  lua_pushstring(L, key);
  lua_pushstring(L, text);
  lua_rawset(L, -3);
}

/* Writes into each request that failed why: code, words (the system's, if it
 * said any), and sent: HAProxy may have run the line. */
static void settle(lua_State *L, const struct hadm_fanout *fanout) {
  lhadm_getuservalue(L, 1);
  for (size_t i = 0; i < fanout->count; i++) {
    const struct hadm_conn *conn = &fanout->conns[i];
    lhadm_checkmemory(L, conn->status);
    if (conn->status == HADM_OK)
      continue;
    lua_rawgeti(L, -1, 3 * (int)i + 1);
    set_text(L, "code", lhadm_code(conn->status));
    if (conn->sys != 0)
      set_text(L, "words", strerror(conn->sys));
    lua_pushliteral(L, "sent");
    lua_pushboolean(L, hadm_conn_was_sent(conn));
    lua_rawset(L, -3);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* fanout:run(deadline): until each request is answered or has failed */
static int fanout_run(lua_State *L) {
  struct hadm_fanout *fanout = check_fanout(L);
  hadm_fanout_run(fanout, luaL_checknumber(L, 2));
  settle(L, fanout);
  return 0;
}

/* fanout:step(deadline) -> true when each request is answered or has failed */
static int fanout_step(lua_State *L) {
  struct hadm_fanout *fanout = check_fanout(L);
  double deadline = luaL_checknumber(L, 2);
  bool done = hadm_fanout_step(fanout, hadm_now(), deadline) == HADM_OK;
  if (done)
    settle(L, fanout);
  lua_pushboolean(L, done);
  return 1;
}

/* fanout:waits(deadline) -> seconds, sequence of {fd, "r" or "w"} */
static int fanout_waits(lua_State *L) {
  struct hadm_fanout *fanout = check_fanout(L);
  double deadline = luaL_checknumber(L, 2);
  lua_pushnumber(L, hadm_fanout_wait(fanout, hadm_now(), deadline));
  lua_newtable(L);
  int count = 0;
  for (size_t i = 0; i < fanout->count; i++) {
    const struct hadm_conn *conn = &fanout->conns[i];
    if (conn->state == HADM_CONN_DONE || hadm_conn_fd(conn) == -1)
      continue;
    lua_createtable(L, 2, 0);
    lua_pushinteger(L, hadm_conn_fd(conn));
    lua_rawseti(L, -2, 1);
    lua_pushstring(L, hadm_conn_events(conn) == POLLOUT ? "w" : "r");
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, ++count);
  }
  return 2;
}

static const luaL_Reg fanout_meta[] = {{"__gc", fanout_gc}, {NULL, NULL}};

static const luaL_Reg fanout_methods[] = {{"run", fanout_run},
                                          {"step", fanout_step},
                                          {"waits", fanout_waits},
                                          {NULL, NULL}};

static const luaL_Reg functions[] = {{"fanout", core_fanout}, {NULL, NULL}};

void lhadm_open_native(lua_State *L) {
  lhadm_newclass(L, LHADM_FANOUT, LHADM_CLASS_OTHER, fanout_meta,
                 fanout_methods);
  lhadm_setfuncs(L, functions);
}
