/* HAProxy, Frontend, Backend and Server as userdata. The last three are handles
 * on a snapshot: a name, a kind, and the rows of the processes that have it. */
#include "lhadm.h"

#include <string.h>

/* A handle has no finalizer, which would cost more than the rest of it: its
 * uservalue is a table {context, keeper, state} that it shares with all handles
 * of the same list, and the keeper holds their reference. */
#define KEEPER "haproxyadmin.Keeper"

struct keeper {
  struct hadm_snapshot *snapshot; /* one reference, or NULL */
};

enum { CONTEXT = 1, KEPT, STATE };

/* By snapshot, weakly: the state of its servers, where that was asked for. */
#define STATES "haproxyadmin.States"

struct handle {
  const struct keeper *keeper; /* lives as long as the uservalue */
  uint32_t object;
  enum hadm_kind kind;
  bool live; /* takes a new reading before each read */
};

static const char *const classes[] = {LHADM_FRONTEND, LHADM_BACKEND,
                                      LHADM_SERVER};

/* Each class's metatable says which one it is: one look-up instead of one for
 * every class that an object could be of. */
static enum lhadm_class class_of(lua_State *L, int index) {
  int class = LHADM_CLASS_OTHER;
  if (lua_type(L, index) == LUA_TUSERDATA && lua_getmetatable(L, index)) {
    lua_rawgeti(L, -1, LHADM_CLASS);
    class = (int)lua_tointeger(L, -1);
    lua_pop(L, 2);
  }
  return (enum lhadm_class) class;
}

static struct handle *test_handle(lua_State *L, int index) {
  enum lhadm_class class = class_of(L, index);
  bool is_handle = class >= LHADM_CLASS_FRONTEND && class <= LHADM_CLASS_SERVER;
  return is_handle ? lua_touserdata(L, index) : NULL;
}

static struct hadm_snapshot *snapshot_of(const struct handle *handle) {
  return handle->keeper->snapshot;
}

/* A keeper is empty only for a finalizer that still sees the handle. */
static struct handle *check_handle(lua_State *L, int index) {
  struct handle *handle = test_handle(L, index);
  if (handle == NULL || snapshot_of(handle) == NULL)
    luaL_argerror(L, index, "Frontend, Backend or Server expected");
  return handle;
}

struct hadm_snapshot *lhadm_checkobject(lua_State *L, int index,
                                        uint32_t *object) {
  const struct handle *handle = check_handle(L, index);
  *object = handle->object;
  return snapshot_of(handle);
}

static int keeper_gc(lua_State *L) {
  struct keeper *keeper = luaL_checkudata(L, 1, KEEPER);
  hadm_snapshot_unref(keeper->snapshot);
  keeper->snapshot = NULL;
  return 0;
}

/* Pushes {context, keeper} for the handles of a snapshot. */
static const struct keeper *
push_holder(lua_State *L, struct hadm_snapshot *snapshot, int context) {
  lua_createtable(L, 2, 0);
  lua_pushvalue(L, context);
  lua_rawseti(L, -2, CONTEXT);
  struct keeper *keeper = lhadm_newuserdata(L, sizeof(*keeper));
  keeper->snapshot = NULL;
  luaL_getmetatable(L, KEEPER);
  lua_setmetatable(L, -2);
  lua_rawseti(L, -2, KEPT);
  keeper->snapshot = hadm_snapshot_ref(snapshot);
  return keeper;
}

/* Completes {context, keeper} at <holder> by what is kept beside the snapshot
 * at <index>. [0, 0] */
static void hold_state(lua_State *L, int index, int holder) {
  lua_getfield(L, LUA_REGISTRYINDEX, STATES);
  lua_pushvalue(L, index);
  lua_rawget(L, -2);
  lua_rawseti(L, holder, STATE);
  lua_pop(L, 1);
}

static void push_context_of_handle(lua_State *L, int index) {
  lhadm_getuservalue(L, index);
  lua_rawgeti(L, -1, CONTEXT);
  lua_replace(L, -2);
}

/* Pushes the context of the object at <index>, of whatever class. */
static void push_context(lua_State *L, int index) {
  if (test_handle(L, index) != NULL ||
      class_of(L, index) == LHADM_CLASS_SESSION)
    push_context_of_handle(L, index);
  else
    lhadm_getuservalue(L, index);
}

