/* Sessions of HAProxy, which it calls streams since they may be many on one
 * connection: rows of `show sess`, of which nothing is read before it is asked
 * for. */
#include "lhadm.h"

#include "../core/base/hadm_number.h"

#include <string.h>

/* Its uservalue is a table {context, stick, times}, shared by all of one
 * listing; times are those of the processes that it was read at. */
struct stream {
  const struct hadm_stick *stick;
  uint32_t text;
  uint32_t row;
};

enum { CONTEXT = 1, STICK, TIMES };

/* What rows are looked for; an empty text is no condition. */
struct wanted {
  struct hadm_slice frontend;
  struct hadm_slice backend;
  struct hadm_slice server;
  lua_Number age; /* seconds */
};

static struct hadm_slice optional(lua_State *L, int index) {
  if (lua_isnoneornil(L, index))
    return (struct hadm_slice){"", 0};
  return lhadm_checkslice(L, index);
}

static bool is(struct hadm_slice items, struct hadm_slice name,
               struct hadm_slice value) {
  struct hadm_item item;
  return hadm_pairs_find(items, name, &item) &&
         hadm_slice_equal(item.value, value);
}

static bool may_be(struct hadm_slice items, struct hadm_slice name,
                   struct hadm_slice value) {
  return value.len == 0 || is(items, name, value);
}

static bool is_old(struct hadm_slice items, lua_Number age) {
  struct hadm_item item;
  uint32_t seconds;
  return age <= 0 ||
         (hadm_pairs_find(items, HADM_LITERAL("age"), &item) &&
          hadm_pairs_seconds(item.value, &seconds) && seconds >= age);
}

/* The sessions of stats sockets, the one that asks among them, are left out
 * where they are not asked for. */
static bool is_wanted(struct hadm_slice items, const struct wanted *wanted) {
  if (wanted->frontend.len == 0 &&
      is(items, HADM_LITERAL("fe"), HADM_LITERAL("GLOBAL")))
    return false;
  return may_be(items, HADM_LITERAL("fe"), wanted->frontend) &&
         may_be(items, HADM_LITERAL("be"), wanted->backend) &&
         may_be(items, HADM_LITERAL("srv"), wanted->server) &&
         is_old(items, wanted->age);
}

/* streams(stick, context, times, frontend, backend, server, age) -> sequence */
static int core_streams(lua_State *L) {
  const struct hadm_stick *stick = lhadm_checkstick(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_checktype(L, 3, LUA_TTABLE);
  struct wanted wanted = {optional(L, 4), optional(L, 5), optional(L, 6),
                          luaL_optnumber(L, 7, 0)};
  lua_settop(L, 7);
  lua_createtable(L, 3, 0);
  const int holder = 8;
  lua_pushvalue(L, 2);
  lua_rawseti(L, holder, CONTEXT);
  lua_pushvalue(L, 1);
  lua_rawseti(L, holder, STICK);
  lua_pushvalue(L, 3);
  lua_rawseti(L, holder, TIMES);
  luaL_getmetatable(L, LHADM_STREAM);
  lua_newtable(L);
  int count = 0;
  for (size_t text = 0; text < stick->count; text++) {
    size_t at = 0;
    uint32_t row;
    struct hadm_slice items;
    while (hadm_stick_next(stick, text, &at, &row, &items)) {
      if (!is_wanted(items, &wanted))
        continue;
      struct stream *stream = lhadm_newuserdata(L, sizeof(*stream));
      *stream = (struct stream){stick, (uint32_t)text, row};
      lua_pushvalue(L, holder);
      lhadm_setuservalue(L, -2);
      lua_pushvalue(L, holder + 1);
      lua_setmetatable(L, -2);
      lua_rawseti(L, holder + 2, ++count);
    }
  }
  return 1;
}

static const struct stream *check_stream(lua_State *L, int index) {
  return luaL_checkudata(L, index, LHADM_STREAM);
}

/* What it is read from is gone for a finalizer that still sees it. */
static bool is_there(const struct stream *stream) {
  return stream->text < stream->stick->count;
}

/* stream_nb(session) -> the number of its process */
static int core_stream_nb(lua_State *L) {
  const struct stream *stream = check_stream(L, 1);
  if (!is_there(stream))
    return 0;
  lua_pushinteger(L, stream->stick->texts[stream->text].nb);
  return 1;
}

/* stream_times(session) -> when it was listed, by processes' numbers */
static int core_stream_times(lua_State *L) {
  check_stream(L, 1);
  lhadm_getuservalue(L, 1);
  lua_rawgeti(L, -1, TIMES);
  return 1;
}

static struct hadm_slice reference_of(const struct stream *stream) {
  const struct hadm_stick_text *text = &stream->stick->texts[stream->text];
  struct hadm_slice line = {text->bytes.data + stream->row,
                            text->end - stream->row};
  const char *colon = memchr(line.ptr, ':', line.len);
  line.len = colon != NULL ? (size_t)(colon - line.ptr) : 0;
  return line;
}

/* stream_id(session) -> its address in its process: "0x55d1" */
static int core_stream_id(lua_State *L) {
  const struct stream *stream = check_stream(L, 1);
  if (!is_there(stream))
    return 0;
  lhadm_pushslice(L, reference_of(stream));
  return 1;
}

static bool find(lua_State *L, struct hadm_item *item) {
  const struct stream *stream = check_stream(L, 1);
  return is_there(stream) &&
         hadm_pairs_find(
             hadm_stick_items(stream->stick, stream->text, stream->row),
             lhadm_checkslice(L, 2), item);
}

/* stream_text(session, name) -> the value as it stands there, or nil */
static int core_stream_text(lua_State *L) {
  struct hadm_item item;
  if (!find(L, &item))
    return 0;
  lhadm_pushslice(L, item.value);
  return 1;
}

/* stream_number(session, name) -> a number, or nil */
static int core_stream_number(lua_State *L) {
  struct hadm_item item;
  int64_t number;
  if (!find(L, &item) || !hadm_number_read(item.value, &number))
    return 0;
  lhadm_pushint(L, number);
  return 1;
}

/* stream_seconds(session, name) -> a time in seconds, or nil */
static int core_stream_seconds(lua_State *L) {
  struct hadm_item item;
  uint32_t seconds;
  if (!find(L, &item) || !hadm_pairs_seconds(item.value, &seconds))
    return 0;
  lhadm_pushint(L, seconds);
  return 1;
}

static int stream_tostring(lua_State *L) {
  const struct stream *stream = check_stream(L, 1);
  lua_pushliteral(L, LHADM_STREAM " (");
  if (is_there(stream))
    lhadm_pushslice(L, reference_of(stream));
  else
    lua_pushliteral(L, "gone");
  lua_pushliteral(L, ")");
  lua_concat(L, 3);
  return 1;
}

static const luaL_Reg meta[] = {{"__tostring", stream_tostring}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"stream_id", core_stream_id},
                                     {"stream_nb", core_stream_nb},
                                     {"stream_number", core_stream_number},
                                     {"stream_seconds", core_stream_seconds},
                                     {"stream_text", core_stream_text},
                                     {"stream_times", core_stream_times},
                                     {"streams", core_streams},
                                     {NULL, NULL}};

void lhadm_open_stream(lua_State *L) {
  lhadm_newclass(L, LHADM_STREAM, LHADM_CLASS_SESSION, meta, NULL);
  lhadm_setfuncs(L, functions);
}
