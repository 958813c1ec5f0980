/* Entries of maps and ACLs: what is wanted, what a process has, what makes one
 * the other. No entry becomes a Lua string unless somebody asks for it. */
#include "../core/data/hadm_diff.h"
#include "../core/data/hadm_mapfile.h"
#include "../core/data/hadm_repeats.h"
#include "../core/net/hadm_pages.h"
#include "../core/wire/hadm_script.h"
#include "lhadm.h"

#include <string.h>

#define ENTRIES "haproxyadmin.Entries"
#define DUMP "haproxyadmin.Dump"
#define DIFF "haproxyadmin.Diff"
#define SCRIPT "haproxyadmin.Script"
#define REPEATS "haproxyadmin.Repeats"

/* Makes the object at the top of the stack keep what is at <index>, which is a
 * table of all that it borrows from. */
static void keep(lua_State *L, int index) {
  lua_pushvalue(L, index);
  lhadm_setuservalue(L, -2);
}

static void set_class(lua_State *L, const char *class) {
  luaL_getmetatable(L, class);
  lua_setmetatable(L, -2);
}

static size_t check_most(lua_State *L, int index) {
  lua_Number most = luaL_checknumber(L, index);
  luaL_argcheck(L, most >= 1 && most < 4294967296.0, index, "out of range");
  return (size_t)most;
}

/* ---- what is wanted ---- */

static struct hadm_entries *check_entries(lua_State *L, int index) {
  return luaL_checkudata(L, index, ENTRIES);
}

/* entries(map[, any_bytes]) -> none so far; map: they have values; any_bytes:
 * files need not be UTF-8 */
static int core_entries(lua_State *L) {
  bool map = lua_toboolean(L, 1);
  bool any_bytes = lua_toboolean(L, 2);
  struct hadm_entries *entries = lhadm_newuserdata(L, sizeof(*entries));
  hadm_entries_init(entries, map, (uint64_t)lhadm_seed() << 32 | lhadm_seed());
  entries->any_bytes = any_bytes;
  set_class(L, ENTRIES);
  return 1;
}

static int entries_gc(lua_State *L) {
  hadm_entries_free(check_entries(L, 1));
  return 0;
}

/* What is wrong, and where (from 1). */
static int push_fault(lua_State *L, const struct hadm_entries *entries,
                      enum hadm_status status) {
  static const char *const faults[] = {NULL,    "empty",  "character",
                                       "value", "length", "utf8"};
  lua_pushstring(L, status == HADM_E_ARG ? faults[entries->fault] : "size");
  lua_pushinteger(L, (lua_Integer)entries->at + 1);
  return 2;
}

/* entries:add(key[, value]) -> true; or nil, what is wrong, where: in the key,
 * or behind it in the value */
static int entries_add(lua_State *L) {
  struct hadm_entries *entries = check_entries(L, 1);
  struct hadm_slice key = lhadm_checkslice(L, 2);
  struct hadm_slice value = {"", 0};
  if (entries->map)
    value = lhadm_checkslice(L, 3);
  enum hadm_status status = hadm_entries_add(entries, key, value);
  lhadm_checkmemory(L, status);
  if (status == HADM_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  return 1 + push_fault(L, entries, status);
}

/* entries:read(reader) -> true: the next piece of a file is read; false: there
 * is none; nil, code, why: as reader:read() has it; or nil, nil, what is wrong,
 * where in line number entries:lines(). */
static int entries_read(lua_State *L) {
  struct hadm_entries *entries = check_entries(L, 1);
  struct hadm_slice piece;
  uint64_t size;
  enum hadm_status read = lhadm_readpiece(L, 2, &piece, &size);
  if (read != HADM_MORE && read != HADM_OK)
    return lhadm_pushreadfailure(L, read);
  enum hadm_status status = HADM_OK;
  if (read == HADM_MORE && entries->text.cap == 0) {
    status = hadm_entries_reserve(entries, size);
    /* A large page at the end would be there as a whole, for a few texts. */
    size_t cap = entries->text.cap;
    hadm_pages_large(entries->text.data, size < cap ? (size_t)size : cap);
  }
  if (status == HADM_OK)
    status = read == HADM_MORE ? hadm_entries_feed(entries, piece)
                               : hadm_entries_end(entries);
  lhadm_checkmemory(L, status);
  if (status == HADM_OK) {
    lua_pushboolean(L, read == HADM_MORE);
    return 1;
  }
  lua_pushnil(L);
  lua_pushnil(L);
  return 2 + push_fault(L, entries, status);
}

static int entries_lines(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_entries(L, 1)->lines);
  return 1;
}

