/* Stick tables as Lua sees them: the entries of processes, one by one or joined
 * by their keys. */
#include "lhadm.h"

#include "../core/base/hadm_number.h"
#include "../core/data/hadm_total.h"

#include <string.h>

#define STICK "haproxyadmin.Stick"

struct box {
  struct hadm_stick stick;
  bool integers; /* its keys are numbers */
};

/* A row of one process, or a key of several. An entry has no finalizer; its
 * uservalue is a table that holds the box, shared by all entries of the box. */
struct entry {
  const struct box *box;
  uint32_t text; /* HADM_STICK_NONE: the key's rows in all of them */
  uint32_t at;   /* the offset of the row's words, or the key's number */
  size_t len;    /* of the row's words */
};

/* Where an iterator is. */
struct cursor {
  const struct box *box; /* which the entries' holder holds */
  size_t text;           /* or key */
  size_t at;
};

static struct box *check_box(lua_State *L, int index) {
  return luaL_checkudata(L, index, STICK);
}

struct hadm_stick *lhadm_checkstick(lua_State *L, int index) {
  return &check_box(L, index)->stick;
}

static const struct entry *check_entry(lua_State *L, int index) {
  return luaL_checkudata(L, index, LHADM_TABLE_ENTRY);
}

/* stick(sequence of {nb, session}, integers) -> what the sessions answered,
 * whose text they give away */
static int core_stick(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  bool integers = lua_toboolean(L, 2);
  struct box *box = lhadm_newuserdata(L, sizeof(*box));
  hadm_stick_init(&box->stick);
  box->integers = integers;
  luaL_getmetatable(L, STICK);
  lua_setmetatable(L, -2);
  int count = (int)lhadm_rawlen(L, 1);
  for (int i = 1; i <= count; i++) {
    lua_rawgeti(L, 1, i);
    luaL_checktype(L, -1, LUA_TTABLE);
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    unsigned nb = (unsigned)luaL_checkinteger(L, -2);
    struct hadm_session *session = lhadm_checksession(L, -1);
    struct hadm_slice answer = hadm_session_text(session, 0);
    if (answer.len > 0) {
      struct hadm_buffer *bytes = &session->reading.text;
      size_t start = (size_t)(answer.ptr - bytes->data);
      enum hadm_status status =
          hadm_stick_take(&box->stick, nb, bytes, start, start + answer.len);
      lhadm_checkmemory(L, status);
      if (status != HADM_OK) {
        lua_pushnil(L);
        lua_pushinteger(L, i);
        return 2;
      }
    }
    lua_pop(L, 3);
  }
  return 1;
}

static int stick_gc(lua_State *L) {
  hadm_stick_free(&check_box(L, 1)->stick);
  return 0;
}

/* ---- iterators ---- */

enum { HOLDER = 1, PLACE, META };

/* Pushes a closure that iterates over the box at <index>: its upvalues are what
 * the entries share, the cursor and the entries' metatable. */
static int push_iterator(lua_State *L, int index, lua_CFunction next) {
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, index);
  lua_rawseti(L, -2, 1);
  struct cursor *cursor = lhadm_newuserdata(L, sizeof(*cursor));
  *cursor = (struct cursor){check_box(L, index), 0, 0};
  luaL_getmetatable(L, LHADM_TABLE_ENTRY);
  lua_pushcclosure(L, next, 3);
  return 1;
}

static int push_entry(lua_State *L, struct entry made) {
  struct entry *entry = lhadm_newuserdata(L, sizeof(*entry));
  *entry = made;
  lua_pushvalue(L, lua_upvalueindex(HOLDER));
  lhadm_setuservalue(L, -2);
  lua_pushvalue(L, lua_upvalueindex(META));
  lua_setmetatable(L, -2);
  return 1;
}

static int next_entry(lua_State *L) {
  struct cursor *cursor = lua_touserdata(L, lua_upvalueindex(PLACE));
  const struct box *box = cursor->box;
  uint32_t row;
  struct hadm_slice items;
  while (cursor->text < box->stick.count) {
    if (hadm_stick_next(&box->stick, cursor->text, &cursor->at, &row, &items)) {
      const char *text = box->stick.texts[cursor->text].bytes.data;
      return push_entry(L, (struct entry){box, (uint32_t)cursor->text,
                                          (uint32_t)(items.ptr - text),
                                          items.len});
    }
    cursor->text++;
    cursor->at = 0;
  }
  return 0;
}

