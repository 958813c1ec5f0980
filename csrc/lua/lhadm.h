/* The binding: what its files share.
 *
 * Nothing here calls a Lua function, indexes an object through a metamethod,
 * or yields. */
#ifndef LHADM_H
#define LHADM_H

#include "../core/data/hadm_snapshot.h"
#include "../core/data/hadm_stick.h"
#include "../core/data/hadm_tally.h"
#include "../core/wire/hadm_session.h"
#include "lhadm_compat.h"

HADM_BEGIN

#define LHADM_ROWS "haproxyadmin.Rows"
#define LHADM_SESSION "haproxyadmin.Exchange"
#define LHADM_FANOUT "haproxyadmin.Fanout"
#define LHADM_SNAPSHOT "haproxyadmin.Snapshot"
#define LHADM_TOTALS "haproxyadmin.Totals"
#define LHADM_HAPROXY "haproxyadmin.HAProxy"
#define LHADM_FRONTEND "haproxyadmin.Frontend"
#define LHADM_BACKEND "haproxyadmin.Backend"
#define LHADM_SERVER "haproxyadmin.Server"
#define LHADM_STREAM "haproxyadmin.Session"
#define LHADM_TABLE_ENTRY "haproxyadmin.TableEntry"

/* Each adds its part to the module's table at the top of the stack. [0, 0] */
void lhadm_open_address(lua_State *L);
void lhadm_open_command(lua_State *L);
void lhadm_open_connection(lua_State *L);
void lhadm_open_entries(lua_State *L);
void lhadm_open_exposition(lua_State *L);
void lhadm_open_interval(lua_State *L);
void lhadm_open_listing(lua_State *L);
void lhadm_open_lock(lua_State *L);
void lhadm_open_metric(lua_State *L);
void lhadm_open_native(lua_State *L);
void lhadm_open_handle(lua_State *L);
void lhadm_open_pollset(lua_State *L);
void lhadm_open_reader(lua_State *L);
void lhadm_open_rows(lua_State *L);
void lhadm_open_session(lua_State *L);
void lhadm_open_sha1(lua_State *L);
void lhadm_open_snapshot(lua_State *L);
void lhadm_open_stick(lua_State *L);
void lhadm_open_stream(lua_State *L);
void lhadm_open_system(lua_State *L);
void lhadm_open_tally(lua_State *L);
void lhadm_open_writer(lua_State *L);

/* The field of a metatable that says which class it is of. A number, because
 * it is looked up whenever an object is used. */
enum { LHADM_CLASS = 1 };

enum lhadm_class {
  LHADM_CLASS_OTHER, /* none that a user sees */
  LHADM_CLASS_FRONTEND,
  LHADM_CLASS_BACKEND,
  LHADM_CLASS_SERVER,
  LHADM_CLASS_HAPROXY,
  LHADM_CLASS_SNAPSHOT,
  LHADM_CLASS_SESSION,
  LHADM_CLASS_TOTALS
};

/* Makes a class's metatable. Methods, if not NULL, become its __index.
 * [0, 0] */
void lhadm_newclass(lua_State *L, const char *name, enum lhadm_class class,
                    const luaL_Reg *meta, const luaL_Reg *methods);

/* A number that nobody can guess from the last one's use: the time's. */
uint32_t lhadm_seed(void);

/* [0, +1] */
void lhadm_pushslice(lua_State *L, struct hadm_slice text);
struct hadm_slice lhadm_checkslice(lua_State *L, int index);

/* A field as Lua value: its quotes undone, a number where <metric> (NULL: not
 * known) is one. [0, +1] */
void lhadm_pushfield(lua_State *L, const struct hadm_metric *metric,
                     struct hadm_field field);

/* The header of a process's table, for lhadm_pushrow: the columns' names as
 * Lua strings, and their metrics. Precondition: it has a table. [0, +2] */
void lhadm_pushheader(lua_State *L, const struct hadm_process *process);

/* Of a field what <rule> compares, or the whole field where it compares
 * nothing; nil where that is empty. [0, +1] */
void lhadm_pushpart(lua_State *L, const struct hadm_metric *metric,
                    enum hadm_rule rule, struct hadm_field field);

/* A row as {field = value}, without the fields that are empty. The process's
 * header begins at <header>, an absolute index. [0, +1] */
void lhadm_pushrow(lua_State *L, const struct hadm_process *process, size_t row,
                   int header);

/* The stable word for a status (api: err.code), and words for people. */
const char *lhadm_code(enum hadm_status status);
const char *lhadm_words(enum hadm_status status);

/* Fails as a lack of memory does, or not at all. */
void lhadm_checkmemory(lua_State *L, enum hadm_status status);

/* The kinds of objects, as Lua calls them; NULL ends them. */
extern const char *const lhadm_kinds[];
enum hadm_kind lhadm_checkkind(lua_State *L, int index);

/* The metric of this number (from 1), which came in argument <index>; the
 * second takes the argument itself for it. */
const struct hadm_metric *lhadm_metric_at(lua_State *L, int index,
                                          lua_Integer number);
const struct hadm_metric *lhadm_checkmetric(lua_State *L, int index);

/* Argument <index>: a rule's name, or nil for the metric's own. One that makes
 * a total of numbers is not taken for a text. */
enum hadm_rule lhadm_checkrule(lua_State *L, int index,
                               const struct hadm_metric *metric);

/* The values of several processes made one by a rule (<object> may be
 * HADM_NONE). HADM_OK: pushes it [0, +1]; HADM_E_INCONSISTENT: [0, 0]. */
enum hadm_status lhadm_pushvalue(lua_State *L,
                                 const struct hadm_snapshot *snapshot,
                                 uint32_t object,
                                 const struct hadm_metric *metric,
                                 enum hadm_rule rule);

/* The same as what a function of the module returns: the value; or nil, true
 * where processes disagree. */
int lhadm_returnvalue(lua_State *L, const struct hadm_snapshot *snapshot,
                      uint32_t object, const struct hadm_metric *metric,
                      enum hadm_rule rule);

/* A Frontend, Backend or Server: its snapshot, and its number in there. */
struct hadm_snapshot *lhadm_checkobject(lua_State *L, int index,
                                        uint32_t *object);

/* The next piece of a reader's file, which stays until the one after, and how
 * many bytes the file has; as hadm_reader_read. A failure can be pushed as the
 * reader's own methods do: nil, code, why [0, +3]. */
enum hadm_status lhadm_readpiece(lua_State *L, int index,
                                 struct hadm_slice *piece, uint64_t *size);
int lhadm_pushreadfailure(lua_State *L, enum hadm_status status);

struct hadm_session *lhadm_checksession(lua_State *L, int index);
struct hadm_tally *lhadm_checktally(lua_State *L, int index);
struct hadm_stick *lhadm_checkstick(lua_State *L, int index);
struct hadm_snapshot *lhadm_checksnapshot(lua_State *L, int index);

HADM_END

#endif