static int entries_count(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_entries(L, 1)->count);
  return 1;
}

/* entries:get(number) -> key, value (of a map's) */
static int entries_get(lua_State *L) {
  const struct hadm_entries *entries = check_entries(L, 1);
  lua_Integer number = luaL_checkinteger(L, 2);
  if (number < 1 || number > (lua_Integer)entries->count)
    return 0;
  lhadm_pushslice(L, hadm_entries_key(entries, (uint32_t)number - 1));
  if (!entries->map)
    return 1;
  lhadm_pushslice(L, hadm_entries_value(entries, (uint32_t)number - 1));
  return 2;
}

/* ---- keys that come again ---- */

struct repeats {
  struct hadm_repeats repeats;
  uint32_t count; /* of the entries */
};

/* repeats(entries) -> which of them have a key that one before them has; they
 * may not be changed before that is known */
static int core_repeats(lua_State *L) {
  const struct hadm_entries *entries = check_entries(L, 1);
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  int kept = lua_gettop(L);
  struct repeats *repeats = lhadm_newuserdata(L, sizeof(*repeats));
  *repeats = (struct repeats){.count = entries->count};
  set_class(L, REPEATS);
  keep(L, kept);
  lhadm_checkmemory(L, hadm_repeats_begin(&repeats->repeats, entries));
  return 1;
}

static int repeats_gc(lua_State *L) {
  struct repeats *repeats = luaL_checkudata(L, 1, REPEATS);
  hadm_repeats_free(&repeats->repeats);
  return 0;
}

/* repeats:step(most) -> how many there are, and the first such key; nothing:
 * some more entries were looked at, and others may do something meanwhile */
static int repeats_step(lua_State *L) {
  struct repeats *self = luaL_checkudata(L, 1, REPEATS);
  struct hadm_repeats *repeats = &self->repeats;
  luaL_argcheck(L, repeats->entries->count == self->count, 1,
                "what is looked at was changed");
  enum hadm_status status = hadm_repeats_step(repeats, check_most(L, 2));
  lhadm_checkmemory(L, status);
  if (status == HADM_MORE)
    return 0;
  lua_pushinteger(L, (lua_Integer)repeats->count);
  if (repeats->first == HADM_ENTRY_NONE)
    return 1;
  lhadm_pushslice(L, hadm_entries_key(repeats->entries, repeats->first));
  return 2;
}

/* ---- what a process has ---- */

struct dump {
  struct hadm_buffer bytes;
  struct hadm_slice text;
  struct hadm_buffer lines; /* of a file */
};

static struct dump *check_dump(lua_State *L, int index) {
  return luaL_checkudata(L, index, DUMP);
}

static int dump_free(lua_State *L) {
  struct dump *dump = check_dump(L, 1);
  hadm_buffer_free(&dump->bytes);
  hadm_buffer_free(&dump->lines);
  dump->text = (struct hadm_slice){"", 0};
  return 0;
}

/* dump(session) -> the dump that is its only answer; the session loses it */
static int core_dump(lua_State *L) {
  struct hadm_session *session = lhadm_checksession(L, 1);
  struct dump *dump = lhadm_newuserdata(L, sizeof(*dump));
  dump->bytes = session->reading.text;
  dump->text = hadm_session_text(session, 0);
  dump->lines = HADM_BUFFER_EMPTY;
  session->reading.text = HADM_BUFFER_EMPTY;
  session->answered = 0;
  set_class(L, DUMP);
  return 1;
}

