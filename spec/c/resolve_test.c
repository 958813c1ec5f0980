#include "../../csrc/core/net/hadm_resolve.h"
#include "support.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* The system's resolver, which is counted, and waits while it is held. */
static int lookups;
static int held;

int getaddrinfo(const char *node, const char *service,
                const struct addrinfo *hints, struct addrinfo **found) {
  int (*real)(const char *, const char *, const struct addrinfo *,
              struct addrinfo **);
  __atomic_add_fetch(&lookups, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&held, __ATOMIC_SEQ_CST))
    poll(NULL, 0, 1);
  *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
  return real(node, service, hints, found);
}

static struct hadm_address parse(const char *text) {
  struct hadm_address address;
  const char *why;
  assert_int_equal(hadm_address_parse(&address, text_of(text), &why), HADM_OK);
  return address;
}

static void endpoints_without_a_resolver(void **state) {
  (void)state;
  struct hadm_endpoint endpoint;
  char text[INET6_ADDRSTRLEN];
  struct hadm_address address = parse("/run/a.sock");
  hadm_endpoint_of(&address, &endpoint);
  const struct sockaddr_un *un = (struct sockaddr_un *)&endpoint.address;
  assert_int_equal(un->sun_family, AF_UNIX);
  assert_string_equal(un->sun_path, "/run/a.sock");
  address = parse("abns@name");
  hadm_endpoint_of(&address, &endpoint);
  assert_int_equal(un->sun_path[0], 0);
  assert_string_equal(un->sun_path + 1, "name");
  assert_int_equal(endpoint.len, sizeof(*un));
  address = parse("tcp@1.2.3.4:80");
  hadm_endpoint_of(&address, &endpoint);
  const struct sockaddr_in *in = (struct sockaddr_in *)&endpoint.address;
  assert_int_equal(in->sin_family, AF_INET);
  assert_int_equal(ntohs(in->sin_port), 80);
  assert_string_equal(inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text)),
                      "1.2.3.4");
  address = parse("tcp@[2001:db8::1]:443");
  hadm_endpoint_of(&address, &endpoint);
  const struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&endpoint.address;
  assert_int_equal(in6->sin6_family, AF_INET6);
  assert_int_equal(ntohs(in6->sin6_port), 443);
  assert_string_equal(inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text)),
                      "2001:db8::1");
}

static void longest_names(void **state) {
  (void)state;
  struct hadm_endpoint endpoint;
  char text[160] = "abns@";
  memset(text + 5, 'n', HADM_ADDRESS_PATH_MAX - 1);
  struct hadm_address address = parse(text);
  hadm_endpoint_of(&address, &endpoint);
  const struct sockaddr_un *un = (struct sockaddr_un *)&endpoint.address;
  assert_int_equal(un->sun_path[HADM_ADDRESS_PATH_MAX - 1], 'n');
}

static size_t answer(const char *text,
                     struct hadm_endpoint endpoints[HADM_ENDPOINTS]) {
  struct hadm_address address = parse(text);
  struct hadm_resolve *resolve = hadm_resolve_start(&address);
  assert_non_null(resolve);
  struct pollfd ready = {hadm_resolve_fd(resolve), POLLIN, 0};
  assert_int_equal(poll(&ready, 1, 60000), 1);
  size_t count = hadm_resolve_take(resolve, endpoints);
  hadm_resolve_free(resolve);
  return count;
}

static void a_known_name(void **state) {
  (void)state;
  struct hadm_endpoint endpoints[HADM_ENDPOINTS];
  size_t count = answer("tcp@localhost:99", endpoints);
  assert_true(count >= 1 && count <= HADM_ENDPOINTS);
  for (size_t i = 0; i < count; i++) {
    const struct sockaddr_in *in = (struct sockaddr_in *)&endpoints[i].address;
    const struct sockaddr_in6 *in6 =
        (struct sockaddr_in6 *)&endpoints[i].address;
    int port = in->sin_family == AF_INET ? in->sin_port : in6->sin6_port;
    assert_int_equal(ntohs((uint16_t)port), 99);
  }
}

/* No name server is asked about a name with an empty part. */
static void an_unknown_name(void **state) {
  (void)state;
  struct hadm_endpoint endpoints[HADM_ENDPOINTS];
  assert_int_equal(answer("tcp@no..such.host:99", endpoints), 0);
}

/* A thread that nobody waits for frees what it holds. */
static void wait_for_threads(void) {
  for (int i = 0; i < 1000 && blocks_held() > 0; i++)
    poll(NULL, 0, 10);
  assert_int_equal(blocks_held(), 0);
}

