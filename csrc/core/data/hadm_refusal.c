#include "hadm_refusal.h"

#include <string.h>

#define TEXT HADM_STATIC

/* How a refusal begins, HAProxy 2.2 to 3.4. Wording differs between versions
 * more often at the end of a sentence than at its beginning. */
static const struct {
  struct hadm_slice start;
  enum hadm_refusal refusal;
} refusals[] = {
    {TEXT("Permission denied"), HADM_REFUSAL_PERMISSION},
    {TEXT("Unknown command"), HADM_REFUSAL_UNSUPPORTED},
    {TEXT("This command is restricted to "), HADM_REFUSAL_UNSUPPORTED},
    {TEXT("HAProxy was compiled against "), HADM_REFUSAL_UNSUPPORTED},
    {TEXT("'set server <srv>' only supports "), HADM_REFUSAL_UNSUPPORTED},
    {TEXT("usage: "), HADM_REFUSAL_UNSUPPORTED},
    {TEXT("No such "), HADM_REFUSAL_NOT_FOUND},
    {TEXT("Can't find "), HADM_REFUSAL_NOT_FOUND},
    {TEXT("Unknown ACL identifier"), HADM_REFUSAL_NOT_FOUND},
    {TEXT("Unknown map identifier"), HADM_REFUSAL_NOT_FOUND},
    {TEXT("Malformed identifier"), HADM_REFUSAL_NOT_FOUND},
    {TEXT("Key not found."), HADM_REFUSAL_NOT_FOUND},
    {TEXT("entry not found."), HADM_REFUSAL_NOT_FOUND},
    {TEXT("key or pattern not found."), HADM_REFUSAL_NOT_FOUND},
    {TEXT("Already exists "), HADM_REFUSAL_EXISTS},
    {TEXT("A server with the same name already exists "), HADM_REFUSAL_EXISTS},
    {TEXT("Value out of range."), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("Integer value expected."), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("Expects an integer value."), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("Absolute weight can only be "), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("Relative weight must be "), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("Backend is using a static LB algorithm"), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("Trailing garbage in "), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("Invalid addr "), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("problem converting port "), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("Require 'backend/server'."), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("Too many arguments."), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("The command is too big "), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("The command line is too big "), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("A frontend name is expected."), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("Require <"), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("Empty weight string "), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("Missing ACL identifier"), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("Missing map identifier"), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("Missing value for key "), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("'add acl' expects "), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("'add map' expects "), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("'set map' expects "), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("This command expects two parameters"), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("'set server <srv> state' expects "), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("set server <b>/<s> addr requires "), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("can't change <port> to port map "), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("regex '"), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("unable to parse '"), HADM_REFUSAL_BAD_ARGUMENT},
    {TEXT("'set rate-limit' only supports "), HADM_REFUSAL_UNSUPPORTED},
    {TEXT("Proxy is disabled."), HADM_REFUSAL_IN_USE},
    {TEXT("Failed to pause frontend"), HADM_REFUSAL_IN_USE},
    {TEXT("Frontend was previously shut down"), HADM_REFUSAL_IN_USE},
    {TEXT("Failed to resume frontend"), HADM_REFUSAL_IN_USE},
    {TEXT("Update for the current server address family"),
     HADM_REFUSAL_UNSUPPORTED},
};

/* A frontend that is where it should be already. */
static const struct hadm_slice unchanged[] = {
    TEXT("Frontend is already enabled."),
    TEXT("Frontend is already disabled."),
    TEXT("All sockets are already enabled."),
    TEXT("All sockets are already disabled."),
    TEXT("Frontend was already shut down."),
};

/* What each part of the answer to `set server ... addr` begins with. */
static const struct hadm_slice changed[] = {
    TEXT("IP changed from "),
    TEXT("port changed from "),
    TEXT("no need to change the addr"),
    TEXT("no need to change the port"),
    TEXT("nothing changed"),
};

static bool starts_with_any(struct hadm_slice text,
                            const struct hadm_slice *starts, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (hadm_slice_starts(text, starts[i]))
      return true;
  return false;
}

/* The answer's first part that is not a change; empty when all are. The parts
 * are joined by commas; one that failed makes the whole fail, as in "no need
 * to change the addr, problem converting port ...". */
static struct hadm_slice not_changed(struct hadm_slice text) {
  const size_t count = sizeof(changed) / sizeof(changed[0]);
  while (text.len > 0 && starts_with_any(text, changed, count)) {
    const char *comma = memchr(text.ptr, ',', text.len);
    size_t step = comma != NULL ? (size_t)(comma - text.ptr) + 1 : text.len;
    if (step < text.len && text.ptr[step] == ' ')
      step++;
    text.ptr += step;
    text.len -= step;
  }
  return text;
}

bool hadm_refusal_not(enum hadm_success expected, struct hadm_slice text) {
  if (text.len == 0 || hadm_slice_equal(text, HADM_LITERAL("Done.")))
    return true;
  switch (expected) {
  case HADM_SUCCESS_SILENT:
    return false;
  case HADM_SUCCESS_FRONTEND:
    return starts_with_any(text, unchanged,
                           sizeof(unchanged) / sizeof(unchanged[0]));
  case HADM_SUCCESS_ADDRESS:
    return not_changed(text).len == 0;
  }
  return false;
}

/* A pattern or value of the wrong type: "'x' is not a number." */
static bool is_misfit(struct hadm_slice text) {
  return hadm_slice_starts(text, HADM_LITERAL("'")) &&
         (hadm_slice_ends(text, HADM_LITERAL("' is not a number.")) ||
          hadm_slice_ends(
              text, HADM_LITERAL("' is not a valid IPv4 or IPv6 address.")));
}

/* A file name that is taken: "Certificate 'x' already exists!" */
static bool is_taken(struct hadm_slice text) {
  static const struct hadm_slice starts[] = {
      TEXT("Certificate '"), TEXT("CA file '"), TEXT("CRL file '")};
  return starts_with_any(text, starts, sizeof(starts) / sizeof(starts[0])) &&
         hadm_slice_ends(text, HADM_LITERAL("' already exists!"));
}

enum hadm_refusal hadm_refusal_of(struct hadm_slice text) {
  struct hadm_slice rest = not_changed(text);
  if (rest.len > 0)
    text = rest;
  for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
    if (hadm_slice_starts(text, refusals[i].start))
      return refusals[i].refusal;
  if (is_taken(text))
    return HADM_REFUSAL_EXISTS;
  return is_misfit(text) ? HADM_REFUSAL_BAD_ARGUMENT : HADM_REFUSAL_FAILED;
}
