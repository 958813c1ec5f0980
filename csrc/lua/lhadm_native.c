/* Exchanges with many processes at once. */
#include "../core/net/hadm_fanout.h"
#include "lhadm.h"
#include "lhadm_connection.h"

#include <poll.h>
#include <string.h>

static struct hadm_fanout *check_fanout(lua_State *L) {
  return luaL_checkudata(L, 1, LHADM_FANOUT);
}

static int fanout_gc(lua_State *L) {
  hadm_fanout_free(check_fanout(L));
  return 0;
}

/* What is kept of each request for as long as its exchange lasts. */
enum { REQUEST = 1, LINE, SESSION, CONNECTION, KEPT = CONNECTION };

/* Moves the value at the top to the table at <kept>, as <what> of request
 * <i>. [-1, 0] */
static void keep(lua_State *L, int kept, int i, int what) {
  lua_rawseti(L, kept, KEPT * (i - 1) + what);
}

static void push_field(lua_State *L, int request, const char *name) {
  lua_pushstring(L, name);
  lua_rawget(L, request);
}

static struct hadm_address check_address(lua_State *L, int index) {
  struct hadm_address address;
  const char *why;
  if (hadm_address_parse(&address, lhadm_checkslice(L, index), &why) != HADM_OK)
    luaL_error(L, "address: %s", why);
  return address;
}

/* Adds request <i> of the sequence at 1. What its exchange borrows is kept in
 * the table at the top of the stack. */
static void add_request(lua_State *L, struct hadm_fanout *fanout, int i) {
  int kept = lua_gettop(L);
  int request = kept + 1;
  lua_rawgeti(L, 1, i);
  luaL_checktype(L, request, LUA_TTABLE);
  push_field(L, request, "address");
  push_field(L, request, "line");
  push_field(L, request, "reply");
  push_field(L, request, "connection");
  if (lua_isnil(L, kept + 4)) {
    struct hadm_address address = check_address(L, kept + 2);
    lhadm_newconnection(L);
    keep(L, kept, i, CONNECTION);
    hadm_fanout_open(fanout, &address);
  } else {
    struct hadm_slice line = lhadm_checkslice(L, kept + 3);
    struct hadm_session *session = lhadm_checksession(L, kept + 4);
    if (lua_isnil(L, kept + 5)) {
      struct hadm_address address = check_address(L, kept + 2);
      hadm_fanout_add(fanout, &address, line, session);
    } else {
      struct hadm_link *link = lhadm_checkconnection(L, kept + 5);
      if (link->busy)
        luaL_error(L, "connection: another exchange uses it");
      hadm_fanout_resume(fanout, link, line, session);
      keep(L, kept, i, CONNECTION);
    }
  }
  lua_settop(L, kept + 4);
  keep(L, kept, i, SESSION);
  keep(L, kept, i, LINE);
  lua_pop(L, 1);
  keep(L, kept, i, REQUEST);
}

/* Begins the exchanges of the sequence at 1 in the fanout at 2, whose uservalue
 * keeps what they borrow. */
static void begin(lua_State *L, struct hadm_fanout *fanout) {
  int count = (int)lhadm_rawlen(L, 1);
  lhadm_checkmemory(L, hadm_fanout_reset(fanout, (size_t)count));
  lhadm_getuservalue(L, 2);
  for (int i = 1; i <= count; i++)
    add_request(L, fanout, i);
  lua_pop(L, 1);
}

static struct hadm_fanout *push_fanout(lua_State *L) {
  struct hadm_fanout *fanout = lhadm_newuserdata(L, sizeof(*fanout));
  memset(fanout, 0, sizeof(*fanout));
  luaL_getmetatable(L, LHADM_FANOUT);
  lua_setmetatable(L, -2);
  lua_newtable(L);
  lhadm_setuservalue(L, -2);
  return fanout;
}

/* fanout(sequence of {address =, line =, reply =, connection =}): one exchange
 * for each, on the connection if there is one; without a reply a connection is
 * opened */
