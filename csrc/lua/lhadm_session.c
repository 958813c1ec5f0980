/* Exchanges as Lua sees them: commands and bytes go in, answers come out. */
#include "../core/data/hadm_dump.h"
#include "lhadm.h"

struct hadm_session *lhadm_checksession(lua_State *L, int index) {
  return luaL_checkudata(L, index, LHADM_SESSION);
}

static enum hadm_mode check_mode(lua_State *L, int index) {
  static const char *const modes[] = {"once", "prompt", "master", NULL};
  return (enum hadm_mode)luaL_checkoption(L, index, NULL, modes);
}

static size_t check_max(lua_State *L, int index) {
  lua_Number max = luaL_checknumber(L, index);
  luaL_argcheck(L, max >= 0 && max < (lua_Number)(SIZE_MAX / 2), index,
                "out of range");
  return (size_t)max;
}

/* session(mode, max[, fresh]): mode "once", "prompt" or "master", max: bytes
 * that may come, fresh: nothing was sent on this connection before */
static int core_session(lua_State *L) {
  enum hadm_mode mode = check_mode(L, 1);
  size_t max = check_max(L, 2);
  bool fresh = lua_toboolean(L, 3);
  struct hadm_session *session = lhadm_newuserdata(L, sizeof(*session));
  hadm_session_init(session, mode, max, fresh);
  luaL_getmetatable(L, LHADM_SESSION);
  lua_setmetatable(L, -2);
  return 1;
}

/* session:clear(): forgets its commands and answers; it may begin again */
static int session_clear(lua_State *L) {
  struct hadm_session *session = lhadm_checksession(L, 1);
  hadm_session_reset(session, session->mode, session->max, session->fresh);
  return 0;
}

/* true when complete, false while there is more to come, or nil, code */
static int push_status(lua_State *L, enum hadm_status status) {
  lhadm_checkmemory(L, status);
  if (status == HADM_OK || status == HADM_MORE) {
    lua_pushboolean(L, status == HADM_OK);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, lhadm_code(status));
  return 2;
}

static enum hadm_frame_kind check_frame(lua_State *L, int index) {
  static const char *const frames[] = {"text", "list", "info", "stat", NULL};
  return (enum hadm_frame_kind)luaL_checkoption(L, index, NULL, frames);
}

/* session:ask(command, frame) -> true; or nil, "too_big" when it does not fit
 * with the ones before, nil, "bad_argument" when it cannot be asked at all */
static int session_ask(lua_State *L) {
  struct hadm_session *session = lhadm_checksession(L, 1);
  struct hadm_slice command = lhadm_checkslice(L, 2);
  return push_status(L, hadm_session_ask(session, command, check_frame(L, 3)));
}

/* The frame of command <i>, of one for all or a sequence at 6; index 8 is free.
 */
static enum hadm_frame_kind frame_of(lua_State *L, int i) {
  if (!lua_istable(L, 6))
    return check_frame(L, 6);
  lua_rawgeti(L, 6, i);
  lua_replace(L, 8);
  return check_frame(L, 8);
}

/* Makes it an exchange through a master, whose worker is at 7; <trusted>: who
 * its workers are is known. */
static void go_through(lua_State *L, struct hadm_session *session,
                       bool trusted) {
  lua_Integer pid = luaL_checkinteger(L, 7);
  luaL_argcheck(L, pid >= 0 && pid <= INT32_MAX, 7, "out of range");
  luaL_argcheck(L, session->mode != HADM_PROMPT, 2, "no master's");
  if (trusted && session->mode == HADM_MASTER)
    hadm_session_to(session, (long)pid);
  else
    lhadm_checkmemory(L, hadm_session_through(session, (long)pid));
}

/* session:begin(mode, max, fresh, commands, frame[, worker[, trusted]]) -> the
 * bytes to send: a new exchange in a session that was used, whose answers are
 * gone. worker: the process id of the one to whom a master hands the commands
 * on, 0 for a master that has only to tell its processes; trusted: it has told
 * them on this connection. What cannot be asked is a fault of the caller's. */
static int session_begin(lua_State *L) {
  struct hadm_session *session = lhadm_checksession(L, 1);
  enum hadm_mode mode = check_mode(L, 2);
  luaL_checktype(L, 5, LUA_TTABLE);
  lua_settop(L, 8);
  hadm_session_reset(session, mode, check_max(L, 3), lua_toboolean(L, 4));
  if (!lua_isnil(L, 7))
    go_through(L, session, lua_toboolean(L, 8));
  int count = (int)lhadm_rawlen(L, 5);
  for (int i = 1; i <= count; i++) {
    enum hadm_frame_kind kind = frame_of(L, i);
    lua_rawgeti(L, 5, i);
    enum hadm_status status =
        hadm_session_ask(session, lhadm_checkslice(L, 9), kind);
    lhadm_checkmemory(L, status);
    if (status != HADM_OK)
      return luaL_error(L, "command %d: %s", i, lhadm_code(status));
    lua_pop(L, 1);
  }
  lhadm_pushslice(L, hadm_session_line(session));
  return 1;
}

/* session:line() -> the bytes to send */
static int session_line(lua_State *L) {
  lhadm_pushslice(L, hadm_session_line(lhadm_checksession(L, 1)));
  return 1;
}

/* session:turns() -> how often there was more to send, as session:line() has
 * it, in the middle of an exchange */
static int session_turns(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)lhadm_checksession(L, 1)->turns);
  return 1;
}

