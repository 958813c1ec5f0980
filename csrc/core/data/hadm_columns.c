#include "hadm_columns.h"

#include "../base/hadm_number.h"
#include "../base/hadm_word.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROWS = 64 };

#define TEXT_MAX ((size_t)INT32_MAX)

void hadm_columns_init(struct hadm_columns *columns) {
  *columns = (struct hadm_columns){.rows = NULL};
}

void hadm_columns_free(struct hadm_columns *columns) {
  free(columns->rows);
  hadm_columns_init(columns);
}

/* ---- words ---- */

static struct hadm_slice without_blanks(struct hadm_slice text) {
  while (text.len > 0 && text.ptr[0] == ' ')
    text = hadm_slice_behind(text, 1);
  while (text.len > 0 && text.ptr[text.len - 1] == ' ')
    text.len--;
  return text;
}

/* What is left of *<rest> has a word until nothing is left. */
static bool next_word(bool filled, struct hadm_slice *rest,
                      struct hadm_slice *word) {
  if (filled)
    *rest = without_blanks(*rest);
  if (rest->len == 0)
    return false;
  const char *blank = memchr(rest->ptr, ' ', rest->len);
  size_t len = blank != NULL ? (size_t)(blank - rest->ptr) : rest->len;
  *word = (struct hadm_slice){rest->ptr, len};
  *rest = hadm_slice_behind(*rest, blank != NULL ? len + 1 : len);
  return true;
}

static size_t count_words(bool filled, struct hadm_slice text) {
  size_t count = 0;
  struct hadm_slice word;
  if (filled) {
    while (next_word(true, &text, &word))
      count++;
    return count;
  }
  size_t blocks = text.len / HADM_BLOCK;
  count = hadm_block_count(text.ptr, blocks, ' ');
  for (size_t i = blocks * HADM_BLOCK; i < text.len; i++)
    count += text.ptr[i] == ' ';
  /* A blank at the end is no separator: nothing follows it. */
  return count + (text.len > 0 && text.ptr[text.len - 1] != ' ');
}

bool hadm_columns_next(const struct hadm_columns *columns,
                       struct hadm_slice *rest, struct hadm_slice *word) {
  return next_word(columns->filled, rest, word);
}

bool hadm_columns_is_empty(struct hadm_slice word) {
  return word.len == 0 || (word.len == 1 && word.ptr[0] == '-');
}

/* ---- the header ---- */

static bool has_two_blanks(struct hadm_slice text) {
  for (size_t i = 1; i < text.len; i++)
    if (text.ptr[i] == ' ' && text.ptr[i - 1] == ' ')
      return true;
  return false;
}

/* Where the brackets of "name[2]" begin; the name's length where it has none.
 */
static size_t bracket_of(struct hadm_slice name) {
  const char *at = name.len > 0 && name.ptr[name.len - 1] == ']'
                       ? memchr(name.ptr, '[', name.len)
                       : NULL;
  return at != NULL ? (size_t)(at - name.ptr) : name.len;
}

struct hadm_slice hadm_columns_name(struct hadm_slice name) {
  return (struct hadm_slice){name.ptr, bracket_of(name)};
}

/* How many words a name stands for; 0 where that cannot be. */
static size_t words_of(struct hadm_slice name) {
  size_t at = bracket_of(name);
  int64_t count;
  if (at == name.len)
    return 1;
  struct hadm_slice digits = {name.ptr + at + 1, name.len - at - 2};
  if (!hadm_number_read(digits, &count) || count < 1 ||
      count > HADM_COLUMNS_ARRAY_MAX)
    return 0;
  return (size_t)count;
}

static enum hadm_status read_header(struct hadm_columns *columns,
                                    struct hadm_slice line) {
  columns->header = without_blanks(hadm_slice_behind(line, 1));
  columns->filled = has_two_blanks(columns->header);
  struct hadm_slice rest = columns->header, name;
  size_t last = 0;
  while (hadm_columns_next(columns, &rest, &name)) {
    last = words_of(name);
    columns->array = bracket_of(name) < name.len;
    columns->columns++;
  }
  if (columns->columns == 0 || columns->columns > HADM_COLUMNS_MAX || last == 0)
    return HADM_E_FOREIGN;
  columns->words = columns->columns - 1 + last;
  return HADM_OK;
}

int hadm_columns_find(const struct hadm_columns *columns,
                      struct hadm_slice name) {
  struct hadm_slice rest = columns->header, word;
  for (int i = 0; hadm_columns_next(columns, &rest, &word); i++)
    if (hadm_slice_equal(hadm_columns_name(word), name))
      return i;
  return -1;
}

/* ---- rows ---- */

static enum hadm_status add_row(struct hadm_columns *columns,
                                struct hadm_slice line) {
  size_t words = count_words(columns->filled, line);
  bool without = columns->array && words == columns->columns - 1;
  if (words != columns->words && !without)
    return words < columns->words ? HADM_E_TRUNCATED : HADM_E_FOREIGN;
  if (columns->count == columns->reserved) {
    size_t reserved =
        columns->reserved == 0 ? FIRST_ROWS : columns->reserved * 2;
    uint32_t *rows = realloc(columns->rows, reserved * sizeof(*rows));
    if (rows == NULL)
      return HADM_E_NOMEM;
    columns->rows = rows;
    columns->reserved = reserved;
  }
  columns->rows[columns->count++] = (uint32_t)(line.ptr - columns->text.ptr);
  return HADM_OK;
}

enum hadm_status hadm_columns_read(struct hadm_columns *columns,
                                   struct hadm_slice text) {
  if (text.len > TEXT_MAX)
    return HADM_E_TOO_BIG;
  columns->text = text;
  struct hadm_slice rest = text, line;
  while (hadm_slice_line(&rest, &line)) {
    enum hadm_status status = HADM_OK;
    bool comment = line.len == 0 || line.ptr[0] == '#';
    if (columns->columns > 0)
      status = comment ? HADM_OK : add_row(columns, line);
    else if (line.len > 0 && comment)
      status = read_header(columns, line);
    if (status != HADM_OK)
      return status;
  }
  return columns->columns > 0 ? HADM_OK : HADM_E_FOREIGN;
}

struct hadm_slice hadm_columns_row(const struct hadm_columns *columns,
                                   size_t row) {
  struct hadm_slice rest = hadm_slice_behind(columns->text, columns->rows[row]);
  struct hadm_slice line = {"", 0};
  hadm_slice_line(&rest, &line);
  return line;
}

bool hadm_columns_word(const struct hadm_columns *columns, size_t row,
                       int column, struct hadm_slice *word) {
  struct hadm_slice rest = hadm_columns_row(columns, row);
  if (column < 0 || (size_t)column >= columns->columns)
    return false;
  for (int i = 0; i < column; i++)
    if (!hadm_columns_next(columns, &rest, word))
      return false;
  return hadm_columns_next(columns, &rest, word);
}
