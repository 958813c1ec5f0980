/* Numbers and texts as the formats want them written. */
#ifndef HADM_TEXT_H
#define HADM_TEXT_H

#include "../base/hadm_buffer.h"
#include "../base/hadm_csv.h"

HADM_BEGIN

/* The most bytes of a number. */
enum { HADM_DIGITS = 20 };

/* Writes the decimal digits of a number; returns what is behind them. */
char *hadm_text_number(char *to, int64_t number);

/* Writes milliseconds as seconds, with at most three decimals. */
char *hadm_text_seconds(char *to, int64_t milliseconds);

/* The most bytes that a text of so many takes in any of the formats. */
size_t hadm_text_most(size_t length);

/* Each writes a field to <to>, which has room for hadm_text_most bytes, and
 * returns what is behind it: as the value of a label (without its quotes), as a
 * string of JSON (with them), and as a field of CSV (with them where they are
 * needed). What is no UTF-8 becomes U+FFFD in the first two; JSON has no
 * character as it is that a terminal would obey. */
char *hadm_text_label(char *to, struct hadm_field field);
char *hadm_text_json(char *to, struct hadm_field field);
char *hadm_text_csv(char *to, struct hadm_field field);

/* The same as a text for people and pipes, without quotes: <escapes> makes
 * tabs, line ends and backslashes \t, \n, \r and \\; <plain> shows what a
 * terminal would obey, and bytes that are no UTF-8, as their numbers. */
char *hadm_text_word(char *to, struct hadm_field field, bool escapes,
                     bool plain);

HADM_END

#endif
