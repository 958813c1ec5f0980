/* What an answer in words means: did HAProxy do it, and if not, why? */
#ifndef HADM_REFUSAL_H
#define HADM_REFUSAL_H

#include "../base/hadm_slice.h"

HADM_BEGIN

enum hadm_refusal {
  HADM_REFUSAL_FAILED, /* a refusal of no known kind */
  HADM_REFUSAL_NOT_FOUND,
  HADM_REFUSAL_EXISTS,
  HADM_REFUSAL_PERMISSION, /* the socket's level is too low */
  HADM_REFUSAL_BAD_ARGUMENT,
  HADM_REFUSAL_IN_USE,
  HADM_REFUSAL_UNSUPPORTED
};

/* What HAProxy prints when it did what it was told. */
enum hadm_success {
  HADM_SUCCESS_SILENT,   /* nothing */
  HADM_SUCCESS_FRONTEND, /* nothing, or that it was in that state before */
  HADM_SUCCESS_ADDRESS   /* which address or port changed, or that none did */
};

/* Is <text>, a whole reply without its line end, the success of a command of
 * kind <expected>? Anything that is not known is not. */
bool hadm_refusal_not(enum hadm_success expected, struct hadm_slice text);

/* The kind of refusal that <text> is. */
enum hadm_refusal hadm_refusal_of(struct hadm_slice text);

HADM_END

#endif