/* Pushes a new handle; its class's metatable is at <meta>, what it shares with
 * others at <holder>. */
static void push_handle(lua_State *L, struct handle like, int holder,
                        int meta) {
  struct handle *handle = lhadm_newuserdata(L, sizeof(*handle));
  *handle = like;
  lua_pushvalue(L, holder);
  lhadm_setuservalue(L, -2);
  lua_pushvalue(L, meta);
  lua_setmetatable(L, -2);
}

/* ---- metamethods ---- */

static int handle_tostring(lua_State *L) {
  const struct handle *handle = check_handle(L, 1);
  lua_pushstring(L, classes[handle->kind]);
  lua_pushliteral(L, " (");
  lhadm_pushslice(L, hadm_snapshot_proxy(snapshot_of(handle), handle->object));
  if (handle->kind == HADM_SERVER) {
    lua_pushliteral(L, "/");
    lhadm_pushslice(L, hadm_snapshot_name(snapshot_of(handle), handle->object));
  }
  lua_pushliteral(L, ")");
  lua_concat(L, lua_gettop(L) - 1);
  return 1;
}

/* Do the two objects' contexts belong to the same sockets? */
static bool same_owner(lua_State *L) {
  push_context(L, 1);
  lua_pushliteral(L, "identity");
  lua_rawget(L, -2);
  push_context(L, 2);
  lua_pushliteral(L, "identity");
  lua_rawget(L, -2);
  bool same = lua_rawequal(L, -1, -3);
  lua_pop(L, 4);
  return same;
}

static int handle_eq(lua_State *L) {
  const struct handle *a = test_handle(L, 1);
  const struct handle *b = test_handle(L, 2);
  bool equal =
      a != NULL && b != NULL && a->kind == b->kind && snapshot_of(a) != NULL &&
      snapshot_of(b) != NULL &&
      hadm_slice_equal(hadm_snapshot_proxy(snapshot_of(a), a->object),
                       hadm_snapshot_proxy(snapshot_of(b), b->object)) &&
      hadm_slice_equal(hadm_snapshot_name(snapshot_of(a), a->object),
                       hadm_snapshot_name(snapshot_of(b), b->object)) &&
      same_owner(L);
  lua_pushboolean(L, equal);
  return 1;
}

/* A HAProxy object holds nothing but its context. */
static int haproxy_tostring(lua_State *L) {
  luaL_checkudata(L, 1, LHADM_HAPROXY);
  lhadm_getuservalue(L, 1);
  lua_pushliteral(L, "identity");
  lua_rawget(L, -2);
  lua_pushfstring(L, LHADM_HAPROXY " (%s)", lua_tostring(L, -1));
  return 1;
}

/* haproxy(context) */
static int core_haproxy(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lhadm_newuserdata(L, 1);
  luaL_getmetatable(L, LHADM_HAPROXY);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, 1);
  lhadm_setuservalue(L, -2);
  return 1;
}

/* context(object) -> the table behind any of the classes, or nil */
static int core_context(lua_State *L) {
  if (class_of(L, 1) == LHADM_CLASS_OTHER)
    return 0;
  push_context(L, 1);
  return 1;
}

/* keep_state(snapshot, rows): objects that are made of the snapshot from now on
 * have these as their state */
static int core_keep_state(lua_State *L) {
  lhadm_checksnapshot(L, 1);
  luaL_checkudata(L, 2, LHADM_ROWS);
  lua_settop(L, 2);
  lua_getfield(L, LUA_REGISTRYINDEX, STATES);
  lua_insert(L, 1);
  lua_rawset(L, 1);
  return 0;
}

/* hold_state(object, rows): the same for one object, and those that share what
 * it holds */
static int core_hold_state(lua_State *L) {
  check_handle(L, 1);
  luaL_checkudata(L, 2, LHADM_ROWS);
  lua_settop(L, 2);
  lhadm_getuservalue(L, 1);
  lua_insert(L, 2);
  lua_rawseti(L, 2, STATE);
  return 0;
}

/* state(object) -> the rows that are kept beside its snapshot, or nil */
static int core_state(lua_State *L) {
  check_handle(L, 1);
  lhadm_getuservalue(L, 1);
  lua_rawgeti(L, -1, STATE);
  return 1;
}

