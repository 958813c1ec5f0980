/* SHA-1 as text. */
#include "../core/base/hadm_sha1.h"

#include "lhadm.h"

/* sha1(bytes) -> 40 hexadecimal digits, upper case as HAProxy's */
static int core_sha1(lua_State *L) {
  static const char digits[] = "0123456789ABCDEF";
  unsigned char digest[HADM_SHA1_SIZE];
  char text[2 * HADM_SHA1_SIZE];
  hadm_sha1(lhadm_checkslice(L, 1), digest);
  for (size_t i = 0; i < HADM_SHA1_SIZE; i++) {
    text[2 * i] = digits[digest[i] >> 4];
    text[2 * i + 1] = digits[digest[i] & 15];
  }
  lua_pushlstring(L, text, sizeof(text));
  return 1;
}

static const luaL_Reg functions[] = {{"sha1", core_sha1}, {NULL, NULL}};

void lhadm_open_sha1(lua_State *L) { lhadm_setfuncs(L, functions); }