/* The rest of a dump behind an offset in argument <index>. */
static struct hadm_slice check_rest(lua_State *L, const struct dump *dump,
                                    int index) {
  lua_Number from = luaL_checknumber(L, index);
  luaL_argcheck(L, from >= 0 && from <= (lua_Number)dump->text.len, index,
                "out of range");
  return hadm_slice_behind(dump->text, (size_t)from);
}

/* dump:next(offset, map) -> the offset behind the entry, key, value (of a
 * map's), reference; nothing at the end. The first offset is 0. */
static int dump_next(lua_State *L) {
  const struct dump *dump = check_dump(L, 1);
  bool map = lua_toboolean(L, 3);
  struct hadm_slice rest = check_rest(L, dump, 2);
  struct hadm_dumped entry;
  if (!hadm_dump_next(&rest, &entry))
    return 0;
  struct hadm_slice key = hadm_dump_key(entry.text, map);
  struct hadm_slice value = hadm_slice_behind(entry.text, key.len);
  lua_pushnumber(L, (lua_Number)(dump->text.len - rest.len));
  lhadm_pushslice(L, key);
  if (map)
    lhadm_pushslice(L, hadm_slice_behind(value, value.len > 0 ? 1 : 0));
  lhadm_pushslice(L, entry.reference);
  return map ? 4 : 3;
}

/* dump:lines(offset, map) -> the offset behind some entries, and these as lines
 * of a file, 64 kB or a bit more; nothing at the end; or nil, the text of an
 * entry that a file cannot hold. The first offset is 0. */
static int dump_lines(lua_State *L) {
  enum { PIECE = 1 << 16 };
  struct dump *dump = check_dump(L, 1);
  bool map = lua_toboolean(L, 3);
  struct hadm_slice rest = check_rest(L, dump, 2);
  struct hadm_dumped entry = {{"", 0}, {"", 0}};
  enum hadm_status status = HADM_OK;
  dump->lines.len = 0;
  while (status == HADM_OK && dump->lines.len < PIECE &&
         hadm_dump_next(&rest, &entry))
    status = hadm_mapfile_put(&dump->lines, entry.text, map);
  lhadm_checkmemory(L, status);
  if (status != HADM_OK) {
    lua_pushnil(L);
    lhadm_pushslice(L, entry.text);
    return 2;
  }
  if (dump->lines.len == 0)
    return 0;
  lua_pushnumber(L, (lua_Number)(dump->text.len - rest.len));
  lhadm_pushslice(L, (struct hadm_slice){dump->lines.data, dump->lines.len});
  return 2;
}

/* mapfile_head(text) -> the lines of comments and blanks before the first entry
 * of a file */
static int core_mapfile_head(lua_State *L) {
  lhadm_pushslice(L, hadm_mapfile_head(lhadm_checkslice(L, 1)));
  return 1;
}

/* dump:count(offset, most) -> how many entries there are from there on, so many
 * at most, and the offset behind them, or nil at the end */
static int dump_count(lua_State *L) {
  const struct dump *dump = check_dump(L, 1);
  struct hadm_slice rest = check_rest(L, dump, 2);
  size_t most = check_most(L, 3);
  lhadm_pushint(L, (int64_t)hadm_dump_count(&rest, most));
  if (rest.len == 0)
    return 1;
  lua_pushnumber(L, (lua_Number)(dump->text.len - rest.len));
  return 2;
}

/* dump:compare(offset, other, offset in that, most) -> both offsets behind so
 * many entries that are the same in the same order; true where all are; false
 * where they differ */
