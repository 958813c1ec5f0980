#include "hadm_command.h"

#include "../base/hadm_address.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void hadm_command_init(struct hadm_command *command) {
  command->line = HADM_BUFFER_EMPTY;
  command->payload_max = HADM_COMMAND_PAYLOAD_MAX;
  command->refused = HADM_REFUSED_NOT;
  command->at = 0;
  command->half = 0;
}

void hadm_command_free(struct hadm_command *command) {
  hadm_buffer_free(&command->line);
}

void hadm_command_reset(struct hadm_command *command) {
  command->line.len = 0;
  command->refused = HADM_REFUSED_NOT;
  command->at = 0;
  command->half = 0;
}

static enum hadm_status refuse(struct hadm_command *command,
                               enum hadm_refused why, size_t at) {
  command->refused = why;
  command->at = at;
  command->half = 0;
  return HADM_E_ARG;
}

static enum hadm_status append(struct hadm_command *command, const char *bytes,
                               size_t len) {
  if (len > HADM_COMMAND_MAX - command->line.len)
    return refuse(command, HADM_REFUSED_LENGTH, command->line.len);
  return hadm_buffer_append(&command->line, bytes, len);
}

static enum hadm_status separate(struct hadm_command *command) {
  return command->line.len == 0 ? HADM_OK : append(command, " ", 1);
}

/* The characters that HAProxy 2.2 and later take literally only behind a
 * backslash: word separators, the command separator, the escape itself, and
 * the one that could begin a payload. */
static bool needs_escape(char c) {
  return c == '\\' || c == ' ' || c == '\t' || c == ';' || c == '<';
}

/* LF ends a command, CR before it is lost, and what follows a NUL is cut or,
 * from 3.2 on, runs as a command. No escape helps. */
static bool cannot_be_sent(char c) {
  return c == '\0' || c == '\n' || c == '\r';
}

static enum hadm_status escaped(struct hadm_command *command,
                                struct hadm_slice token) {
  size_t plain = 0;
  for (size_t i = 0; i < token.len; i++) {
    char c = token.ptr[i];
    if (cannot_be_sent(c))
      return refuse(command, HADM_REFUSED_CHARACTER, i);
    if (!needs_escape(c))
      continue;
    enum hadm_status status = append(command, token.ptr + plain, i - plain);
    if (status == HADM_OK)
      status = append(command, "\\", 1);
    if (status != HADM_OK)
      return status;
    plain = i;
  }
  return append(command, token.ptr + plain, token.len - plain);
}

static enum hadm_status name(struct hadm_command *command,
                             struct hadm_slice token) {
  const char *slash = memchr(token.ptr, '/', token.len);
  if (slash != NULL)
    return refuse(command, HADM_REFUSED_CHARACTER, (size_t)(slash - token.ptr));
  return escaped(command, token);
}

/* HAProxy reads what begins with # as a number, and what is none as 0. What
 * begins with @ it reads as the version of a map. */
static enum hadm_status identifier(struct hadm_command *command,
                                   struct hadm_slice token) {
  bool id = token.ptr[0] == '#' && token.len > 1;
  for (size_t i = 1; id && i < token.len; i++)
    id = token.ptr[i] >= '0' && token.ptr[i] <= '9';
  if (token.ptr[0] == '@' || (token.ptr[0] == '#' && !id))
    return refuse(command, HADM_REFUSED_CHARACTER, 0);
  return escaped(command, token);
}

static bool is_reference(struct hadm_slice token) {
  if (token.len < 3 || token.ptr[0] != '0' || token.ptr[1] != 'x')
    return false;
  for (size_t i = 2; i < token.len; i++)
    if (strchr("0123456789abcdefABCDEF", token.ptr[i]) == NULL ||
        token.ptr[i] == '\0')
      return false;
  return true;
}

/* A token that is written as it is after its form was checked. */
static enum hadm_status formed(struct hadm_command *command, bool well_formed,
                               struct hadm_slice token) {
  if (!well_formed)
    return refuse(command, HADM_REFUSED_FORM, 0);
  return append(command, token.ptr, token.len);
}

enum hadm_status hadm_command_words(struct hadm_command *command,
                                    struct hadm_slice words) {
  enum hadm_status status = separate(command);
  return status == HADM_OK ? append(command, words.ptr, words.len) : status;
}