static int core_fanout(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  begin(L, push_fanout(L));
  return 1;
}

static void set_text(lua_State *L, const char *key, const char *text) {
  lua_pushstring(L, key);
  lua_pushstring(L, text);
  lua_rawset(L, -3);
}

/* Writes into the request at the top why it failed: code, words (the system's,
 * if it said any), and sent: HAProxy may have run a command. */
static void settle_failure(lua_State *L, const struct hadm_conn *conn) {
  set_text(L, "code", lhadm_code(conn->status));
  if (conn->sys != 0)
    set_text(L, "words", strerror(conn->sys));
  lua_pushliteral(L, "sent");
  lua_pushboolean(L, hadm_conn_was_sent(conn));
  lua_rawset(L, -3);
}

/* Writes the connection that was opened into the request at the top, below
 * which stands what was kept of request <i>. */
static void settle_opened(lua_State *L, struct hadm_conn *conn, int i) {
  lua_pushliteral(L, "connection");
  lua_rawgeti(L, -3, KEPT * (i - 1) + CONNECTION);
  hadm_conn_take(conn, lhadm_checkconnection(L, -1));
  lua_rawset(L, -3);
}

/* Writes into the requests what became of them; the fanout is at <index>. */
static void settle(lua_State *L, struct hadm_fanout *fanout, int index) {
  lhadm_getuservalue(L, index);
  for (int i = 1; i <= (int)fanout->count; i++) {
    struct hadm_conn *conn = &fanout->conns[i - 1];
    lhadm_checkmemory(L, conn->status);
    if (conn->status == HADM_OK && conn->session != NULL)
      continue;
    lua_rawgeti(L, -1, KEPT * (i - 1) + REQUEST);
    if (conn->status != HADM_OK)
      settle_failure(L, conn);
    else if (conn->own.fd != -1)
      settle_opened(L, conn, i);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* Lets go of what the exchanges of the fanout at 2 borrowed. */
static void release(lua_State *L, struct hadm_fanout *fanout) {
  lhadm_getuservalue(L, 2);
  for (int i = 1; i <= KEPT * (int)fanout->count; i++) {
    lua_pushnil(L);
    lua_rawseti(L, -2, i);
  }
  hadm_fanout_reset(fanout, 0);
}

/* exchange(requests, deadline[, breaks]): begins as fanout does, and waits
 * until each request is answered or has failed; if it breaks, not beyond a
 * SIGINT that was noted. All calls use one fanout, since nothing else runs
 * meanwhile; what a call that failed has left in it goes with the next. */
static int core_exchange(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  double deadline = luaL_checknumber(L, 2);
  bool breaks = lua_toboolean(L, 3) != 0;
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  struct hadm_fanout *fanout = lua_touserdata(L, 2);
  begin(L, fanout);
  fanout->breaks = breaks;
  hadm_fanout_run(fanout, deadline);
  settle(L, fanout, 2);
  release(L, fanout);
  return 0;
}

/* fanout:step(deadline) -> true when each request is answered or has failed */
static int fanout_step(lua_State *L) {
  struct hadm_fanout *fanout = check_fanout(L);
  double deadline = luaL_checknumber(L, 2);
  bool done = hadm_fanout_step(fanout, hadm_now(), deadline) == HADM_OK;
  if (done)
    settle(L, fanout, 1);
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

static const luaL_Reg fanout_methods[] = {
    {"step", fanout_step}, {"waits", fanout_waits}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"fanout", core_fanout}, {NULL, NULL}};

void lhadm_open_native(lua_State *L) {
  lhadm_newclass(L, LHADM_FANOUT, LHADM_CLASS_OTHER, fanout_meta,
                 fanout_methods);
  lhadm_setfuncs(L, functions);
  push_fanout(L);
  lua_pushcclosure(L, core_exchange, 1);
  lua_setfield(L, -2, "exchange");
}
