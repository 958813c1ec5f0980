/* Snapshots as Prometheus, JSON and CSV want them: iterators of pieces. */
#include "lhadm.h"

#include "../core/exposition/hadm_document.h"
#include "../core/exposition/hadm_exposition.h"
#include "../core/exposition/hadm_text.h"

#include <string.h>

#define PIECES "haproxyadmin.Pieces"

/* What is written piece by piece: one of the two. */
struct pieces {
  struct hadm_exposition *exposition;
  struct hadm_document *document;
  struct hadm_buffer piece;
};

static void free_pieces(struct pieces *pieces) {
  hadm_exposition_free(pieces->exposition);
  hadm_document_free(pieces->document);
  hadm_buffer_free(&pieces->piece);
  pieces->exposition = NULL;
  pieces->document = NULL;
}

static int pieces_gc(lua_State *L) {
  free_pieces(luaL_checkudata(L, 1, PIECES));
  return 0;
}

static enum hadm_status next_piece(struct pieces *pieces,
                                   const struct hadm_tally *tally) {
  const size_t size = 65536;
  pieces->piece.len = 0;
  if (pieces->exposition != NULL)
    return hadm_exposition_next(pieces->exposition, &pieces->piece, size);
  if (pieces->document != NULL)
    return hadm_document_next(pieces->document, tally, &pieces->piece, size);
  return HADM_OK;
}

/* Argument <index>: totals, or nil. */
static const struct hadm_tally *check_totals(lua_State *L, int index) {
  return lua_isnoneornil(L, index) ? NULL : lhadm_checktally(L, index);
}

/* The iterator: () -> piece, or nil behind the last one. Its upvalues are the
 * pieces, and totals or nil, which may have been closed. */
static int pieces_next(lua_State *L) {
  struct pieces *pieces = lua_touserdata(L, lua_upvalueindex(1));
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(2));
  enum hadm_status status = next_piece(pieces, check_totals(L, 1));
  lhadm_checkmemory(L, status == HADM_E_NOMEM ? status : HADM_OK);
  if (pieces->piece.len == 0) {
    /* The collector does not see how much that is. */
    free_pieces(pieces);
    return 0;
  }
  lua_pushlstring(L, pieces->piece.data, pieces->piece.len);
  return 1;
}

static struct pieces *new_pieces(lua_State *L) {
  struct pieces *pieces = lhadm_newuserdata(L, sizeof(*pieces));
  *pieces = (struct pieces){NULL, NULL, HADM_BUFFER_EMPTY};
  luaL_getmetatable(L, PIECES);
  lua_setmetatable(L, -2);
  return pieces;
}

/* Pushes the iterator of the pieces at the top of the stack, and the totals at
 * <totals>. */
static int return_pieces(lua_State *L, bool whole, int totals) {
  lhadm_checkmemory(L, whole ? HADM_OK : HADM_E_NOMEM);
  lua_pushvalue(L, totals);
  lua_pushcclosure(L, pieces_next, 2);
  return 1;
}

/* Argument <index>: nil (all made one), "*" (each), or the number of a process
 * that is in the snapshot; false where none has it. */
static bool check_view(lua_State *L, int index,
                       const struct hadm_snapshot *snapshot,
                       enum hadm_view *view, size_t *process) {
  *view = HADM_VIEW_TOTAL;
  *process = 0;
  if (lua_isnoneornil(L, index))
    return true;
  *view = HADM_VIEW_EACH;
  if (lua_type(L, index) == LUA_TSTRING)
    return true;
  *view = HADM_VIEW_PROCESS;
  lua_Integer nb = luaL_checkinteger(L, index);
  for (size_t i = 0; i < snapshot->taken; i++)
    if ((lua_Integer)snapshot->processes[i].nb == nb &&
        !snapshot->processes[i].old) {
      *process = i;
      return true;
    }
  return false;
}

static const char *const kinds[] = {"frontend", "backend", "server",
                                    "listener", "process", NULL};

/* exposition(snapshot, {kind, ...}, process, no_maint, filter, totals, modules)
 * -> iterator; or nil: no such process */
static int core_exposition(lua_State *L) {
  struct hadm_snapshot *snapshot = lhadm_checksnapshot(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 7);
  struct hadm_exposition_options options = {.no_maint = lua_toboolean(L, 4),
                                            .modules = lua_toboolean(L, 7),
                                            .tally = check_totals(L, 6)};
  if (!check_view(L, 3, snapshot, &options.view, &options.process))
    return 0;
  for (int i = 1; i <= (int)lhadm_rawlen(L, 2); i++) {
    lua_rawgeti(L, 2, i);
    options.kinds |= HADM_OF(luaL_checkoption(L, -1, NULL, kinds));
    lua_pop(L, 1);
  }
  options.filter = lhadm_checkslice(L, 5);
  struct pieces *pieces = new_pieces(L);
  pieces->exposition = hadm_exposition_new(snapshot, &options);
  return return_pieces(L, pieces->exposition != NULL, 6);
}

