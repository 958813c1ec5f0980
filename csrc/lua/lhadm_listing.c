/* Objects of a snapshot in columns: as lines that programs read, or as values.
 */
#include "lhadm.h"

#include "../core/exposition/hadm_listing.h"

#include <stdlib.h>
#include <string.h>

#define LISTING "haproxyadmin.Listing"

/* What stands between two objects, and behind each. */
struct form {
  const char *name;
  enum hadm_listing_form form;
  const char *between;
  const char *behind;
};

static const struct form forms[] = {{"tsv", HADM_LISTING_TSV, "", "\n"},
                                    {"csv", HADM_LISTING_CSV, "", "\r\n"},
                                    {"json", HADM_LISTING_JSON, ",\n", ""},
                                    {"ndjson", HADM_LISTING_JSON, "", "\n"}};

struct listing {
  struct hadm_snapshot *snapshot; /* a reference */
  struct hadm_cells cells;
  struct hadm_listing listing;
  struct hadm_slice *names; /* by column: parts of <text> */
  struct hadm_buffer text;
  uint32_t *objects;
  size_t count;
  size_t next;
  const struct form *form;
  struct hadm_buffer piece;
};

static int listing_gc(lua_State *L) {
  struct listing *listing = luaL_checkudata(L, 1, LISTING);
  hadm_cells_free(&listing->cells);
  hadm_snapshot_unref(listing->snapshot);
  free(listing->names);
  free(listing->objects);
  hadm_buffer_free(&listing->text);
  hadm_buffer_free(&listing->piece);
  *listing = (struct listing){.snapshot = NULL};
  return 0;
}

static enum hadm_status put_object(struct listing *listing) {
  struct hadm_buffer *piece = &listing->piece;
  const struct form *form = listing->form;
  enum hadm_status status = HADM_OK;
  if (listing->next > 0)
    status = hadm_buffer_append(piece, form->between, strlen(form->between));
  if (status == HADM_OK)
    status = hadm_listing_put(&listing->listing, piece,
                              listing->objects[listing->next++]);
  if (status == HADM_OK)
    status = hadm_buffer_append(piece, form->behind, strlen(form->behind));
  return status;
}

/* The iterator: () -> piece, or nil behind the last one. */
static int listing_next(lua_State *L) {
  enum { SIZE = 65536 };
  struct listing *listing = lua_touserdata(L, lua_upvalueindex(1));
  enum hadm_status status = HADM_OK;
  listing->piece.len = 0;
  while (status == HADM_OK && listing->next < listing->count &&
         listing->piece.len < SIZE)
    status = put_object(listing);
  lhadm_checkmemory(L, status);
  if (listing->piece.len == 0)
    return 0;
  lua_pushlstring(L, listing->piece.data, listing->piece.len);
  return 1;
}

static const struct form *check_form(lua_State *L, int index) {
  const char *name = luaL_checkstring(L, index);
  for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
    if (strcmp(name, forms[i].name) == 0)
      return &forms[i];
  luaL_argerror(L, index, "'tsv', 'csv', 'json' or 'ndjson' expected");
  return NULL;
}

/* The column at the top of the stack, of argument 2: {key =, what =, metric =,
 * rule =}. Its key goes to the listing's text. [0, 0] */
static struct hadm_cell_column check_column(lua_State *L,
                                            struct listing *listing) {
  static const char *const whats[] = {"metric",    "proxy",      "name",
                                      "processes", "servers_up", NULL};
  luaL_checktype(L, -1, LUA_TTABLE);
  int column = lua_gettop(L);
  lua_getfield(L, column, "key");
  lua_getfield(L, column, "what");
  lua_getfield(L, column, "metric");
  lua_getfield(L, column, "rule");
  struct hadm_slice key = lhadm_checkslice(L, column + 1);
  struct hadm_cell_column found = {
      .what = (unsigned char)luaL_checkoption(L, column + 2, NULL, whats)};
  if (found.what == HADM_LISTED_METRIC) {
    found.metric = lhadm_checkmetric(L, column + 3);
    found.rule = (unsigned char)lhadm_checkrule(L, column + 4, found.metric);
  }
  lhadm_checkmemory(L, hadm_buffer_append(&listing->text, key.ptr, key.len));
  lua_settop(L, column);
  return found;
}

