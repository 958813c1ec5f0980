/* Rows of all processes: answers that are columns below a header, kept as they
 * came; a row becomes a table when somebody asks for it. */
#include "../core/base/hadm_buffer.h"
#include "../core/base/hadm_number.h"
#include "../core/data/hadm_columns.h"
#include "lhadm.h"

#include <limits.h>

/* How the words of a column become values. */
enum type {
  TYPE_NUMBER, /* a number, where it is one */
  TYPE_TEXT,   /* a text; nil for "-" */
  TYPE_NAME,   /* a text, whatever it is */
  TYPE_LIST    /* the last column's words as a sequence of numbers */
};

static const char *const type_names[] = {"number", "text", "name", "list",
                                         NULL};

/* What one process answered. */
struct part {
  lua_Integer nb;
  struct hadm_buffer text;
  struct hadm_columns columns;
  unsigned char types[HADM_COLUMNS_MAX];
};

struct rows {
  size_t count; /* parts that own something */
  size_t total; /* rows of all parts */
  struct part parts[1];
};

/* The uservalue is {names, index}: of each part a sequence of its columns'
 * names, and what rows_find has made. */
enum { NAMES = 1, INDEX };

static struct rows *check_rows(lua_State *L, int index) {
  return luaL_checkudata(L, index, LHADM_ROWS);
}

static int rows_gc(lua_State *L) {
  struct rows *rows = check_rows(L, 1);
  for (size_t i = 0; i < rows->count; i++) {
    hadm_columns_free(&rows->parts[i].columns);
    hadm_buffer_free(&rows->parts[i].text);
  }
  rows->count = rows->total = 0;
  return 0;
}

/* Pushes a sequence of a part's names and notes their types, which the table at
 * <types> has by name. [0, +1] */
static void push_names(lua_State *L, struct part *part, int types) {
  struct hadm_slice rest = part->columns.header, name;
  lua_createtable(L, (int)part->columns.columns, 0);
  for (int i = 0; hadm_columns_next(&part->columns, &rest, &name); i++) {
    lhadm_pushslice(L, hadm_columns_name(name));
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, i + 1);
    lua_rawget(L, types);
    part->types[i] =
        (unsigned char)(lua_isnil(L, -1)
                            ? TYPE_NUMBER
                            : luaL_checkoption(L, -1, NULL, type_names));
    lua_pop(L, 1);
  }
}

/* Takes entry <i> of the sequence at 2: {nb, session, place}; a copy of the
 * answer, since the session will be used again. */
static enum hadm_status take(lua_State *L, int i, struct rows *rows) {
  lua_rawgeti(L, 2, i);
  luaL_checktype(L, -1, LUA_TTABLE);
  int entry = lua_gettop(L);
  for (int field = 1; field <= 3; field++)
    lua_rawgeti(L, entry, field);
  struct part *part = &rows->parts[rows->count++];
  part->text = HADM_BUFFER_EMPTY;
  hadm_columns_init(&part->columns);
  part->nb = luaL_checkinteger(L, entry + 1);
  lua_Integer place = luaL_checkinteger(L, entry + 3);
  luaL_argcheck(L, place >= 1, 2, "out of range");
  struct hadm_slice text =
      hadm_session_text(lhadm_checksession(L, entry + 2), (size_t)place - 1);
  enum hadm_status status = hadm_buffer_append(&part->text, text.ptr, text.len);
  if (status == HADM_OK)
    status = hadm_columns_read(
        &part->columns, (struct hadm_slice){part->text.data, part->text.len});
  rows->total += part->columns.count;
  lua_settop(L, entry - 1);
  return status;
}

/* columns({column = type}, sequence of {nb, session, place}) -> rows; or nil
 * and the place in the sequence of what are none */
