/* Metrics and values. */
#include "lhadm.h"

#include "../core/base/hadm_number.h"
#include "../core/data/hadm_info.h"

#include <string.h>

enum { OF_A_ROW = HADM_OF_FRONTEND | HADM_OF_BACKEND | HADM_OF_SERVER };

static const char *const rules[] = {"none", "sum",  "avg", "max",
                                    "min",  "same", NULL};

const struct hadm_metric *lhadm_checkmetric(lua_State *L, int index) {
  lua_Integer number = luaL_checkinteger(L, index);
  luaL_argcheck(L, number >= 1 && (size_t)number <= hadm_metric_count(), index,
                "no metric has this number");
  return hadm_metric_at((size_t)number - 1);
}

enum hadm_rule lhadm_checkrule(lua_State *L, int index,
                               const struct hadm_metric *metric) {
  if (lua_isnoneornil(L, index) || hadm_metric_is_text(metric))
    return (enum hadm_rule)metric->rule;
  return (enum hadm_rule)luaL_checkoption(L, index, NULL, rules);
}

static void push_text(lua_State *L, struct hadm_field field) {
  if (!field.quoted) {
    lhadm_pushslice(L, field.text);
    return;
  }
  /* As userdata, so that nothing leaks when Lua runs out of memory. */
  char *plain = lhadm_newuserdata(L, field.text.len + 1);
  size_t len = hadm_csv_unquote(field.text, plain);
  lua_pushlstring(L, plain, len);
  lua_remove(L, -2);
}

void lhadm_pushfield(lua_State *L, const struct hadm_metric *metric,
                     struct hadm_field field) {
  int64_t number;
  bool text = metric != NULL && hadm_metric_is_text(metric);
  if (!text && !field.quoted && hadm_number_read(field.text, &number) &&
      (metric != NULL || memchr(field.text.ptr, '.', field.text.len) == NULL))
    lhadm_pushint(L, number);
  else
    push_text(L, field);
}

void lhadm_pushrow(lua_State *L, const struct hadm_process *process,
                   size_t row) {
  const struct hadm_table *table = &process->reading.table;
  struct hadm_slice text = {process->reading.text.data,
                            process->reading.text.len};
  bool quotes;
  struct hadm_slice rest = hadm_table_row(table, text, row, &quotes);
  struct hadm_slice names = {text.ptr + table->header, table->header_len};
  struct hadm_field name;
  struct hadm_field field;
  lua_newtable(L);
  while (hadm_csv_next(&names, &name) && hadm_csv_next(&rest, &field)) {
    if (field.text.len == 0)
      continue;
    lhadm_pushslice(L, name.text);
    lhadm_pushfield(L, hadm_metric_find(name.text, OF_A_ROW), field);
    lua_rawset(L, -3);
  }
}

int lhadm_pushtotal(lua_State *L, const struct hadm_metric *metric,
                    enum hadm_status status, const struct hadm_total *total) {
  if (status != HADM_OK) {
    lua_pushnil(L);
    lua_pushboolean(L, 1);
    return 2;
  }
  if (!hadm_metric_is_text(metric))
    lhadm_pushint(L, hadm_total_result(total));
  else if (total->count == 0)
    lua_pushnil(L);
  else
    push_text(L, total->text);
  lua_pushinteger(L, (lua_Integer)total->count);
  return 2;
}

/* metrics() -> sequence of {name=, kind=, rule=, listed=, process=,
 * frontend=, backend=, server=}; a metric's place is its number. */
static int core_metrics(lua_State *L) {
  static const char *const kinds[] = {"number", "key", "text", "text"};
  static const char *const objects[] = {"process", "frontend", "backend",
                                        "server"};
  lua_newtable(L);
  for (size_t i = 0; i < hadm_metric_count(); i++) {
    const struct hadm_metric *metric = hadm_metric_at(i);
    lua_createtable(L, 0, 8);
    lhadm_pushslice(L, metric->name);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, kinds[metric->kind]);
    lua_setfield(L, -2, "kind");
    lua_pushstring(L, rules[metric->rule]);
    lua_setfield(L, -2, "rule");
    lua_pushstring(L, rules[metric->listed]);
    lua_setfield(L, -2, "listed");
    for (unsigned object = 0; object < 4; object++) {
      lua_pushboolean(L, (metric->objects >> object) & 1);
      lua_setfield(L, -2, objects[object]);
    }
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

/* converter(text) -> integer, the text without blanks around it, or nil */
static int core_converter(lua_State *L) {
  int64_t number;
  struct hadm_slice text = lhadm_checkslice(L, 1);
  while (text.len > 0 && strchr(" \t\r\n", text.ptr[0]) != NULL) {
    text.ptr++;
    text.len--;
  }
  while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]) != NULL)
    text.len--;
  if (text.len == 0)
    lua_pushnil(L);
  else if (hadm_number_read(text, &number))
    lhadm_pushint(L, number);
  else
    lhadm_pushslice(L, text);
  return 1;
}

/* The number at the top of the stack, an element of argument 2, without its
 * fraction. */
static int64_t check_element(lua_State *L) {
#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(L, -1))
    return lua_tointeger(L, -1);
#endif
  lua_Number number = luaL_checknumber(L, -1);
  const lua_Number limit = 9223372036854775808.0;
  luaL_argcheck(L, number >= -limit && number < limit, 2,
                "a number is out of range");
  return (int64_t)number;
}

/* calculate(rule, numbers) -> number */
static int core_calculate(lua_State *L) {
  struct hadm_total total;
  hadm_total_init(&total, (enum hadm_rule)luaL_checkoption(L, 1, NULL, rules));
  luaL_checktype(L, 2, LUA_TTABLE);
  int count = (int)lhadm_rawlen(L, 2);
  for (int i = 1; i <= count; i++) {
    lua_rawgeti(L, 2, i);
    hadm_total_number(&total, check_element(L));
    lua_pop(L, 1);
  }
  lhadm_pushint(L, hadm_total_result(&total));
  return 1;
}

/* info(text) -> {name = value} */
static int core_info(lua_State *L) {
  struct hadm_slice text = lhadm_checkslice(L, 1);
  struct hadm_pair pair;
  lua_newtable(L);
  while (hadm_info_next(&text, &pair)) {
    if (pair.value.len == 0)
      continue;
    lhadm_pushslice(L, pair.name);
    lhadm_pushfield(L, hadm_metric_find(pair.name, HADM_OF_PROCESS),
                    hadm_info_field(pair.value));
    lua_rawset(L, -3);
  }
  return 1;
}

static const luaL_Reg functions[] = {{"calculate", core_calculate},
                                     {"converter", core_converter},
                                     {"info", core_info},
                                     {"metrics", core_metrics},
                                     {NULL, NULL}};

void lhadm_open_metric(lua_State *L) { lhadm_setfuncs(L, functions); }
