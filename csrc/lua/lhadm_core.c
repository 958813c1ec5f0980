/* What the module is: all parts of the binding as one table. */
#include "lhadm.h"

#include <string.h>

#if defined(__GNUC__)
#define EXPORT __attribute__((visibility("default")))
#else
#define EXPORT
#endif

/* The class's metatable, for the Lua files to complete. */
static int core_metatable(lua_State *L) {
  const char *class = luaL_checkstring(L, 1);
  luaL_argcheck(L, strncmp(class, "haproxyadmin.", 13) == 0, 1,
                "not a class of this module");
  lua_getfield(L, LUA_REGISTRYINDEX, class);
  return 1;
}

static const luaL_Reg functions[] = {{"metatable", core_metatable},
                                     {NULL, NULL}};

EXPORT int luaopen_haproxyadmin_core(lua_State *L);

EXPORT int luaopen_haproxyadmin_core(lua_State *L) {
  lua_newtable(L);
  lhadm_setfuncs(L, functions);
  lhadm_open_address(L);
  lhadm_open_command(L);
  lhadm_open_connection(L);
  lhadm_open_entries(L);
  lhadm_open_exposition(L);
  lhadm_open_interval(L);
  lhadm_open_listing(L);
  lhadm_open_lock(L);
  lhadm_open_metric(L);
  lhadm_open_native(L);
  lhadm_open_handle(L);
  lhadm_open_pollset(L);
  lhadm_open_reader(L);
  lhadm_open_rows(L);
  lhadm_open_session(L);
  lhadm_open_sha1(L);
  lhadm_open_snapshot(L);
  lhadm_open_stick(L);
  lhadm_open_stream(L);
  lhadm_open_system(L);
  lhadm_open_tally(L);
  lhadm_open_writer(L);
  return 1;
}
