#include "hadm_saved.h"

#include <limits.h>
#include <string.h>

/* What each begins with, and how many bytes prove that it is whole. */
static const struct hadm_slice mark = HADM_STATIC("haproxyadmin totals 3\n");
static const struct hadm_slice older = HADM_STATIC("haproxyadmin totals 2\n");
enum { PROOF = 8 };

static const enum hadm_kind kinds[] = {HADM_FRONTEND, HADM_BACKEND,
                                       HADM_SERVER,   HADM_LISTENER,
                                       HADM_PROCESS,  HADM_NAME_SERVER};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), OLDER_KINDS = KINDS - 1 };

static uint64_t proof_of(struct hadm_slice bytes) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < bytes.len; i++)
    hash = (hash ^ (unsigned char)bytes.ptr[i]) * UINT64_C(0x100000001b3);
  return hash;
}

/* ---- writing ---- */

enum { NUMBER_MAX = 10 }; /* bytes */

/* Precondition: there is room. */
static void put(struct hadm_buffer *bytes, uint64_t number) {
  for (; number > 0x7f; number >>= 7)
    bytes->data[bytes->len++] = (char)((number & 0x7f) | 0x80);
  bytes->data[bytes->len++] = (char)number;
}

static enum hadm_status put_text(struct hadm_buffer *bytes,
                                 struct hadm_slice text) {
  enum hadm_status status = hadm_buffer_reserve(bytes, NUMBER_MAX + text.len);
  if (status != HADM_OK)
    return status;
  put(bytes, text.len);
  return hadm_buffer_append(bytes, text.ptr, text.len);
}

static enum hadm_status put_number(struct hadm_buffer *bytes, uint64_t number) {
  enum hadm_status status = hadm_buffer_reserve(bytes, NUMBER_MAX);
  if (status == HADM_OK)
    put(bytes, number);
  return status;
}

/* What may be HADM_TALLY_NONE. */
static uint64_t unsign(int64_t number) {
  return number < 0 ? 0 : (uint64_t)number + 1;
}

static enum hadm_status put_counters(const struct hadm_tally *tally,
                                     struct hadm_buffer *bytes) {
  enum hadm_status status = HADM_OK;
  for (size_t k = 0; k < KINDS && status == HADM_OK; k++) {
    size_t count = tally->counters.count[kinds[k]];
    status = put_number(bytes, count);
    for (size_t i = 0; i < count && status == HADM_OK; i++)
      status =
          put_text(bytes, hadm_counters_name(&tally->counters, kinds[k], i));
  }
  return status;
}

static size_t used_columns(const struct hadm_tally *tally) {
  size_t count = 0;
  for (size_t c = 0; c < tally->width; c++)
    count += tally->sources[c].used;
  return count;
}

/* Of a process. */
enum { EXACT = 1, OLD = 2, NAMED = 4, FRESH = 8, ALL_FLAGS = 15 };

static enum hadm_status put_sources(const struct hadm_tally *tally,
                                    struct hadm_buffer *bytes) {
  enum hadm_status status = put_number(bytes, used_columns(tally));
  for (size_t c = 0; c < tally->width && status == HADM_OK; c++) {
    const struct hadm_source *source = &tally->sources[c];
    if (!source->used)
      continue;
    const size_t numbers = 7;
    status = hadm_buffer_reserve(bytes, numbers * NUMBER_MAX);
    if (status != HADM_OK)
      break;
    put(bytes, source->nb);
    put(bytes, unsign(source->pid));
    put(bytes, unsign(source->start));
    put(bytes, (source->exact ? EXACT : 0) | (source->old ? OLD : 0) |
                   (source->named ? NAMED : 0) | (source->fresh ? FRESH : 0));
    put(bytes, unsign(source->uptime));
    put(bytes, unsign(source->seen));
    put(bytes, source->changes);
  }
  return status;
}

static bool has_none(const int64_t *numbers, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (numbers[i] >= 0)
      return false;
  return true;
}

