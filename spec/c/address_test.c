#include "../../csrc/core/base/hadm_address.h"
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>

static struct hadm_address parse(struct hadm_slice text) {
  struct hadm_address address;
  const char *why = NULL;
  if (hadm_address_parse(&address, guarded(text), &why) != HADM_OK)
    fail_msg("%.*s %s", (int)text.len, text.ptr, why);
  assert_int_equal(strlen(address.host), address.host_len);
  return address;
}

static void assert_path(struct hadm_slice text, enum hadm_address_kind kind,
                        const char *host) {
  struct hadm_address address = parse(text);
  assert_int_equal(address.kind, kind);
  assert_string_equal(address.host, host);
}

static void assert_tcp(struct hadm_slice text, const char *host, unsigned port,
                       bool numeric) {
  struct hadm_address address = parse(text);
  assert_int_equal(address.kind, HADM_ADDRESS_TCP);
  assert_string_equal(address.host, host);
  assert_int_equal(address.port, port);
  assert_int_equal(address.numeric, numeric);
}

static void assert_bad(struct hadm_slice text, const char *part_of_why) {
  struct hadm_address address;
  const char *why = NULL;
  assert_int_equal(hadm_address_parse(&address, guarded(text), &why),
                   HADM_E_ARG);
  assert_non_null(strstr(why, part_of_why));
}

static void paths(void **state) {
  (void)state;
  assert_path(TEXT("/run/a.sock"), HADM_ADDRESS_UNIX, "/run/a.sock");
  assert_path(TEXT("unix@/run/a.sock"), HADM_ADDRESS_UNIX, "/run/a.sock");
  assert_path(TEXT("unix:/run/a.sock"), HADM_ADDRESS_UNIX, "/run/a.sock");
  assert_path(TEXT("a:1"), HADM_ADDRESS_UNIX, "a:1");
  assert_path(TEXT("abns@name"), HADM_ADDRESS_ABNS, "name");
  assert_bad(TEXT(""), "names nothing");
  assert_bad(TEXT("unix@"), "names nothing");
  assert_bad(TEXT("abns@"), "names nothing");
  assert_bad(TEXT("/run/a\0b"), "NUL");
}

static void lengths(void **state) {
  (void)state;
  char text[300];
  memset(text, 'p', sizeof(text));
  assert_int_equal(parse((struct hadm_slice){text, 107}).host_len, 107);
  assert_bad((struct hadm_slice){text, 108}, "107 bytes");
  memcpy(text, "abns@", 5);
  assert_int_equal(parse((struct hadm_slice){text, 112}).host_len, 107);
  assert_bad((struct hadm_slice){text, 113}, "107 bytes");
  memcpy(text, "tcp@p", 5);
  memcpy(text + 259, ":1", 2);
  assert_int_equal(parse((struct hadm_slice){text, 261}).host_len, 255);
  memcpy(text + 259, "p:1", 3);
  assert_bad((struct hadm_slice){text, 262}, "255 characters");
}

static void tcp(void **state) {
  (void)state;
  assert_tcp(TEXT("tcp@host:80"), "host", 80, false);
  assert_tcp(TEXT("tcp@10.0.0.1:65535"), "10.0.0.1", 65535, true);
  assert_tcp(TEXT("tcp@[::1]:1"), "::1", 1, true);
  assert_tcp(TEXT("tcp@::1:99"), "::1", 99, true);
  assert_tcp(TEXT("ipv4@1.2.3.4:9999"), "1.2.3.4", 9999, true);
  assert_tcp(TEXT("ipv6@[fe80::1]:9999"), "fe80::1", 9999, true);
  assert_bad(TEXT("tcp@host"), "port");
  assert_bad(TEXT("tcp@host:"), "port");
  assert_bad(TEXT("tcp@host:0"), "port");
  assert_bad(TEXT("tcp@host:65536"), "port");
  assert_bad(TEXT("tcp@host:999999"), "port");
  assert_bad(TEXT("tcp@host:8o"), "port");
  assert_bad(TEXT("tcp@:80"), "names nothing");
  assert_bad(TEXT("tcp@[x:y]:80"), "host name");
  assert_bad(TEXT("ipv4@host:80"), "IPv4");
  assert_bad(TEXT("ipv4@[::1]:80"), "IPv4");
  assert_bad(TEXT("ipv6@1.2.3.4:80"), "IPv6");
}