static int core_columns(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  size_t count = lhadm_rawlen(L, 2);
  struct rows *rows =
      lhadm_newuserdata(L, sizeof(*rows) + count * sizeof(rows->parts[0]));
  rows->count = rows->total = 0;
  luaL_getmetatable(L, LHADM_ROWS);
  lua_setmetatable(L, 3);
  lua_createtable(L, 2, 0);
  lua_pushvalue(L, 4);
  lhadm_setuservalue(L, 3);
  lua_createtable(L, (int)count, 0);
  lua_pushvalue(L, 5);
  lua_rawseti(L, 4, NAMES);
  for (int i = 1; i <= (int)count; i++) {
    enum hadm_status status = take(L, i, rows);
    lhadm_checkmemory(L, status);
    if (status != HADM_OK) {
      lua_pushnil(L);
      lua_pushinteger(L, i);
      return 2;
    }
    push_names(L, &rows->parts[i - 1], 1);
    lua_rawseti(L, 5, i);
  }
  lua_settop(L, 3);
  return 1;
}

/* ---- reading ---- */

static void push_number(lua_State *L, struct hadm_slice word) {
  int64_t number;
  if (hadm_number_read(word, &number))
    lhadm_pushint(L, number);
  else
    lhadm_pushslice(L, word);
}

/* Pushes the value of a word; of a list, of all that follow it in <rest>. */
static void push_value(lua_State *L, const struct part *part, unsigned type,
                       struct hadm_slice word, struct hadm_slice *rest) {
  if (type == TYPE_LIST) {
    lua_newtable(L);
    int count = 0;
    do {
      push_number(L, word);
      lua_rawseti(L, -2, ++count);
    } while (hadm_columns_next(&part->columns, rest, &word));
  } else if (type != TYPE_NAME && hadm_columns_is_empty(word)) {
    lua_pushnil(L);
  } else if (type == TYPE_NUMBER) {
    push_number(L, word);
  } else {
    lhadm_pushslice(L, word);
  }
}

/* Pushes a row as {column = value, process_nb = nb}; the part's names are at
 * <names>. [0, +1] */
static void push_row(lua_State *L, const struct part *part, size_t row,
                     int names) {
  struct hadm_slice rest = hadm_columns_row(&part->columns, row), word;
  lua_createtable(L, 0, (int)part->columns.columns + 1);
  for (size_t i = 0; i < part->columns.columns &&
                     hadm_columns_next(&part->columns, &rest, &word);
       i++) {
    lua_rawgeti(L, names, (int)i + 1);
    push_value(L, part, part->types[i], word, &rest);
    lua_rawset(L, -3);
  }
  lua_pushinteger(L, part->nb);
  lua_setfield(L, -2, "process_nb");
}

/* row(rows, i) -> {column = value, ..., process_nb = nb}, or nil behind the
 * last one */
static int core_row(lua_State *L) {
  const struct rows *rows = check_rows(L, 1);
  lua_Number number = luaL_checknumber(L, 2);
  if (!(number >= 1 && number <= (lua_Number)rows->total))
    return 0;
  size_t row = (size_t)number - 1, i = 0;
  for (; row >= rows->parts[i].columns.count; i++)
    row -= rows->parts[i].columns.count;
  lhadm_getuservalue(L, 1);
  lua_rawgeti(L, -1, NAMES);
  lua_rawgeti(L, -1, (int)i + 1);
  push_row(L, &rows->parts[i], row, lua_gettop(L));
  return 1;
}

/* row_count(rows) -> how many rows all processes answered */
static int core_row_count(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_rows(L, 1)->total);
  return 1;
}

/* Pushes what a row is found by: the words of the columns that <columns> names,
 * with a slash between. [0, +1] */
static void push_key(lua_State *L, const struct part *part, size_t row,
                     const int *columns, int count) {
  for (int i = 0; i < count; i++) {
    struct hadm_slice word = {"", 0};
    hadm_columns_word(&part->columns, row, columns[i], &word);
    if (i > 0)
      lua_pushliteral(L, "/");
    lhadm_pushslice(L, word);
  }
  if (count > 1)
    lua_concat(L, 2 * count - 1);
}

