/* The native transport, its clock, and the files it connects to. */
#include "../core/hadm_fanout.h"
#include "../core/hadm_path.h"
#include "lhadm.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

static struct hadm_fanout *check_fanout(lua_State *L) {
  return luaL_checkudata(L, 1, LHADM_FANOUT);
}

/* fanout(n): room for n exchanges. Lines and replies hang off its uservalue
 * for as long as the exchanges borrow them. */
static int core_fanout(lua_State *L) {
  lua_Integer n = luaL_checkinteger(L, 1);
  luaL_argcheck(L, n >= 0 && n <= 1 << 20, 1, "out of range");
  struct hadm_fanout *fanout = lhadm_newuserdata(L, sizeof(*fanout));
  memset(fanout, 0, sizeof(*fanout));
  luaL_getmetatable(L, LHADM_FANOUT);
  lua_setmetatable(L, -2);
  lua_newtable(L);
  lhadm_setuservalue(L, -2);
  lhadm_checkmemory(L, hadm_fanout_init(fanout, (size_t)n));
  return 1;
}

static int fanout_gc(lua_State *L) {
  hadm_fanout_free(check_fanout(L));
  return 0;
}

/* fanout:add(address, line, reply) */
static int fanout_add(lua_State *L) {
  struct hadm_fanout *fanout = check_fanout(L);
  struct hadm_slice text = lhadm_checkslice(L, 2);
  struct hadm_slice line = lhadm_checkslice(L, 3);
  struct hadm_reply *reply = lhadm_checkreply(L, 4);
  struct hadm_address address;
  const char *why;
  luaL_argcheck(L, fanout->count < fanout->reserved, 1, "full");
  if (hadm_address_parse(&address, text, &why) != HADM_OK)
    return luaL_argerror(L, 2, why);
  lhadm_getuservalue(L, 1);
  int held = (int)lhadm_rawlen(L, -1);
  lua_pushvalue(L, 3);
  lua_rawseti(L, -2, held + 1);
  lua_pushvalue(L, 4);
  lua_rawseti(L, -2, held + 2);
  hadm_fanout_add(fanout, &address, line, reply);
  return 0;
}

/* fanout:run(deadline) */
static int fanout_run(lua_State *L) {
  hadm_fanout_run(check_fanout(L), luaL_checknumber(L, 2));
  return 0;
}

/* fanout:step(deadline) -> true when all are done */
static int fanout_step(lua_State *L) {
  double deadline = luaL_checknumber(L, 2);
  enum hadm_status status =
      hadm_fanout_step(check_fanout(L), hadm_now(), deadline);
  lua_pushboolean(L, status == HADM_OK);
  return 1;
}

/* fanout:waits(deadline) -> seconds, sequence of {fd, "r" or "w"} */
static int fanout_waits(lua_State *L) {
  struct hadm_fanout *fanout = check_fanout(L);
  double deadline = luaL_checknumber(L, 2);
  lua_pushnumber(L, hadm_fanout_wait(fanout, hadm_now(), deadline));
  lua_newtable(L);
  int count = 0;
  for (size_t i = 0; i < fanout->count; i++) {
    const struct hadm_conn *conn = &fanout->conns[i];
    if (conn->state == HADM_CONN_DONE || hadm_conn_fd(conn) == -1)
      continue;
    lua_createtable(L, 2, 0);
    lua_pushinteger(L, hadm_conn_fd(conn));
    lua_rawseti(L, -2, 1);
    lua_pushstring(L, hadm_conn_events(conn) == POLLOUT ? "w" : "r");
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, ++count);
  }
  return 2;
}

/* fanout:result(i) -> true, or nil, code, the system's words or nil, and
 * whether HAProxy may have run the command */
