#include "reader.h"

#include "../../csrc/core/data/hadm_info.h"
#include "../../csrc/core/wire/hadm_command.h"

#include <stdio.h>

enum { KINDS = ASK_READING + 1 };

static const char INFO[] = "Name: HAProxy\nPid: 7\n\n";
static const char STAT[] =
    "# pxname,svname,\nwww,FRONTEND,\napp,\"a\n\nb\",\n\n";

static void whole_replies(void **state) {
  (void)state;
  static const struct {
    enum asked kind;
    struct hadm_slice bytes;
    const char *text;
  } cases[] = {
      {ASK_TEXT, {"\n", 1}, ""},
      {ASK_TEXT, {"Done.\n\n", 7}, "Done."},
      {ASK_TEXT, {"a\n\nb\n\n", 6}, "a\n\nb"},
      {ASK_TEXT, {"{\"json\":1}\n", 11}, "{\"json\":1}"},
      {ASK_LIST, {"\n", 1}, ""},
      {ASK_LIST, {"0x1 a b\n0x2 c d\n\n", 17}, "0x1 a b\n0x2 c d"},
      {ASK_INFO, {INFO, sizeof(INFO) - 1}, "Name: HAProxy\nPid: 7"},
      {ASK_STAT,
       {STAT, sizeof(STAT) - 1},
       "# pxname,svname,\nwww,FRONTEND,\napp,\"a\n\nb\","},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct hadm_session session;
    read_every_way(&session, cases[i].kind, cases[i].bytes, HADM_OK);
    assert_true(hadm_session_shaped(&session, 0));
    assert_slice(hadm_session_text(&session, 0), cases[i].text);
    hadm_session_free(&session);
  }
}

static void a_reading(void **state) {
  (void)state;
  struct hadm_session session;
  char bytes[sizeof(INFO) + sizeof(STAT)];
  snprintf(bytes, sizeof(bytes), "%s%s", INFO, STAT);
  read_every_way(&session, ASK_READING, text_of(bytes), HADM_OK);
  assert_int_equal(session.reading.info_len, strlen(INFO));
  assert_int_equal(session.reading.table.count, 2);
  assert_int_equal(session.reading.table.header, strlen(INFO) + 2);
  hadm_session_free(&session);
}

/* A session that was used begins as a new one does, whatever it had and however
 * it ended, and holds on to no large answer. */
static void used_again(void **state) {
  (void)state;
  static const char *const before[] = {INFO, "Nam", ""};
  struct hadm_session session;
  ask(&session, ASK_READING, 1 << 20);
  for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
    hadm_session_feed(&session, before[i], strlen(before[i]));
    hadm_session_end(&session);
    hadm_session_reset(&session, HADM_PROMPT, 1000, true);
    assert_int_equal(
        hadm_session_ask(&session, text_of("show info"), HADM_FRAME_INFO),
        HADM_OK);
    assert_slice(hadm_session_line(&session), "prompt\nshow info\n");
    assert_slice(hadm_session_text(&session, 0), "");
    assert_null(hadm_session_reading(&session));
    struct hadm_slice answer = text_of("\n> Name: HAProxy\nPid: 8\n\n> ");
    assert_int_equal(hadm_session_feed(&session, answer.ptr, answer.len),
                     HADM_OK);
    assert_slice(hadm_session_text(&session, 0), "Name: HAProxy\nPid: 8");
    hadm_session_reset(&session, HADM_ONCE, 1 << 20, false);
    assert_int_equal(
        hadm_session_ask(&session, text_of("show info"), HADM_FRAME_INFO),
        HADM_OK);
  }
  char *at;
  size_t len;
  while (session.reading.text.cap < 1 << 18) {
    assert_int_equal(hadm_session_space(&session, &at, &len), HADM_OK);
    session.reading.text.len += len;
  }
  hadm_session_reset(&session, HADM_ONCE, 1000, false);
  assert_int_equal(session.reading.text.cap, 0);
  hadm_session_free(&session);
  assert_int_equal(blocks_held(), 0);
}

/* However a session is cut short, it is no session. */
static void cut_replies(void **state) {
  (void)state;
  static char both[sizeof(INFO) + sizeof(STAT)];
  snprintf(both, sizeof(both), "%s%s", INFO, STAT);
  const struct {
    enum asked kind;
    struct hadm_slice text;
  } cases[] = {{ASK_INFO, text_of(INFO)},
               {ASK_STAT, text_of(STAT)},
               {ASK_READING, text_of(both)},
               {ASK_LIST, TEXT("0x1 a b\n0x2 c d\n\n")}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    for (size_t len = 1; len < cases[i].text.len; len++) {
      struct hadm_session session;
      struct hadm_slice cut = {cases[i].text.ptr, len};
      read_every_way(&session, cases[i].kind, cut, HADM_E_TRUNCATED);
      hadm_session_free(&session);
    }
  }
}

static void a_text_ends_with_a_line(void **state) {
  (void)state;
  struct hadm_session session;
  read_every_way(&session, ASK_TEXT, TEXT("no line end"), HADM_E_TRUNCATED);
  hadm_session_free(&session);
  read_every_way(&session, ASK_LIST, TEXT("one line\n"), HADM_E_TRUNCATED);
  hadm_session_free(&session);
}