static int dump_compare(lua_State *L) {
  const struct dump *dump = check_dump(L, 1);
  const struct dump *other = check_dump(L, 3);
  struct hadm_slice a = check_rest(L, dump, 2);
  struct hadm_slice b = check_rest(L, other, 4);
  enum hadm_status status = hadm_dump_compare(&a, &b, check_most(L, 5));
  if (status != HADM_MORE) {
    lua_pushboolean(L, status == HADM_OK);
    return 1;
  }
  lua_pushnumber(L, (lua_Number)(dump->text.len - a.len));
  lua_pushnumber(L, (lua_Number)(other->text.len - b.len));
  return 2;
}

/* dump:wanted(offset, entries, most) -> the offset behind so many entries,
 * which become wanted ones; true at the end; false where one cannot be sent to
 * HAProxy */
static int dump_wanted(lua_State *L) {
  const struct dump *dump = check_dump(L, 1);
  struct hadm_slice rest = check_rest(L, dump, 2);
  struct hadm_entries *entries = check_entries(L, 3);
  size_t most = check_most(L, 4);
  struct hadm_dumped entry;
  for (; most > 0 && hadm_dump_next(&rest, &entry); most--) {
    struct hadm_slice key = hadm_dump_key(entry.text, entries->map);
    struct hadm_slice value = hadm_slice_behind(entry.text, key.len);
    enum hadm_status status = hadm_entries_add(
        entries, key, hadm_slice_behind(value, value.len > 0 ? 1 : 0));
    lhadm_checkmemory(L, status);
    if (status != HADM_OK) {
      lua_pushboolean(L, 0);
      return 1;
    }
  }
  if (rest.len == 0)
    lua_pushboolean(L, 1);
  else
    lua_pushnumber(L, (lua_Number)(dump->text.len - rest.len));
  return 1;
}

/* ---- what makes one the other ---- */

struct diff {
  struct hadm_follower follower; /* of a session that reads the dump */
  struct hadm_diff diff;
  struct hadm_slice text; /* of the dump, as it was */
  uint32_t count;         /* of the wanted entries */
};

static struct hadm_diff *check_diff(lua_State *L, int index) {
  struct diff *diff = luaL_checkudata(L, index, DIFF);
  luaL_argcheck(L, diff->diff.work == NULL, index, "not all is known");
  return &diff->diff;
}

static int diff_gc(lua_State *L) {
  struct diff *diff = luaL_checkudata(L, 1, DIFF);
  hadm_diff_free(&diff->diff);
  return 0;
}

/* The text of the dump that a diff is made from, which is at index 2 of what it
 * keeps, or was not kept. */
static const char *text_of(lua_State *L, int diff) {
  lhadm_getuservalue(L, diff);
  lua_rawgeti(L, -1, 2);
  const char *text = NULL;
  if (!lua_isnil(L, -1))
    text = check_dump(L, -1)->text.ptr;
  lua_pop(L, 2);
  return text;
}

static enum hadm_status came(struct hadm_follower *follower,
                             struct hadm_slice text, size_t *taken) {
  /* It is the first member. */
  struct diff *diff = (struct diff *)(void *)follower;
  return hadm_diff_feed(&diff->diff, text, false, taken);
}

/* diff(entries[, dump]) -> diff, of which nothing is known before it is stepped
 * to its end; neither of the two may be changed or freed before. Without a dump
 * one is to come: diff:follow(), diff:finish() */
static int core_diff(lua_State *L) {
  struct hadm_entries *entries = check_entries(L, 1);
  lua_settop(L, 2);
  struct hadm_slice text = {"", 0};
  if (!lua_isnil(L, 2))
    text = check_dump(L, 2)->text;
  lua_createtable(L, 2, 0);
  for (int i = 1; i <= 2; i++) {
    lua_pushvalue(L, i);
    lua_rawseti(L, -2, i);
  }
  int kept = lua_gettop(L);
  struct diff *diff = lhadm_newuserdata(L, sizeof(*diff));
  *diff = (struct diff){
      .follower = {.came = came}, .text = text, .count = entries->count};
  set_class(L, DIFF);
  keep(L, kept);
  lhadm_checkmemory(L, hadm_diff_begin(&diff->diff, entries, text));
  return 1;
}

