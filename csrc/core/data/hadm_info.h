/* The reply to `show info`: lines of "Name: value". */
#ifndef HADM_INFO_H
#define HADM_INFO_H

#include "../base/hadm_csv.h"

HADM_BEGIN

struct hadm_pair {
  struct hadm_slice name;
  struct hadm_slice value;
};

/* Reads pair by pair: *<rest> begins as the whole reply and is what follows
 * the pair afterwards. Returns false at the end. Lines of another form are
 * passed over. */
bool hadm_info_next(struct hadm_slice *rest, struct hadm_pair *pair);

/* The value called <name>; false when there is none. */
bool hadm_info_find(struct hadm_slice text, struct hadm_slice name,
                    struct hadm_slice *value);

/* A value without the quotes that HAProxy puts around a text with a comma or a
 * quote in it (a description, say). */
struct hadm_field hadm_info_field(struct hadm_slice value);

HADM_END

#endif