static void nothing_at_all(void **state) {
  (void)state;
  for (int kind = 0; kind < KINDS; kind++) {
    struct hadm_session session;
    read_every_way(&session, (enum asked)kind, TEXT(""), HADM_E_CLOSED);
    hadm_session_free(&session);
  }
}

/* A refusal, or another program: one paragraph, wherever it was cut. */
static void words_instead(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    const char *text;
  } cases[] = {
      {"Permission denied\n\n", "Permission denied"},
      {"Permission denied\n\nPermission denied\n\n", "Permission denied"},
      {"\n\n", ""},
      {"Nome: HAProxy\n\n", "Nome: HAProxy"},
      {"# pyname\nx\n\n", "# pyname\nx"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    for (int kind = ASK_INFO; kind < KINDS; kind++) {
      struct hadm_slice bytes = guarded(text_of(cases[i].bytes));
      for (size_t cut = 1; cut <= bytes.len; cut++) {
        struct hadm_session session;
        ask(&session, (enum asked)kind, 1000);
        hadm_session_feed(&session, bytes.ptr, cut);
        hadm_session_feed(&session, bytes.ptr + cut, bytes.len - cut);
        assert_int_equal(hadm_session_end(&session), HADM_OK);
        assert_false(hadm_session_shaped(&session, 0));
        assert_slice(hadm_session_text(&session, 0), cases[i].text);
        hadm_session_free(&session);
      }
    }
  }
}

static void words_instead_of_the_second_part(void **state) {
  (void)state;
  struct hadm_session session;
  read_every_way(&session, ASK_READING,
                 TEXT("Name: HAProxy\n\nNo such thing\n\n"), HADM_OK);
  assert_true(hadm_session_shaped(&session, 0));
  assert_slice(hadm_session_text(&session, 0), "Name: HAProxy");
  assert_false(hadm_session_shaped(&session, 1));
  assert_slice(hadm_session_text(&session, 1), "No such thing");
  assert_null(hadm_session_reading(&session));
  hadm_session_free(&session);
}

/* An odd number of quotes does not make a table of them. */
static void quotes_in_words(void **state) {
  (void)state;
  static const char *const cases[] = {"a \" alone\n\n", "\"\n\n",
                                      "# pxname,\"svname\n\n"};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct hadm_session session;
    read_every_way(&session, ASK_STAT, text_of(cases[i]), HADM_OK);
    assert_false(hadm_session_shaped(&session, 0));
    hadm_session_free(&session);
  }
}

static void bytes_behind_the_end(void **state) {
  (void)state;
  struct hadm_session session;
  char bytes[256];
  snprintf(bytes, sizeof(bytes), "%smore", STAT);
  assert_int_equal(read_at_once(&session, ASK_STAT, text_of(bytes)),
                   HADM_E_FOREIGN);
  hadm_session_free(&session);
  snprintf(bytes, sizeof(bytes), "%smore", INFO);
  assert_int_equal(read_at_once(&session, ASK_INFO, text_of(bytes)),
                   HADM_E_FOREIGN);
  hadm_session_free(&session);
}

static void short_rows(void **state) {
  (void)state;
  struct hadm_session session;
  read_every_way(&session, ASK_STAT,
                 TEXT("# pxname,svname,\nwww,\napp,one,\n\n"),
                 HADM_E_TRUNCATED);
  hadm_session_free(&session);
}

static void the_largest_size(void **state) {
  (void)state;
  for (int kind = 0; kind < KINDS; kind++) {
    const char *text = kind == ASK_STAT                       ? STAT
                       : kind == ASK_TEXT || kind == ASK_LIST ? "line\n\n"
                                                              : INFO;
    struct hadm_session session;
    size_t len = strlen(text);
    for (size_t max = 0; max < len; max++) {
      ask(&session, (enum asked)kind, max);
      assert_int_equal(hadm_session_feed(&session, text, len), HADM_E_TOO_BIG);
      assert_int_equal(hadm_session_feed(&session, text, len), HADM_E_TOO_BIG);
      assert_int_equal(hadm_session_commit(&session, 0), HADM_E_TOO_BIG);
      assert_int_equal(hadm_session_end(&session), HADM_E_TOO_BIG);
      hadm_session_free(&session);
    }
    ask(&session, (enum asked)kind, len);
    assert_true(hadm_session_feed(&session, text, len) >= HADM_OK);
    hadm_session_free(&session);
  }
}

static void space_and_commit(void **state) {
  (void)state;
  struct hadm_session session;
  char *at;
  size_t len;
  ask(&session, ASK_LIST, 1 << 20);
  for (int i = 0; i < 20000; i++) {
    assert_int_equal(hadm_session_space(&session, &at, &len), HADM_OK);
    assert_true(len >= 4096);
    memcpy(at, "0123456789\n", 11);
    assert_int_equal(hadm_session_commit(&session, 11), HADM_MORE);
    assert_int_equal(hadm_session_commit(&session, 0), HADM_MORE);
  }
  assert_int_equal(session.reading.text.len, 220000);
  assert_int_equal(hadm_session_feed(&session, "\n", 1), HADM_MORE);
  assert_int_equal(hadm_session_end(&session), HADM_OK);
  hadm_session_free(&session);
}

