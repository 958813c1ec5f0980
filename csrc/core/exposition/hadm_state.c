#include "hadm_state.h"

#include <string.h>

const struct hadm_slice hadm_state_names[HADM_STATES] = {
    HADM_STATIC("DOWN"), HADM_STATIC("UP"), HADM_STATIC("MAINT"),
    HADM_STATIC("DRAIN"), HADM_STATIC("NOLB")};

static const struct hadm_slice listener_names[HADM_LISTENER_STATES] = {
    HADM_STATIC("WAITING"), HADM_STATIC("OPEN"), HADM_STATIC("FULL")};

const struct hadm_slice hadm_check_names[HADM_CHECKS] = {
    HADM_STATIC("HANA"),   HADM_STATIC("SOCKERR"), HADM_STATIC("L4OK"),
    HADM_STATIC("L4TOUT"), HADM_STATIC("L4CON"),   HADM_STATIC("L6OK"),
    HADM_STATIC("L6TOUT"), HADM_STATIC("L6RSP"),   HADM_STATIC("L7TOUT"),
    HADM_STATIC("L7RSP"),  HADM_STATIC("L7OK"),    HADM_STATIC("L7OKC"),
    HADM_STATIC("L7STS"),  HADM_STATIC("PROCERR"), HADM_STATIC("PROCTOUT"),
    HADM_STATIC("PROCOK")};

const struct hadm_slice *hadm_state_names_of(enum hadm_kind kind,
                                             size_t *count) {
  const size_t of_proxy = 2;
  if (kind == HADM_LISTENER) {
    *count = HADM_LISTENER_STATES;
    return listener_names;
  }
  *count = kind == HADM_SERVER ? HADM_STATES : of_proxy;
  return hadm_state_names;
}

/* Up to the first blank: "UP 1/3" and "MAINT (via app/web1)" say more. */
static struct hadm_slice first_word(struct hadm_slice text) {
  const char *blank = text.len > 0 ? memchr(text.ptr, ' ', text.len) : NULL;
  if (blank != NULL)
    text.len = (size_t)(blank - text.ptr);
  return text;
}

int hadm_state_of(enum hadm_kind kind, struct hadm_slice status) {
  struct hadm_slice word = first_word(status);
  const bool of_listener = kind == HADM_LISTENER;
  const struct hadm_slice *names =
      of_listener ? listener_names : hadm_state_names;
  const int count = of_listener ? HADM_LISTENER_STATES : HADM_STATES;
  for (int i = 0; i < count; i++)
    if (hadm_slice_equal(word, names[i]))
      return i;
  if (of_listener)
    return HADM_UNKNOWN;
  if (kind == HADM_SERVER)
    return hadm_slice_equal(status, HADM_LITERAL("no check")) ? HADM_STATE_UP
                                                              : HADM_UNKNOWN;
  if (word.len == 0)
    return HADM_UNKNOWN;
  /* A frontend that is paused or full is still one that is there. */
  return hadm_slice_equal(word, HADM_LITERAL("STOP")) ? HADM_STATE_DOWN
                                                      : HADM_STATE_UP;
}

int hadm_check_of(struct hadm_slice status) {
  if (hadm_slice_starts(status, HADM_LITERAL("* ")))
    status = hadm_slice_behind(status, 2);
  for (int i = 0; i < HADM_CHECKS; i++)
    if (hadm_slice_equal(status, hadm_check_names[i]))
      return i;
  return HADM_UNKNOWN;
}

int hadm_state_badness(enum hadm_kind kind, int state) {
  static const signed char badness[HADM_STATES] = {5, 1, 2, 3, 4};
  static const signed char of_listener[HADM_LISTENER_STATES] = {2, 1, 3};
  if (state == HADM_UNKNOWN)
    return 0;
  return kind == HADM_LISTENER ? of_listener[state] : badness[state];
}

/* What failed is worse than what passed under a condition, and that worse than
 * what passed; below that, the lower the layer, the worse. */
int hadm_check_badness(int check) {
  static const signed char badness[HADM_CHECKS] = {
      /* HANA, SOCKERR */ 5,
      16,
      /* L4OK, L4TOUT, L4CON */ 3,
      14,
      15,
      /* L6OK, L6TOUT, L6RSP */ 2,
      12,
      13,
      /* L7TOUT, L7RSP, L7OK, L7OKC, L7STS */ 10,
      11,
      1,
      4,
      9,
      /* PROCERR, PROCTOUT, PROCOK */ 8,
      7,
      1};
  return check == HADM_UNKNOWN ? 0 : badness[check];
}