static enum hadm_status put_object(const struct hadm_tally *tally,
                                   struct hadm_buffer *bytes, uint32_t place) {
  const struct hadm_counted *object = &tally->objects[place];
  size_t count = tally->counters.count[object->kind];
  enum hadm_status status = put_number(bytes, object->kind);
  if (status == HADM_OK)
    status = put_text(bytes, (struct hadm_slice){object->key, object->key_len});
  if (status == HADM_OK)
    status = hadm_buffer_reserve(bytes,
                                 NUMBER_MAX * (count + 1) * (tally->width + 2));
  if (status != HADM_OK)
    return status;
  put(bytes, unsign(object->seen));
  const int64_t *totals = hadm_tally_totals(tally, place);
  for (size_t i = 0; i < count; i++)
    put(bytes, unsign(totals[i]));
  for (size_t c = 0; c < tally->width; c++) {
    if (!tally->sources[c].used)
      continue;
    const int64_t *last = hadm_tally_last(tally, place, c);
    bool none = has_none(last, count);
    put(bytes, none ? 0 : 1);
    for (size_t i = 0; i < count && !none; i++)
      put(bytes, unsign(last[i]));
  }
  return HADM_OK;
}

enum hadm_status hadm_saved_write(const struct hadm_tally *tally,
                                  struct hadm_buffer *bytes) {
  size_t start = bytes->len;
  enum hadm_status status = hadm_buffer_append(bytes, mark.ptr, mark.len);
  if (status == HADM_OK)
    status = put_number(bytes, (tally->begun ? 1 : 0) | (tally->many ? 2 : 0));
  if (status == HADM_OK)
    status = put_number(bytes, unsign(tally->time));
  if (status == HADM_OK)
    status = put_number(bytes, unsign(tally->name_time));
  if (status == HADM_OK)
    status = put_counters(tally, bytes);
  if (status == HADM_OK)
    status = put_sources(tally, bytes);
  if (status == HADM_OK)
    status = put_number(bytes, tally->count);
  for (uint32_t i = 0; i < tally->count && status == HADM_OK; i++)
    status = put_object(tally, bytes, i);
  if (status == HADM_OK)
    status = hadm_buffer_reserve(bytes, PROOF);
  if (status != HADM_OK)
    return status;
  uint64_t proof =
      proof_of((struct hadm_slice){bytes->data + start, bytes->len - start});
  for (size_t i = 0; i < PROOF; i++, proof >>= 8)
    bytes->data[bytes->len++] = (char)(proof & 0xff);
  return HADM_OK;
}

/* ---- reading ---- */

/* Bytes that are read one after the other. Behind an error all is 0. */
struct reader {
  struct hadm_slice rest;
  enum hadm_status status;
  size_t kinds; /* how many of them there are */
  /* Of each kind: how many counters they have, and by its number there the
   * number here, or -1. */
  size_t count[HADM_COUNTER_KINDS];
  int numbers[HADM_COUNTER_KINDS][UINT8_MAX + 1];
};

static uint64_t get(struct reader *reader) {
  const unsigned bits = 64;
  uint64_t number = 0;
  for (unsigned shift = 0; reader->rest.len > 0 && shift < bits; shift += 7) {
    unsigned char byte = (unsigned char)*reader->rest.ptr;
    reader->rest.ptr++;
    reader->rest.len--;
    number |= (uint64_t)(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0)
      return number;
  }
  reader->rest.len = 0;
  reader->status = HADM_E_TRUNCATED;
  return 0;
}

/* A number up to <most>. */
static uint64_t get_up_to(struct reader *reader, uint64_t most) {
  uint64_t number = get(reader);
  if (number <= most)
    return number;
  reader->rest.len = 0;
  reader->status = HADM_E_TRUNCATED;
  return 0;
}

static int64_t get_signed(struct reader *reader) {
  return (int64_t)get_up_to(reader, INT64_MAX) - 1;
}

static struct hadm_slice get_text(struct reader *reader) {
  size_t len = (size_t)get_up_to(reader, reader->rest.len);
  if (len > reader->rest.len)
    len = reader->rest.len;
  struct hadm_slice text = {reader->rest.ptr, len};
  reader->rest.ptr += len;
  reader->rest.len -= len;
  return text;
}

static void get_counters(struct reader *reader,
                         const struct hadm_tally *tally) {
  for (size_t k = 0; k < reader->kinds; k++) {
    enum hadm_kind kind = kinds[k];
    reader->count[kind] = (size_t)get_up_to(reader, UINT8_MAX);
    for (size_t i = 0; i < reader->count[kind]; i++)
      reader->numbers[kind][i] =
          hadm_counters_find(&tally->counters, kind, get_text(reader));
  }
}