/* Pushes {key = number of the row}, for each part; the names of the key's
 * columns are arguments 3 and 4. [0, +1] */
static void push_index(lua_State *L, const struct rows *rows) {
  int count = lua_isnoneornil(L, 4) ? 1 : 2;
  size_t before = 0;
  lua_createtable(L, (int)rows->count, 0);
  for (size_t i = 0; i < rows->count; i++) {
    const struct part *part = &rows->parts[i];
    int columns[2] = {-1, -1};
    for (int k = 0; k < count; k++)
      columns[k] =
          hadm_columns_find(&part->columns, lhadm_checkslice(L, 3 + k));
    lua_createtable(L, 0, (int)part->columns.count);
    for (size_t row = 0; row < part->columns.count; row++) {
      push_key(L, part, row, columns, count);
      lua_pushinteger(L, (lua_Integer)(before + row) + 1);
      lua_rawset(L, -3);
    }
    lua_rawseti(L, -2, (int)i + 1);
    before += part->columns.count;
  }
}

/* row_find(rows, key, column[, column]) -> sequence of the numbers of the rows
 * of this key, one a process at most; the columns are the same with each call
 */
static int core_row_find(lua_State *L) {
  const struct rows *rows = check_rows(L, 1);
  luaL_checkstring(L, 2);
  lua_settop(L, 4);
  lhadm_getuservalue(L, 1);
  lua_rawgeti(L, 5, INDEX);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    push_index(L, rows);
    lua_pushvalue(L, -1);
    lua_rawseti(L, 5, INDEX);
  }
  lua_newtable(L);
  int count = 0;
  for (size_t i = 0; i < rows->count; i++) {
    lua_rawgeti(L, 6, (int)i + 1);
    lua_pushvalue(L, 2);
    lua_rawget(L, -2);
    if (lua_isnil(L, -1))
      lua_pop(L, 1);
    else
      lua_rawseti(L, 7, ++count);
    lua_settop(L, 7);
  }
  return 1;
}

enum { WORDS_MAX = 64 };

/* The part of a process. */
static const struct part *find_part(const struct rows *rows, lua_Integer nb) {
  for (size_t i = 0; i < rows->count; i++)
    if (rows->parts[i].nb == nb)
      return &rows->parts[i];
  return NULL;
}

/* Sets the values of a row's columns at <before> + 1 and behind it; <places>
 * has the place of each of the row's columns among the wanted ones, from 1, 0
 * for the others. */
static void set_values(lua_State *L, const struct part *part, size_t row,
                       const unsigned char *places, int before) {
  struct hadm_slice rest = hadm_columns_row(&part->columns, row), word;
  for (size_t i = 0; i < part->columns.columns &&
                     hadm_columns_next(&part->columns, &rest, &word);
       i++) {
    if (places[i] == 0)
      continue;
    push_value(L, part, part->types[i], word, &rest);
    lua_rawseti(L, -2, before + places[i]);
  }
}

/* row_values(rows, nb, {column, ...}) -> {value, ...}, count, known: the values
 * of these columns in all rows of a process, row by row, nil where there is
 * none; how many rows there are; and of each column whether there is one */
static int core_row_values(lua_State *L) {
  const struct rows *rows = check_rows(L, 1);
  const struct part *part = find_part(rows, luaL_checkinteger(L, 2));
  luaL_checktype(L, 3, LUA_TTABLE);
  size_t wanted = lhadm_rawlen(L, 3);
  luaL_argcheck(L, wanted <= WORDS_MAX, 3, "too many columns");
  size_t count = part == NULL ? 0 : part->columns.count;
  luaL_argcheck(L, count <= (size_t)INT_MAX / WORDS_MAX, 1, "too many rows");
  unsigned char places[HADM_COLUMNS_MAX] = {0};
  lua_createtable(L, (int)wanted, 0);
  int known = lua_gettop(L);
  for (size_t i = 1; i <= wanted && part != NULL; i++) {
    lua_rawgeti(L, 3, (int)i);
    int column = hadm_columns_find(&part->columns, lhadm_checkslice(L, -1));
    if (column >= 0)
      places[column] = (unsigned char)i;
    lua_pop(L, 1);
    lua_pushboolean(L, column >= 0);
    lua_rawseti(L, known, (int)i);
  }
  lua_createtable(L, (int)(count * wanted), 0);
  for (size_t row = 0; row < count; row++)
    set_values(L, part, row, places, (int)(row * wanted));
  lua_pushinteger(L, (lua_Integer)count);
  lua_pushvalue(L, known);
  return 3;
}

