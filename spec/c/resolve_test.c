#include "../../csrc/core/net/hadm_resolve.h"
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/un.h>

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
      cmocka_unit_test(the_hosts_signals_are_left_alone),
      cmocka_unit_test(no_descriptor_left),
      cmocka_unit_test(survives_a_lack_of_memory),
  };
  return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
