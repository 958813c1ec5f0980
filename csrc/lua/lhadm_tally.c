/* Totals: what all processes have counted, over one reading after the other. */
#include "../core/data/hadm_saved.h"

#include "lhadm.h"

struct box {
  struct hadm_tally *tally;
};

struct hadm_tally *lhadm_checktally(lua_State *L, int index) {
  const struct box *box = luaL_checkudata(L, index, LHADM_TOTALS);
  luaL_argcheck(L, box->tally != NULL, index, "the totals were closed");
  return box->tally;
}

/* totals(context[, bytes]) -> totals, of what was dumped; or nil, code */
static int core_totals(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  struct hadm_slice bytes = {NULL, 0};
  if (!lua_isnoneornil(L, 2))
    bytes = lhadm_checkslice(L, 2);
  struct box *box = lhadm_newuserdata(L, sizeof(*box));
  box->tally = NULL;
  luaL_getmetatable(L, LHADM_TOTALS);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, 1);
  lhadm_setuservalue(L, -2);
  enum hadm_status status = HADM_E_NOMEM;
  if (bytes.ptr == NULL)
    box->tally = hadm_tally_new(lhadm_seed());
  else
    box->tally = hadm_saved_read(bytes, lhadm_seed(), &status);
  if (box->tally != NULL)
    return 1;
  lhadm_checkmemory(L, status);
  lua_pushnil(L);
  lua_pushstring(L, lhadm_code(status));
  return 2;
}

/* totals_take(totals, snapshot, missing, time) -> true, or nil and a code */
static int core_totals_take(lua_State *L) {
  struct hadm_tally *tally = lhadm_checktally(L, 1);
  const struct hadm_snapshot *snapshot = lhadm_checksnapshot(L, 2);
  size_t missing = (size_t)luaL_checkinteger(L, 3);
  int64_t now = (int64_t)luaL_checknumber(L, 4);
  enum hadm_status status = hadm_tally_take(tally, snapshot, missing, now);
  lhadm_checkmemory(L, status);
  if (status == HADM_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, lhadm_code(status));
  return 2;
}

struct bytes {
  struct hadm_buffer buffer;
};

#define BYTES "haproxyadmin.Bytes"

static int bytes_gc(lua_State *L) {
  struct bytes *bytes = luaL_checkudata(L, 1, BYTES);
  hadm_buffer_free(&bytes->buffer);
  return 0;
}

/* totals_dump(totals) -> bytes */
static int core_totals_dump(lua_State *L) {
  const struct hadm_tally *tally = lhadm_checktally(L, 1);
  /* A userdata, since what makes the string of it may raise. */
  struct bytes *bytes = lhadm_newuserdata(L, sizeof(*bytes));
  bytes->buffer = HADM_BUFFER_EMPTY;
  luaL_getmetatable(L, BYTES);
  lua_setmetatable(L, -2);
  lhadm_checkmemory(L, hadm_saved_write(tally, &bytes->buffer));
  lua_pushlstring(L, bytes->buffer.data, bytes->buffer.len);
  hadm_buffer_free(&bytes->buffer);
  return 1;
}

/* A field's number, cut off, or -1; it is exact up to 2^53, as far as nobody
 * counts. */
static int64_t whole_field(lua_State *L, int index, const char *name) {
  const lua_Number end = 9007199254740992.0 * 1024; /* 2^63 */
  lua_pushstring(L, name);
  lua_rawget(L, index);
  lua_Number number = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : -1;
  lua_pop(L, 1);
  return number >= 0 && number < end ? (int64_t)number : HADM_TALLY_NONE;
}

/* Reads a record {key =, [counter] =, ...}. */
static void check_name_server(lua_State *L, int index,
                              const struct hadm_counters *counters,
                              struct hadm_name_server *server) {
  luaL_checktype(L, index, LUA_TTABLE);
  lua_pushliteral(L, "key");
  lua_rawget(L, index);
  server->key = lhadm_checkslice(L, -1); /* the record holds it */
  lua_pop(L, 1);
  for (size_t i = 0; i < HADM_COUNTERS_NAME_SERVER; i++)
    server->counts[i] = whole_field(
        L, index, hadm_counters_name(counters, HADM_NAME_SERVER, i).ptr);
}

/* totals_take_name_servers(totals, nb, info, records) -> true, or nil and a
 * code: the name servers of the process of which `show info` says that */