/* Goes along two rows at once; false at a word that differs in a column that
 * <places> names. Words are separated by one blank. */
static bool same_words(struct hadm_slice one, struct hadm_slice other,
                       const unsigned char *places, size_t columns) {
  const char *a = one.ptr, *a_end = a + one.len;
  const char *b = other.ptr, *b_end = b + other.len;
  /* Most rows are the same in all columns. */
  if (hadm_slice_equal(one, other))
    return true;
  for (size_t column = 0; column < columns; column++) {
    while (a < a_end && b < b_end && *a == *b && *a != ' ')
      a++, b++;
    bool equal = (a == a_end || *a == ' ') && (b == b_end || *b == ' ');
    if (!equal && places[column] != 0)
      return false;
    while (a < a_end && *a != ' ')
      a++;
    while (b < b_end && *b != ' ')
      b++;
    if (a == a_end || b == b_end)
      return a == a_end && b == b_end;
    a++, b++;
  }
  return true;
}

/* Sets the flags of the columns at <index>; all parts have the same header. */
static void read_places(lua_State *L, int index, const struct part *part,
                        unsigned char *places) {
  size_t wanted = lhadm_rawlen(L, index);
  for (size_t i = 1; i <= wanted; i++) {
    lua_rawgeti(L, index, (int)i);
    int column = hadm_columns_find(&part->columns, lhadm_checkslice(L, -1));
    if (column >= 0)
      places[column] = 1;
    lua_pop(L, 1);
  }
}

/* rows_unlike(rows, nb, other nb, {column, ...}) -> sequence of the numbers of
 * the rows, from 1, that in the other process have other words in these columns
 * than the row of the same number in the first; nil where the rows are not as
 * many, or not of the same columns */
static int core_rows_unlike(lua_State *L) {
  const struct rows *rows = check_rows(L, 1);
  const struct part *one = find_part(rows, luaL_checkinteger(L, 2));
  const struct part *other = find_part(rows, luaL_checkinteger(L, 3));
  luaL_checktype(L, 4, LUA_TTABLE);
  if (one == NULL || other == NULL || one->columns.filled ||
      one->columns.count != other->columns.count ||
      !hadm_slice_equal(one->columns.header, other->columns.header))
    return 0;
  unsigned char places[HADM_COLUMNS_MAX] = {0};
  read_places(L, 4, one, places);
  lua_newtable(L);
  int count = 0;
  for (size_t i = 0; i < one->columns.count; i++) {
    if (same_words(hadm_columns_row(&one->columns, i),
                   hadm_columns_row(&other->columns, i), places,
                   one->columns.columns))
      continue;
    lua_pushinteger(L, (lua_Integer)i + 1);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

static const luaL_Reg meta[] = {
    {"__gc", rows_gc}, {"__len", core_row_count}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"columns", core_columns},
                                     {"row", core_row},
                                     {"row_count", core_row_count},
                                     {"row_find", core_row_find},
                                     {"row_values", core_row_values},
                                     {"rows_unlike", core_rows_unlike},
                                     {NULL, NULL}};

void lhadm_open_rows(lua_State *L) {
  lhadm_newclass(L, LHADM_ROWS, LHADM_CLASS_OTHER, meta, NULL);
  lhadm_setfuncs(L, functions);
}
