#include "../../csrc/core/wire/hadm_command.h"
#include "cli.h"
#include "support.h"

static struct hadm_slice line_of(const struct hadm_command *command) {
  return (struct hadm_slice){command->line.data, command->line.len};
}

/* What becomes of one token; the caller frees. */
static enum hadm_status encode(struct hadm_command *command,
                               enum hadm_token class, struct hadm_slice token) {
  hadm_command_init(command);
  return hadm_command_token(command, class, guarded(token));
}

static void assert_encodes(enum hadm_token class, struct hadm_slice token,
                           const char *line) {
  struct hadm_command command;
  assert_int_equal(encode(&command, class, token), HADM_OK);
  assert_slice(line_of(&command), line);
  hadm_command_free(&command);
}

static void assert_refuses(enum hadm_token class, struct hadm_slice token,
                           enum hadm_refused why, size_t at) {
  struct hadm_command command;
  assert_int_equal(encode(&command, class, token), HADM_E_ARG);
  assert_int_equal(command.refused, why);
  assert_int_equal(command.at, at);
  hadm_command_free(&command);
}

static void joins_parts_by_one_blank(void **state) {
  (void)state;
  struct hadm_command command;
  hadm_command_init(&command);
  assert_int_equal(hadm_command_words(&command, TEXT("set weight")), HADM_OK);
  assert_int_equal(hadm_command_server(&command, TEXT("app"), TEXT("one")),
                   HADM_OK);
  assert_int_equal(hadm_command_number(&command, -12), HADM_OK);
  assert_slice(line_of(&command), "set weight app/one -12");
  assert_int_equal(command.refused, HADM_REFUSED_NOT);
  hadm_command_free(&command);
}

static void escapes(void **state) {
  (void)state;
  assert_encodes(HADM_TOKEN_VALUE, TEXT("plain"), "plain");
  assert_encodes(HADM_TOKEN_VALUE, TEXT("two words"), "two\\ words");
  assert_encodes(HADM_TOKEN_VALUE, TEXT(" a\tb "), "\\ a\\\tb\\ ");
  assert_encodes(HADM_TOKEN_VALUE, TEXT("foo;bar"), "foo\\;bar");
  assert_encodes(HADM_TOKEN_VALUE, TEXT("^k5\\.x$"), "^k5\\\\.x$");
  assert_encodes(HADM_TOKEN_VALUE, TEXT("<<"), "\\<\\<");
  assert_encodes(HADM_TOKEN_VALUE, TEXT("x<<"), "x\\<\\<");
  assert_encodes(HADM_TOKEN_VALUE, TEXT("\"'#@$!\xc3\xa4\x01\x7f"),
                 "\"'#@$!\xc3\xa4\x01\x7f");
  assert_encodes(HADM_TOKEN_VALUE, TEXT("#0x12"), "#0x12");
  assert_encodes(HADM_TOKEN_IDENTIFIER, TEXT("/etc/a map"), "/etc/a\\ map");
  assert_encodes(HADM_TOKEN_IDENTIFIER, TEXT("#3"), "#3");
  assert_encodes(HADM_TOKEN_NAME, TEXT("a b"), "a\\ b");
  assert_encodes(HADM_TOKEN_KEY, TEXT("#0"), "#0");
}

static void refuses_what_ends_a_command(void **state) {
  (void)state;
  const enum hadm_token classes[] = {HADM_TOKEN_NAME, HADM_TOKEN_IDENTIFIER,
                                     HADM_TOKEN_KEY, HADM_TOKEN_VALUE};
  for (size_t i = 0; i < 4; i++) {
    assert_refuses(classes[i], TEXT("a\nb"), HADM_REFUSED_CHARACTER, 1);
    assert_refuses(classes[i], TEXT("a b\r"), HADM_REFUSED_CHARACTER, 3);
    assert_refuses(classes[i], TEXT("\0"), HADM_REFUSED_CHARACTER, 0);
    assert_refuses(classes[i], TEXT(""), HADM_REFUSED_EMPTY, 0);
  }
}

static void refuses_what_means_something_else(void **state) {
  (void)state;
  assert_refuses(HADM_TOKEN_NAME, TEXT("a/b"), HADM_REFUSED_CHARACTER, 1);
  assert_refuses(HADM_TOKEN_IDENTIFIER, TEXT("@1"), HADM_REFUSED_CHARACTER, 0);
  assert_refuses(HADM_TOKEN_KEY, TEXT("#0x1"), HADM_REFUSED_CHARACTER, 0);
  assert_refuses((enum hadm_token)99, TEXT("a"), HADM_REFUSED_FORM, 0);
}

