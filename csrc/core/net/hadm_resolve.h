/* Host names to socket addresses, without waiting: the system's resolver may
 * take longer than any deadline, so it runs in a thread of its own that an
 * impatient caller leaves behind. */
#ifndef HADM_RESOLVE_H
#define HADM_RESOLVE_H

#include "../base/hadm_address.h"

#include <sys/socket.h>

HADM_BEGIN

struct hadm_endpoint {
  struct sockaddr_storage address;
  socklen_t len;
};

/* How many addresses of one host are tried. */
enum { HADM_ENDPOINTS = 8 };

/* Writes the endpoint of an address that needs no resolver (a unix or
 * abstract socket, an IP address). */
void hadm_endpoint_of(const struct hadm_address *address,
                      struct hadm_endpoint *endpoint);

struct hadm_resolve;

/* Begins to resolve <address>, a TCP one with a host name. Returns NULL with
 * errno when that cannot be begun. */
struct hadm_resolve *hadm_resolve_start(const struct hadm_address *address);

/* A descriptor that is readable once there is an answer. */
int hadm_resolve_fd(const struct hadm_resolve *resolve);

/* The answer, once the descriptor is readable: how many endpoints were
 * written, 0 when the name is not known. */
size_t hadm_resolve_take(struct hadm_resolve *resolve,
                         struct hadm_endpoint endpoints[HADM_ENDPOINTS]);

/* Lets go of it, answered or not. Accepts NULL. */
void hadm_resolve_free(struct hadm_resolve *resolve);

HADM_END

#endif
