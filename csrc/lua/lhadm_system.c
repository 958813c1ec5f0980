/* What the system is asked beside connections: the time, files, who calls. */
#include "../core/net/hadm_clock.h"
#include "../core/net/hadm_interrupt.h"
#include "../core/net/hadm_path.h"
#include "lhadm.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int core_now(lua_State *L) {
  lua_pushnumber(L, hadm_now());
  return 1;
}

static int core_sleep(lua_State *L) {
  hadm_sleep(hadm_now() + luaL_checknumber(L, 1));
  return 0;
}

/* path(text) -> {socket=, folder=, owner=, group=, mode=, id=}, or nil, code */
static int core_path(lua_State *L) {
  struct hadm_path path;
  enum hadm_status status = hadm_path_look(luaL_checkstring(L, 1), &path);
  if (status != HADM_OK) {
    lua_pushnil(L);
    lua_pushstring(L, lhadm_code(status));
    return 2;
  }
  lua_createtable(L, 0, 6);
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
  char id[48];
  snprintf(id, sizeof(id), "%" PRIu64 ":%" PRIu64, path.device, path.inode);
  lua_pushstring(L, id);
  lua_setfield(L, -2, "id");
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

/* pid() -> the caller's process id */
static int core_pid(lua_State *L) {
  lua_pushinteger(L, getpid());
  return 1;
}

/* terminal(descriptor) -> columns, rows (0 where it does not say); nil where it
 * is none */
static int core_terminal(lua_State *L) {
  int descriptor = (int)luaL_checkinteger(L, 1);
  if (!isatty(descriptor)) {
    lua_pushnil(L);
    return 1;
  }
  struct winsize size = {0};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0)
    size.ws_col = size.ws_row = 0;
  lua_pushinteger(L, size.ws_col);
  lua_pushinteger(L, size.ws_row);
  return 2;
}

/* watch_interrupt(true): SIGINT is noted once; (false): it ends the process */
static int core_watch_interrupt(lua_State *L) {
  if (lua_toboolean(L, 1))
    hadm_interrupt_watch();
  else
    hadm_interrupt_default();
  return 0;
}

/* interrupted() -> was SIGINT noted? */
static int core_interrupted(lua_State *L) {
  lua_pushboolean(L, hadm_interrupted());
  return 1;
}

static const luaL_Reg folder_meta[] = {{"__gc", folder_gc}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"caller", core_caller},
                                     {"interrupted", core_interrupted},
                                     {"list", core_list},
                                     {"now", core_now},
                                     {"path", core_path},
                                     {"pid", core_pid},
                                     {"sleep", core_sleep},
                                     {"terminal", core_terminal},
                                     {"watch_interrupt", core_watch_interrupt},
                                     {NULL, NULL}};

void lhadm_open_system(lua_State *L) {
  lhadm_newclass(L, FOLDER, LHADM_CLASS_OTHER, folder_meta, NULL);
  lhadm_setfuncs(L, functions);
}