static int fanout_result(lua_State *L) {
  struct hadm_fanout *fanout = check_fanout(L);
  lua_Integer i = luaL_checkinteger(L, 2);
  luaL_argcheck(L, i >= 1 && (size_t)i <= fanout->count, 2, "out of range");
  const struct hadm_conn *conn = &fanout->conns[i - 1];
  lhadm_checkmemory(L, conn->status);
  if (conn->status == HADM_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, lhadm_code(conn->status));
  if (conn->sys != 0)
    lua_pushstring(L, strerror(conn->sys));
  else
    lua_pushnil(L);
  lua_pushboolean(L, hadm_conn_was_sent(conn));
  return 4;
}

static int core_now(lua_State *L) {
  lua_pushnumber(L, hadm_now());
  return 1;
}

static int core_sleep(lua_State *L) {
  hadm_sleep(hadm_now() + luaL_checknumber(L, 1));
  return 0;
}

/* path(text) -> {socket=, folder=, owner=, group=, mode=}, or nil, code */
static int core_path(lua_State *L) {
  struct hadm_path path;
  enum hadm_status status = hadm_path_look(luaL_checkstring(L, 1), &path);
  if (status != HADM_OK) {
    lua_pushnil(L);
    lua_pushstring(L, lhadm_code(status));
    return 2;
  }
  lua_createtable(L, 0, 5);
  lua_pushboolean(L, path.is_socket);
  lua_setfield(L, -2, "socket");
  lua_pushboolean(L, path.is_folder);
  lua_setfield(L, -2, "folder");
  lua_pushinteger(L, path.owner);
  lua_setfield(L, -2, "owner");
  lua_pushinteger(L, path.group);
  lua_setfield(L, -2, "group");
  lua_pushinteger(L, path.mode);
  lua_setfield(L, -2, "mode");
  return 1;
}

/* caller() -> effective user, effective group */
static int core_caller(lua_State *L) {
  unsigned user;
  unsigned group;
  hadm_path_caller(&user, &group);
  lua_pushinteger(L, user);
  lua_pushinteger(L, group);
  return 2;
}

/* A folder that is being read; closed by __gc if Lua runs out of memory. */
#define FOLDER "haproxyadmin.Folder"

struct folder {
  DIR *dir;
};

static void close_folder(struct folder *folder) {
  if (folder->dir != NULL)
    closedir(folder->dir);
  folder->dir = NULL;
}

static int folder_gc(lua_State *L) {
  close_folder(luaL_checkudata(L, 1, FOLDER));
  return 0;
}

/* list(folder) -> names, or nil, the system's words */
static int core_list(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  struct folder *folder = lhadm_newuserdata(L, sizeof(*folder));
  folder->dir = NULL;
  luaL_getmetatable(L, FOLDER);
  lua_setmetatable(L, -2);
  folder->dir = opendir(path);
  if (folder->dir == NULL) {
    lua_pushnil(L);
    lua_pushstring(L, strerror(errno));
    return 2;
  }
  lua_newtable(L);
  struct dirent *entry;
  for (int i = 1; (entry = readdir(folder->dir)) != NULL; i++) {
    lua_pushstring(L, entry->d_name);
    lua_rawseti(L, -2, i);
  }
  close_folder(folder);
  return 1;
}

static const luaL_Reg fanout_meta[] = {{"__gc", fanout_gc}, {NULL, NULL}};

static const luaL_Reg fanout_methods[] = {
    {"add", fanout_add},   {"result", fanout_result}, {"run", fanout_run},
    {"step", fanout_step}, {"waits", fanout_waits},   {NULL, NULL}};

static const luaL_Reg folder_meta[] = {{"__gc", folder_gc}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"caller", core_caller},
                                     {"fanout", core_fanout},
                                     {"list", core_list},
                                     {"now", core_now},
                                     {"path", core_path},
                                     {"sleep", core_sleep},
                                     {NULL, NULL}};

void lhadm_open_native(lua_State *L) {
  lhadm_newclass(L, LHADM_FANOUT, LHADM_CLASS_OTHER, fanout_meta,
                 fanout_methods);
  lhadm_newclass(L, FOLDER, LHADM_CLASS_OTHER, folder_meta, NULL);
  lhadm_setfuncs(L, functions);
}
