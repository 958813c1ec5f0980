/* Replies as Lua sees them: bytes go in, lines come out. */
#include "lhadm.h"

#include "../core/data/hadm_info.h"

#include <string.h>

struct hadm_reply *lhadm_checkreply(lua_State *L, int index) {
  return luaL_checkudata(L, index, LHADM_REPLY);
}

/* reply(kind, max) */
static int core_reply(lua_State *L) {
  static const char *const kinds[] = {"text", "list",    "info",
                                      "stat", "reading", NULL};
  enum hadm_reply_kind kind =
      (enum hadm_reply_kind)luaL_checkoption(L, 1, NULL, kinds);
  lua_Number max = luaL_checknumber(L, 2);
  luaL_argcheck(L, max >= 0 && max < (lua_Number)(SIZE_MAX / 2), 2,
                "out of range");
  struct hadm_reply *reply = lhadm_newuserdata(L, sizeof(*reply));
  hadm_reply_init(reply, kind, (size_t)max);
  luaL_getmetatable(L, LHADM_REPLY);
  lua_setmetatable(L, -2);
  return 1;
}

static int reply_gc(lua_State *L) {
  hadm_reply_free(lhadm_checkreply(L, 1));
  return 0;
}

/* true when complete, false while there is more to come, or nil, code. */
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

static int reply_feed(lua_State *L) {
  struct hadm_reply *reply = lhadm_checkreply(L, 1);
  struct hadm_slice bytes = lhadm_checkslice(L, 2);
  return push_status(L, hadm_reply_feed(reply, bytes.ptr, bytes.len));
}

static int reply_finish(lua_State *L) {
  return push_status(L, hadm_reply_end(lhadm_checkreply(L, 1)));
}

/* Gives its memory back before the collector comes, which does not see how
 * much it is. */
static int reply_free(lua_State *L) {
  hadm_reply_free(lhadm_checkreply(L, 1));
  return 0;
}

/* Is it what was asked for (rather than words)? */
static int reply_shaped(lua_State *L) {
  lua_pushboolean(L, lhadm_checkreply(L, 1)->shaped);
  return 1;
}

static int reply_text(lua_State *L) {
  lhadm_pushslice(L, hadm_reply_text(lhadm_checkreply(L, 1)));
  return 1;
}

/* The bytes as they came. */
static struct hadm_slice raw(lua_State *L) {
  const struct hadm_reply *reply = lhadm_checkreply(L, 1);
  return (struct hadm_slice){reply->buffer.data, reply->buffer.len};
}

static int reply_raw(lua_State *L) {
  lhadm_pushslice(L, raw(L));
  return 1;
}

/* Sequence of the answers to a line of several commands; nil where one has no
 * end. */
static int reply_answers(lua_State *L) {
  struct hadm_slice rest = raw(L);
  struct hadm_slice answer;
  lua_newtable(L);
  for (int i = 1; hadm_reply_next(&rest, &answer); i++) {
    lhadm_pushslice(L, answer);
    lua_rawseti(L, -2, i);
  }
  if (rest.len > 0)
    lua_pushnil(L);
  return 1;
}

static int reply_lines(lua_State *L) {
  struct hadm_slice text = hadm_reply_text(lhadm_checkreply(L, 1));
  lua_newtable(L);
  for (int i = 1; text.len > 0; i++) {
    const char *lf = memchr(text.ptr, '\n', text.len);
    size_t len = lf != NULL ? (size_t)(lf - text.ptr) : text.len;
    lua_pushlstring(L, text.ptr, len);
    lua_rawseti(L, -2, i);
    size_t step = lf != NULL ? len + 1 : len;
    text.ptr += step;
    text.len -= step;
  }
  return 1;
}

static const luaL_Reg meta[] = {{"__gc", reply_gc}, {NULL, NULL}};

static const luaL_Reg methods[] = {{"answers", reply_answers},
                                   {"feed", reply_feed},
                                   {"finish", reply_finish},
                                   {"free", reply_free},
                                   {"lines", reply_lines},
                                   {"raw", reply_raw},
                                   {"shaped", reply_shaped},
                                   {"text", reply_text},
                                   {NULL, NULL}};

static const luaL_Reg functions[] = {{"reply", core_reply}, {NULL, NULL}};

void lhadm_open_reply(lua_State *L) {
  lhadm_newclass(L, LHADM_REPLY, LHADM_CLASS_OTHER, meta, methods);
  lhadm_setfuncs(L, functions);
}