static void references(void **state) {
  (void)state;
  assert_encodes(HADM_TOKEN_REFERENCE, TEXT("0x12aF"), "#0x12aF");
  const struct hadm_slice bad[] = {TEXT("0x"),   TEXT("12"),    TEXT("x12"),
                                   TEXT("0X12"), TEXT("0x1 2"), TEXT("0x1g"),
                                   TEXT("0x;"),  TEXT("0x1\0"), TEXT("1x1")};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    assert_refuses(HADM_TOKEN_REFERENCE, bad[i], HADM_REFUSED_FORM, 0);
}

static void addresses(void **state) {
  (void)state;
  assert_encodes(HADM_TOKEN_ADDRESS, TEXT("10.0.0.1"), "10.0.0.1");
  assert_encodes(HADM_TOKEN_ADDRESS, TEXT("2001:db8::1"), "2001:db8::1");
  assert_refuses(HADM_TOKEN_ADDRESS, TEXT("localhost"), HADM_REFUSED_FORM, 0);
  assert_refuses(HADM_TOKEN_ADDRESS, TEXT("10.0.0.1 port 1"), HADM_REFUSED_FORM,
                 0);
}

static void assert_half(struct hadm_slice backend, struct hadm_slice server,
                        unsigned half, enum hadm_refused why, size_t at) {
  struct hadm_command command;
  hadm_command_init(&command);
  assert_int_equal(hadm_command_server(&command, backend, server), HADM_E_ARG);
  assert_int_equal(command.half, half);
  assert_int_equal(command.refused, why);
  assert_int_equal(command.at, at);
  hadm_command_reset(&command);
  assert_int_equal(command.half, 0);
  hadm_command_free(&command);
}

static void servers(void **state) {
  (void)state;
  static char bytes[HADM_COMMAND_MAX];
  memset(bytes, 'a', sizeof(bytes));
  struct hadm_slice full = {bytes, sizeof(bytes)};
  struct hadm_slice room_for_slash = {bytes, sizeof(bytes) - 1};
  assert_half(TEXT("a"), TEXT(""), 2, HADM_REFUSED_EMPTY, 0);
  assert_half(TEXT(""), TEXT("b"), 1, HADM_REFUSED_EMPTY, 0);
  assert_half(TEXT("a/b"), TEXT("c/d"), 1, HADM_REFUSED_CHARACTER, 1);
  assert_half(TEXT("abc"), TEXT("b/c"), 2, HADM_REFUSED_CHARACTER, 1);
  assert_half(TEXT("abc"), TEXT("de\nf"), 2, HADM_REFUSED_CHARACTER, 2);
  assert_half(full, TEXT("b"), 2, HADM_REFUSED_LENGTH, sizeof(bytes));
  assert_half(room_for_slash, TEXT("b"), 2, HADM_REFUSED_LENGTH, sizeof(bytes));
}

/* What stands alone has no half, also behind a server that was refused. */
static void only_servers_have_halves(void **state) {
  (void)state;
  struct hadm_command command;
  hadm_command_init(&command);
  assert_int_equal(hadm_command_server(&command, TEXT("a"), TEXT("b/")),
                   HADM_E_ARG);
  assert_int_equal(command.half, 2);
  assert_int_equal(hadm_command_token(&command, HADM_TOKEN_NAME, TEXT("/")),
                   HADM_E_ARG);
  assert_int_equal(command.half, 0);
  hadm_command_free(&command);
}

static void numbers(void **state) {
  (void)state;
  struct hadm_command command;
  hadm_command_init(&command);
  assert_int_equal(hadm_command_number(&command, INT64_MIN), HADM_OK);
  assert_int_equal(hadm_command_number(&command, INT64_MAX), HADM_OK);
  assert_slice(line_of(&command), "-9223372036854775808 9223372036854775807");
  hadm_command_free(&command);
}

/* A line may grow to the limit, and not by one byte more, whatever the parts
 * are and whether they have to be escaped. */