/* "010" is 8 to some and 10 to others, and nothing to the system. */
static void leading_zeros_are_no_address(void **state) {
  (void)state;
  assert_false(hadm_address_is_ip(TEXT("010.0.0.1")));
  assert_bad(TEXT("ipv4@010.0.0.1:80"), "IPv4");
  assert_bad(TEXT("ipv6@[::1.2.3.04]:80"), "IPv6");
  assert_false(parse(TEXT("tcp@010.0.0.1:80")).numeric);
}

/* The system's own reading of an address. */
static bool system_reads(const char *text) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, text, bytes) == 1 ||
         inet_pton(AF_INET6, text, bytes) == 1;
}

static void assert_as_the_system(const char *text) {
  bool is_ip = hadm_address_is_ip(guarded(text_of(text)));
  if (is_ip != system_reads(text))
    fail_msg("%s is %s address", text, is_ip ? "taken for an" : "no");
}

static void ip_addresses(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      ".",
                                      "1.2.3.4",
                                      "0.0.0.0",
                                      "255.255.255.255",
                                      "256.1.1.1",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "1.2.3.4.",
                                      "1..3.4",
                                      "1.2.3.a",
                                      "1234.1.1.1",
                                      "1.2.3.4 ",
                                      "00.0.0.0",
                                      "::",
                                      "::1",
                                      "1::",
                                      ":",
                                      ":::",
                                      "1:::2",
                                      "1::2::3",
                                      ":1",
                                      "1:",
                                      "1:2",
                                      "g::",
                                      "12345::",
                                      "1:2:3:4:5:6:7:8",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1:2:3:4:5:6:7::",
                                      "::2:3:4:5:6:7:8",
                                      "1::3:4:5:6:7:8",
                                      "1:2:3:4:5:6:7:8::",
                                      "::1:2:3:4:5:6:7:8",
                                      "1:2:3:4::5:6:7:8",
                                      "::1.2.3.4",
                                      "::ffff:1.2.3.4",
                                      "1:2:3:4:5:6:1.2.3.4",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "1.2.3.4::",
                                      "::1.2.3",
                                      "::1.2.3.4:5",
                                      "1::2:3:4:5:6:1.2.3.4",
                                      "::2:3:4:5:6:1.2.3.4",
                                      "abcd:ABCD::",
                                      "::ffff:1.2.3.256",
                                      "fe80::1%lo",
                                      "[::1]"};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
    assert_as_the_system(texts[i]);
}

/* Whatever a short text of the characters that addresses are made of is to
 * the system, it is to us. */
static void random_ip_addresses(void **state) {
  (void)state;
  static const char *const parts[] = {":",  "::",  "1",     "ab", "0",
                                      ".",  "255", "256",   "01", "1.2.3.4",
                                      "f:", "7.",  "12345", "x"};
  uint32_t seed = 1;
  for (int i = 0; i < 200000; i++) {
    char text[128] = "";
    for (int n = 0; n < 1 + i % 12; n++) {
      seed = seed * 1664525 + 1013904223;
      strcat(text, parts[(seed >> 16) % (sizeof(parts) / sizeof(parts[0]))]);
    }
    assert_as_the_system(text);
  }
}

static void assert_split(struct hadm_slice text, const char *host,
                         unsigned port) {
  struct hadm_slice found;
  unsigned number = 0;
  assert_int_equal(hadm_address_split(guarded(text), &found, &number), HADM_OK);
  assert_slice(found, host);
  assert_int_equal(number, port);
}

static void splits(void **state) {
  (void)state;
  struct hadm_slice host;
  unsigned port;
  assert_split(TEXT("1.2.3.4:80"), "1.2.3.4", 80);
  assert_split(TEXT("[2001:db8::1]:443"), "2001:db8::1", 443);
  assert_split(TEXT("::1:0"), "::1", 0);
  assert_split(TEXT(":1"), "", 1);
  const struct hadm_slice bad[] = {TEXT(""),     TEXT("unix"),     TEXT("a:"),
                                   TEXT("a:x"),  TEXT("a:100000"), TEXT("a:-"),
                                   TEXT("a:--1")};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    assert_int_equal(hadm_address_split(guarded(bad[i]), &host, &port),
                     HADM_E_ARG);
  assert_int_equal(
      hadm_address_split(guarded(TEXT("[::1]:-1000")), &host, &port),
      HADM_E_NOT_FOUND);
  assert_int_equal(host.len, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(paths),
      cmocka_unit_test(lengths),
      cmocka_unit_test(tcp),
      cmocka_unit_test(leading_zeros_are_no_address),
      cmocka_unit_test(ip_addresses),
      cmocka_unit_test(random_ip_addresses),
      cmocka_unit_test(splits),
  };
  return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
