/* Snapshots: what all processes answered at one time. */
#include "lhadm.h"

#include "../core/data/hadm_info.h"

#include <string.h>

struct box {
  struct hadm_snapshot *snapshot;
};

struct hadm_snapshot *lhadm_checksnapshot(lua_State *L, int index) {
  struct box *box = luaL_checkudata(L, index, LHADM_SNAPSHOT);
  luaL_argcheck(L, box->snapshot != NULL, index, "the snapshot was closed");
  return box->snapshot;
}

/* Takes entry <i> of the sequence at <index>: {slot, nb, session[, old]}. */
static enum hadm_status take(lua_State *L, int index, int i,
                             struct hadm_snapshot *snapshot) {
  lua_rawgeti(L, index, i);
  luaL_checktype(L, -1, LUA_TTABLE);
  int entry = lua_gettop(L);
  lua_rawgeti(L, entry, 1);
  lua_rawgeti(L, entry, 2);
  lua_rawgeti(L, entry, 3);
  lua_rawgeti(L, entry, 4);
  unsigned slot = (unsigned)luaL_checkinteger(L, entry + 1);
  unsigned nb = (unsigned)luaL_checkinteger(L, entry + 2);
  struct hadm_reading *reading =
      hadm_session_reading(lhadm_checksession(L, entry + 3));
  enum hadm_status status = HADM_E_ARG;
  if (reading != NULL)
    status = hadm_snapshot_take(snapshot, slot, nb, reading);
  if (status == HADM_OK && lua_toboolean(L, entry + 4))
    hadm_snapshot_age(snapshot);
  lua_settop(L, entry - 1);
  return status;
}

/* snapshot(state, sequence of {slot, nb, session[, old]}) -> snapshot; or nil
 * and the place of a session that cannot be used */
static int core_snapshot(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TTABLE);
  int count = (int)lhadm_rawlen(L, 2);
  struct box *box = lhadm_newuserdata(L, sizeof(*box));
  box->snapshot = NULL;
  luaL_getmetatable(L, LHADM_SNAPSHOT);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, 1);
  lhadm_setuservalue(L, -2);
  box->snapshot = hadm_snapshot_new((size_t)count);
  if (box->snapshot == NULL)
    return luaL_error(L, "not enough memory");
  for (int i = 1; i <= count; i++) {
    enum hadm_status status = take(L, 2, i, box->snapshot);
    lhadm_checkmemory(L, status);
    if (status != HADM_OK) {
      lua_pushnil(L);
      lua_pushinteger(L, i);
      return 2;
    }
  }
  return 1;
}

static int snapshot_gc(lua_State *L) {
  struct box *box = luaL_checkudata(L, 1, LHADM_SNAPSHOT);
  hadm_snapshot_unref(box->snapshot);
  box->snapshot = NULL;
  return 0;
}

static int snapshot_tostring(lua_State *L) {
  struct box *box = luaL_checkudata(L, 1, LHADM_SNAPSHOT);
  if (box->snapshot == NULL)
    lua_pushliteral(L, LHADM_SNAPSHOT " (closed)");
  else
    lua_pushfstring(L, LHADM_SNAPSHOT " (processes: %d)",
                    (int)box->snapshot->taken);
  return 1;
}

static int core_is_closed(lua_State *L) {
  const struct box *box = luaL_checkudata(L, 1, LHADM_SNAPSHOT);
  lua_pushboolean(L, box->snapshot == NULL);
  return 1;
}

/* bytes(snapshot) -> how much text it holds */
static int core_bytes(lua_State *L) {
  lua_pushnumber(L, (lua_Number)lhadm_checksnapshot(L, 1)->bytes);
  return 1;
}

/* info_metric(snapshot, metric[, rule]) -> value; or nil, true where processes
 * disagree */
static int core_info_metric(lua_State *L) {
  const struct hadm_snapshot *snapshot = lhadm_checksnapshot(L, 1);
  const struct hadm_metric *metric = lhadm_checkmetric(L, 2);
  return lhadm_returnvalue(L, snapshot, HADM_NONE, metric,
                           lhadm_checkrule(L, 3, metric));
}

