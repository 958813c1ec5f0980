#include "hadm_reading.h"

void hadm_reading_init(struct hadm_reading *reading) {
  *reading = (struct hadm_reading){.text = HADM_BUFFER_EMPTY};
  hadm_table_init(&reading->table, 0);
}

void hadm_reading_free(struct hadm_reading *reading) {
  hadm_buffer_free(&reading->text);
  hadm_table_free(&reading->table);
  hadm_reading_init(reading);
}

struct hadm_slice hadm_reading_info(const struct hadm_reading *reading) {
  if (reading->info_len == 0)
    return (struct hadm_slice){"", 0};
  return (struct hadm_slice){reading->text.data + reading->info,
                             reading->info_len};
}
