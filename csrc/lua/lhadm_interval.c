/* Intervals: two snapshots, and what grew between them. */
#include "../core/data/hadm_interval.h"
#include "lhadm.h"

#define INTERVAL "haproxyadmin.Interval"

static struct hadm_interval *check_interval(lua_State *L, int index) {
  return luaL_checkudata(L, index, INTERVAL);
}

static int interval_gc(lua_State *L) {
  hadm_interval_free(check_interval(L, 1));
  return 0;
}

/* interval(before, now) -> interval; both are snapshots */
static int core_interval(lua_State *L) {
  struct hadm_snapshot *before = lhadm_checksnapshot(L, 1);
  struct hadm_snapshot *now = lhadm_checksnapshot(L, 2);
  struct hadm_interval *interval = lhadm_newuserdata(L, sizeof(*interval));
  *interval = (struct hadm_interval){NULL, NULL, NULL};
  luaL_getmetatable(L, INTERVAL);
  lua_setmetatable(L, -2);
  lhadm_checkmemory(L, hadm_interval_init(interval, before, now));
  return 1;
}

/* increase(interval, object or nil, metric[, nb]) -> how much the metric of an
 * object of the later snapshot (nil: of `show info`) grew, in all processes or
 * in one; nil where no process can tell */
static int core_increase(lua_State *L) {
  const struct hadm_interval *interval = check_interval(L, 1);
  uint32_t object = HADM_NONE;
  if (!lua_isnil(L, 2)) {
    const struct hadm_snapshot *snapshot = lhadm_checkobject(L, 2, &object);
    luaL_argcheck(L, snapshot == interval->now, 2,
                  "the object is of another snapshot");
  }
  const struct hadm_metric *metric = lhadm_checkmetric(L, 3);
  unsigned nb = (unsigned)luaL_optinteger(L, 4, 0);
  int64_t increase;
  if (!hadm_interval_increase(interval, object, nb, metric, &increase))
    return 0;
  lhadm_pushint(L, increase);
  return 1;
}

static const luaL_Reg meta[] = {{"__gc", interval_gc}, {NULL, NULL}};

static const luaL_Reg functions[] = {
    {"increase", core_increase}, {"interval", core_interval}, {NULL, NULL}};

void lhadm_open_interval(lua_State *L) {
  lhadm_newclass(L, INTERVAL, LHADM_CLASS_OTHER, meta, NULL);
  lhadm_setfuncs(L, functions);
}
