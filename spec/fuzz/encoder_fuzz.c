/* The encoder: whatever goes in, what comes out is one command whose words
 * are what went in; or it is refused.
 *
 * The input is a sequence of parts: a byte for the class, one for the length,
 * and the bytes. */
#include "../../csrc/core/base/hadm_address.h"
#include "../../csrc/core/wire/hadm_command.h"
#include "../c/cli.h"
#include "fuzz.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SERVER = HADM_TOKEN_ADDRESS + 1, NUMBER, CLASSES, PARTS = 20 };

struct part {
  enum hadm_token class;
  struct hadm_slice text;
  size_t slash; /* a server's backend ends there */
  int64_t number;
};

static size_t read_parts(struct part parts[PARTS], const char *p,
                         const char *end) {
  size_t count = 0;
  while (end - p >= 2 && count < PARTS) {
    struct part *part = &parts[count++];
    size_t len = (unsigned char)p[1];
    /* Long ones, too: a line has a limit. */
    if (len > 240)
      len = (len - 240) * 1000;
    part->class = (enum hadm_token)((unsigned char)p[0] % CLASSES);
    p += 2;
    if (len > (size_t)(end - p))
      len = (size_t)(end - p);
    part->text = (struct hadm_slice){p, len};
    part->slash = len / 2;
    part->number = 0;
    memcpy(&part->number, p, len < 8 ? len : 8);
    p += len;
  }
  return count;
}

static struct hadm_slice backend(const struct part *part) {
  return (struct hadm_slice){part->text.ptr, part->slash};
}

static struct hadm_slice server(const struct part *part) {
  return (struct hadm_slice){part->text.ptr + part->slash,
                             part->text.len - part->slash};
}

static enum hadm_status append(struct hadm_command *command,
                               const struct part *part) {
  if ((int)part->class == NUMBER)
    return hadm_command_number(command, part->number);
  if ((int)part->class == SERVER)
    return hadm_command_server(command, backend(part), server(part));
  return hadm_command_token(command, part->class, part->text);
}

/* A refusal has a reason, and one that can be seen. */
static void check_refusal(const struct hadm_command *command,
                          const struct part *part) {
  switch (command->refused) {
  case HADM_REFUSED_NOT:
    must(false);
    break;
  case HADM_REFUSED_EMPTY:
    must(part->text.len < 2);
    break;
  case HADM_REFUSED_CHARACTER:
    must(command->at < part->text.len);
    must(strchr("\r\n/@#", part->text.ptr[command->at]) != NULL ||
         (int)part->class == SERVER);
    break;
  case HADM_REFUSED_FORM:
    must(part->class == HADM_TOKEN_REFERENCE ||
         part->class == HADM_TOKEN_ADDRESS);
    break;
  case HADM_REFUSED_LENGTH:
    must(command->line.len + 2 * part->text.len + 30 > HADM_COMMAND_MAX);
    break;
  }
}

/* What HAProxy is to see. */
static size_t expected(const struct part *part, char *word) {
  struct hadm_slice text = part->text;
  if ((int)part->class == NUMBER)
    return (size_t)sprintf(word, "%" PRId64, part->number);
  if ((int)part->class == SERVER) {
    memcpy(word, text.ptr, part->slash);
    word[part->slash] = '/';
    memcpy(word + part->slash + 1, text.ptr + part->slash,
           text.len - part->slash);
    return text.len + 1;
  }
  size_t hash = part->class == HADM_TOKEN_REFERENCE;
  word[0] = '#';
  memcpy(word + hash, text.ptr, text.len);
  return text.len + hash;
}

static void check_line(struct hadm_command *command, const struct part *parts,
                       size_t count) {
  static struct cli cli;
  static char word[HADM_COMMAND_MAX + 32];
  must(command->line.len <= HADM_COMMAND_MAX);
  must(hadm_buffer_append(&command->line, "\n", 1) == HADM_OK);
  must(cli_read(&cli, command->line.data, command->line.len));
  must(cli.commands == 1 && !cli.payload);
  must(cli.count == count + 1);
  for (size_t i = 0; i < count; i++) {
    size_t len = expected(&parts[i], word);
    must(cli.lens[i + 1] == len);
    must(memcmp(cli.words[i + 1], word, len) == 0);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct part parts[PARTS];
  struct hadm_command command;
  const char *bytes = (const char *)data;
  size_t count = read_parts(parts, bytes, bytes + size);
  hadm_command_init(&command);
  must(hadm_command_words(&command, HADM_LITERAL("command")) == HADM_OK);
  enum hadm_status status = HADM_OK;
  for (size_t i = 0; i < count && status == HADM_OK; i++) {
    status = append(&command, &parts[i]);
    must(status == HADM_OK || status == HADM_E_ARG);
    if (status == HADM_E_ARG)
      check_refusal(&command, &parts[i]);
  }
  if (status == HADM_OK)
    check_line(&command, parts, count);
  hadm_command_free(&command);
  return 0;
}