static void recorded_replies(void **state) {
  (void)state;
  static const struct {
    const char *name;
    enum asked kind;
    bool shaped;
  } files[] = {{"show-info", ASK_INFO, true},
               {"show-stat", ASK_STAT, true},
               {"show-stat-backend", ASK_STAT, true},
               {"reading", ASK_READING, true},
               {"no-such-proxy-stat", ASK_STAT, false},
               {"unknown-command", ASK_READING, false},
               {"no-such-map", ASK_LIST, true},
               {"address-changed", ASK_TEXT, true},
               {"frontend-disabled", ASK_TEXT, true},
               {"show-errors", ASK_TEXT, true}};
  for (int i = 0; versions[i] != NULL; i++) {
    for (size_t j = 0; j < sizeof(files) / sizeof(files[0]); j++) {
      char name[64];
      struct hadm_session session;
      snprintf(name, sizeof(name), "%s/%s.txt", versions[i], files[j].name);
      read_every_way(&session, files[j].kind, recorded(name), HADM_OK);
      assert_int_equal(hadm_session_shaped(&session, 0), files[j].shaped);
      hadm_session_free(&session);
    }
  }
}

/* Another program is told by its first line. */
static void greetings(void **state) {
  (void)state;
  static const char *const cases[] = {
      "HTTP/1.0 400 Bad request\r\n\r\nno",
      "220 mail.example ESMTP\r\n",
      "220-ftp.example\r\n",
      "SSH-2.0-OpenSSH\r\n",
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    for (int kind = 0; kind < KINDS; kind++) {
      struct hadm_session session;
      read_every_way(&session, (enum asked)kind, text_of(cases[i]),
                     HADM_E_FOREIGN);
      hadm_session_free(&session);
    }
  }
}

/* A session of <count> commands, each of another frame. */
static void ask_all(struct hadm_session *session, enum hadm_mode mode,
                    bool fresh, const enum hadm_frame_kind *kinds,
                    size_t count) {
  hadm_session_init(session, mode, 1 << 20, fresh);
  for (size_t i = 0; i < count; i++)
    assert_int_equal(hadm_session_ask(session, TEXT("a"), kinds[i]), HADM_OK);
}

static const enum hadm_frame_kind TEXTS[] = {HADM_FRAME_TEXT, HADM_FRAME_TEXT,
                                             HADM_FRAME_TEXT, HADM_FRAME_TEXT};

static void answers_to_several_commands(void **state) {
  (void)state;
  struct hadm_session session;
  struct hadm_slice bytes = TEXT("\nNo such server.\n\na\nb\n\n\n");
  const char *const expected[] = {"", "No such server.", "a\nb", ""};
  for (size_t cut = 0; cut <= bytes.len; cut++) {
    ask_all(&session, HADM_ONCE, false, TEXTS, 4);
    assert_slice(hadm_session_line(&session), "a;a;a;a\n");
    assert_int_equal(session.first, 8);
    hadm_session_feed(&session, bytes.ptr, cut);
    hadm_session_feed(&session, bytes.ptr + cut, bytes.len - cut);
    assert_int_equal(hadm_session_end(&session), HADM_OK);
    assert_int_equal(session.answered, 4);
    for (size_t i = 0; i < 4; i++)
      assert_slice(hadm_session_text(&session, i), expected[i]);
    assert_slice(hadm_session_text(&session, 4), "");
    assert_null(hadm_session_reading(&session));
    hadm_session_free(&session);
  }
  const char *const others[] = {
      "a",      "a\n",   "a\nb\n",          "\n",       "a\n\n", "a\n\nb\n",
      "\n\n\n", "\n\na", "a\n\nb\n\nc\n\n", "a\n\n\n\n"};
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
    ask_all(&session, HADM_ONCE, false, TEXTS, 2);
    assert_int_equal(hadm_session_feed(&session, others[i], strlen(others[i])),
                     HADM_MORE);
    assert_int_equal(hadm_session_end(&session), HADM_E_TRUNCATED);
    hadm_session_free(&session);
  }
}

static void bytes_behind_a_list(void **state) {
  (void)state;
  static const char *const cases[] = {"0x1 a\n\n0x2 b\n\n", "\n0x2 b\n\n",
                                      "0x1 a\n\nmore", "\n\n"};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct hadm_session session;
    read_every_way(&session, ASK_LIST, text_of(cases[i]), HADM_E_FOREIGN);
    hadm_session_free(&session);
  }
}

/* Shows a session the bytes in every way; all of them must say <expected>, and
 * leave the texts of its answers, each followed by '|', behind. */
