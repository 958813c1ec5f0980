/* The binding: what its files share.
 *
 * Nothing here calls a Lua function, indexes an object through a metamethod,
 * or yields. */
#ifndef LHADM_H
#define LHADM_H

#include "../core/data/hadm_snapshot.h"
#include "../core/wire/hadm_session.h"
#include "lhadm_compat.h"

HADM_BEGIN

#define LHADM_SESSION "haproxyadmin.Session"
#define LHADM_FANOUT "haproxyadmin.Fanout"
#define LHADM_SNAPSHOT "haproxyadmin.Snapshot"
#define LHADM_HAPROXY "haproxyadmin.HAProxy"
#define LHADM_FRONTEND "haproxyadmin.Frontend"
#define LHADM_BACKEND "haproxyadmin.Backend"
#define LHADM_SERVER "haproxyadmin.Server"

/* Each adds its part to the module's table at the top of the stack. [0, 0] */
void lhadm_open_address(lua_State *L);
void lhadm_open_command(lua_State *L);
void lhadm_open_metric(lua_State *L);
void lhadm_open_native(lua_State *L);
void lhadm_open_object(lua_State *L);
void lhadm_open_pollset(lua_State *L);
void lhadm_open_session(lua_State *L);
void lhadm_open_snapshot(lua_State *L);
void lhadm_open_system(lua_State *L);

/* The field of a metatable that says which class it is of. A number, because
 * it is looked up whenever an object is used. */
enum { LHADM_CLASS = 1 };

enum lhadm_class {
  LHADM_CLASS_OTHER, /* none that a user sees */
  LHADM_CLASS_FRONTEND,
  LHADM_CLASS_BACKEND,
  LHADM_CLASS_SERVER,
  LHADM_CLASS_HAPROXY,
  LHADM_CLASS_SNAPSHOT
};

/* Makes a class's metatable. Methods, if not NULL, become its __index.
 * [0, 0] */
void lhadm_newclass(lua_State *L, const char *name, enum lhadm_class class,
                    const luaL_Reg *meta, const luaL_Reg *methods);

/* [0, +1] */
void lhadm_pushslice(lua_State *L, struct hadm_slice text);
struct hadm_slice lhadm_checkslice(lua_State *L, int index);

/* A field as Lua value: its quotes undone, a number where <metric> (NULL: not
 * known) is one. [0, +1] */
void lhadm_pushfield(lua_State *L, const struct hadm_metric *metric,
                     struct hadm_field field);

/* A row as {field = value}, without the fields that are empty. [0, +1] */
void lhadm_pushrow(lua_State *L, const struct hadm_process *process,
                   size_t row);

/* The stable word for a status (api: err.code), and words for people. */
const char *lhadm_code(enum hadm_status status);
const char *lhadm_words(enum hadm_status status);

/* Fails as a lack of memory does, or not at all. */
void lhadm_checkmemory(lua_State *L, enum hadm_status status);

/* The metric whose number (from 1) is argument <index>. */
const struct hadm_metric *lhadm_checkmetric(lua_State *L, int index);

/* Argument <index>: a rule's name, or nil for the metric's own. */
enum hadm_rule lhadm_checkrule(lua_State *L, int index,
                               const struct hadm_metric *metric);

/* Pushes an aggregated value, or nil and, where processes disagree, true. */
int lhadm_pushtotal(lua_State *L, const struct hadm_metric *metric,
                    enum hadm_status status, const struct hadm_total *total);

struct hadm_session *lhadm_checksession(lua_State *L, int index);
struct hadm_snapshot *lhadm_checksnapshot(lua_State *L, int index);

HADM_END

#endif