/* diff:follow(session): begins anew with what the session is going to read,
 * which is a dump; it is compared while it comes, and not kept */
static int diff_follow(lua_State *L) {
  struct diff *diff = luaL_checkudata(L, 1, DIFF);
  struct hadm_session *session = lhadm_checksession(L, 2);
  hadm_diff_free(&diff->diff);
  lhadm_getuservalue(L, 1);
  lua_rawgeti(L, -1, 1);
  struct hadm_entries *entries = check_entries(L, -1);
  diff->count = entries->count;
  lhadm_checkmemory(
      L, hadm_diff_begin(&diff->diff, entries, (struct hadm_slice){"", 0}));
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  lhadm_setuservalue(L, 2);
  session->follower = &diff->follower;
  return 0;
}

/* diff:finish(session) -> true; or nil where it was no dump: the session has
 * read all, and is followed no more; the steps come behind that */
static int diff_finish(lua_State *L) {
  struct diff *diff = luaL_checkudata(L, 1, DIFF);
  struct hadm_session *session = lhadm_checksession(L, 2);
  size_t taken;
  luaL_argcheck(L, diff->diff.work != NULL, 1, "nothing is followed");
  enum hadm_status status =
      hadm_diff_feed(&diff->diff, hadm_session_text(session, 0), true, &taken);
  session->follower = NULL;
  lua_newtable(L);
  lhadm_setuservalue(L, 2);
  lhadm_checkmemory(L, status);
  if (status != HADM_OK)
    return 0;
  lua_pushboolean(L, 1);
  return 1;
}

/* Makes a diff keep another one, which it may be like, and look at it. */
static void set_like(lua_State *L, struct diff *diff, int other) {
  struct diff *like = luaL_checkudata(L, other, DIFF);
  lhadm_getuservalue(L, 1);
  lua_pushvalue(L, other);
  lua_rawseti(L, -2, 3);
  lua_pop(L, 1);
  hadm_diff_like(&diff->diff, &like->diff);
}

/* diff:step(most[, like]) -> true when all is known; false: some more entries
 * were compared, and others may do something meanwhile; nil: the dump is none.
 * like: another process's, of which all is known */
static int diff_step(lua_State *L) {
  struct diff *diff = luaL_checkudata(L, 1, DIFF);
  size_t most = check_most(L, 2);
  if (diff->diff.work != NULL) {
    const char *text = text_of(L, 1);
    luaL_argcheck(L,
                  (text == NULL || text == diff->text.ptr) &&
                      diff->diff.wanted->count == diff->count,
                  1, "what is compared was changed");
  }
  if (!lua_isnoneornil(L, 3))
    set_like(L, diff, 3);
  enum hadm_status status = hadm_diff_step(&diff->diff, most);
  lhadm_checkmemory(L, status);
  if (status < 0)
    return 0;
  lua_pushboolean(L, status == HADM_OK);
  return 1;
}

/* diff:numbers() -> added, changed, deleted, kept, in order?, how many changes
 * and deletions name an entry by its reference */
static int diff_numbers(lua_State *L) {
  const struct hadm_diff *diff = check_diff(L, 1);
  lhadm_pushint(L, (int64_t)diff->added);
  lhadm_pushint(L, (int64_t)diff->changed);
  lhadm_pushint(L, (int64_t)diff->deleted);
  lhadm_pushint(L, (int64_t)diff->kept);
  lua_pushboolean(L, diff->ordered);
  lhadm_pushint(L, (int64_t)diff->references);
  return 6;
}

/* diff:change(number) -> "add", "set" or "del", key, value (of a map's, which
 * is or was); nothing behind the last one */