static void refuses_a_line_that_is_too_long(void **state) {
  (void)state;
  static char bytes[HADM_COMMAND_MAX + 1];
  struct hadm_command command;
  memset(bytes, 'a', sizeof(bytes));
  for (size_t len = HADM_COMMAND_MAX - 3; len <= HADM_COMMAND_MAX + 1; len++) {
    struct hadm_slice token = {bytes, len};
    bool fits = len <= HADM_COMMAND_MAX;
    assert_int_equal(encode(&command, HADM_TOKEN_VALUE, token),
                     fits ? HADM_OK : HADM_E_ARG);
    if (!fits)
      assert_int_equal(command.refused, HADM_REFUSED_LENGTH);
    hadm_command_free(&command);
  }
  memset(bytes, ';', sizeof(bytes));
  struct hadm_slice half = {bytes, HADM_COMMAND_MAX / 2};
  assert_int_equal(encode(&command, HADM_TOKEN_VALUE, half), HADM_OK);
  assert_int_equal(command.line.len, 2 * half.len);
  assert_int_equal(hadm_command_words(&command, TEXT("a")), HADM_E_ARG);
  assert_int_equal(command.refused, HADM_REFUSED_LENGTH);
  assert_int_equal(hadm_command_number(&command, 1), HADM_E_ARG);
  assert_int_equal(hadm_command_token(&command, HADM_TOKEN_NAME, TEXT("a")),
                   HADM_E_ARG);
  assert_int_equal(hadm_command_server(&command, TEXT("a"), TEXT("b")),
                   HADM_E_ARG);
  hadm_command_free(&command);
  half.len++;
  assert_int_equal(encode(&command, HADM_TOKEN_VALUE, half), HADM_E_ARG);
  assert_int_equal(command.refused, HADM_REFUSED_LENGTH);
  hadm_command_free(&command);
  struct hadm_slice nearly = {bytes, (HADM_COMMAND_MAX - 2) / 2};
  assert_int_equal(encode(&command, HADM_TOKEN_VALUE, nearly), HADM_OK);
  assert_int_equal(
      hadm_command_token(&command, HADM_TOKEN_REFERENCE, TEXT("0x1")),
      HADM_E_ARG);
  assert_int_equal(command.refused, HADM_REFUSED_LENGTH);
  hadm_command_free(&command);
}

static void assert_payload(const char *payload, bool named, const char *line) {
  struct hadm_command command;
  hadm_command_init(&command);
  assert_int_equal(hadm_command_words(&command, TEXT("add")), HADM_OK);
  assert_int_equal(
      hadm_command_payload(&command, guarded(text_of(payload)), named, 0),
      HADM_OK);
  assert_slice(line_of(&command), line);
  hadm_command_free(&command);
}

static void payloads(void **state) {
  (void)state;
  assert_payload("a;b c\nd <<", false, "add <<\na;b c\nd <<\n");
  assert_payload("a b\n", false, "add <<\na b\n");
  assert_payload("a b\n", true, "add <<%000000\na b\n%000000");
  assert_payload("\na\n\n", true, "add <<%000000\n\na\n\n%000000");
  assert_payload("%000000\n%100000", true,
                 "add <<%200000\n%000000\n%100000\n%200000");
  assert_payload(" %000000\n%000000 ", true,
                 "add <<%000000\n %000000\n%000000 \n%000000");
}

static void assert_refuses_payload(struct hadm_slice payload, bool named,
                                   enum hadm_refused why, size_t at) {
  struct hadm_command command;
  hadm_command_init(&command);
  assert_int_equal(hadm_command_payload(&command, payload, named, 1),
                   HADM_E_ARG);
  assert_int_equal(command.refused, why);
  assert_int_equal(command.at, at);
  assert_int_equal(command.line.len, 0);
  hadm_command_free(&command);
}

static void refuses_payloads(void **state) {
  (void)state;
  static char bytes[HADM_COMMAND_PAYLOAD_MAX];
  memset(bytes, 'a', sizeof(bytes));
  assert_refuses_payload(TEXT(""), true, HADM_REFUSED_EMPTY, 0);
  assert_refuses_payload(TEXT("a\0"), true, HADM_REFUSED_CHARACTER, 1);
  assert_refuses_payload(TEXT("a\r\n"), true, HADM_REFUSED_CHARACTER, 1);
  assert_refuses_payload(TEXT("a\n\nb"), false, HADM_REFUSED_LINE, 2);
  assert_refuses_payload(TEXT("\na"), false, HADM_REFUSED_LINE, 0);
  /* " <<", a LF behind it and behind the payload, and one behind it all. */
  struct hadm_slice full = {bytes, sizeof(bytes) - 6};
  struct hadm_command command;
  hadm_command_init(&command);
  assert_int_equal(hadm_command_payload(&command, full, false, 0), HADM_OK);
  assert_int_equal(command.line.len, HADM_COMMAND_PAYLOAD_MAX - 1);
  hadm_command_free(&command);
  full.len++;
  assert_refuses_payload(full, false, HADM_REFUSED_LENGTH, 0);
  hadm_command_init(&command);
  command.payload_max++;
  assert_int_equal(hadm_command_payload(&command, full, false, 0), HADM_OK);
  assert_int_equal(command.line.len, HADM_COMMAND_PAYLOAD_MAX);
  hadm_command_free(&command);
  for (begin_failing(); next_failing();) {
    hadm_command_init(&command);
    enum hadm_status status =
        hadm_command_payload(&command, TEXT("a b"), true, 7);
    assert_int_equal(status, has_failed() ? HADM_E_NOMEM : HADM_OK);
    hadm_command_free(&command);
  }
}

