/* Command lines from Lua: see hadm_command. */
#include "../core/wire/hadm_command.h"
#include "../core/wire/hadm_session.h"

#include "../core/data/hadm_refusal.h"
#include "../core/net/hadm_clock.h"
#include "lhadm.h"

#include <limits.h>

#define LINE "haproxyadmin.Line"

/* The one line that every call builds its own in: nothing is called meanwhile
 * that could begin another. */
#define LINE_IN_USE "haproxyadmin.Line in use"

enum class { WORDS = HADM_TOKEN_ADDRESS + 1, NUMBER, SERVER, PAYLOAD };

static const char *const class_names[] = {
    "name",  "identifier", "key",    "value",   "reference", "address",
    "words", "number",     "server", "payload", NULL};

static const char *const refused_words[] = {NULL,   "empty", "character",
                                            "form", "line",  "length"};

static int line_gc(lua_State *L) {
  hadm_command_free(luaL_checkudata(L, 1, LINE));
  return 0;
}

uint32_t lhadm_seed(void) {
  double now = hadm_now() * 1e6;
  double whole = 4294967296.0;
  double times = now / whole;
  uint32_t low = (uint32_t)(now - (double)(uint64_t)times * whole);
  return low * UINT32_C(2654435761);
}

/* Appends the part whose three fields are at the top of the stack. */
static enum hadm_status append(lua_State *L, struct hadm_command *command) {
  int at = lua_gettop(L) - 2;
  int class = luaL_checkoption(L, at, NULL, class_names);
  switch (class) {
  case WORDS:
    return hadm_command_words(command, lhadm_checkslice(L, at + 1));
  case NUMBER:
    return hadm_command_number(command, luaL_checkinteger(L, at + 1));
  case SERVER:
    return hadm_command_server(command, lhadm_checkslice(L, at + 1),
                               lhadm_checkslice(L, at + 2));
  case PAYLOAD:
    return hadm_command_payload(command, lhadm_checkslice(L, at + 1),
                                lua_toboolean(L, at + 2), lhadm_seed());
  default:
    return hadm_command_token(command, (enum hadm_token) class,
                              lhadm_checkslice(L, at + 1));
  }
}

/* encode(parts, count[, most]): parts has count times a class and two values: a
 * text or a number, "server", backend, name or, as the last part, "payload",
 * text, named; most: the bytes of a line with a payload -> the line without its
 * end, or nil, the part's number, why it was refused, the offset of the
 * character (from 1), and of a server which half is meant: 1, the backend, or
 * 2, the name. */
static int core_encode(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer count = luaL_checkinteger(L, 2);
  luaL_argcheck(L, count > 0 && count < INT_MAX / 3, 2, "out of range");
  lua_Integer most = luaL_optinteger(L, 3, HADM_COMMAND_PAYLOAD_MAX);
  luaL_argcheck(L, most > 0, 3, "number above 0 expected");
  lua_settop(L, 1);
  lua_getfield(L, LUA_REGISTRYINDEX, LINE_IN_USE);
  struct hadm_command *command = lua_touserdata(L, 2);
  hadm_command_reset(command);
  command->payload_max = (size_t)most;
  for (int i = 0; i < (int)count; i++) {
    for (int field = 1; field <= 3; field++)
      lua_rawgeti(L, 1, 3 * i + field);
    enum hadm_status status = append(L, command);
    lhadm_checkmemory(L, status);
    if (status != HADM_OK) {
      lua_pushnil(L);
      lua_pushinteger(L, i + 1);
      lua_pushstring(L, refused_words[command->refused]);
      lua_pushinteger(L, (lua_Integer)command->at + 1);
      if (command->half == 0)
        return 4;
      lua_pushinteger(L, (lua_Integer)command->half);
      return 5;
    }
    lua_settop(L, 2);
  }
  lua_pushlstring(L, command->line.data, command->line.len);
  return 1;
}

/* succeeded(kind, reply) -> boolean */
static int core_succeeded(lua_State *L) {
  static const char *const kinds[] = {"silent", "frontend", "address", NULL};
  enum hadm_success kind =
      (enum hadm_success)luaL_checkoption(L, 1, NULL, kinds);
  lua_pushboolean(L, hadm_refusal_not(kind, lhadm_checkslice(L, 2)));
  return 1;
}

/* refusal(reply) -> code */
static int core_refusal(lua_State *L) {
  static const char *const codes[] = {"failed",     "not_found",    "exists",
                                      "permission", "bad_argument", "in_use",
                                      "unsupported"};
  lua_pushstring(L, codes[hadm_refusal_of(lhadm_checkslice(L, 1))]);
  return 1;
}

static const luaL_Reg line_meta[] = {{"__gc", line_gc}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"encode", core_encode},
                                     {"refusal", core_refusal},
                                     {"succeeded", core_succeeded},
                                     {NULL, NULL}};

void lhadm_open_command(lua_State *L) {
  lhadm_newclass(L, LINE, LHADM_CLASS_OTHER, line_meta, NULL);
  struct hadm_command *command = lhadm_newuserdata(L, sizeof(*command));
  hadm_command_init(command);
  luaL_getmetatable(L, LINE);
  lua_setmetatable(L, -2);
  lua_setfield(L, LUA_REGISTRYINDEX, LINE_IN_USE);
  lhadm_setfuncs(L, functions);
  lua_pushinteger(L, HADM_COMMAND_MAX);
  lua_setfield(L, -2, "line_max");
  lua_pushinteger(L, HADM_SESSION_WINDOW);
  lua_setfield(L, -2, "window_max");
  lua_pushinteger(L, HADM_COMMAND_PAYLOAD_MAX);
  lua_setfield(L, -2, "payload_max");
}
