/* A snapshot as Prometheus reads it: text format 0.0.4, with the names, labels
 * and types of HAProxy's own exporter; in pieces. */
#ifndef HADM_EXPOSITION_H
#define HADM_EXPOSITION_H

#include "hadm_grid.h"

HADM_BEGIN

struct hadm_exposition_options {
  enum hadm_view view;
  size_t process;                 /* of HADM_VIEW_PROCESS: its place */
  unsigned kinds;                 /* a set of enum hadm_kind */
  bool no_maint;                  /* without servers in maintenance */
  bool modules;                   /* what HAProxy's modules count, too */
  const struct hadm_tally *tally; /* of the counters of all; or NULL */
  struct hadm_slice filter; /* names with commas between; "-name": without it;
                               empty: all */
};

struct hadm_exposition;

/* Reads what is to be shown; filter and tally are not asked again, and the
 * snapshot is kept until the exposition is
 * freed. NULL when memory is out. */
struct hadm_exposition *
hadm_exposition_new(struct hadm_snapshot *snapshot,
                    const struct hadm_exposition_options *options);
void hadm_exposition_free(struct hadm_exposition *exposition);

/* Appends the next piece of at least <size> bytes, or the last one. HADM_MORE:
 * there may be another; HADM_OK: there is none; HADM_E_NOMEM. */
enum hadm_status hadm_exposition_next(struct hadm_exposition *exposition,
                                      struct hadm_buffer *piece, size_t size);

/* Does a filter let a name pass? */
bool hadm_exposition_lets(struct hadm_slice filter, struct hadm_slice prefix,
                          struct hadm_slice name);

HADM_END

#endif