/* Every byte, alone and between others: one command, the same word. */
static void arrives_as_it_was(void **state) {
  (void)state;
  static struct cli cli;
  for (int c = 1; c < 256; c++) {
    if (c == '\n' || c == '\r')
      continue;
    char token[4] = {'a', (char)c, (char)c, 'b'};
    for (size_t from = 0; from < 3; from++) {
      struct hadm_slice text = {token + from, from == 0 ? 4 : 2};
      struct hadm_command command;
      hadm_command_init(&command);
      assert_int_equal(hadm_command_words(&command, TEXT("add acl")), HADM_OK);
      assert_int_equal(hadm_command_token(&command, HADM_TOKEN_VALUE, text),
                       HADM_OK);
      assert_int_equal(hadm_buffer_append(&command.line, "\n", 1), HADM_OK);
      assert_true(cli_read(&cli, command.line.data, command.line.len));
      assert_int_equal(cli.commands, 1);
      assert_false(cli.payload);
      assert_int_equal(cli.count, 3);
      assert_int_equal(cli.lens[2], text.len);
      assert_memory_equal(cli.words[2], text.ptr, text.len);
      hadm_command_free(&command);
    }
  }
}

/* The model itself sees the tricks that the encoder is to prevent. */
static void the_model_sees_tricks(void **state) {
  (void)state;
  static struct cli cli;
  assert_true(cli_read(&cli, "a b;c\n", 6));
  assert_int_equal(cli.commands, 2);
  assert_int_equal(cli.count, 2);
  assert_true(cli_read(&cli, "a\nb\n", 4));
  assert_int_equal(cli.commands, 2);
  assert_true(cli_read(&cli, "a b<<\n", 6));
  assert_true(cli.payload);
  assert_false(cli_read(&cli, "a\\\n", 3));
  assert_false(cli_read(&cli, "a", 1));
  assert_false(cli_read(&cli, "", 0));
  assert_false(cli_read(&cli, "a\0b\n", 4));
  char many[140];
  memset(many, 'a', sizeof(many));
  for (size_t i = 1; i < sizeof(many); i += 2)
    many[i] = ' ';
  many[139] = '\n';
  assert_false(cli_read(&cli, many, sizeof(many)));
}

static enum hadm_status build(struct hadm_command *command,
                              struct hadm_slice value) {
  hadm_command_init(command);
  enum hadm_status status = hadm_command_words(command, TEXT("add map"));
  if (status == HADM_OK)
    status = hadm_command_token(command, HADM_TOKEN_IDENTIFIER, TEXT("#1"));
  if (status == HADM_OK)
    status = hadm_command_token(command, HADM_TOKEN_VALUE, value);
  if (status == HADM_OK)
    status = hadm_command_token(command, HADM_TOKEN_REFERENCE, TEXT("0x1"));
  if (status == HADM_OK)
    status = hadm_command_server(command, value, value);
  return status == HADM_OK ? hadm_command_number(command, 1) : status;
}

static void survives_a_lack_of_memory(void **state) {
  (void)state;
  char value[2000];
  memset(value, ' ', sizeof(value));
  for (begin_failing(); next_failing();) {
    struct hadm_command command;
    enum hadm_status status =
        build(&command, (struct hadm_slice){value, sizeof(value)});
    assert_int_equal(status, has_failed() ? HADM_E_NOMEM : HADM_OK);
    assert_int_equal(command.refused, HADM_REFUSED_NOT);
    hadm_command_free(&command);
    assert_int_equal(blocks_held(), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(joins_parts_by_one_blank),
      cmocka_unit_test(escapes),
      cmocka_unit_test(refuses_what_ends_a_command),
      cmocka_unit_test(refuses_what_means_something_else),
      cmocka_unit_test(references),
      cmocka_unit_test(addresses),
      cmocka_unit_test(servers),
      cmocka_unit_test(only_servers_have_halves),
      cmocka_unit_test(numbers),
      cmocka_unit_test(payloads),
      cmocka_unit_test(refuses_payloads),
      cmocka_unit_test(refuses_a_line_that_is_too_long),
      cmocka_unit_test(arrives_as_it_was),
      cmocka_unit_test(the_model_sees_tricks),
      cmocka_unit_test(survives_a_lack_of_memory),
  };
  return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