/* document(snapshot, kind, form, process, columns, totals) -> iterator; or nil:
 * no such process */
static int core_document(lua_State *L) {
  static const char *const forms[] = {"columns", "records", "csv", NULL};
  struct hadm_snapshot *snapshot = lhadm_checksnapshot(L, 1);
  struct hadm_document_options options = {
      .kind = (enum hadm_kind)luaL_checkoption(L, 2, NULL, kinds),
      .form = (enum hadm_document_form)luaL_checkoption(L, 3, NULL, forms),
      .columns = lhadm_checkslice(L, 5)};
  lua_settop(L, 6);
  check_totals(L, 6);
  if (!check_view(L, 4, snapshot, &options.view, &options.process))
    return 0;
  struct pieces *pieces = new_pieces(L);
  pieces->document = hadm_document_new(snapshot, &options);
  return return_pieces(L, pieces->document != NULL, 6);
}

/* exposition_label(text) -> the text as the value of a label */
static int core_exposition_label(lua_State *L) {
  struct hadm_field field = {lhadm_checkslice(L, 1), false};
  char *to = lhadm_newuserdata(L, hadm_text_most(field.text.len));
  lua_pushlstring(L, to, (size_t)(hadm_text_label(to, field) - to));
  return 1;
}

/* exposition_lets(filter, name) -> does the filter let the name pass? */
static int core_exposition_lets(lua_State *L) {
  lua_pushboolean(L, hadm_exposition_lets(lhadm_checkslice(L, 1),
                                          (struct hadm_slice){"", 0},
                                          lhadm_checkslice(L, 2)));
  return 1;
}

static void set_slice(lua_State *L, const char *name, struct hadm_slice text) {
  lhadm_pushslice(L, text);
  lua_setfield(L, -2, name);
}

/* Pushes what is known of a family of a kind. [0, +1] */
static void push_family(lua_State *L, const struct hadm_family *family,
                        enum hadm_kind kind) {
  static const char *const merges[] = {"sum",    "avg",  "max",       "min",
                                       "since",  "busy", "worst",     "check",
                                       "beside", "same", "processes", "none"};
  lua_createtable(L, 0, 7);
  lhadm_pushslice(L, hadm_family_prefix(kind));
  lhadm_pushslice(L, family->name);
  lua_concat(L, 2);
  lua_setfield(L, -2, "name");
  lua_pushstring(L, kinds[kind]);
  lua_setfield(L, -2, "kind");
  set_slice(L, "field", family->field);
  lua_pushstring(L, family->type == HADM_COUNTER ? "counter" : "gauge");
  lua_setfield(L, -2, "type");
  struct hadm_slice unit = hadm_family_unit(family);
  if (unit.len > 0)
    set_slice(L, "unit", unit);
  bool counts = family->form == HADM_FORM_SERVER_STATES ||
                family->form == HADM_FORM_SERVER_CHECKS;
  lua_pushstring(L, counts ? "servers" : merges[family->merge]);
  lua_setfield(L, -2, "rule");
  set_slice(L, "help", family->help);
}

/* families() -> sequence of {name =, kind =, field =, type =, unit =, rule =,
 * help =}, in the order in which they are shown */
static int core_families(lua_State *L) {
  static const enum hadm_kind shown[] = {
      HADM_PROCESS, HADM_FRONTEND, HADM_LISTENER, HADM_BACKEND, HADM_SERVER};
  int count = 0;
  lua_newtable(L);
  for (size_t k = 0; k < sizeof(shown) / sizeof(shown[0]); k++)
    for (size_t i = 0; i < hadm_family_count(); i++) {
      const struct hadm_family *family = hadm_family_at(i);
      if ((family->kinds & HADM_OF(shown[k])) == 0)
        continue;
      push_family(L, family, shown[k]);
      lua_rawseti(L, -2, ++count);
    }
  return 1;
}

static const luaL_Reg meta[] = {{"__gc", pieces_gc}, {NULL, NULL}};

static const luaL_Reg functions[] = {
    {"document", core_document},
    {"exposition", core_exposition},
    {"families", core_families},
    {"exposition_label", core_exposition_label},
    {"exposition_lets", core_exposition_lets},
    {NULL, NULL}};

void lhadm_open_exposition(lua_State *L) {
  lhadm_newclass(L, PIECES, LHADM_CLASS_OTHER, meta, NULL);
  lhadm_setfuncs(L, functions);
}