static void get_sources(struct reader *reader, struct hadm_tally *tally) {
  size_t count = (size_t)get_up_to(reader, HADM_TALLY_COLUMNS);
  if (reader->status == HADM_OK)
    reader->status = hadm_tally_widen(tally, count);
  for (size_t c = 0; c < tally->width && reader->status == HADM_OK; c++) {
    struct hadm_source *source = &tally->sources[c];
    source->nb = (unsigned)get_up_to(reader, UINT_MAX);
    source->pid = get_signed(reader);
    source->start = get_signed(reader);
    uint64_t flags = get_up_to(reader, ALL_FLAGS);
    source->exact = (flags & EXACT) != 0;
    source->old = (flags & OLD) != 0;
    source->named = (flags & NAMED) != 0;
    source->fresh = (flags & FRESH) != 0;
    source->uptime = get_signed(reader);
    source->seen = get_signed(reader);
    source->changes = get(reader);
    source->used = true;
  }
}

static void get_numbers(struct reader *reader, enum hadm_kind kind,
                        int64_t *numbers) {
  for (size_t i = 0; i < reader->count[kind]; i++) {
    int64_t number = get_signed(reader);
    if (reader->numbers[kind][i] >= 0)
      numbers[reader->numbers[kind][i]] = number;
  }
}

static void get_object(struct reader *reader, struct hadm_tally *tally) {
  enum hadm_kind kind = (enum hadm_kind)get_up_to(reader, HADM_NAME_SERVER);
  struct hadm_slice key = get_text(reader);
  uint32_t place;
  if (reader->status == HADM_OK && (kind == HADM_PROCESS) != (key.len == 0))
    reader->status = HADM_E_TRUNCATED;
  if (reader->status == HADM_OK)
    reader->status = hadm_tally_object(tally, kind, key, &place);
  if (reader->status != HADM_OK)
    return;
  tally->objects[place].seen = get_signed(reader);
  get_numbers(reader, kind, hadm_tally_totals(tally, place));
  for (size_t c = 0; c < tally->width; c++)
    if (get_up_to(reader, 1) == 1)
      get_numbers(reader, kind, hadm_tally_last(tally, place, c));
}

/* Takes the proof off; is it right? */
static bool is_whole(struct hadm_slice *bytes) {
  uint64_t proof = 0;
  if (bytes->len < mark.len + PROOF)
    return false;
  bytes->len -= PROOF;
  for (size_t i = PROOF; i > 0; i--)
    proof = proof << 8 | (unsigned char)bytes->ptr[bytes->len + i - 1];
  return proof == proof_of(*bytes);
}

static void get_tally(struct reader *reader, struct hadm_tally *tally) {
  uint64_t flags = get_up_to(reader, 3);
  tally->begun = (flags & 1) != 0;
  tally->many = (flags & 2) != 0;
  tally->time = get_signed(reader);
  if (reader->kinds == KINDS)
    tally->name_time = get_signed(reader);
  get_counters(reader, tally);
  get_sources(reader, tally);
  uint64_t count = get_up_to(reader, reader->rest.len);
  for (uint64_t i = 0; i < count && reader->status == HADM_OK; i++)
    get_object(reader, tally);
  if (reader->status == HADM_OK && reader->rest.len > 0)
    reader->status = HADM_E_TRUNCATED;
}

struct hadm_tally *hadm_saved_read(struct hadm_slice bytes, uint32_t seed,
                                   enum hadm_status *status) {
  bool is_older = hadm_slice_starts(bytes, older);
  if (!is_older && !hadm_slice_starts(bytes, mark)) {
    *status = HADM_E_FOREIGN;
    return NULL;
  }
  if (!is_whole(&bytes)) {
    *status = HADM_E_TRUNCATED;
    return NULL;
  }
  struct hadm_tally *tally = hadm_tally_new(seed);
  *status = HADM_E_NOMEM;
  if (tally == NULL)
    return NULL;
  struct reader reader = {.rest = hadm_slice_behind(bytes, mark.len),
                          .status = HADM_OK,
                          .kinds = is_older ? OLDER_KINDS : KINDS};
  get_tally(&reader, tally);
  *status = reader.status;
  if (reader.status == HADM_OK)
    return tally;
  hadm_tally_free(tally);
  return NULL;
}
