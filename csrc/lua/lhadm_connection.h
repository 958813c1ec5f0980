/* Connections as Lua sees them. */
#ifndef LHADM_CONNECTION_H
#define LHADM_CONNECTION_H

#include "../core/net/hadm_link.h"
#include "lhadm_compat.h"

HADM_BEGIN

#define LHADM_CONNECTION "haproxyadmin.Connection"

/* Pushes a connection that is closed; a link is opened in it. [0, +1] */
struct hadm_link *lhadm_newconnection(lua_State *L);
struct hadm_link *lhadm_checkconnection(lua_State *L, int index);

HADM_END

#endif