static int next_key(lua_State *L) {
  struct cursor *cursor = lua_touserdata(L, lua_upvalueindex(PLACE));
  const struct box *box = cursor->box;
  if (cursor->text >= box->stick.keys)
    return 0;
  return push_entry(
      L, (struct entry){box, HADM_STICK_NONE, (uint32_t)cursor->text++, 0});
}

/* stick_entries(stick) -> iterator over the rows of all processes */
static int core_stick_entries(lua_State *L) {
  check_box(L, 1);
  return push_iterator(L, 1, next_entry);
}

/* stick_keys(stick) -> iterator over the keys, each with the rows of all */
static int core_stick_keys(lua_State *L) {
  struct box *box = check_box(L, 1);
  lhadm_checkmemory(L, hadm_stick_join(&box->stick, lhadm_seed()));
  return push_iterator(L, 1, next_key);
}

/* ---- values ---- */

/* The words of the entry in text <text>; false where it has none there. */
static bool items_of(const struct entry *entry, size_t text,
                     struct hadm_slice *items) {
  const struct hadm_stick *stick = &entry->box->stick;
  if (entry->text != HADM_STICK_NONE) {
    if (entry->text != text || text >= stick->count)
      return false;
    *items = (struct hadm_slice){stick->texts[text].bytes.data + entry->at,
                                 entry->len};
    return true;
  }
  uint32_t row = entry->at < stick->keys
                     ? hadm_stick_row(stick, entry->at, text)
                     : HADM_STICK_NONE;
  if (row != HADM_STICK_NONE)
    *items = hadm_stick_items(stick, text, row);
  return row != HADM_STICK_NONE;
}

static void push_text(lua_State *L, struct hadm_slice text) {
  if (text.len == 0 || memchr(text.ptr, '\\', text.len) == NULL) {
    lhadm_pushslice(L, text);
    return;
  }
  char *plain = lhadm_newuserdata(L, text.len);
  lua_pushlstring(L, plain, hadm_pairs_unescape(text, plain));
  lua_remove(L, -2);
}

/* A value as a number, where it is one and no name. */
static void push_item(lua_State *L, const struct box *box,
                      const struct hadm_item *item) {
  int64_t number;
  bool is_key = hadm_slice_equal(item->name, HADM_LITERAL("key"));
  bool may_be = is_key ? box->integers : !hadm_stick_is_text(item->name);
  if (may_be && hadm_number_read(item->value, &number))
    lhadm_pushint(L, number);
  else
    push_text(L, item->value);
}

/* The first row's word of this name, with the first that all agree on. */
static bool agreed(const struct entry *entry, struct hadm_slice name,
                   struct hadm_item *item) {
  bool found = false;
  for (size_t i = 0; i < entry->box->stick.count; i++) {
    struct hadm_slice items;
    struct hadm_item other;
    if (!items_of(entry, i, &items) || !hadm_pairs_find(items, name, &other))
      continue;
    if (found && !hadm_slice_equal(item->value, other.value))
      return false;
    if (!found)
      *item = other;
    found = true;
  }
  return found;
}

/* Adds up; false where no row has a number of this name. */
static bool total(const struct entry *entry, struct hadm_slice name,
                  enum hadm_stick_nature nature, int64_t *number) {
  struct hadm_total sum;
  hadm_total_init(&sum,
                  nature == HADM_STICK_MOST ? HADM_RULE_MAX : HADM_RULE_SUM);
  for (size_t i = 0; i < entry->box->stick.count; i++) {
    struct hadm_slice items;
    struct hadm_item item;
    int64_t own;
    if (items_of(entry, i, &items) && hadm_pairs_find(items, name, &item) &&
        hadm_number_read(item.value, &own))
      hadm_total_add(&sum, own);
  }
  *number = hadm_total_result(&sum);
  return sum.count > 0;
}