static void prompted(enum hadm_mode mode, bool fresh,
                     const enum hadm_frame_kind *kinds, size_t count,
                     struct hadm_slice bytes, enum hadm_status expected,
                     const char *texts) {
  bytes = guarded(bytes);
  for (size_t cut = 0; cut <= bytes.len; cut++) {
    struct hadm_session session;
    char found[512] = "";
    ask_all(&session, mode, fresh, kinds, count);
    enum hadm_status status = hadm_session_feed(&session, bytes.ptr, cut);
    if (cut < bytes.len && expected == HADM_OK)
      assert_int_equal(status, HADM_MORE);
    if (status == HADM_MORE && cut < bytes.len)
      status = hadm_session_feed(&session, bytes.ptr + cut, bytes.len - cut);
    if (status == HADM_MORE)
      status = hadm_session_end(&session);
    /* What is behind the end is seen only when it comes along with it. */
    if (!(expected == HADM_E_FOREIGN && status == HADM_OK))
      assert_int_equal(status, expected);
    for (size_t i = 0; i < session.answered; i++) {
      struct hadm_slice text = hadm_session_text(&session, i);
      sprintf(found + strlen(found), "%.*s|", (int)text.len, text.ptr);
    }
    if (texts != NULL)
      assert_string_equal(found, texts);
    hadm_session_free(&session);
  }
}

static const enum hadm_frame_kind MIXED[] = {HADM_FRAME_INFO, HADM_FRAME_STAT,
                                             HADM_FRAME_TEXT, HADM_FRAME_TEXT};

static void prompts(void **state) {
  (void)state;
  prompted(HADM_PROMPT, true, TEXTS, 3,
           TEXT("\n> \n> 5 (initial 10)\n\n> no empty line\n> "), HADM_OK,
           "|5 (initial 10)|no empty line|");
  prompted(HADM_PROMPT, false, TEXTS, 2, TEXT("a\n\nb > c\n>d\n\n> \n> "),
           HADM_OK, "a\n\nb > c\n>d||");
  prompted(HADM_PROMPT, true, MIXED, 4,
           TEXT("\n> Name: HAProxy\nPid: 7\n\n> # pxname,svname,\nwww,\"\n> "
                "\n\n\",\n\n> \n> x\n\n> "),
           HADM_OK,
           "Name: HAProxy\nPid: 7|# pxname,svname,\nwww,\"\n> \n\n\",||x|");
  prompted(HADM_PROMPT, false, MIXED, 3,
           TEXT("Permission denied\n\n> No \" such\n> \n> "), HADM_OK,
           "Permission denied|No \" such||");
}

static void prompts_of_a_master(void **state) {
  (void)state;
  prompted(HADM_MASTER, true, MIXED, 4,
           TEXT("master> Name: HAProxy\n\nmaster> # pxname,svname,\n\n"
                "master[ReloadFailed]> \nmaster> words\nmaster> "),
           HADM_OK, "Name: HAProxy|# pxname,svname,||words|");
  prompted(HADM_MASTER, false, TEXTS, 4,
           TEXT("4240> 5 (initial 10)\n\n4240> \n4240> 12\n4240 > "
                "\nmaster\n\n4240> "),
           HADM_OK, "|5 (initial 10)||12\n4240 > \nmaster|");
  prompted(HADM_MASTER, false, TEXTS, 1, TEXT("> \n\n> \n"), HADM_E_TRUNCATED,
           "");
}

static void cut_prompts(void **state) {
  (void)state;
  struct hadm_slice bytes =
      TEXT("\n> Name: HAProxy\n\n> # pxname,svname,\na,b,\n\n> \n> x\n\n> ");
  for (size_t len = 1; len < bytes.len; len++)
    prompted(HADM_PROMPT, true, MIXED, 4, (struct hadm_slice){bytes.ptr, len},
             HADM_E_TRUNCATED, NULL);
  prompted(HADM_PROMPT, true, MIXED, 4, TEXT(""), HADM_E_CLOSED, "");
  prompted(HADM_MASTER, false, TEXTS, 1,
           TEXT("Can't find the target PID matching the prefix '@9'\n"),
           HADM_E_TRUNCATED, "");
}

static void other_prompts(void **state) {
  (void)state;
  static const struct {
    bool fresh;
    enum hadm_frame_kind kind;
    const char *bytes;
  } cases[] = {{true, HADM_FRAME_TEXT, "HTTP/1.0 400\r\n"},
               {true, HADM_FRAME_TEXT, "> \n> "},
               {true, HADM_FRAME_TEXT, "\nmaster> "},
               {true, HADM_FRAME_TEXT, "Unknown command\n\n"},
               {false, HADM_FRAME_INFO, "Name: HAProxy\n\nmore\n> "},
               {false, HADM_FRAME_STAT, "# pxname,svname,\n\n\n> "},
               {false, HADM_FRAME_TEXT, "a\n\n> b"},
               {false, HADM_FRAME_TEXT, "\n> \n> "}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    prompted(HADM_PROMPT, cases[i].fresh, &cases[i].kind, 1,
             text_of(cases[i].bytes), HADM_E_FOREIGN, NULL);
    struct hadm_session session;
    ask_all(&session, HADM_PROMPT, cases[i].fresh, &cases[i].kind, 1);
    assert_int_equal(
        hadm_session_feed(&session, cases[i].bytes, strlen(cases[i].bytes)),
        HADM_E_FOREIGN);
    hadm_session_free(&session);
  }
}

static void what_is_sent(void **state) {
  (void)state;
  struct hadm_session session;
  ask_all(&session, HADM_PROMPT, true, TEXTS, 2);
  assert_slice(hadm_session_line(&session), "prompt\na\na\n");
  assert_int_equal(session.first, 9);
  hadm_session_free(&session);
  ask_all(&session, HADM_MASTER, false, TEXTS, 2);
  assert_slice(hadm_session_line(&session), "a\na\n");
  assert_int_equal(session.first, 2);
  hadm_session_free(&session);
}

