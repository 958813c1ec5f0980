#include "hadm_address.h"

#include <string.h>

static bool is_hex(char c) {
  return hadm_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Without leading zeros: some take them for octal, the system for no address.
 */
static bool is_ipv4(struct hadm_slice text) {
  int parts = 0;
  size_t i = 0;
  for (;;) {
    unsigned value = 0;
    size_t start = i;
    while (i < text.len && hadm_is_digit(text.ptr[i]) && i - start < 3)
      value = value * 10 + (unsigned)(text.ptr[i++] - '0');
    bool padded = i - start > 1 && text.ptr[start] == '0';
    if (i == start || value > 255 || padded)
      return false;
    if (++parts == 4)
      return i == text.len;
    if (i == text.len || text.ptr[i++] != '.')
      return false;
  }
}

/* Groups of hex digits: eight, or fewer with one "::"; the last two may be
 * written as an IPv4 address. */
static bool is_ipv6(struct hadm_slice text) {
  int groups = 0;
  bool gap = false;
  size_t i = 0;
  if (text.len >= 2 && text.ptr[0] == ':' && text.ptr[1] == ':') {
    gap = true;
    i = 2;
  }
  while (i < text.len) {
    size_t start = i;
    while (i < text.len && is_hex(text.ptr[i]))
      i++;
    if (i < text.len && text.ptr[i] == '.') {
      struct hadm_slice rest = {text.ptr + start, text.len - start};
      if (!is_ipv4(rest))
        return false;
      groups += 2;
      break;
    }
    if (i == start || i - start > 4)
      return false;
    groups++;
    if (i == text.len)
      break;
    if (text.ptr[i++] != ':')
      return false;
    if (i < text.len && text.ptr[i] == ':') {
      if (gap)
        return false;
      gap = true;
      i++;
    } else if (i == text.len) {
      return false;
    }
  }
  return gap ? groups < 8 : groups == 8;
}

bool hadm_address_is_ip(struct hadm_slice text) {
  return is_ipv4(text) || is_ipv6(text);
}

static bool read_port(struct hadm_slice text, unsigned *port) {
  unsigned value = 0;
  if (text.len == 0 || text.len > 5)
    return false;
  for (size_t i = 0; i < text.len; i++) {
    if (!hadm_is_digit(text.ptr[i]))
      return false;
    value = value * 10 + (unsigned)(text.ptr[i] - '0');
  }
  *port = value;
  return value <= 65535;
}

enum hadm_status hadm_address_split(struct hadm_slice text,
                                    struct hadm_slice *host, unsigned *port) {
  size_t colon = text.len;
  while (colon > 0 && text.ptr[colon - 1] != ':')
    colon--;
  if (colon == 0)
    return HADM_E_ARG;
  struct hadm_slice digits = {text.ptr + colon, text.len - colon};
  bool offset =
      digits.len > 1 && (digits.ptr[0] == '-' || digits.ptr[0] == '+');
  if (offset)
    digits = (struct hadm_slice){digits.ptr + 1, digits.len - 1};
  if (!read_port(digits, port))
    return HADM_E_ARG;
  *host = (struct hadm_slice){text.ptr, colon - 1};
  if (host->len >= 2 && host->ptr[0] == '[' && host->ptr[host->len - 1] == ']')
    *host = (struct hadm_slice){host->ptr + 1, host->len - 2};
  return offset ? HADM_E_NOT_FOUND : HADM_OK;
}

static enum hadm_status no(const char **why, const char *reason) {
  *why = reason;
  return HADM_E_ARG;
}

static enum hadm_status take(struct hadm_address *address,
                             enum hadm_address_kind kind,
                             struct hadm_slice host, size_t limit,
                             const char **why) {
  if (host.len == 0)
    return no(why, "names nothing");
  if (memchr(host.ptr, '\0', host.len) != NULL)
    return no(why, "holds a NUL");
  if (host.len >= limit)
    return no(why, kind == HADM_ADDRESS_TCP
                       ? "has a host name of more than 255 characters"
                       : "is longer than the 107 bytes that a unix socket's "
                         "path may have");
  address->kind = kind;
  memcpy(address->host, host.ptr, host.len);
  address->host[host.len] = '\0';
  address->host_len = host.len;
  return HADM_OK;
}

enum tcp_family { TCP_ANY, TCP_IPV4, TCP_IPV6 };

static enum hadm_status parse_tcp(struct hadm_address *address,
                                  enum tcp_family family,
                                  struct hadm_slice text, const char **why) {
  struct hadm_slice host;
  if (hadm_address_split(text, &host, &address->port) != HADM_OK ||
      address->port == 0)
    return no(why, "does not end in a colon and a port from 1 to 65535");
  if (family == TCP_IPV4 && !is_ipv4(host))
    return no(why, "holds no IPv4 address");
  if (family == TCP_IPV6 && !is_ipv6(host))
    return no(why, "holds no IPv6 address");
  address->numeric = hadm_address_is_ip(host);
  if (!address->numeric && memchr(host.ptr, ':', host.len) != NULL)
    return no(why, "holds no host name or IP address");
  return take(address, HADM_ADDRESS_TCP, host, HADM_ADDRESS_HOST_MAX, why);
}

enum hadm_status hadm_address_parse(struct hadm_address *address,
                                    struct hadm_slice text, const char **why) {
  static const struct {
    struct hadm_slice prefix;
    enum hadm_address_kind kind;
    enum tcp_family family;
  } forms[] = {
      {{"unix@", 5}, HADM_ADDRESS_UNIX, TCP_ANY},
      {{"unix:", 5}, HADM_ADDRESS_UNIX, TCP_ANY},
      {{"abns@", 5}, HADM_ADDRESS_ABNS, TCP_ANY},
      {{"tcp@", 4}, HADM_ADDRESS_TCP, TCP_ANY},
      {{"ipv4@", 5}, HADM_ADDRESS_TCP, TCP_IPV4},
      {{"ipv6@", 5}, HADM_ADDRESS_TCP, TCP_IPV6},
  };
  *address = (struct hadm_address){.kind = HADM_ADDRESS_UNIX};
  for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
    if (!hadm_slice_starts(text, forms[i].prefix))
      continue;
    struct hadm_slice rest = {text.ptr + forms[i].prefix.len,
                              text.len - forms[i].prefix.len};
    if (forms[i].kind == HADM_ADDRESS_TCP)
      return parse_tcp(address, forms[i].family, rest, why);
    return take(address, forms[i].kind, rest, HADM_ADDRESS_PATH_MAX, why);
  }
  return take(address, HADM_ADDRESS_UNIX, text, HADM_ADDRESS_PATH_MAX, why);
}