static int diff_change(lua_State *L) {
  const struct hadm_diff *diff = check_diff(L, 1);
  lua_Integer number = luaL_checkinteger(L, 2);
  luaL_argcheck(L, number >= 1, 2, "out of range");
  size_t i = (size_t)number - 1;
  const struct hadm_entries *wanted = diff->wanted;
  uint32_t entry = HADM_ENTRY_NONE;
  bool adds = i < diff->added;
  if (adds)
    entry = diff->adds[i];
  else if (i - diff->added < diff->changed + diff->deleted)
    entry = diff->changes[i - diff->added].wanted;
  else
    return 0;
  if (entry != HADM_ENTRY_NONE) {
    lua_pushstring(L, adds ? "add" : "set");
    lhadm_pushslice(L, hadm_entries_key(wanted, entry));
    lhadm_pushslice(L, hadm_entries_value(wanted, entry));
  } else {
    struct hadm_slice text = diff->changes[i - diff->added].entry.text;
    struct hadm_slice key = hadm_dump_key(text, wanted->map);
    text = hadm_slice_behind(text, key.len);
    lua_pushliteral(L, "del");
    lhadm_pushslice(L, key);
    lhadm_pushslice(L, hadm_slice_behind(text, text.len > 0 ? 1 : 0));
  }
  if (!wanted->map)
    lua_pop(L, 1);
  return wanted->map ? 3 : 2;
}

/* ---- the commands for it ---- */

static struct hadm_script *check_script(lua_State *L, int index) {
  return luaL_checkudata(L, index, SCRIPT);
}

static int script_gc(lua_State *L) {
  hadm_script_free(check_script(L, 1));
  return 0;
}

/* script(entries or diff, named, add[, set, del]) -> script; or nil where an
 * entry is too long. named: payloads may end with a pattern; the rest are the
 * words before an entry. */
static int core_script(lua_State *L) {
  lua_settop(L, 5);
  bool named = lua_toboolean(L, 2);
  struct hadm_slice add = lhadm_checkslice(L, 3);
  struct hadm_slice set = {"", 0};
  struct hadm_slice del = {"", 0};
  if (!lua_isnil(L, 4))
    set = lhadm_checkslice(L, 4);
  if (!lua_isnil(L, 5))
    del = lhadm_checkslice(L, 5);
  lua_createtable(L, 4, 0);
  const int kept[] = {1, 3, 4, 5};
  for (int i = 0; i < 4; i++) {
    lua_pushvalue(L, kept[i]);
    lua_rawseti(L, 6, i + 1);
  }
  const struct hadm_diff *diff = NULL;
  const struct hadm_entries *wanted;
  lua_getmetatable(L, 1);
  luaL_getmetatable(L, DIFF);
  if (lua_rawequal(L, -1, -2)) {
    diff = check_diff(L, 1);
    wanted = diff->wanted;
  } else {
    wanted = check_entries(L, 1);
  }
  struct hadm_script *script = lhadm_newuserdata(L, sizeof(*script));
  hadm_script_init(script, wanted, diff);
  script->add = add;
  script->set = set;
  script->del = del;
  script->named = named;
  script->seed = lhadm_seed();
  set_class(L, SCRIPT);
  keep(L, 6);
  return hadm_script_fits(script) ? 1 : 0;
}

/* script:begin(session, prompt, max, fresh[, windows[, worker]]) -> the bytes
 * to send in this session, which is made new, and how many steps they are;
 * nothing when all was done. prompt: on a connection that stays; max, fresh: as
 * session:begin has them; windows: how often the session may ask more in the
 * same exchange; worker: through a master, the process id of the one that is
 * filled */
