/* All objects of a kind as one JSON or CSV text, in pieces. */
#ifndef HADM_DOCUMENT_H
#define HADM_DOCUMENT_H

#include "hadm_grid.h"

HADM_BEGIN

enum hadm_document_form {
  HADM_DOCUMENT_COLUMNS, /* {"columns":[...],"rows":[[...],...]} */
  HADM_DOCUMENT_RECORDS, /* [{"name":value,...},...] */
  HADM_DOCUMENT_CSV
};

struct hadm_document_options {
  enum hadm_kind kind; /* HADM_PROCESS too */
  enum hadm_view view;
  size_t process; /* of HADM_VIEW_PROCESS: its place */
  enum hadm_document_form form;
  /* The columns that are wanted, with commas between; empty: all. Beside the
   * fields: `process`, the number of the process that a row is of; `processes`,
   * the numbers of those that have the object; `differs`, the names of the
   * fields on which they should agree and do not. */
  struct hadm_slice columns;
};

struct hadm_document;

/* The snapshot is kept until the document is freed; the text of the columns is
 * copied. NULL when memory is out. */
struct hadm_document *
hadm_document_new(struct hadm_snapshot *snapshot,
                  const struct hadm_document_options *options);
void hadm_document_free(struct hadm_document *document);

/* As hadm_exposition_next. <tally>, or NULL, is asked for the counters of all
 * processes together. */
enum hadm_status hadm_document_next(struct hadm_document *document,
                                    const struct hadm_tally *tally,
                                    struct hadm_buffer *piece, size_t size);

HADM_END

#endif
