/* Addresses of sockets and of servers. */
#include "../core/base/hadm_address.h"
#include "lhadm.h"

/* address(text) -> "unix", "abns" or "tcp", the path or host, the port (of a
 * TCP address); or nil, why. */
static int core_address(lua_State *L) {
  static const char *const kinds[] = {"unix", "abns", "tcp"};
  struct hadm_address address;
  const char *why;
  if (hadm_address_parse(&address, lhadm_checkslice(L, 1), &why) != HADM_OK) {
    lua_pushnil(L);
    lua_pushstring(L, why);
    return 2;
  }
  lua_pushstring(L, kinds[address.kind]);
  lua_pushlstring(L, address.host, address.host_len);
  if (address.kind != HADM_ADDRESS_TCP)
    return 2;
  lua_pushinteger(L, address.port);
  return 3;
}

static int core_is_ip(lua_State *L) {
  lua_pushboolean(L, hadm_address_is_ip(lhadm_checkslice(L, 1)));
  return 1;
}

/* split_address(text) -> host, port (nil where it is an offset); or nothing
 * where there is no port. */
static int core_split_address(lua_State *L) {
  struct hadm_slice host;
  unsigned port;
  enum hadm_status status =
      hadm_address_split(lhadm_checkslice(L, 1), &host, &port);
  if (status == HADM_E_ARG)
    return 0;
  lhadm_pushslice(L, host);
  if (status != HADM_OK)
    return 1;
  lua_pushinteger(L, port);
  return 2;
}

static const luaL_Reg functions[] = {{"address", core_address},
                                     {"is_ip", core_is_ip},
                                     {"split_address", core_split_address},
                                     {NULL, NULL}};

void lhadm_open_address(lua_State *L) { lhadm_setfuncs(L, functions); }
