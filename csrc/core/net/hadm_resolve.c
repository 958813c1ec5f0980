/* For dladdr, RTLD_NODELETE and pipe2. */
#define _GNU_SOURCE

#include "hadm_resolve.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

/* Shared by the caller and the thread; the last one frees it. */
struct hadm_resolve {
  int holders;
  int read_fd;
  int write_fd;
  size_t count;
  struct hadm_endpoint endpoints[HADM_ENDPOINTS];
  char port[8];
  char host[HADM_ADDRESS_HOST_MAX];
};

static void unix_endpoint(const struct hadm_address *address,
                          struct hadm_endpoint *endpoint) {
  struct sockaddr_un *un = (struct sockaddr_un *)&endpoint->address;
  bool abstract = address->kind == HADM_ADDRESS_ABNS;
  un->sun_family = AF_UNIX;
  memcpy(un->sun_path + abstract, address->host, address->host_len);
  /* An abstract name's length is what the address's length says; HAProxy
   * fills the whole of sun_path for its own. */
  endpoint->len = sizeof(*un);
}

static void ip_endpoint(const struct hadm_address *address,
                        struct hadm_endpoint *endpoint) {
  struct sockaddr_in *v4 = (struct sockaddr_in *)&endpoint->address;
  if (inet_pton(AF_INET, address->host, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)address->port);
    endpoint->len = sizeof(*v4);
    return;
  }
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&endpoint->address;
  inet_pton(AF_INET6, address->host, &v6->sin6_addr);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons((uint16_t)address->port);
  endpoint->len = sizeof(*v6);
}

void hadm_endpoint_of(const struct hadm_address *address,
                      struct hadm_endpoint *endpoint) {
  memset(endpoint, 0, sizeof(*endpoint));
  if (address->kind == HADM_ADDRESS_TCP)
    ip_endpoint(address, endpoint);
  else
    unix_endpoint(address, endpoint);
}

static void release(struct hadm_resolve *resolve) {
  if (__atomic_sub_fetch(&resolve->holders, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  close(resolve->read_fd);
  close(resolve->write_fd);
  free(resolve);
}

static void *run(void *argument) {
  struct hadm_resolve *resolve = argument;
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                           .ai_flags = AI_NUMERICSERV};
  struct addrinfo *found = NULL;
  if (getaddrinfo(resolve->host, resolve->port, &hints, &found) == 0) {
    for (struct addrinfo *ai = found;
         ai != NULL && resolve->count < HADM_ENDPOINTS; ai = ai->ai_next) {
      struct hadm_endpoint *endpoint = &resolve->endpoints[resolve->count++];
      memcpy(&endpoint->address, ai->ai_addr, ai->ai_addrlen);
      endpoint->len = ai->ai_addrlen;
    }
    freeaddrinfo(found);
  }
  ssize_t ignored = write(resolve->write_fd, "", 1);
  (void)ignored;
  release(resolve);
  return NULL;
}

/* The thread's code must outlive a host that unloads the module. */
static void stay_loaded(void) {
  Dl_info info;
  if (dladdr((void *)(uintptr_t)run, &info) != 0 && info.dli_fname != NULL)
    dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE | RTLD_NOLOAD);
}

/* A thread that takes none of the host's signals. */
static int start_thread(struct hadm_resolve *resolve) {
  sigset_t all;
  sigset_t before;
  pthread_attr_t attributes;
  pthread_t thread;
  int error = pthread_attr_init(&attributes);
  if (error != 0)
    return error;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  error = pthread_create(&thread, &attributes, run, resolve);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return error;
}

struct hadm_resolve *hadm_resolve_start(const struct hadm_address *address) {
  struct hadm_resolve *resolve = calloc(1, sizeof(*resolve));
  int fds[2];
  if (resolve == NULL)
    return NULL;
  if (pipe2(fds, O_CLOEXEC) == -1) {
    free(resolve);
    return NULL;
  }
  resolve->read_fd = fds[0];
  resolve->write_fd = fds[1];
  resolve->holders = 2;
  memcpy(resolve->host, address->host, address->host_len);
  snprintf(resolve->port, sizeof(resolve->port), "%u", address->port);
  stay_loaded();
  int error = start_thread(resolve);
  if (error != 0) {
    resolve->holders = 1;
    release(resolve);
    errno = error;
    return NULL;
  }
  return resolve;
}

int hadm_resolve_fd(const struct hadm_resolve *resolve) {
  return resolve->read_fd;
}

size_t hadm_resolve_take(struct hadm_resolve *resolve,
                         struct hadm_endpoint endpoints[HADM_ENDPOINTS]) {
  char byte;
  ssize_t got = read(resolve->read_fd, &byte, 1);
  if (got != 1)
    return 0;
  memcpy(endpoints, resolve->endpoints,
         resolve->count * sizeof(*resolve->endpoints));
  return resolve->count;
}

void hadm_resolve_free(struct hadm_resolve *resolve) {
  if (resolve != NULL)
    release(resolve);
}