static void what_cannot_be_asked(void **state) {
  (void)state;
  struct hadm_session session;
  static const struct hadm_slice commands[] = {
      {"a\nb", 3}, {"a\rb", 3}, {"a\0b", 3}, {"a\\", 2}, {"\\\\\\", 3}};
  for (int mode = HADM_ONCE; mode <= HADM_MASTER; mode++) {
    hadm_session_init(&session, (enum hadm_mode)mode, 1000, false);
    bool once = mode == HADM_ONCE;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
      assert_int_equal(hadm_session_ask(&session, commands[i], HADM_FRAME_TEXT),
                       once ? HADM_OK : HADM_E_ARG);
      assert_int_equal(hadm_session_ask(&session, TEXT("a"), HADM_FRAME_TEXT),
                       once ? HADM_E_ARG : HADM_OK);
      assert_int_equal(hadm_session_ask(&session, commands[i], HADM_FRAME_TEXT),
                       HADM_E_ARG);
      hadm_session_free(&session);
      hadm_session_init(&session, (enum hadm_mode)mode, 1000, false);
    }
    enum hadm_status expected = once ? HADM_OK : HADM_E_ARG;
    assert_int_equal(
        hadm_session_ask(&session, TEXT("a\\\\;b"), HADM_FRAME_TEXT), expected);
    assert_int_equal(hadm_session_ask(&session, TEXT("\\;"), HADM_FRAME_STAT),
                     HADM_OK);
    assert_int_equal(hadm_session_ask(&session, TEXT("a"), HADM_FRAME_STAT),
                     HADM_E_ARG);
    assert_int_equal(hadm_session_ask(&session, TEXT("a"), HADM_FRAME_LIST),
                     expected);
    assert_int_equal(hadm_session_ask(&session, TEXT("a"), HADM_FRAME_TEXT),
                     once ? HADM_E_ARG : HADM_OK);
    hadm_session_feed(&session, "x", 1);
    assert_int_equal(hadm_session_ask(&session, TEXT("a"), HADM_FRAME_INFO),
                     HADM_E_ARG);
    hadm_session_free(&session);
    hadm_session_free(&session);
  }
}

static void what_does_not_fit(void **state) {
  (void)state;
  static char long_command[HADM_SESSION_WINDOW];
  struct hadm_session session;
  memset(long_command, 'x', sizeof(long_command));
  struct hadm_slice command = {long_command, sizeof(long_command)};
  for (int mode = HADM_ONCE; mode <= HADM_MASTER; mode++) {
    size_t max = mode == HADM_ONCE ? 15359 : HADM_SESSION_WINDOW;
    hadm_session_init(&session, (enum hadm_mode)mode, 1000, true);
    assert_int_equal(hadm_session_ask(&session, command, HADM_FRAME_TEXT),
                     HADM_OK);
    size_t len = hadm_session_line(&session).len;
    if (mode == HADM_ONCE) {
      struct hadm_slice rest = {long_command, max - len + 1};
      assert_int_equal(hadm_session_ask(&session, rest, HADM_FRAME_TEXT),
                       HADM_E_TOO_BIG);
      rest.len--;
      assert_int_equal(hadm_session_ask(&session, rest, HADM_FRAME_TEXT),
                       HADM_OK);
      assert_int_equal(hadm_session_line(&session).len, max + 1);
    } else {
      assert_int_equal(hadm_session_ask(&session, TEXT("a"), HADM_FRAME_TEXT),
                       HADM_E_TOO_BIG);
      assert_int_equal(hadm_session_line(&session).len, len);
    }
    hadm_session_free(&session);
  }
}

static void a_reading_behind_prompts(void **state) {
  (void)state;
  struct hadm_session session;
  struct hadm_slice bytes = TEXT("\n> \n> Name: HAProxy\n\n> # pxname,svname,"
                                 "\na,b,\n\n> ");
  const enum hadm_frame_kind kinds[] = {HADM_FRAME_TEXT, HADM_FRAME_INFO,
                                        HADM_FRAME_STAT};
  ask_all(&session, HADM_PROMPT, true, kinds, 3);
  assert_null(hadm_session_reading(&session));
  assert_int_equal(hadm_session_feed(&session, bytes.ptr, bytes.len), HADM_OK);
  struct hadm_reading *reading = hadm_session_reading(&session);
  assert_slice(hadm_reading_info(reading), "Name: HAProxy\n\n");
  assert_int_equal(reading->table.count, 1);
  hadm_session_free(&session);
}

static void survives_a_lack_of_memory(void **state) {
  (void)state;
  struct hadm_slice text = recorded("3.4/reading.txt");
  for (begin_failing(); next_failing();) {
    struct hadm_session session;
    enum hadm_status status = HADM_MORE;
    ask(&session, ASK_READING, 1 << 20);
    for (size_t at = 0; at < text.len && status == HADM_MORE; at++)
      status = hadm_session_feed(&session, text.ptr + at, 1);
    bool failed = has_failed();
    assert_int_equal(status, failed ? HADM_E_NOMEM : HADM_OK);
    assert_int_equal(hadm_session_end(&session), status);
    hadm_session_free(&session);
    assert_int_equal(blocks_held(), 0);
  }
  struct hadm_session session;
  begin_failing();
  next_failing();
  hadm_session_init(&session, HADM_ONCE, 1000, false);
  char *at;
  size_t len;
  assert_int_equal(hadm_session_space(&session, &at, &len), HADM_E_NOMEM);
  assert_true(has_failed());
  hadm_session_free(&session);
}

