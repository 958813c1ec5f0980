/* SHA-1 (FIPS 180-4), by which HAProxy names certificates. It tells one from
 * another where nobody means harm, and is no proof of anything. */
#ifndef HADM_SHA1_H
#define HADM_SHA1_H

#include "hadm_slice.h"

HADM_BEGIN

enum { HADM_SHA1_SIZE = 20 };

/* Writes the digest of <bytes>. */
void hadm_sha1(struct hadm_slice bytes, unsigned char digest[HADM_SHA1_SIZE]);

HADM_END

#endif
