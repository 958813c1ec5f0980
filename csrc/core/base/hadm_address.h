/* Addresses of stats sockets, as text. */
#ifndef HADM_ADDRESS_H
#define HADM_ADDRESS_H

#include "hadm_slice.h"

HADM_BEGIN

enum hadm_address_kind {
  HADM_ADDRESS_UNIX, /* <host> is a path */
  HADM_ADDRESS_ABNS, /* <host> is a name in Linux' abstract namespace */
  HADM_ADDRESS_TCP   /* <host> is a name or an IP address without brackets */
};

/* sun_path's size, with the NUL that ends a path. */
enum { HADM_ADDRESS_PATH_MAX = 108, HADM_ADDRESS_HOST_MAX = 256 };

struct hadm_address {
  enum hadm_address_kind kind;
  char host[HADM_ADDRESS_HOST_MAX]; /* ended by NUL */
  size_t host_len;
  unsigned port;
  bool numeric; /* <host> is an IP address: nothing is to be resolved */
};

/* Reads "unix@/path", "unix:/path", "abns@name", "tcp@host:port",
 * "ipv4@1.2.3.4:9999", "ipv6@[::1]:9999", or a path.
 * Returns HADM_OK, or HADM_E_ARG with a sentence's end in <*why>. */
enum hadm_status hadm_address_parse(struct hadm_address *address,
                                    struct hadm_slice text, const char **why);

/* Is <text> an IPv4 or IPv6 address (without brackets, port or zone)? */
bool hadm_address_is_ip(struct hadm_slice text);

/* Splits what `show stat` prints in column addr ("1.2.3.4:80", "[::1]:80")
 * into address and port. Returns HADM_OK; HADM_E_NOT_FOUND with just the
 * address where the port is an offset to the client's ("1.2.3.4:-1000"); or
 * HADM_E_ARG where there is no port (a unix socket, say). */
enum hadm_status hadm_address_split(struct hadm_slice text,
                                    struct hadm_slice *host, unsigned *port);

HADM_END

#endif
