/* What all files of the binding need: classes, slices, failures. */
#include "lhadm.h"

void lhadm_newclass(lua_State *L, const char *name, enum lhadm_class class,
                    const luaL_Reg *meta, const luaL_Reg *methods) {
  if (luaL_newmetatable(L, name)) {
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushinteger(L, class);
    lua_rawseti(L, -2, LHADM_CLASS);
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

/* All that is said of a failure, by the negative of its status. */
static const struct {
  const char *code;
  const char *words;
} failures[] = {
    [-HADM_E_ARG] = {"bad_argument", "an argument that cannot be right"},
    [-HADM_E_TRUNCATED] = {"truncated", "closed in the middle of an answer"},
    [-HADM_E_CLOSED] = {"closed", "closed"},
    [-HADM_E_RESET] = {"closed", "reset"},
    [-HADM_E_TOO_BIG] = {"too_big", "larger than allowed"},
    [-HADM_E_TIMEOUT] = {"timeout", "timeout"},
    [-HADM_E_REFUSED] = {"refused", "nobody is there"},
    [-HADM_E_PERMISSION] = {"permission", "not permitted"},
    [-HADM_E_NOT_FOUND] = {"not_found", "not found"},
    [-HADM_E_FOREIGN] = {"foreign", "not what HAProxy would say"},
    [-HADM_E_INCONSISTENT] = {"inconsistent", "processes disagree"},
    [-HADM_E_SYS] = {"failed", "a system call failed"},
};

static bool is_failure(enum hadm_status status) {
  return status < 0 &&
         (size_t)-status < sizeof(failures) / sizeof(failures[0]) &&
         failures[-status].code != NULL;
}

const char *lhadm_code(enum hadm_status status) {
  return is_failure(status) ? failures[-status].code : "failed";
}

const char *lhadm_words(enum hadm_status status) {
  return is_failure(status) ? failures[-status].words : "failed";
}