static bool find(const struct entry *entry, struct hadm_slice name,
                 struct hadm_item *item) {
  struct hadm_slice items;
  return items_of(entry, entry->text, &items) &&
         hadm_pairs_find(items, name, item);
}

/* Pushes the value of this name, or nil where there is none, or where it has no
 * sum and processes differ. */
static void push_value(lua_State *L, const struct entry *entry,
                       struct hadm_slice name) {
  struct hadm_item item;
  int64_t number;
  bool found;
  if (entry->text != HADM_STICK_NONE) {
    found = find(entry, name, &item);
  } else {
    enum hadm_stick_nature nature = hadm_stick_nature(name);
    if (nature != HADM_STICK_SAME) {
      found = total(entry, name, nature, &number);
      if (found) {
        lhadm_pushint(L, number);
        return;
      }
    } else {
      found = agreed(entry, name, &item);
    }
  }
  if (found)
    push_item(L, entry->box, &item);
  else
    lua_pushnil(L);
}

/* The number of its process; of several, a sequence. */
static void push_process_nb(lua_State *L, const struct entry *entry) {
  const struct hadm_stick *stick = &entry->box->stick;
  if (entry->text != HADM_STICK_NONE) {
    lua_pushinteger(L, entry->text < stick->count
                           ? (lua_Integer)stick->texts[entry->text].nb
                           : 0);
    return;
  }
  lua_newtable(L);
  int count = 0;
  for (size_t i = 0; i < stick->count; i++) {
    struct hadm_slice items;
    if (!items_of(entry, i, &items))
      continue;
    lua_pushinteger(L, stick->texts[i].nb);
    lua_rawseti(L, -2, ++count);
  }
}

enum { NAME_MAX_LENGTH = 64 };

/* HAProxy takes "gpc[1]" and prints "gpc1", "gpc_rate[1]" and "gpc1_rate": what
 * it would print. <room> has NAME_MAX_LENGTH bytes. */
static struct hadm_slice printed_name(struct hadm_slice name, char *room) {
  const char *open = name.len > 0 && name.len < NAME_MAX_LENGTH &&
                             name.ptr[name.len - 1] == ']'
                         ? memchr(name.ptr, '[', name.len)
                         : NULL;
  if (open == NULL)
    return name;
  struct hadm_slice digits = {open + 1,
                              (size_t)(name.ptr + name.len - 1 - (open + 1))};
  struct hadm_slice word = {name.ptr, (size_t)(open - name.ptr)};
  const struct hadm_slice rate = HADM_LITERAL("_rate");
  bool is_rate = hadm_slice_ends(word, rate);
  if (is_rate)
    word.len -= rate.len;
  memcpy(room, word.ptr, word.len);
  memcpy(room + word.len, digits.ptr, digits.len);
  size_t len = word.len + digits.len;
  if (is_rate) {
    memcpy(room + len, rate.ptr, rate.len);
    len += rate.len;
  }
  return (struct hadm_slice){room, len};
}

/* entry[name]: a value, or a method; upvalue 1 has the methods, upvalue 2 is
 * the metatable of entries, which is compared faster than it is looked up */
static int entry_index(lua_State *L) {
  const struct entry *entry = lua_touserdata(L, 1);
  if (entry == NULL || !lua_getmetatable(L, 1) ||
      !lua_rawequal(L, -1, lua_upvalueindex(2)))
    entry = check_entry(L, 1);
  char room[NAME_MAX_LENGTH];
  struct hadm_slice name = printed_name(lhadm_checkslice(L, 2), room);
  if (hadm_slice_equal(name, HADM_LITERAL("process_nb")))
    push_process_nb(L, entry);
  else
    push_value(L, entry, name);
  /* No value is called as a method is, and values are what is mostly read. */
  if (lua_isnil(L, -1)) {
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
  }
  return 1;
}