/* session:feed(bytes) -> as push_status */
static int session_feed(lua_State *L) {
  struct hadm_session *session = lhadm_checksession(L, 1);
  struct hadm_slice bytes = lhadm_checkslice(L, 2);
  return push_status(L, hadm_session_feed(session, bytes.ptr, bytes.len));
}

/* session:finish() -> as push_status: the stream ended */
static int session_finish(lua_State *L) {
  return push_status(L, hadm_session_end(lhadm_checksession(L, 1)));
}

/* session:free(), and __gc: gives its memory back before the collector comes,
 * which does not see how much it is. */
static int session_free(lua_State *L) {
  hadm_session_free(lhadm_checksession(L, 1));
  return 0;
}

/* session:count() -> how many answers are whole */
static int session_count(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)hadm_session_count(lhadm_checksession(L, 1)));
  return 1;
}

/* Argument 2: the number of an answer, from 1, which is also the default. */
static size_t check_place(lua_State *L) {
  lua_Integer place = luaL_optinteger(L, 2, 1);
  luaL_argcheck(L, place >= 1, 2, "out of range");
  return (size_t)place - 1;
}

/* session:text([place[, most]]) -> the answer, without the line ends that close
 * it; at most the first <most> bytes of it */
static int session_text(lua_State *L) {
  struct hadm_session *session = lhadm_checksession(L, 1);
  struct hadm_slice text = hadm_session_text(session, check_place(L));
  lua_Number most = luaL_optnumber(L, 3, -1);
  if (most >= 0 && (lua_Number)text.len > most)
    text.len = (size_t)most;
  lhadm_pushslice(L, text);
  return 1;
}

/* session:lines([place]) -> sequence of the answer's lines */
static int session_lines(lua_State *L) {
  struct hadm_session *session = lhadm_checksession(L, 1);
  struct hadm_slice rest = hadm_session_text(session, check_place(L));
  struct hadm_slice line;
  lua_newtable(L);
  for (int i = 1; hadm_slice_line(&rest, &line); i++) {
    lhadm_pushslice(L, line);
    lua_rawseti(L, -2, i);
  }
  return 1;
}

/* session:entries() -> sequence of the entries of the map or the ACL that the
 * answer lists, each with its reference */
static int session_entries(lua_State *L) {
  struct hadm_slice rest = hadm_session_text(lhadm_checksession(L, 1), 0);
  struct hadm_dumped entry;
  const char *at = rest.ptr;
  lua_newtable(L);
  for (int i = 1; hadm_dump_next(&rest, &entry); i++) {
    const char *end = entry.text.ptr + entry.text.len;
    lhadm_pushslice(L, (struct hadm_slice){at, (size_t)(end - at)});
    lua_rawseti(L, -2, i);
    at = rest.ptr;
  }
  return 1;
}

/* session:same_entries(other) -> do both list the same in the same order? */
static int session_same_entries(lua_State *L) {
  const struct hadm_session *session = lhadm_checksession(L, 1);
  const struct hadm_session *other = lhadm_checksession(L, 2);
  struct hadm_slice a = hadm_session_text(session, 0);
  struct hadm_slice b = hadm_session_text(other, 0);
  lua_pushboolean(L, hadm_dump_compare(&a, &b, SIZE_MAX) == HADM_OK);
  return 1;
}

/* session:alike() -> the answer that each of the commands got, without the line
 * ends that close it; nil where they differ, or there is none */
static int session_alike(lua_State *L) {
  const struct hadm_session *session = lhadm_checksession(L, 1);
  size_t count = session->count - session->lead;
  struct hadm_slice first = hadm_session_text(session, 0);
  bool alike = count > 0;
  for (size_t i = 1; alike && i < count; i++)
    alike = hadm_slice_equal(hadm_session_text(session, i), first);
  if (alike)
    lhadm_pushslice(L, first);
  else
    lua_pushnil(L);
  return 1;
}

/* session:shaped([place]) -> is it what was asked for (rather than words)? */
static int session_shaped(lua_State *L) {
  struct hadm_session *session = lhadm_checksession(L, 1);
  lua_pushboolean(L, hadm_session_shaped(session, check_place(L)));
  return 1;
}

/* session:lead() -> what a master told of its processes; empty when it did not
 */
static int session_lead(lua_State *L) {
  lhadm_pushslice(L, hadm_session_lead(lhadm_checksession(L, 1)));
  return 1;
}

/* session:raw() -> all bytes that answer the commands, as they came */
static int session_raw(lua_State *L) {
  lhadm_pushslice(L, hadm_session_raw(lhadm_checksession(L, 1)));
  return 1;
}

static const luaL_Reg meta[] = {{"__gc", session_free}, {NULL, NULL}};

static const luaL_Reg methods[] = {
    {"alike", session_alike},   {"ask", session_ask},
    {"begin", session_begin},   {"clear", session_clear},
    {"count", session_count},   {"entries", session_entries},
    {"feed", session_feed},     {"finish", session_finish},
    {"free", session_free},     {"lead", session_lead},
    {"line", session_line},     {"lines", session_lines},
    {"raw", session_raw},       {"same_entries", session_same_entries},
    {"shaped", session_shaped}, {"text", session_text},
    {"turns", session_turns},   {NULL, NULL}};

static const luaL_Reg functions[] = {{"session", core_session}, {NULL, NULL}};

void lhadm_open_session(lua_State *L) {
  lhadm_newclass(L, LHADM_SESSION, LHADM_CLASS_OTHER, meta, methods);
  lhadm_setfuncs(L, functions);
}