/* info_values(snapshot, metric) -> sequence of {nb, value} */
static int core_info_values(lua_State *L) {
  const struct hadm_snapshot *snapshot = lhadm_checksnapshot(L, 1);
  const struct hadm_metric *metric = lhadm_checkmetric(L, 2);
  lua_newtable(L);
  for (size_t i = 0; i < snapshot->taken; i++) {
    struct hadm_slice value;
    lua_createtable(L, 2, 0);
    lua_pushinteger(L, snapshot->processes[i].nb);
    lua_rawseti(L, -2, 1);
    if (hadm_snapshot_info(snapshot, i, metric->name, &value)) {
      lhadm_pushfield(L, metric, hadm_info_field(value));
      lua_rawseti(L, -2, 2);
    }
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

/* info_text(snapshot, place) -> what `show info` printed, slot, nb */
static int core_info_text(lua_State *L) {
  const struct hadm_snapshot *snapshot = lhadm_checksnapshot(L, 1);
  lua_Integer i = luaL_checkinteger(L, 2);
  if (i < 1 || (size_t)i > snapshot->taken)
    return 0;
  const struct hadm_process *process = &snapshot->processes[i - 1];
  lhadm_pushslice(L, hadm_reading_info(&process->reading));
  lua_pushinteger(L, process->slot);
  lua_pushinteger(L, process->nb);
  return 3;
}

/* rows(snapshot) -> sequence (by process) of sequences of {field = value} */
static int core_rows(lua_State *L) {
  const struct hadm_snapshot *snapshot = lhadm_checksnapshot(L, 1);
  lua_newtable(L);
  for (size_t i = 0; i < snapshot->taken; i++) {
    const struct hadm_process *process = &snapshot->processes[i];
    lua_createtable(L, (int)process->reading.table.count, 0);
    int rows = lua_gettop(L);
    if (process->reading.table.count > 0)
      lhadm_pushheader(L, process);
    for (size_t row = 0; row < process->reading.table.count; row++) {
      lhadm_pushrow(L, process, row, rows + 1);
      lua_rawseti(L, rows, (int)row + 1);
    }
    lua_settop(L, rows);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

/* sum(snapshot, kind, metric) -> number */
static int core_sum(lua_State *L) {
  const struct hadm_snapshot *snapshot = lhadm_checksnapshot(L, 1);
  enum hadm_kind kind = lhadm_checkkind(L, 2);
  lhadm_pushint(L, hadm_snapshot_sum(snapshot, kind, lhadm_checkmetric(L, 3)));
  return 1;
}

/* column(snapshot, kind, metric) -> {proxy, name, value, proxy, ...}, count,
 * {proxy, name, ...}: what the processes agree on for each object, nil where
 * they have none; how many objects there are; and those on which they do not
 * agree, which are not in the first */
static int core_column(lua_State *L) {
  const struct hadm_snapshot *snapshot = lhadm_checksnapshot(L, 1);
  enum hadm_kind kind = lhadm_checkkind(L, 2);
  const struct hadm_metric *metric = lhadm_checkmetric(L, 3);
  lua_settop(L, 3);
  lua_createtable(L, (int)snapshot->count, 0);
  lua_newtable(L);
  int count = 0, others = 0;
  for (uint32_t i = 0; i < snapshot->count; i++) {
    if (snapshot->objects[i].kind != kind || !hadm_snapshot_has(snapshot, i))
      continue;
    lhadm_pushslice(L, hadm_snapshot_proxy(snapshot, i));
    lhadm_pushslice(L, hadm_snapshot_name(snapshot, i));
    if (lhadm_pushvalue(L, snapshot, i, metric, HADM_RULE_SAME) == HADM_OK) {
      lua_rawseti(L, 4, 3 * count + 3);
      lua_rawseti(L, 4, 3 * count + 2);
      lua_rawseti(L, 4, 3 * count + 1);
      count++;
    } else {
      lua_rawseti(L, 5, 2 * others + 2);
      lua_rawseti(L, 5, 2 * others + 1);
      others++;
    }
  }
  lua_pushinteger(L, count);
  lua_insert(L, 5);
  return 3;
}

static const luaL_Reg meta[] = {{"__gc", snapshot_gc},
                                {"__close", snapshot_gc},
                                {"__tostring", snapshot_tostring},
                                {NULL, NULL}};

static const luaL_Reg functions[] = {{"bytes", core_bytes},
                                     {"column", core_column},
                                     {"info_metric", core_info_metric},
                                     {"info_text", core_info_text},
                                     {"info_values", core_info_values},
                                     {"is_closed", core_is_closed},
                                     {"rows", core_rows},
                                     {"snapshot", core_snapshot},
                                     {"sum", core_sum},
                                     {NULL, NULL}};

void lhadm_open_snapshot(lua_State *L) {
  lhadm_newclass(L, LHADM_SNAPSHOT, LHADM_CLASS_SNAPSHOT, meta, NULL);
  lhadm_setfuncs(L, functions);
}
