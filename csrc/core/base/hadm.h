/* What every part of the core shares: its status codes, and what stands around
 * its declarations.
 *
 * The core knows neither Lua nor, outside of the folder net, sockets or
 * clocks. */
#ifndef HADM_H
#define HADM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Around a header's declarations: they are hidden also where the compiler's
 * flags are not ours. */
#if defined(__GNUC__)
#define HADM_BEGIN _Pragma("GCC visibility push(hidden)")
#define HADM_END _Pragma("GCC visibility pop")
#else
#define HADM_BEGIN
#define HADM_END
#endif

HADM_BEGIN

enum hadm_status {
  HADM_OK = 0,            /* done */
  HADM_MORE = 1,          /* not done yet: more input or more time is needed */
  HADM_E_NOMEM = -1,      /* out of memory */
  HADM_E_ARG = -2,        /* an argument that cannot be right */
  HADM_E_TRUNCATED = -3,  /* the reply ended before it was complete */
  HADM_E_CLOSED = -4,     /* the peer closed without any reply */
  HADM_E_RESET = -5,      /* the peer reset the connection */
  HADM_E_TOO_BIG = -6,    /* the reply is larger than the caller allows */
  HADM_E_TIMEOUT = -7,    /* the deadline passed */
  HADM_E_REFUSED = -8,    /* no process behind the address */
  HADM_E_PERMISSION = -9, /* the address may not be opened */
  HADM_E_NOT_FOUND = -10, /* no such file, name or object */
  HADM_E_FOREIGN = -11,   /* the peer is something else than HAProxy */
  HADM_E_INCONSISTENT = -12, /* processes disagree */
  HADM_E_SYS = -13           /* a system call failed; errno was saved */
};

HADM_END

#endif