/* ---- finding ---- */

/* find(snapshot, kind, context, live, proxy[, server]) -> object or nil */
static int core_find(lua_State *L) {
  struct hadm_snapshot *snapshot = lhadm_checksnapshot(L, 1);
  enum hadm_kind kind = lhadm_checkkind(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  bool live = lua_toboolean(L, 4);
  struct hadm_slice proxy = lhadm_checkslice(L, 5);
  struct hadm_slice server =
      kind == HADM_SERVER ? lhadm_checkslice(L, 6) : proxy;
  uint32_t object = hadm_snapshot_find(snapshot, kind, proxy, server);
  if (object == HADM_NONE || !hadm_snapshot_has(snapshot, object))
    return 0;
  struct handle handle = {push_holder(L, snapshot, 3), object, kind, live};
  int holder = lua_gettop(L);
  hold_state(L, 1, holder);
  luaL_getmetatable(L, classes[kind]);
  push_handle(L, handle, holder, holder + 1);
  return 1;
}

/* objects(snapshot, kind, context, live) -> sequence of all of a kind */
static int core_objects(lua_State *L) {
  struct hadm_snapshot *snapshot = lhadm_checksnapshot(L, 1);
  enum hadm_kind kind = lhadm_checkkind(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  bool live = lua_toboolean(L, 4);
  struct handle handle = {push_holder(L, snapshot, 3), HADM_NONE, kind, live};
  int holder = lua_gettop(L);
  hold_state(L, 1, holder);
  luaL_getmetatable(L, classes[kind]);
  lua_newtable(L);
  int count = 0;
  for (uint32_t i = 0; i < snapshot->count; i++) {
    if (snapshot->objects[i].kind != kind || !hadm_snapshot_has(snapshot, i))
      continue;
    handle.object = i;
    push_handle(L, handle, holder, holder + 1);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/* siblings(backend[, name]) -> sequence of its servers in its snapshot */
static int core_siblings(lua_State *L) {
  const struct handle *backend = check_handle(L, 1);
  const struct hadm_snapshot *snapshot = snapshot_of(backend);
  bool all = lua_isnoneornil(L, 2);
  struct hadm_slice name = {"", 0};
  if (!all)
    name = lhadm_checkslice(L, 2);
  lua_settop(L, 2);
  lhadm_getuservalue(L, 1);
  luaL_getmetatable(L, LHADM_SERVER);
  const struct hadm_object *objects = snapshot->objects;
  uint32_t first = objects[backend->object].first;
  int most = 0;
  for (uint32_t i = first; all && i != HADM_NONE; i = objects[i].next)
    most++;
  lua_createtable(L, most, 0);
  struct handle handle = *backend;
  handle.kind = HADM_SERVER;
  int count = 0;
  for (uint32_t i = first; i != HADM_NONE; i = objects[i].next) {
    if (!all && !hadm_slice_equal(hadm_snapshot_name(snapshot, i), name))
      continue;
    handle.object = i;
    push_handle(L, handle, 3, 4);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/* The number of what the handle names in a snapshot, or HADM_NONE. */
static uint32_t find_again(const struct handle *handle,
                           const struct hadm_snapshot *snapshot) {
  return hadm_snapshot_find(
      snapshot, handle->kind,
      hadm_snapshot_proxy(snapshot_of(handle), handle->object),
      hadm_snapshot_name(snapshot_of(handle), handle->object));
}

static int count_rows(const struct hadm_snapshot *snapshot, uint32_t object) {
  int count = 0;
  for (size_t i = 0; object != HADM_NONE && i < snapshot->taken; i++)
    if (hadm_snapshot_row(snapshot, object, i) != HADM_NONE)
      count++;
  return count;
}

/* count(object[, snapshot]) -> how many processes have what it names, as of
 * its own snapshot or of this one */
static int core_count(lua_State *L) {
  const struct handle *handle = check_handle(L, 1);
  if (lua_isnoneornil(L, 2)) {
    lua_pushinteger(L, count_rows(snapshot_of(handle), handle->object));
  } else {
    const struct hadm_snapshot *snapshot = lhadm_checksnapshot(L, 2);
    lua_pushinteger(L, count_rows(snapshot, find_again(handle, snapshot)));
  }
  return 1;
}

/* move(object, snapshot) -> did the object's name appear in it? */
static int core_move(lua_State *L) {
  struct handle *handle = check_handle(L, 1);
  struct hadm_snapshot *snapshot = lhadm_checksnapshot(L, 2);
  uint32_t object = find_again(handle, snapshot);
  bool found = object != HADM_NONE && hadm_snapshot_has(snapshot, object);
  if (found) {
    push_context(L, 1);
    const struct keeper *keeper = push_holder(L, snapshot, lua_gettop(L));
    hold_state(L, 2, lua_gettop(L));
    lhadm_setuservalue(L, 1);
    handle->keeper = keeper;
    handle->object = object;
  }
  lua_pushboolean(L, found);
  return 1;
}

/* ---- reading ---- */

static int core_kind(lua_State *L) {
  const struct handle *handle = test_handle(L, 1);
  if (handle == NULL)
    return 0;
  lua_pushstring(L, lhadm_kinds[handle->kind]);
  return 1;
}

static int core_live(lua_State *L) {
  lua_pushboolean(L, check_handle(L, 1)->live);
  return 1;
}

static int core_name(lua_State *L) {
  const struct handle *handle = check_handle(L, 1);
  lhadm_pushslice(L, hadm_snapshot_name(snapshot_of(handle), handle->object));
  return 1;
}

static int core_proxy(lua_State *L) {
  const struct handle *handle = check_handle(L, 1);
  lhadm_pushslice(L, hadm_snapshot_proxy(snapshot_of(handle), handle->object));
  return 1;
}

static void push_value(lua_State *L, const struct handle *handle,
                       size_t process, const struct hadm_metric *metric,
                       enum hadm_rule rule) {
  struct hadm_field field;
  if (hadm_snapshot_field(snapshot_of(handle), handle->object, process, metric,
                          &field))
    lhadm_pushpart(L, metric, rule, field);
  else
    lua_pushnil(L);
}

/* place(object, slot) -> false; or true, iid, sid, its ids in the process of
 * that slot, if that has it */
static int core_place(lua_State *L) {
  const struct handle *handle = check_handle(L, 1);
  lua_Integer slot = luaL_checkinteger(L, 2);
  const struct hadm_snapshot *snapshot = snapshot_of(handle);
  for (size_t i = 0; i < snapshot->taken; i++) {
    if (snapshot->processes[i].slot != slot ||
        hadm_snapshot_row(snapshot, handle->object, i) == HADM_NONE)
      continue;
    lua_pushboolean(L, 1);
    push_value(L, handle, i,
               hadm_metric_find(HADM_LITERAL("iid"), HADM_OF(HADM_SERVER)),
               HADM_RULE_SAME);
    push_value(L, handle, i,
               hadm_metric_find(HADM_LITERAL("sid"), HADM_OF(HADM_SERVER)),
               HADM_RULE_SAME);
    return 3;
  }
  lua_pushboolean(L, 0);
  return 1;
}

/* places(object) -> sequence of {slot, nb, iid, sid}: the processes that have
 * it, and its ids there */
static int core_places(lua_State *L) {
  const struct handle *handle = check_handle(L, 1);
  const struct hadm_snapshot *snapshot = snapshot_of(handle);
  const struct hadm_metric *iid =
      hadm_metric_find(HADM_LITERAL("iid"), HADM_OF(HADM_SERVER));
  const struct hadm_metric *sid =
      hadm_metric_find(HADM_LITERAL("sid"), HADM_OF(HADM_SERVER));
  lua_newtable(L);
  int count = 0;
  for (size_t i = 0; i < snapshot->taken; i++) {
    if (hadm_snapshot_row(snapshot, handle->object, i) == HADM_NONE)
      continue;
    lua_createtable(L, 4, 0);
    lua_pushinteger(L, snapshot->processes[i].slot);
    lua_rawseti(L, -2, 1);
    lua_pushinteger(L, snapshot->processes[i].nb);
    lua_rawseti(L, -2, 2);
    push_value(L, handle, i, iid, HADM_RULE_SAME);
    lua_rawseti(L, -2, 3);
    push_value(L, handle, i, sid, HADM_RULE_SAME);
    lua_rawseti(L, -2, 4);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/* having(object) -> {slot = whether that process has it}, for each process of
 * its snapshot */
static int core_having(lua_State *L) {
  const struct handle *handle = check_handle(L, 1);
  const struct hadm_snapshot *snapshot = snapshot_of(handle);
  lua_newtable(L);
  for (size_t i = 0; i < snapshot->taken; i++) {
    lua_pushboolean(L, hadm_snapshot_row(snapshot, handle->object, i) !=
                           HADM_NONE);
    lua_rawseti(L, -2, (int)snapshot->processes[i].slot);
  }
  return 1;
}

/* process_nb(object) -> sequence of the processes' numbers */
static int core_process_nb(lua_State *L) {
  const struct handle *handle = check_handle(L, 1);
  const struct hadm_snapshot *snapshot = snapshot_of(handle);
  lua_createtable(L, (int)snapshot->taken, 0);
  int count = 0;
  for (size_t i = 0; i < snapshot->taken; i++) {
    if (hadm_snapshot_row(snapshot, handle->object, i) == HADM_NONE)
      continue;
    lua_pushinteger(L, snapshot->processes[i].nb);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/* What peek is told to read: 0 is the name, a metric's number the metric by its
 * own rule; another rule is added as a multiple of what no number reaches. */
enum { RULE_STEP = 1024 };

/* code(metric[, rule]) -> what peek is told to read it by that rule */
static int core_code(lua_State *L) {
  enum hadm_rule rule = lhadm_checkrule(L, 2, lhadm_checkmetric(L, 1));
  lua_pushinteger(L, (lua_Integer)rule * RULE_STEP + lua_tointeger(L, 1));
  return 1;
}

/* peek(object, code) -> value, true: an object of a snapshot whose HAProxy
 * object is open reads its name or a metric in this one step. Nothing for all
 * others, and where processes disagree. */
static int core_peek(lua_State *L) {
  const struct handle *handle = check_handle(L, 1);
  lua_Integer code = luaL_checkinteger(L, 2);
  push_context_of_handle(L, 1);
  lua_getfield(L, -1, "closed");
  if (lua_toboolean(L, -1) || (handle->live && code != 0))
    return 0;
  if (code == 0) {
    lhadm_pushslice(L, hadm_snapshot_name(snapshot_of(handle), handle->object));
  } else {
    const struct hadm_metric *metric = lhadm_metric_at(L, 2, code % RULE_STEP);
    enum hadm_rule rule = (enum hadm_rule)(code / RULE_STEP);
    if (lhadm_pushvalue(L, snapshot_of(handle), handle->object, metric,
                        rule == HADM_RULE_NONE ? (enum hadm_rule)metric->rule
                                               : rule) != HADM_OK)
      return 0;
  }
  lua_pushboolean(L, 1);
  return 2;
}

/* values(object, metric[, rule]) -> sequence of {nb, value}: of a metric on
 * which processes are to agree by a rule, what the rule compares */
static int core_values(lua_State *L) {
  const struct handle *handle = check_handle(L, 1);
  const struct hadm_metric *metric = lhadm_checkmetric(L, 2);
  enum hadm_rule rule = lhadm_checkrule(L, 3, metric);
  lua_newtable(L);
  int count = 0;
  for (size_t i = 0; i < snapshot_of(handle)->taken; i++) {
    if (hadm_snapshot_row(snapshot_of(handle), handle->object, i) == HADM_NONE)
      continue;
    lua_createtable(L, 2, 0);
    lua_pushinteger(L, snapshot_of(handle)->processes[i].nb);
    lua_rawseti(L, -2, 1);
    push_value(L, handle, i, metric, rule);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/* field(object, metric, nb) -> a metric in the process of that number, or nil
 */
static int core_field(lua_State *L) {
  const struct handle *handle = check_handle(L, 1);
  const struct hadm_metric *metric = lhadm_checkmetric(L, 2);
  lua_Integer nb = luaL_checkinteger(L, 3);
  const struct hadm_snapshot *snapshot = snapshot_of(handle);
  for (size_t i = 0; i < snapshot->taken; i++)
    if (snapshot->processes[i].nb == nb) {
      push_value(L, handle, i, metric, HADM_RULE_SAME);
      return 1;
    }
  return 0;
}

/* has(object, metric) -> does any process say something there? */
static int core_has(lua_State *L) {
  const struct handle *handle = check_handle(L, 1);
  const struct hadm_metric *metric = lhadm_checkmetric(L, 2);
  const struct hadm_snapshot *snapshot = snapshot_of(handle);
  bool found = false;
  struct hadm_field field;
  for (size_t i = 0; !found && i < snapshot->taken; i++)
    found = hadm_snapshot_field(snapshot, handle->object, i, metric, &field);
  lua_pushboolean(L, found);
  return 1;
}

/* metric(object, metric[, rule]) -> value; or nil, true where processes
 * disagree */
static int core_metric(lua_State *L) {
  const struct handle *handle = check_handle(L, 1);
  const struct hadm_metric *metric = lhadm_checkmetric(L, 2);
  return lhadm_returnvalue(L, snapshot_of(handle), handle->object, metric,
                           lhadm_checkrule(L, 3, metric));
}

/* stats(object) -> sequence of {nb, {field = value}} */
static int core_stats(lua_State *L) {
  const struct handle *handle = check_handle(L, 1);
  lua_newtable(L);
  int count = 0;
  for (size_t i = 0; i < snapshot_of(handle)->taken; i++) {
    const struct hadm_process *process = &snapshot_of(handle)->processes[i];
    uint32_t row = hadm_snapshot_row(snapshot_of(handle), handle->object, i);
    if (row == HADM_NONE)
      continue;
    lua_createtable(L, 2, 0);
    lua_pushinteger(L, process->nb);
    lua_rawseti(L, -2, 1);
    int entry = lua_gettop(L);
    lhadm_pushheader(L, process);
    lhadm_pushrow(L, process, row, entry + 1);
    lua_rawseti(L, entry, 2);
    lua_settop(L, entry);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

static const luaL_Reg handle_meta[] = {
    {"__eq", handle_eq}, {"__tostring", handle_tostring}, {NULL, NULL}};

static const luaL_Reg haproxy_meta[] = {{"__tostring", haproxy_tostring},
                                        {NULL, NULL}};

static const luaL_Reg functions[] = {{"code", core_code},
                                     {"count", core_count},
                                     {"field", core_field},
                                     {"find", core_find},
                                     {"haproxy", core_haproxy},
                                     {"has", core_has},
                                     {"having", core_having},
                                     {"hold_state", core_hold_state},
                                     {"keep_state", core_keep_state},
                                     {"kind", core_kind},
                                     {"live", core_live},
                                     {"metric", core_metric},
                                     {"move", core_move},
                                     {"name", core_name},
                                     {"objects", core_objects},
                                     {"peek", core_peek},
                                     {"process_nb", core_process_nb},
                                     {"place", core_place},
                                     {"places", core_places},
                                     {"proxy", core_proxy},
                                     {"siblings", core_siblings},
                                     {"context", core_context},
                                     {"state", core_state},
                                     {"stats", core_stats},
                                     {"values", core_values},
                                     {NULL, NULL}};

static const luaL_Reg keeper_meta[] = {{"__gc", keeper_gc}, {NULL, NULL}};

/* A table whose keys do not keep anything alive, in the registry. [0, 0] */
static void new_states(lua_State *L) {
  lua_newtable(L);
  lua_newtable(L);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_setfield(L, LUA_REGISTRYINDEX, STATES);
}

void lhadm_open_handle(lua_State *L) {
  new_states(L);
  lhadm_newclass(L, KEEPER, LHADM_CLASS_OTHER, keeper_meta, NULL);
  lhadm_newclass(L, LHADM_HAPROXY, LHADM_CLASS_HAPROXY, haproxy_meta, NULL);
  lhadm_newclass(L, LHADM_FRONTEND, LHADM_CLASS_FRONTEND, handle_meta, NULL);
  lhadm_newclass(L, LHADM_BACKEND, LHADM_CLASS_BACKEND, handle_meta, NULL);
  lhadm_newclass(L, LHADM_SERVER, LHADM_CLASS_SERVER, handle_meta, NULL);
  lhadm_setfuncs(L, functions);
}