/* entry_values(entry, name) -> sequence of {nb, value} */
static int core_entry_values(lua_State *L) {
  const struct entry *entry = check_entry(L, 1);
  char room[NAME_MAX_LENGTH];
  struct hadm_slice name = printed_name(lhadm_checkslice(L, 2), room);
  lua_newtable(L);
  int count = 0;
  for (size_t i = 0; i < entry->box->stick.count; i++) {
    struct hadm_slice items;
    struct hadm_item item;
    if (!items_of(entry, i, &items) || !hadm_pairs_find(items, name, &item))
      continue;
    lua_createtable(L, 2, 0);
    lua_pushinteger(L, entry->box->stick.texts[i].nb);
    lua_rawseti(L, -2, 1);
    push_item(L, entry->box, &item);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/* The words of the entry, or of its first process. */
static bool first_items(const struct entry *entry, struct hadm_slice *items) {
  for (size_t i = 0; i < entry->box->stick.count; i++)
    if (items_of(entry, i, items))
      return true;
  return false;
}

/* entry_names(entry) -> sequence of the names of its values */
static int core_entry_names(lua_State *L) {
  const struct entry *entry = check_entry(L, 1);
  struct hadm_slice items = {"", 0};
  struct hadm_item item;
  lua_newtable(L);
  first_items(entry, &items);
  for (int i = 1; hadm_pairs_next(&items, &item); i++) {
    lhadm_pushslice(L, item.name);
    lua_rawseti(L, -2, i);
  }
  return 1;
}

/* entry_period(entry, name) -> over how many milliseconds a rate is counted, or
 * nil where it is no rate */
static int core_entry_period(lua_State *L) {
  const struct entry *entry = check_entry(L, 1);
  char room[NAME_MAX_LENGTH];
  struct hadm_slice name = printed_name(lhadm_checkslice(L, 2), room);
  struct hadm_slice items = {"", 0};
  struct hadm_item item;
  int64_t period;
  if (!first_items(entry, &items) || !hadm_pairs_find(items, name, &item) ||
      !hadm_number_read(item.period, &period))
    return 0;
  lhadm_pushint(L, period);
  return 1;
}

/* entry_methods(methods): the methods of entries, which its values precede */
static int core_entry_methods(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_getmetatable(L, LHADM_TABLE_ENTRY);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, -2);
  lua_pushcclosure(L, entry_index, 2);
  lua_setfield(L, -2, "__index");
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "methods");
  return 0;
}

static int core_is_entry(lua_State *L) {
  bool is_entry = false;
  if (lua_type(L, 1) == LUA_TUSERDATA && lua_getmetatable(L, 1)) {
    luaL_getmetatable(L, LHADM_TABLE_ENTRY);
    is_entry = lua_rawequal(L, -1, -2);
  }
  lua_pushboolean(L, is_entry);
  return 1;
}

static int entry_tostring(lua_State *L) {
  const struct entry *entry = check_entry(L, 1);
  lua_pushliteral(L, LHADM_TABLE_ENTRY " (");
  push_value(L, entry, HADM_LITERAL("key"));
  if (lua_isnil(L, -1))
    lua_pushliteral(L, "?");
  else
    lua_tostring(L, -1);
  if (lua_isnil(L, -2))
    lua_remove(L, -2);
  lua_pushliteral(L, ")");
  lua_concat(L, 3);
  return 1;
}

static const luaL_Reg stick_meta[] = {{"__gc", stick_gc}, {NULL, NULL}};

static const luaL_Reg entry_meta[] = {{"__tostring", entry_tostring},
                                      {NULL, NULL}};

static const luaL_Reg functions[] = {{"entry_methods", core_entry_methods},
                                     {"entry_names", core_entry_names},
                                     {"entry_period", core_entry_period},
                                     {"entry_values", core_entry_values},
                                     {"is_entry", core_is_entry},
                                     {"stick", core_stick},
                                     {"stick_entries", core_stick_entries},
                                     {"stick_keys", core_stick_keys},
                                     {NULL, NULL}};

void lhadm_open_stick(lua_State *L) {
  lhadm_newclass(L, STICK, LHADM_CLASS_OTHER, stick_meta, NULL);
  lhadm_newclass(L, LHADM_TABLE_ENTRY, LHADM_CLASS_OTHER, entry_meta, NULL);
  lhadm_setfuncs(L, functions);
}