static void check_columns(lua_State *L, struct listing *listing,
                          enum hadm_kind kind) {
  const size_t count = lhadm_rawlen(L, 2);
  struct hadm_cell_column *columns =
      lhadm_newuserdata(L, (count + 1) * sizeof(*columns));
  listing->names = calloc(count + 1, sizeof(*listing->names));
  if (listing->names == NULL) {
    lhadm_checkmemory(L, HADM_E_NOMEM);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    size_t before = listing->text.len;
    lua_rawgeti(L, 2, (int)i + 1);
    columns[i] = check_column(L, listing);
    lua_pop(L, 1);
    listing->names[i].len = listing->text.len - before;
  }
  size_t offset = 0;
  for (size_t i = 0; i < count; i++) {
    listing->names[i].ptr = listing->text.data + offset;
    offset += listing->names[i].len;
  }
  lhadm_checkmemory(L, hadm_cells_init(&listing->cells, listing->snapshot, kind,
                                       columns, count));
}

/* Reads argument 1, of one snapshot and kind. */
static void check_objects(lua_State *L, struct listing *listing,
                          enum hadm_kind *kind) {
  const size_t count = lhadm_rawlen(L, 1);
  luaL_argcheck(L, count > 0, 1, "there is no object");
  listing->objects = malloc(count * sizeof(*listing->objects));
  if (listing->objects == NULL) {
    lhadm_checkmemory(L, HADM_E_NOMEM);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, 1, (int)i + 1);
    struct hadm_snapshot *snapshot =
        lhadm_checkobject(L, -1, &listing->objects[i]);
    lua_pop(L, 1);
    if (i == 0) {
      listing->snapshot = hadm_snapshot_ref(snapshot);
      *kind = snapshot->objects[listing->objects[0]].kind;
    }
    luaL_argcheck(L,
                  snapshot == listing->snapshot &&
                      snapshot->objects[listing->objects[i]].kind == *kind,
                  1, "objects of one kind and snapshot expected");
  }
  listing->count = count;
}

/* Pushes what arguments 1 and 2 say, and returns it. [0, +1] */
static struct listing *push_listing(lua_State *L) {
  enum hadm_kind kind = HADM_OTHER;
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TTABLE);
  struct listing *listing = lhadm_newuserdata(L, sizeof(*listing));
  int top = lua_gettop(L);
  *listing = (struct listing){.snapshot = NULL};
  luaL_getmetatable(L, LISTING);
  lua_setmetatable(L, top);
  check_objects(L, listing, &kind);
  check_columns(L, listing, kind);
  lua_settop(L, top);
  return listing;
}

/* listing(objects, columns, form[, plain]) -> iterator of pieces. A column is
 * {key =, what = "metric" (by its number `metric` and its own rule or `rule`),
 * "proxy", "name", "processes" or "servers_up"}; plain: without anything that
 * a terminal obeys */
static int core_listing(lua_State *L) {
  const struct form *form = check_form(L, 3);
  lua_settop(L, 4);
  struct listing *listing = push_listing(L);
  listing->form = form;
  listing->listing = (struct hadm_listing){.cells = &listing->cells,
                                           .names = listing->names,
                                           .form = form->form,
                                           .plain = lua_toboolean(L, 4)};
  lua_pushcclosure(L, listing_next, 1);
  return 1;
}

/* ---- values ---- */

/* The numbers of the processes that have the object. [0, +1] */
static void push_processes(lua_State *L, const struct hadm_snapshot *snapshot,
                           uint32_t object) {
  int count = 0;
  lua_createtable(L, (int)snapshot->taken, 0);
  for (size_t i = 0; i < snapshot->taken; i++)
    if (hadm_snapshot_row(snapshot, object, i) != HADM_NONE) {
      lua_pushinteger(L, snapshot->processes[i].nb);
      lua_rawseti(L, -2, ++count);
    }
}

/* What a column has of one process, or of all; nil where that is nothing, or
 * the processes differ. [0, +1] */
