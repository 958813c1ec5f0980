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

/* One host name that is being looked up by a thread. Shared by the thread and
 * all who wait for the answer; the last one frees it. */
struct lookup {
  int holders;
  bool running;        /* in the list of those that may be joined */
  struct lookup *next; /* in that list */
  struct hadm_resolve *waiting;
  size_t count;
  struct hadm_endpoint endpoints[HADM_ENDPOINTS];
  char port[8];
  char host[HADM_ADDRESS_HOST_MAX];
};

/* One who waits. */
struct hadm_resolve {
  struct lookup *lookup;
  struct hadm_resolve *next; /* who waits for the same */
  int read_fd;
  int write_fd;
};

/* Guards the list, and in each lookup all but the names. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct lookup *lookups;

/* A child has none of its parent's threads: what they look up it has to begin
 * anew. Nobody else holds the mutex while a process forks. */
static void before_fork(void) { pthread_mutex_lock(&mutex); }

static void in_parent(void) { pthread_mutex_unlock(&mutex); }

static void in_child(void) {
  for (struct lookup *lookup = lookups; lookup != NULL; lookup = lookup->next)
    lookup->running = false;
  lookups = NULL;
  pthread_mutex_unlock(&mutex);
}

static void watch_forks(void) {
  pthread_atfork(before_fork, in_parent, in_child);
}

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

/* Lets go of a lookup, with the mutex. */
static void release(struct lookup *lookup) {
  if (--lookup->holders == 0)
    free(lookup);
}

static void remove_lookup(struct lookup *lookup) {
  struct lookup **at = &lookups;
  if (!lookup->running)
    return;
  while (*at != lookup)
    at = &(*at)->next;
  *at = lookup->next;
  lookup->running = false;
}

/* Tells all who wait, who may have gone meanwhile. */
static void finish(struct lookup *lookup, struct addrinfo *found) {
  pthread_mutex_lock(&mutex);
  for (struct addrinfo *ai = found;
       ai != NULL && lookup->count < HADM_ENDPOINTS; ai = ai->ai_next) {
    struct hadm_endpoint *endpoint = &lookup->endpoints[lookup->count++];
    memcpy(&endpoint->address, ai->ai_addr, ai->ai_addrlen);
    endpoint->len = ai->ai_addrlen;
  }
  for (struct hadm_resolve *one = lookup->waiting; one != NULL;
       one = one->next) {
    ssize_t ignored = write(one->write_fd, "", 1);
    (void)ignored;
  }
  remove_lookup(lookup);
  release(lookup);
  pthread_mutex_unlock(&mutex);
}

static void *run(void *argument) {
  struct lookup *lookup = argument;
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                           .ai_flags = AI_NUMERICSERV};
  struct addrinfo *found = NULL;
  bool known = getaddrinfo(lookup->host, lookup->port, &hints, &found) == 0;
  finish(lookup, known ? found : NULL);
  if (known)
    freeaddrinfo(found);
  return NULL;
}

/* The thread's code must outlive a host that unloads the module. */
static void stay_loaded(void) {
  Dl_info info;
  if (dladdr((void *)(uintptr_t)run, &info) != 0 && info.dli_fname != NULL)
    dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE | RTLD_NOLOAD);
}

/* A thread that takes none of the host's signals. */
static int start_thread(struct lookup *lookup) {
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
  error = pthread_create(&thread, &attributes, run, lookup);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return error;
}

/* The lookup of this name that is under way, or NULL; with the mutex. */
static struct lookup *find(const struct hadm_address *address,
                           const char *port) {
  struct lookup *lookup = lookups;
  while (lookup != NULL && (strcmp(lookup->host, address->host) != 0 ||
                            strcmp(lookup->port, port) != 0))
    lookup = lookup->next;
  return lookup;
}

/* A new one; NULL with errno. With the mutex. */
static struct lookup *begin(const struct hadm_address *address,
                            const char *port) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  struct lookup *lookup = calloc(1, sizeof(*lookup));
  if (lookup == NULL)
    return NULL;
  memcpy(lookup->host, address->host, address->host_len);
  memcpy(lookup->port, port, sizeof(lookup->port));
  lookup->holders = 1;
  stay_loaded();
  pthread_once(&once, watch_forks);
  int error = start_thread(lookup);
  if (error != 0) {
    free(lookup);
    errno = error;
    return NULL;
  }
  lookup->running = true;
  lookup->next = lookups;
  return lookups = lookup;
}

/* Joins the lookup of the name, which is begun if there is none. */
static bool join(struct hadm_resolve *resolve,
                 const struct hadm_address *address) {
  char port[8] = "";
  snprintf(port, sizeof(port), "%u", address->port);
  pthread_mutex_lock(&mutex);
  struct lookup *lookup = find(address, port);
  if (lookup == NULL)
    lookup = begin(address, port);
  if (lookup != NULL) {
    lookup->holders++;
    resolve->lookup = lookup;
    resolve->next = lookup->waiting;
    lookup->waiting = resolve;
  }
  pthread_mutex_unlock(&mutex);
  return lookup != NULL;
}

static void close_pipe(struct hadm_resolve *resolve) {
  close(resolve->read_fd);
  close(resolve->write_fd);
  free(resolve);
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
  if (join(resolve, address))
    return resolve;
  int error = errno;
  close_pipe(resolve);
  errno = error;
  return NULL;
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
  /* The thread has written the last of it before the byte. */
  const struct lookup *lookup = resolve->lookup;
  memcpy(endpoints, lookup->endpoints,
         lookup->count * sizeof(*lookup->endpoints));
  return lookup->count;
}

void hadm_resolve_free(struct hadm_resolve *resolve) {
  if (resolve == NULL)
    return;
  pthread_mutex_lock(&mutex);
  struct hadm_resolve **at = &resolve->lookup->waiting;
  while (*at != resolve)
    at = &(*at)->next;
  *at = resolve->next;
  release(resolve->lookup);
  pthread_mutex_unlock(&mutex);
  close_pipe(resolve);
}
