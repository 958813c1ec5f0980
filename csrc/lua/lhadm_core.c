#include "lhadm.h"

#include <string.h>

#if defined(__GNUC__)
#define EXPORT __attribute__((visibility("default")))
#else
#define EXPORT
#endif

void lhadm_newclass(lua_State *L, const char *name, enum lhadm_class class,
                    const luaL_Reg *meta, const luaL_Reg *methods) {
  if (luaL_newmetatable(L, name)) {
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushinteger(L, class);
    lua_setfield(L, -2, LHADM_CLASS);
    lhadm_setfuncs(L, meta);
    if (methods != NULL) {
      lua_newtable(L);
      lhadm_setfuncs(L, methods);
      lua_setfield(L, -2, "__index");
    }
  }
  lua_pop(L, 1);
}

void lhadm_pushslice(lua_State *L, struct hadm_slice text) {
  lua_pushlstring(L, text.len > 0 ? text.ptr : "", text.len);
}

struct hadm_slice lhadm_checkslice(lua_State *L, int index) {
  struct hadm_slice text;
  text.ptr = luaL_checklstring(L, index, &text.len);
  return text;
}

void lhadm_checkmemory(lua_State *L, enum hadm_status status) {
  if (status == HADM_E_NOMEM)
    luaL_error(L, "not enough memory");
}

const char *lhadm_code(enum hadm_status status) {
  switch (status) {
  case HADM_E_ARG:
    return "bad_argument";
  case HADM_E_TRUNCATED:
    return "truncated";
  case HADM_E_CLOSED:
  case HADM_E_RESET:
    return "closed";
  case HADM_E_TOO_BIG:
    return "too_big";
  case HADM_E_TIMEOUT:
    return "timeout";
  case HADM_E_REFUSED:
    return "refused";
  case HADM_E_PERMISSION:
    return "permission";
  case HADM_E_NOT_FOUND:
    return "not_found";
  case HADM_E_FOREIGN:
    return "foreign";
  case HADM_E_INCONSISTENT:
    return "inconsistent";
  default:
    return "failed";
  }
}

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
  lhadm_open_command(L);
  lhadm_open_metric(L);
  lhadm_open_native(L);
  lhadm_open_object(L);
  lhadm_open_pollset(L);
  lhadm_open_reply(L);
  lhadm_open_snapshot(L);
  return 1;
}