/* ---- through a master ---- */

static const char TOLD[] = "#<PID> ...\n12 worker 0\n\n";

/* A session that asks worker 12 of a master <count> things. */
static void go_through(struct hadm_session *session, const char *const *asked,
                       const enum hadm_frame_kind *kinds, size_t count) {
  hadm_session_init(session, HADM_ONCE, 1 << 20, false);
  assert_int_equal(hadm_session_through(session, 12), HADM_OK);
  for (size_t i = 0; i < count; i++)
    assert_int_equal(hadm_session_ask(session, text_of(asked[i]), kinds[i]),
                     HADM_OK);
}

/* Feeds what the master tells and then <bytes>, in pieces of <size>, up to the
 * stream's end. */
static enum hadm_status hear(struct hadm_session *session, const char *bytes,
                             size_t size) {
  char all[4096];
  enum hadm_status status = HADM_MORE;
  size_t len = (size_t)snprintf(all, sizeof(all), "%s%s", TOLD, bytes);
  for (size_t at = 0; at < len && status == HADM_MORE; at += size) {
    size_t piece = len - at < size ? len - at : size;
    status = hadm_session_feed(session, all + at, piece);
  }
  return status == HADM_MORE ? hadm_session_end(session) : status;
}

static void through_a_master(void **state) {
  (void)state;
  static const struct {
    const char *asked[2];
    enum hadm_frame_kind kinds[2];
    size_t count;
    const char *bytes;
    enum hadm_status status;
    const char *text; /* the last answer */
  } cases[] = {
      {{"a"}, {HADM_FRAME_TEXT}, 1, "yes\n\n", HADM_OK, "yes"},
      {{"a"}, {HADM_FRAME_TEXT}, 1, "\n", HADM_OK, ""},
      {{"a"}, {HADM_FRAME_TEXT}, 1, "a\n\nb\n\n", HADM_OK, "a\n\nb"},
      {{"a"},
       {HADM_FRAME_TEXT},
       1,
       "no empty line\n",
       HADM_OK,
       "no empty line"},
      {{"a"}, {HADM_FRAME_TEXT}, 1, "", HADM_E_TRUNCATED, ""},
      {{"a"}, {HADM_FRAME_LIST}, 1, "master> \n\n", HADM_OK, "master> "},
      {{"a"}, {HADM_FRAME_LIST}, 1, "0x1 a\n", HADM_E_TRUNCATED, ""},
      {{"a", "b"},
       {HADM_FRAME_TEXT, HADM_FRAME_TEXT},
       2,
       "x\n\ny\n\n",
       HADM_OK,
       "y"},
      {{"show info", "show stat"},
       {HADM_FRAME_INFO, HADM_FRAME_STAT},
       2,
       "Name: HAProxy\nPid: 12\n\n# pxname,svname,\nwww,FRONTEND,\n\n",
       HADM_OK,
       "# pxname,svname,\nwww,FRONTEND,"},
      {{"a"},
       {HADM_FRAME_TEXT},
       1,
       "Can't find the target PID matching the prefix '@!12'\n",
       HADM_E_NOT_FOUND,
       ""},
      {{"show info"},
       {HADM_FRAME_INFO},
       1,
       "Can't find the target PID matching the prefix '@!12'\n",
       HADM_E_NOT_FOUND,
       ""},
      {{"a"},
       {HADM_FRAME_LIST},
       1,
       "Can't connect to the target CLI!\n",
       HADM_E_NOT_FOUND,
       ""},
      /* The words of somebody else, who does not know the number. */
      {{"a"},
       {HADM_FRAME_TEXT},
       1,
       "Can't find the target PID matching the prefix '@!13'\n\n",
       HADM_OK,
       "Can't find the target PID matching the prefix '@!13'"},
      {{"a", "b"},
       {HADM_FRAME_TEXT, HADM_FRAME_TEXT},
       2,
       "x\n\nCan't connect to the target CLI!\n\n",
       HADM_OK,
       "Can't connect to the target CLI!"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    for (size_t size = 1; size < 200; size += 13) {
      struct hadm_session session;
      go_through(&session, cases[i].asked, cases[i].kinds, cases[i].count);
      assert_int_equal(hear(&session, cases[i].bytes, size), cases[i].status);
      assert_slice(hadm_session_lead(&session), "#<PID> ...\n12 worker 0");
      assert_slice(hadm_session_text(&session, cases[i].count - 1),
                   cases[i].text);
      if (cases[i].status == HADM_OK) {
        assert_int_equal(hadm_session_count(&session), cases[i].count);
        assert_true(hadm_session_shaped(&session, cases[i].count - 1));
        assert_slice(hadm_session_raw(&session), cases[i].bytes);
      }
      hadm_session_free(&session);
    }
}

static void only_the_master(void **state) {
  (void)state;
  struct hadm_session session;
  hadm_session_init(&session, HADM_ONCE, 1 << 20, false);
  assert_int_equal(hadm_session_through(&session, 0), HADM_OK);
  assert_slice(hadm_session_line(&session), "show proc\nquit\n");
  assert_slice(hadm_session_lead(&session), "");
  assert_int_equal(hear(&session, "", 5), HADM_OK);
  assert_slice(hadm_session_lead(&session), "#<PID> ...\n12 worker 0");
  assert_int_equal(hadm_session_count(&session), 0);
  hadm_session_free(&session);
}

/* A session that is used again forgets that it went through a master. */
static void lines_to_a_master(void **state) {
  (void)state;
  static char long_command[HADM_COMMAND_MAX];
  struct hadm_session session;
  const char *const asked[] = {"a", "b"};
  const enum hadm_frame_kind kinds[] = {HADM_FRAME_TEXT, HADM_FRAME_TEXT};
  memset(long_command, 'x', sizeof(long_command));
  go_through(&session, asked, kinds, 2);
  assert_slice(hadm_session_line(&session), "show proc;@!12;a;b\nquit\n");
  assert_int_equal(hadm_session_ask(&session,
                                    (struct hadm_slice){long_command, 15300},
                                    HADM_FRAME_TEXT),
                   HADM_OK);
  assert_int_equal(hadm_session_ask(&session,
                                    (struct hadm_slice){long_command, 54},
                                    HADM_FRAME_TEXT),
                   HADM_OK);
  assert_int_equal(hadm_session_ask(&session, TEXT("c"), HADM_FRAME_TEXT),
                   HADM_E_TOO_BIG);
  struct hadm_slice line = hadm_session_line(&session);
  assert_int_equal(line.len, strlen("show proc;@!12;a;b") + 15301 + 55 +
                                 strlen("\nquit\n"));
  assert_int_equal(line.ptr[strlen("show proc;@!12;a;b")], ';');
  assert_int_equal(line.ptr[strlen("show proc;@!12;a;b") + 15301], '\n');
  hadm_session_reset(&session, HADM_ONCE, 1000, false);
  assert_int_equal(hadm_session_ask(&session, TEXT("a"), HADM_FRAME_TEXT),
                   HADM_OK);
  assert_slice(hadm_session_line(&session), "a\n");
  assert_slice(hadm_session_lead(&session), "");
  hadm_session_free(&session);
  hadm_session_init(&session, HADM_ONCE, 1000, false);
  assert_int_equal(hadm_session_through(&session, 7), HADM_OK);
  assert_int_equal(
      hadm_session_ask(&session, TEXT("add map m <<\nk v\n"), HADM_FRAME_TEXT),
      HADM_OK);
  assert_slice(hadm_session_line(&session),
               "show proc;@!7;add map m <<\nk v\n\nquit\n");
  assert_int_equal(hadm_session_ask(&session, TEXT("a"), HADM_FRAME_TEXT),
                   HADM_E_ARG);
  hadm_session_free(&session);
}

/* On a connection that stays a master tells its workers once. */
static void a_master_that_is_kept(void **state) {
  (void)state;
  static const char said[] = "master> #<PID> ...\n12 worker 0\n\nmaster> "
                             "one\n\nmaster> ";
  for (size_t size = 1; size < sizeof(said); size++) {
    struct hadm_session session;
    enum hadm_status status = HADM_MORE;
    hadm_session_init(&session, HADM_MASTER, 1000, true);
    assert_int_equal(hadm_session_through(&session, 12), HADM_OK);
    assert_int_equal(hadm_session_ask(&session, TEXT("a"), HADM_FRAME_TEXT),
                     HADM_OK);
    assert_slice(hadm_session_line(&session), "prompt\nshow proc\n@!12 a\n");
    assert_int_equal(session.first, hadm_session_line(&session).len);
    for (size_t at = 0; at + 1 < sizeof(said); at += size) {
      size_t left = sizeof(said) - 1 - at;
      assert_int_equal(status, HADM_MORE);
      status =
          hadm_session_feed(&session, said + at, left < size ? left : size);
    }
    assert_int_equal(status, HADM_OK);
    assert_slice(hadm_session_lead(&session), "#<PID> ...\n12 worker 0");
    assert_int_equal(hadm_session_count(&session), 1);
    assert_slice(hadm_session_text(&session, 0), "one");
    hadm_session_reset(&session, HADM_MASTER, 1000, false);
    hadm_session_to(&session, 12);
    assert_int_equal(hadm_session_ask(&session, TEXT("b"), HADM_FRAME_TEXT),
                     HADM_OK);
    assert_slice(hadm_session_line(&session), "@!12 b\n");
    assert_int_equal(hadm_session_feed(&session, "\nmaster> ", 9), HADM_OK);
    assert_int_equal(hadm_session_count(&session), 1);
    assert_slice(hadm_session_text(&session, 0), "");
    assert_slice(hadm_session_lead(&session), "");
    hadm_session_reset(&session, HADM_MASTER, 1000, false);
    hadm_session_to(&session, 12);
    assert_int_equal(hadm_session_ask(&session, TEXT("c"), HADM_FRAME_TEXT),
                     HADM_OK);
    assert_int_equal(
        hadm_session_feed(&session,
                          "Can't find the target PID matching the prefix "
                          "'@!12'\nmaster> ",
                          60),
        HADM_E_NOT_FOUND);
    hadm_session_free(&session);
  }
}

static void a_master_without_memory(void **state) {
  (void)state;
  for (begin_failing(); next_failing();) {
    struct hadm_session session;
    hadm_session_init(&session, HADM_ONCE, 1000, false);
    enum hadm_status status = hadm_session_through(&session, 12);
    if (status == HADM_OK)
      status = hadm_session_ask(&session, TEXT("a"), HADM_FRAME_TEXT);
    assert_int_equal(status, has_failed() ? HADM_E_NOMEM : HADM_OK);
    hadm_session_free(&session);
    assert_int_equal(blocks_held(), 0);
  }
}

static struct {
  struct hadm_follower follower;
  char text[64];
  size_t len;
  enum hadm_status status;
} taker;

/* Takes whole lines, up to the last that begins an entry. */
static enum hadm_status take_lines(struct hadm_follower *follower,
                                   struct hadm_slice text, size_t *taken) {
  (void)follower;
  size_t lf = 0;
  for (size_t i = 0; i + 1 < text.len; i++)
    if (text.ptr[i] == '\n' && text.ptr[i + 1] == '0')
      lf = i + 1;
  memcpy(taker.text + taker.len, text.ptr, lf);
  taker.len += lf;
  *taken = lf;
  return taker.status;
}

/* What the follower takes of a list is gone; the rest ends as a list does. */
static void a_list_that_is_taken_while_it_comes(void **state) {
  (void)state;
  const char *list = "0x1 a\n0x2 b\n0x3 c\n\n";
  struct hadm_session session;
  taker.follower = (struct hadm_follower){.came = take_lines};
  for (size_t max = 10; max <= 30; max += 10) {
    hadm_session_init(&session, HADM_ONCE, max, false);
    assert_int_equal(
        hadm_session_ask(&session, TEXT("show map x"), HADM_FRAME_LIST),
        HADM_OK);
    session.follower = &taker.follower;
    taker.len = 0;
    taker.status = HADM_OK;
    enum hadm_status status = HADM_MORE;
    for (size_t i = 0; status == HADM_MORE && list[i] != '\0'; i++)
      status = hadm_session_feed(&session, list + i, 1);
    if (max < strlen(list)) {
      assert_int_equal(status, HADM_E_TOO_BIG);
    } else {
      assert_int_equal(status, HADM_MORE);
      assert_int_equal(hadm_session_end(&session), HADM_OK);
      assert_slice(hadm_session_text(&session, 0), "0x3 c");
      assert_slice(((struct hadm_slice){taker.text, taker.len}),
                   "0x1 a\n0x2 b\n");
      assert_int_equal(session.taken, 12);
    }
    hadm_session_free(&session);
  }
  /* What fails there ends the session; what ends early is cut short. */
  for (int i = 0; i < 2; i++) {
    hadm_session_init(&session, HADM_ONCE, 100, false);
    assert_int_equal(
        hadm_session_ask(&session, TEXT("show map x"), HADM_FRAME_LIST),
        HADM_OK);
    session.follower = &taker.follower;
    taker.len = 0;
    taker.status = i == 0 ? HADM_E_NOMEM : HADM_OK;
    assert_int_equal(hadm_session_feed(&session, list, 13),
                     i == 0 ? HADM_E_NOMEM : HADM_MORE);
    assert_int_equal(hadm_session_end(&session),
                     i == 0 ? HADM_E_NOMEM : HADM_E_TRUNCATED);
    hadm_session_free(&session);
  }
  assert_int_equal(blocks_held(), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whole_replies),
      cmocka_unit_test(a_reading),
      cmocka_unit_test(used_again),
      cmocka_unit_test(cut_replies),
      cmocka_unit_test(a_text_ends_with_a_line),
      cmocka_unit_test(nothing_at_all),
      cmocka_unit_test(words_instead),
      cmocka_unit_test(words_instead_of_the_second_part),
      cmocka_unit_test(quotes_in_words),
      cmocka_unit_test(bytes_behind_the_end),
      cmocka_unit_test(bytes_behind_a_list),
      cmocka_unit_test(short_rows),
      cmocka_unit_test(the_largest_size),
      cmocka_unit_test(space_and_commit),
      cmocka_unit_test(recorded_replies),
      cmocka_unit_test(greetings),
      cmocka_unit_test(answers_to_several_commands),
      cmocka_unit_test(prompts),
      cmocka_unit_test(prompts_of_a_master),
      cmocka_unit_test(cut_prompts),
      cmocka_unit_test(other_prompts),
      cmocka_unit_test(what_is_sent),
      cmocka_unit_test(what_cannot_be_asked),
      cmocka_unit_test(what_does_not_fit),
      cmocka_unit_test(a_reading_behind_prompts),
      cmocka_unit_test(survives_a_lack_of_memory),
      cmocka_unit_test(through_a_master),
      cmocka_unit_test(only_the_master),
      cmocka_unit_test(lines_to_a_master),
      cmocka_unit_test(a_master_that_is_kept),
      cmocka_unit_test(a_master_without_memory),
      cmocka_unit_test(a_list_that_is_taken_while_it_comes),
  };
  return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
