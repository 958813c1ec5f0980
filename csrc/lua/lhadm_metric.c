/* Metrics and values. */
#include "lhadm.h"

#include "../core/base/hadm_number.h"
#include "../core/data/hadm_info.h"

#include <string.h>

static const char *const rules[] = {"none", "sum",     "avg",  "max", "min",
                                    "same", "address", "port", NULL};

const char *const lhadm_kinds[] = {"frontend", "backend", "server", NULL};

enum hadm_kind lhadm_checkkind(lua_State *L, int index) {
  return (enum hadm_kind)luaL_checkoption(L, index, NULL, lhadm_kinds);
}

const struct hadm_metric *lhadm_metric_at(lua_State *L, int index,
                                          lua_Integer number) {
  luaL_argcheck(L, number >= 1 && (size_t)number <= hadm_metric_count(), index,
                "no metric has this number");
  return hadm_metric_at((size_t)number - 1);
}

const struct hadm_metric *lhadm_checkmetric(lua_State *L, int index) {
  return lhadm_metric_at(L, index, luaL_checkinteger(L, index));
}

enum hadm_rule lhadm_checkrule(lua_State *L, int index,
                               const struct hadm_metric *metric) {
  if (lua_isnoneornil(L, index))
    return (enum hadm_rule)metric->rule;
  enum hadm_rule rule = (enum hadm_rule)luaL_checkoption(L, index, NULL, rules);
  if (hadm_metric_is_text(metric) && !hadm_rule_is_agreement(rule))
    return (enum hadm_rule)metric->rule;
  return rule;
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

struct column {
  const struct hadm_metric *metric; /* NULL: of none that is known */
};

void lhadm_pushheader(lua_State *L, const struct hadm_process *process) {
  const struct hadm_table *table = &process->reading.table;
  struct hadm_slice rest = {process->reading.text.data + table->header,
                            table->header_len};
  struct hadm_field name;
  lua_createtable(L, (int)table->columns, 0);
  struct column *columns =
      lhadm_newuserdata(L, (table->columns + 1) * sizeof(*columns));
  for (size_t i = 0; i < table->columns && hadm_csv_next(&rest, &name); i++) {
    lhadm_pushslice(L, name.text);
    lua_rawseti(L, -3, (int)i + 1);
    columns[i].metric = hadm_metric_find(name.text, HADM_OF_ROWS);
  }
}

void lhadm_pushrow(lua_State *L, const struct hadm_process *process, size_t row,
                   int header) {
  const struct column *columns = lua_touserdata(L, header + 1);
  struct hadm_slice text = {process->reading.text.data,
                            process->reading.text.len};
  bool quotes;
  struct hadm_slice rest =
      hadm_table_row(&process->reading.table, text, row, &quotes);
  struct hadm_field field;
  /* A header with quotes in it has fewer names than commas. */
  int names = (int)lhadm_rawlen(L, header);
  lua_newtable(L);
  for (int i = 0; i < names && hadm_csv_next(&rest, &field); i++) {
    if (field.text.len == 0)
      continue;
    lua_rawgeti(L, header, i + 1);
    lhadm_pushfield(L, columns[i].metric, field);
    lua_rawset(L, -3);
  }
}

void lhadm_pushpart(lua_State *L, const struct hadm_metric *metric,
                    enum hadm_rule rule, struct hadm_field field) {
  int64_t port;
  if (hadm_rule_is_agreement(rule))
    field.text = hadm_metric_part(metric, rule, field.text);
  if (field.text.len == 0)
    lua_pushnil(L);
  else if (rule == HADM_RULE_PORT && hadm_number_read(field.text, &port))
    lhadm_pushint(L, port);
  else
    lhadm_pushfield(L, metric, field);
}

enum hadm_status lhadm_pushvalue(lua_State *L,
                                 const struct hadm_snapshot *snapshot,
                                 uint32_t object,
                                 const struct hadm_metric *metric,
                                 enum hadm_rule rule) {
  if (hadm_rule_is_agreement(rule)) {
    struct hadm_field value;
    enum hadm_status status =
        hadm_snapshot_agreed(snapshot, object, metric, rule, &value);
    if (status != HADM_OK)
      return status;
    if (value.text.len == 0 && metric->kind == HADM_METRIC_NUMBER)
      lhadm_pushint(L, 0);
    else
      lhadm_pushpart(L, metric, rule, value);
    return HADM_OK;
  }
  struct hadm_total total;
  hadm_snapshot_total(snapshot, object, metric, rule, &total);
  lhadm_pushint(L, hadm_total_result(&total));
  return HADM_OK;
}

int lhadm_returnvalue(lua_State *L, const struct hadm_snapshot *snapshot,
                      uint32_t object, const struct hadm_metric *metric,
                      enum hadm_rule rule) {
  if (lhadm_pushvalue(L, snapshot, object, metric, rule) == HADM_OK)
    return 1;
  lua_pushnil(L);
  lua_pushboolean(L, 1);
  return 2;
}

/* Adds a name to the sequence at the top of the stack. [0, 0] */
static void append(lua_State *L, struct hadm_slice name) {
  lhadm_pushslice(L, name);
  lua_rawseti(L, -2, (int)lhadm_rawlen(L, -2) + 1);
}

/* [-0, +2] The numbers of a kind's metrics by their names, and the names of
 * those that are numbers. */
static void push_kind(lua_State *L, enum hadm_kind kind) {
  lua_newtable(L);
  lua_newtable(L);
  for (size_t i = 0; i < hadm_metric_count(); i++) {
    const struct hadm_metric *metric = hadm_metric_at(i);
    if ((metric->kinds & HADM_OF(kind)) == 0)
      continue;
    lhadm_pushslice(L, metric->name);
    lua_pushinteger(L, (lua_Integer)i + 1);
    lua_rawset(L, -4);
    if (metric->kind == HADM_METRIC_NUMBER)
      append(L, metric->name);
  }
}

static void push_listed(lua_State *L, enum hadm_rule rule) {
  lua_newtable(L);
  for (size_t i = 0; i < hadm_metric_count(); i++)
    if (hadm_metric_at(i)->listed == rule)
      append(L, hadm_metric_at(i)->name);
}

static void push_rules(lua_State *L) {
  lua_newtable(L);
  for (size_t i = 0; i < hadm_metric_count(); i++) {
    lhadm_pushslice(L, hadm_metric_at(i)->name);
    lua_pushstring(L, rules[hadm_metric_at(i)->rule]);
    lua_rawset(L, -3);
  }
}

/* metrics() -> {number = {kind = {name = its number}}, names = {kind = sequence
 * of those that are numbers}, sum =, avg = (sequences of names), rule = {name
 * =}} */
static int core_metrics(lua_State *L) {
  lua_newtable(L);
  lua_newtable(L);
  lua_newtable(L);
  for (int kind = HADM_FRONTEND; kind <= HADM_PROCESS; kind++) {
    if (kind == HADM_LISTENER)
      continue;
    const char *name = kind == HADM_PROCESS ? "process" : lhadm_kinds[kind];
    push_kind(L, (enum hadm_kind)kind);
    lua_setfield(L, -3, name);
    lua_setfield(L, -3, name);
  }
  lua_setfield(L, -3, "names");
  lua_setfield(L, -2, "number");
  push_listed(L, HADM_RULE_SUM);
  lua_setfield(L, -2, "sum");
  push_listed(L, HADM_RULE_AVG);
  lua_setfield(L, -2, "avg");
  push_rules(L);
  lua_setfield(L, -2, "rule");
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
    hadm_total_add(&total, check_element(L));
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
    lhadm_pushfield(L, hadm_metric_find(pair.name, HADM_OF(HADM_PROCESS)),
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
