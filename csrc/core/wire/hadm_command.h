/* The encoder: the one place where a command line is built.
 *
 * A line is built from parts. Words that the program itself chose are
 * appended as they are; everything that came from a caller is one *token*
 * with a class. A token arrives at HAProxy byte for byte, or it is refused:
 * it is never rewritten and can never be read as a second command. */
#ifndef HADM_COMMAND_H
#define HADM_COMMAND_H

#include "../base/hadm_buffer.h"
#include "../base/hadm_slice.h"

HADM_BEGIN

enum hadm_token {
  HADM_TOKEN_NAME,       /* a frontend, backend or server */
  HADM_TOKEN_IDENTIFIER, /* an ACL or a map: a file name, or #id */
  HADM_TOKEN_KEY,        /* a key that is looked for (no #0x reference) */
  HADM_TOKEN_VALUE,      /* a key that is added, or a value */
  HADM_TOKEN_REFERENCE,  /* an entry of an ACL or a map: 0x... */
  HADM_TOKEN_ADDRESS     /* an IP address */
};

/* Why a token was refused. */
enum hadm_refused {
  HADM_REFUSED_NOT,       /* it was not */
  HADM_REFUSED_EMPTY,     /* an empty word cannot be expressed */
  HADM_REFUSED_CHARACTER, /* <at> is the offset of the character */
  HADM_REFUSED_FORM,      /* it is not what its class asks for */
  HADM_REFUSED_LINE,      /* an empty line at <at> would end the payload */
  HADM_REFUSED_LENGTH     /* the line would be too long for HAProxy */
};

struct hadm_command {
  struct hadm_buffer line;
  size_t payload_max; /* bytes of a line with its payload and the last LF */
  enum hadm_refused refused;
  size_t at;
  unsigned half; /* of hadm_command_server's two tokens, the one that was
                    refused: 1 or 2; 0 for a token that stands alone */
};

/* HAProxy reads a line with its LF into one buffer, of which it keeps some in
 * reserve: tune.bufsize less tune.maxrewrite, with their defaults. One byte
 * more, and HAProxy up to 2.6 waits for ever. Without the LF: */
enum { HADM_COMMAND_MAX = 15359 };

/* A payload and its command must fit into one such buffer together, unless the
 * program knows better; larger ones are dropped, hang or crash some versions.
 */
enum { HADM_COMMAND_PAYLOAD_MAX = 12288 };

/* The longest pattern that may end a payload, from HAProxy 2.9 on. */
enum { HADM_COMMAND_PATTERN = 7 };

void hadm_command_init(struct hadm_command *command);
void hadm_command_free(struct hadm_command *command);

/* Begins another line in the same memory. */
void hadm_command_reset(struct hadm_command *command);

/* Appends <words>, which the program chose and which may hold spaces.
 * Returns HADM_OK, HADM_E_ARG (too long), HADM_E_NOMEM. */
enum hadm_status hadm_command_words(struct hadm_command *command,
                                    struct hadm_slice words);

/* Appends one token. Returns HADM_OK, HADM_E_NOMEM, or HADM_E_ARG with the
 * reason in command->refused and command->at. */
enum hadm_status hadm_command_token(struct hadm_command *command,
                                    enum hadm_token class,
                                    struct hadm_slice token);

/* Appends the token "<backend>/<server>". Returns as hadm_command_token;
 * command->half says which of the two the reason and the offset are about. */
enum hadm_status hadm_command_server(struct hadm_command *command,
                                     struct hadm_slice backend,
                                     struct hadm_slice server);

/* Ends the line with what follows it: a payload, which HAProxy takes as it is,
 * up to a line of its own. That line is a pattern which is no line of the
 * payload; <seed> chooses which one. HAProxy up to 2.8 knows no pattern
 * (<named> is false then), and ends a payload at its first empty line. Returns
 * as hadm_command_token; LF behind the last line is left to the caller, as
 * behind any line. */
enum hadm_status hadm_command_payload(struct hadm_command *command,
                                      struct hadm_slice payload, bool named,
                                      uint32_t seed);

/* Writes HADM_COMMAND_PATTERN characters: a word that no other seed near this
 * one gives. */
void hadm_command_pattern(char *pattern, uint32_t seed);

/* Appends a number. Returns as hadm_command_words. */
enum hadm_status hadm_command_number(struct hadm_command *command,
                                     int64_t number);

HADM_END

#endif