static int script_begin(lua_State *L) {
  struct hadm_script *script = check_script(L, 1);
  struct hadm_session *session = lhadm_checksession(L, 2);
  enum hadm_mode mode = lua_toboolean(L, 3) ? HADM_PROMPT : HADM_ONCE;
  lua_Number max = luaL_checknumber(L, 4);
  luaL_argcheck(L, max >= 0 && max < (lua_Number)(SIZE_MAX / 2), 4,
                "out of range");
  lua_Integer windows = luaL_optinteger(L, 6, 0);
  luaL_argcheck(L, windows >= 0, 6, "out of range");
  lua_Integer worker = luaL_optinteger(L, 7, 0);
  luaL_argcheck(L, worker >= 0 && worker <= INT32_MAX, 7, "out of range");
  hadm_session_reset(session, mode, (size_t)max, lua_toboolean(L, 5));
  if (worker > 0)
    lhadm_checkmemory(L, hadm_session_through(session, (long)worker));
  /* The session goes on with the script. */
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  lhadm_setuservalue(L, 2);
  enum hadm_status status =
      hadm_script_follow(script, session, (size_t)windows);
  lhadm_checkmemory(L, status);
  if (status == HADM_MORE)
    return 0;
  if (status != HADM_OK)
    return luaL_error(L, "step %d: %s", (int)script->next, lhadm_code(status));
  lhadm_pushslice(L, hadm_session_line(session));
  lhadm_pushint(L, (int64_t)script->asked);
  return 2;
}

/* script:done() -> how many steps are done, of how many: what was asked was */
static int script_done(lua_State *L) {
  struct hadm_script *script = check_script(L, 1);
  hadm_script_done(script);
  lhadm_pushint(L, (int64_t)script->next);
  lhadm_pushint(L, (int64_t)hadm_script_steps(script));
  return 2;
}

/* script:place() -> how many steps are done, what is being asked not among
 * them */
static int script_place(lua_State *L) {
  lhadm_pushint(L, (int64_t)check_script(L, 1)->next);
  return 1;
}

static const luaL_Reg entries_meta[] = {{"__gc", entries_gc}, {NULL, NULL}};
static const luaL_Reg entries_methods[] = {
    {"add", entries_add},     {"count", entries_count}, {"get", entries_get},
    {"lines", entries_lines}, {"read", entries_read},   {NULL, NULL}};

static const luaL_Reg repeats_meta[] = {{"__gc", repeats_gc}, {NULL, NULL}};
static const luaL_Reg repeats_methods[] = {{"step", repeats_step},
                                           {NULL, NULL}};

/* A dump that is freed is an empty one. */
static const luaL_Reg dump_meta[] = {{"__gc", dump_free}, {NULL, NULL}};
static const luaL_Reg dump_methods[] = {{"compare", dump_compare},
                                        {"count", dump_count},
                                        {"free", dump_free},
                                        {"lines", dump_lines},
                                        {"next", dump_next},
                                        {"wanted", dump_wanted},
                                        {NULL, NULL}};

static const luaL_Reg diff_meta[] = {{"__gc", diff_gc}, {NULL, NULL}};
static const luaL_Reg diff_methods[] = {
    {"change", diff_change},   {"finish", diff_finish}, {"follow", diff_follow},
    {"numbers", diff_numbers}, {"step", diff_step},     {NULL, NULL}};

static const luaL_Reg script_meta[] = {{"__gc", script_gc}, {NULL, NULL}};
static const luaL_Reg script_methods[] = {{"begin", script_begin},
                                          {"done", script_done},
                                          {"place", script_place},
                                          {NULL, NULL}};

static const luaL_Reg functions[] = {{"diff", core_diff},
                                     {"dump", core_dump},
                                     {"entries", core_entries},
                                     {"mapfile_head", core_mapfile_head},
                                     {"repeats", core_repeats},
                                     {"script", core_script},
                                     {NULL, NULL}};

void lhadm_open_entries(lua_State *L) {
  lhadm_newclass(L, ENTRIES, LHADM_CLASS_OTHER, entries_meta, entries_methods);
  lhadm_newclass(L, REPEATS, LHADM_CLASS_OTHER, repeats_meta, repeats_methods);
  lhadm_newclass(L, DUMP, LHADM_CLASS_OTHER, dump_meta, dump_methods);
  lhadm_newclass(L, DIFF, LHADM_CLASS_OTHER, diff_meta, diff_methods);
  lhadm_newclass(L, SCRIPT, LHADM_CLASS_OTHER, script_meta, script_methods);
  lhadm_setfuncs(L, functions);
}