enum hadm_status hadm_command_token(struct hadm_command *command,
                                    enum hadm_token class,
                                    struct hadm_slice token) {
  if (token.len == 0)
    return refuse(command, HADM_REFUSED_EMPTY, 0);
  enum hadm_status status = separate(command);
  if (status != HADM_OK)
    return status;
  switch (class) {
  case HADM_TOKEN_NAME:
    return name(command, token);
  case HADM_TOKEN_IDENTIFIER:
    return identifier(command, token);
  case HADM_TOKEN_KEY:
    /* "#0x..." would be read as a reference, even when escaped. */
    if (hadm_slice_starts(token, HADM_LITERAL("#0x")))
      return refuse(command, HADM_REFUSED_CHARACTER, 0);
    return escaped(command, token);
  case HADM_TOKEN_VALUE:
    return escaped(command, token);
  case HADM_TOKEN_REFERENCE:
    status = append(command, "#", 1);
    if (status != HADM_OK)
      return status;
    return formed(command, is_reference(token), token);
  case HADM_TOKEN_ADDRESS:
    return formed(command, hadm_address_is_ip(token), token);
  }
  return refuse(command, HADM_REFUSED_FORM, 0);
}

static enum hadm_status of_half(struct hadm_command *command, unsigned half,
                                enum hadm_status status) {
  if (status == HADM_E_ARG)
    command->half = half;
  return status;
}

enum hadm_status hadm_command_server(struct hadm_command *command,
                                     struct hadm_slice backend,
                                     struct hadm_slice server) {
  if (server.len == 0)
    return of_half(command, 2, refuse(command, HADM_REFUSED_EMPTY, 0));
  enum hadm_status status = of_half(
      command, 1, hadm_command_token(command, HADM_TOKEN_NAME, backend));
  if (status != HADM_OK)
    return status;
  status = append(command, "/", 1);
  if (status == HADM_OK)
    status = name(command, server);
  return of_half(command, 2, status);
}

enum hadm_status hadm_command_number(struct hadm_command *command,
                                     int64_t number) {
  char digits[24];
  int len = snprintf(digits, sizeof(digits), "%" PRId64, number);
  return hadm_command_words(command, (struct hadm_slice){digits, (size_t)len});
}

/* ---- payloads ---- */

void hadm_command_pattern(char *pattern, uint32_t seed) {
  static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
  pattern[0] = '%';
  for (size_t i = 1; i < HADM_COMMAND_PATTERN; i++, seed >>= 5)
    pattern[i] = letters[seed & 31];
}

static bool has_line(struct hadm_slice text, struct hadm_slice wanted) {
  struct hadm_slice line;
  while (hadm_slice_line(&text, &line))
    if (hadm_slice_equal(line, wanted))
      return true;
  return false;
}

/* Offset of the first empty line; the text's length where there is none. */
static size_t find_empty_line(struct hadm_slice text) {
  for (size_t i = 0; i < text.len; i++)
    if (text.ptr[i] == '\n' && (i == 0 || text.ptr[i - 1] == '\n'))
      return i;
  return text.len;
}

/* What no payload may hold: what follows a NUL is lost or runs as a command,
 * and some versions take a CR for a part of the line's end. */
static enum hadm_status check_payload(struct hadm_command *command,
                                      struct hadm_slice payload, bool named) {
  if (payload.len == 0)
    return refuse(command, HADM_REFUSED_EMPTY, 0);
  for (size_t i = 0; i < payload.len; i++)
    if (payload.ptr[i] == '\0' || payload.ptr[i] == '\r')
      return refuse(command, HADM_REFUSED_CHARACTER, i);
  size_t empty = named ? payload.len : find_empty_line(payload);
  if (empty < payload.len)
    return refuse(command, HADM_REFUSED_LINE, empty);
  return HADM_OK;
}

enum hadm_status hadm_command_payload(struct hadm_command *command,
                                      struct hadm_slice payload, bool named,
                                      uint32_t seed) {
  char pattern[HADM_COMMAND_PATTERN];
  struct hadm_slice word = {pattern, named ? sizeof(pattern) : 0};
  enum hadm_status status = check_payload(command, payload, named);
  if (status != HADM_OK)
    return status;
  /* The last line's own end would be an empty line. */
  if (payload.ptr[payload.len - 1] == '\n')
    payload.len--;
  do
    hadm_command_pattern(pattern, seed++);
  while (named && has_line(payload, word));
  const struct hadm_slice parts[] = {HADM_LITERAL(" <<"), word,
                                     HADM_LITERAL("\n"),  payload,
                                     HADM_LITERAL("\n"),  word};
  size_t len = command->line.len + 1;
  for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
    len += parts[i].len;
  if (len > command->payload_max)
    return refuse(command, HADM_REFUSED_LENGTH, 0);
  for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
    status = hadm_buffer_append(&command->line, parts[i].ptr, parts[i].len);
    if (status != HADM_OK)
      return status;
  }
  return HADM_OK;
}
