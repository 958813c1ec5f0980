/* Rows below a header: as many words as names, all of them within the text,
 * and the same whether they are walked along or looked up. */
#include "../../csrc/core/data/hadm_columns.h"
#include "fuzz.h"

static void look_at_row(const struct hadm_columns *columns, size_t row) {
  struct hadm_slice line = hadm_columns_row(columns, row);
  must(line.ptr >= columns->text.ptr && line.len > 0);
  must(line.ptr + line.len <= columns->text.ptr + columns->text.len);
  struct hadm_slice rest = line, word, found;
  size_t words = 0;
  for (; hadm_columns_next(columns, &rest, &word); words++) {
    must(word.ptr >= line.ptr && word.ptr + word.len <= line.ptr + line.len);
    if (words < columns->columns && row == 0) {
      must(hadm_columns_word(columns, row, (int)words, &found));
      must(found.ptr == word.ptr && found.len == word.len);
    }
  }
  must(words == columns->words ||
       (columns->array && words == columns->columns - 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct hadm_columns columns;
  hadm_columns_init(&columns);
  if (hadm_columns_read(
          &columns, (struct hadm_slice){(const char *)data, size}) == HADM_OK) {
    must(columns.columns > 0 && columns.columns <= HADM_COLUMNS_MAX);
    must(columns.words >= columns.columns);
    struct hadm_slice rest = columns.header, name;
    for (int i = 0; hadm_columns_next(&columns, &rest, &name); i++) {
      int found = hadm_columns_find(&columns, hadm_columns_name(name));
      must(found >= 0 && found <= i);
    }
    for (size_t i = 0; i < columns.count; i++)
      look_at_row(&columns, i);
  }
  hadm_columns_free(&columns);
  return 0;
}
