/* Objects one after the other as lines that programs read: words with tabs or
 * commas between, or records of JSON. */
#ifndef HADM_LISTING_H
#define HADM_LISTING_H

#include "hadm_cells.h"

HADM_BEGIN

enum hadm_listing_form {
  HADM_LISTING_TSV, /* tabs, line ends and backslashes are escaped */
  HADM_LISTING_CSV,
  HADM_LISTING_JSON
};

struct hadm_listing {
  struct hadm_cells *cells;       /* must live as long, with its snapshot */
  const struct hadm_slice *names; /* of JSON: by column; must live as long */
  enum hadm_listing_form form;
  bool plain; /* without anything that a terminal obeys; JSON never has it */
};

/* Appends an object: a line without its end, or a record. Returns HADM_OK or
 * HADM_E_NOMEM. */
enum hadm_status hadm_listing_put(const struct hadm_listing *listing,
                                  struct hadm_buffer *piece, uint32_t object);

HADM_END

#endif
