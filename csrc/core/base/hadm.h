/* What every part of the core shares: status codes and text slices.
 *
 * The core knows neither Lua nor, outside of hadm_conn, hadm_fanout,
 * hadm_path, hadm_pollset and hadm_resolve, sockets or clocks. */
#ifndef HADM_H
#define HADM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hidden also where the compiler's flags are not ours. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

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

/* Text that somebody else owns; not ended by NUL. */
struct hadm_slice {
  const char *ptr;
  size_t len;
};

/* The slice of a string literal; the second form initializes a static one. */
#define HADM_LITERAL(text) ((struct hadm_slice){(text), sizeof(text) - 1})
#define HADM_STATIC(text)                                                      \
  { (text), sizeof(text) - 1 }

/* Do <a> and <b> hold the same bytes? */
bool hadm_slice_equal(struct hadm_slice a, struct hadm_slice b);

/* Does <text> begin with <prefix>? */
bool hadm_slice_starts(struct hadm_slice text, struct hadm_slice prefix);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