static int core_totals_take_name_servers(lua_State *L) {
  struct hadm_tally *tally = lhadm_checktally(L, 1);
  const int info = 3, records = 4;
  luaL_checktype(L, info, LUA_TTABLE);
  luaL_checktype(L, records, LUA_TTABLE);
  struct hadm_source who = {.nb = (unsigned)luaL_checkinteger(L, 2),
                            .pid = whole_field(L, info, "Pid"),
                            .start = whole_field(L, info, "Start_time_sec"),
                            .uptime = whole_field(L, info, "Uptime_sec")};
  who.exact = who.start >= 0;
  lua_settop(L, records);
  size_t count = lhadm_rawlen(L, records);
  struct hadm_name_server *servers =
      lhadm_newuserdata(L, (count + 1) * sizeof(*servers));
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, records, (int)i + 1);
    check_name_server(L, lua_gettop(L), &tally->counters, &servers[i]);
    lua_pop(L, 1);
  }
  enum hadm_status status =
      hadm_tally_take_name_servers(tally, &who, servers, count);
  lhadm_checkmemory(L, status);
  if (status == HADM_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, lhadm_code(status));
  return 2;
}

/* totals_name_server(totals, key, counter) -> number, or nothing */
static int core_totals_name_server(lua_State *L) {
  const struct hadm_tally *tally = lhadm_checktally(L, 1);
  struct hadm_slice name = lhadm_checkslice(L, 3);
  int number = hadm_counters_find(&tally->counters, HADM_NAME_SERVER, name);
  int64_t value;
  if (!hadm_tally_name_server(tally, lhadm_checkslice(L, 2), number, &value))
    return 0;
  lhadm_pushint(L, value);
  return 1;
}

/* totals_value(totals, metric, key[, kind]) -> number, or nothing: of the rows
 * that begin with the key, or of `show info` where there is no kind */
static int core_totals_value(lua_State *L) {
  const struct hadm_tally *tally = lhadm_checktally(L, 1);
  const struct hadm_metric *metric = lhadm_checkmetric(L, 2);
  uint32_t place = 0;
  int64_t value;
  if (!lua_isnoneornil(L, 4))
    place =
        hadm_tally_find(tally, lhadm_checkkind(L, 4), lhadm_checkslice(L, 3));
  if (!hadm_tally_value(tally, place, metric, &value))
    return 0;
  lhadm_pushint(L, value);
  return 1;
}

/* totals_changes(totals, nb) -> number */
static int core_totals_changes(lua_State *L) {
  const struct hadm_tally *tally = lhadm_checktally(L, 1);
  unsigned nb = (unsigned)luaL_checkinteger(L, 2);
  lhadm_pushint(L, (int64_t)hadm_tally_changes(tally, nb));
  return 1;
}

/* is_counter(metric) -> does it count? */
static int core_is_counter(lua_State *L) {
  lua_pushboolean(L, hadm_counter_is_one(lhadm_checkmetric(L, 1)));
  return 1;
}

static int totals_gc(lua_State *L) {
  struct box *box = luaL_checkudata(L, 1, LHADM_TOTALS);
  hadm_tally_free(box->tally);
  box->tally = NULL;
  return 0;
}

static int totals_tostring(lua_State *L) {
  const struct box *box = luaL_checkudata(L, 1, LHADM_TOTALS);
  if (box->tally == NULL)
    lua_pushliteral(L, LHADM_TOTALS " (closed)");
  else
    lua_pushfstring(L, LHADM_TOTALS " (objects: %d)",
                    (int)box->tally->count - 1);
  return 1;
}

static const luaL_Reg meta[] = {{"__close", totals_gc},
                                {"__gc", totals_gc},
                                {"__tostring", totals_tostring},
                                {NULL, NULL}};

static const luaL_Reg bytes_meta[] = {{"__gc", bytes_gc}, {NULL, NULL}};

static const luaL_Reg functions[] = {
    {"is_counter", core_is_counter},
    {"totals", core_totals},
    {"totals_changes", core_totals_changes},
    {"totals_dump", core_totals_dump},
    {"totals_name_server", core_totals_name_server},
    {"totals_take", core_totals_take},
    {"totals_take_name_servers", core_totals_take_name_servers},
    {"totals_value", core_totals_value},
    {NULL, NULL}};

void lhadm_open_tally(lua_State *L) {
  lhadm_newclass(L, LHADM_TOTALS, LHADM_CLASS_TOTALS, meta, NULL);
  lhadm_newclass(L, BYTES, LHADM_CLASS_OTHER, bytes_meta, NULL);
  lhadm_setfuncs(L, functions);
}