static void push_cell(lua_State *L, const struct hadm_cell_column *column,
                      const struct hadm_cell *cell) {
  if (cell->type == HADM_CELL_NUMBER)
    lhadm_pushint(L, cell->number);
  else if (cell->type != HADM_CELL_TEXT)
    lua_pushnil(L);
  else if (column->metric != NULL)
    lhadm_pushfield(L, column->metric, cell->text);
  else
    lhadm_pushslice(L, cell->text.text);
}

/* What each process that has the object says; "" is nothing. [0, +1] */
static void push_each(lua_State *L, const struct hadm_cells *cells,
                      size_t column, uint32_t object) {
  int count = 0;
  lua_newtable(L);
  for (size_t i = 0; i < cells->snapshot->taken; i++) {
    if (hadm_snapshot_row(cells->snapshot, object, i) == HADM_NONE)
      continue;
    struct hadm_cell cell = hadm_cells_of(cells, column, object, i);
    if (cell.type == HADM_CELL_NONE)
      lua_pushliteral(L, "");
    else
      push_cell(L, &cells->columns[column], &cell);
    lua_rawseti(L, -2, ++count);
  }
}

/* Puts the values of one object into the tables at <values> and <differing>,
 * place <place>. Those that all processes have share the one list of them at
 * <all>. [0, 0] */
static void set_values(lua_State *L, const struct listing *listing,
                       size_t place, int all) {
  const int values = all + 1;
  const int differing = all + 2;
  const struct hadm_cells *cells = &listing->cells;
  const uint32_t object = listing->objects[place];
  for (size_t i = 0; i < cells->count; i++) {
    const struct hadm_cell *cell = &cells->values[i];
    lua_rawgeti(L, cell->type == HADM_CELL_DIFFERS ? differing : values,
                (int)i + 1);
    if (cell->type == HADM_CELL_DIFFERS)
      push_each(L, cells, i, object);
    else if (cell->type != HADM_CELL_PROCESSES)
      push_cell(L, &cells->columns[i], cell);
    else if (cell->number == cell->most)
      lua_pushvalue(L, all);
    else
      push_processes(L, cells->snapshot, object);
    lua_rawseti(L, -2, (int)place + 1);
    lua_pop(L, 1);
  }
}

/* A sequence of as many tables as there are columns. [0, +1] */
static void push_tables(lua_State *L, size_t columns, size_t room) {
  lua_createtable(L, (int)columns, 0);
  for (size_t i = 0; i < columns; i++) {
    lua_createtable(L, (int)room, 0);
    lua_rawseti(L, -2, (int)i + 1);
  }
}

/* cells(objects, columns) -> {{value, ...}, ...}, {{sequence, ...}, ...}: by
 * column and object the values of columns as listing has them, nil where there
 * is none; and what each process has where they differ. Sequences are not to
 * be written to */
static int core_cells(lua_State *L) {
  lua_settop(L, 2);
  struct listing *listing = push_listing(L);
  const struct hadm_snapshot *snapshot = listing->snapshot;
  if (snapshot == NULL) /* an error was raised, which no compiler knows */
    return 0;
  lua_createtable(L, (int)snapshot->taken, 0);
  const int all = lua_gettop(L);
  for (size_t i = 0; i < snapshot->taken; i++) {
    lua_pushinteger(L, snapshot->processes[i].nb);
    lua_rawseti(L, all, (int)i + 1);
  }
  push_tables(L, listing->cells.count, listing->count);
  push_tables(L, listing->cells.count, 0);
  for (size_t place = 0; place < listing->count; place++) {
    hadm_cells_read(&listing->cells, listing->objects[place]);
    set_values(L, listing, place, all);
  }
  return 2;
}

static const luaL_Reg meta[] = {{"__gc", listing_gc}, {NULL, NULL}};

static const luaL_Reg functions[] = {
    {"cells", core_cells}, {"listing", core_listing}, {NULL, NULL}};

void lhadm_open_listing(lua_State *L) {
  lhadm_newclass(L, LISTING, LHADM_CLASS_OTHER, meta, NULL);
  lhadm_setfuncs(L, functions);
}