static void nobody_waits_for_the_answer(void **state) {
  (void)state;
  struct hadm_address address = parse("tcp@localhost:99");
  hadm_resolve_free(NULL);
  for (int i = 0; i < 20; i++)
    hadm_resolve_free(hadm_resolve_start(&address));
  wait_for_threads();
}

static void hold(int on) { __atomic_store_n(&held, on, __ATOMIC_SEQ_CST); }

/* Many ask while one thread looks: the same name has no second one. */
static void one_thread_for_a_name(void **state) {
  (void)state;
  enum { ASKING = 30 };
  struct hadm_address address = parse("tcp@localhost:99");
  struct hadm_address other = parse("tcp@localhost:98");
  struct hadm_endpoint endpoints[HADM_ENDPOINTS];
  struct hadm_resolve *asking[ASKING];
  wait_for_threads();
  __atomic_store_n(&lookups, 0, __ATOMIC_SEQ_CST);
  hold(1);
  for (int i = 0; i < ASKING; i++)
    asking[i] = hadm_resolve_start(&address);
  struct hadm_resolve *another = hadm_resolve_start(&other);
  /* Who gives up leaves the others alone. */
  hadm_resolve_free(asking[0]);
  hadm_resolve_free(asking[ASKING - 1]);
  hold(0);
  for (int i = 1; i < ASKING - 1; i++) {
    struct pollfd ready = {hadm_resolve_fd(asking[i]), POLLIN, 0};
    assert_int_equal(poll(&ready, 1, 60000), 1);
    assert_true(hadm_resolve_take(asking[i], endpoints) >= 1);
    hadm_resolve_free(asking[i]);
  }
  hadm_resolve_free(another);
  wait_for_threads();
  assert_int_equal(__atomic_load_n(&lookups, __ATOMIC_SEQ_CST), 2);
  /* Nothing is kept: the next one looks anew. */
  answer("tcp@localhost:99", endpoints);
  assert_int_equal(__atomic_load_n(&lookups, __ATOMIC_SEQ_CST), 3);
}

#if !defined(EMULATED)
/* A child does not wait for its parent's thread. */
static void a_child_looks_for_itself(void **state) {
  (void)state;
  struct hadm_address address = parse("tcp@localhost:99");
  struct hadm_endpoint endpoints[HADM_ENDPOINTS];
  int status = -1;
  hold(1);
  struct hadm_resolve *asking = hadm_resolve_start(&address);
  pid_t child = fork();
  if (child == 0) {
    hold(0);
    size_t count = answer("tcp@localhost:99", endpoints);
    hadm_resolve_free(asking);
    /* Who is killed is not looked through for what its parent's threads hold.
     */
    if (count > 0)
      raise(SIGKILL);
    _exit(1);
  }
  waitpid(child, &status, 0);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  hold(0);
  hadm_resolve_free(asking);
  wait_for_threads();
}
#endif

static void the_hosts_signals_are_left_alone(void **state) {
  (void)state;
  struct hadm_endpoint endpoints[HADM_ENDPOINTS];
  sigset_t before;
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, NULL, &before);
  answer("tcp@localhost:99", endpoints);
  pthread_sigmask(SIG_SETMASK, NULL, &after);
  for (int signal = 1; signal < 32; signal++)
    assert_int_equal(sigismember(&before, signal), sigismember(&after, signal));
}

static void no_descriptor_left(void **state) {
  (void)state;
  struct hadm_address address = parse("tcp@localhost:99");
  struct rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  struct rlimit none = {3, before.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  errno = 0;
  struct hadm_resolve *resolve = hadm_resolve_start(&address);
  int error = errno;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  assert_null(resolve);
  assert_int_equal(error, EMFILE);
}

static void survives_a_lack_of_memory(void **state) {
  (void)state;
  struct hadm_address address = parse("tcp@localhost:99");
  for (begin_failing(); next_failing();) {
    struct hadm_resolve *resolve = hadm_resolve_start(&address);
    assert_int_equal(resolve == NULL, has_failed());
    hadm_resolve_free(resolve);
  }
  wait_for_threads();
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(endpoints_without_a_resolver),
    cmocka_unit_test(longest_names),
    cmocka_unit_test(a_known_name),
    cmocka_unit_test(an_unknown_name),
    cmocka_unit_test(nobody_waits_for_the_answer),
    cmocka_unit_test(one_thread_for_a_name),
#if !defined(EMULATED) /* where a child of a process with threads has none */
    cmocka_unit_test(a_child_looks_for_itself),
#endif
    cmocka_unit_test(the_hosts_signals_are_left_alone),
    cmocka_unit_test(no_descriptor_left),
    cmocka_unit_test(survives_a_lack_of_memory),
  };
  return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
