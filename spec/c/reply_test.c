#include "reader.h"

#include "../../csrc/core/data/hadm_info.h"

#include <stdio.h>

enum { KINDS = HADM_REPLY_READING + 1 };

static const char INFO[] = "Name: HAProxy\nPid: 7\n\n";
static const char STAT[] =
    "# pxname,svname,\nwww,FRONTEND,\napp,\"a\n\nb\",\n\n";

static void whole_replies(void **state) {
  (void)state;
  static const struct {
    enum hadm_reply_kind kind;
    struct hadm_slice bytes;
    const char *text;
  } cases[] = {
      {HADM_REPLY_TEXT, {"\n", 1}, ""},
      {HADM_REPLY_TEXT, {"Done.\n\n", 7}, "Done."},
      {HADM_REPLY_TEXT, {"a\n\nb\n\n", 6}, "a\n\nb"},
      {HADM_REPLY_TEXT, {"{\"json\":1}\n", 11}, "{\"json\":1}"},
      {HADM_REPLY_LIST, {"\n", 1}, ""},
      {HADM_REPLY_LIST, {"0x1 a b\n0x2 c d\n\n", 17}, "0x1 a b\n0x2 c d"},
      {HADM_REPLY_INFO, {INFO, sizeof(INFO) - 1}, "Name: HAProxy\nPid: 7"},
      {HADM_REPLY_STAT,
       {STAT, sizeof(STAT) - 1},
       "# pxname,svname,\nwww,FRONTEND,\napp,\"a\n\nb\","},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct hadm_reply reply;
    read_every_way(&reply, cases[i].kind, cases[i].bytes, HADM_OK);
    assert_true(reply.shaped);
    assert_slice(hadm_reply_text(&reply), cases[i].text);
    hadm_reply_free(&reply);
  }
}

static void a_reading(void **state) {
  (void)state;
  struct hadm_reply reply;
  char bytes[sizeof(INFO) + sizeof(STAT)];
  snprintf(bytes, sizeof(bytes), "%s%s", INFO, STAT);
  read_every_way(&reply, HADM_REPLY_READING, text_of(bytes), HADM_OK);
  assert_int_equal(reply.info_len, strlen(INFO));
  assert_int_equal(reply.table.count, 2);
  assert_int_equal(reply.table.header, strlen(INFO) + 2);
  hadm_reply_free(&reply);
}

/* However a reply is cut short, it is no reply. */
static void cut_replies(void **state) {
  (void)state;
  static char both[sizeof(INFO) + sizeof(STAT)];
  snprintf(both, sizeof(both), "%s%s", INFO, STAT);
  const struct {
    enum hadm_reply_kind kind;
    struct hadm_slice text;
  } cases[] = {{HADM_REPLY_INFO, text_of(INFO)},
               {HADM_REPLY_STAT, text_of(STAT)},
               {HADM_REPLY_READING, text_of(both)},
               {HADM_REPLY_LIST, TEXT("0x1 a b\n0x2 c d\n\n")}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    for (size_t len = 1; len < cases[i].text.len; len++) {
      struct hadm_reply reply;
      struct hadm_slice cut = {cases[i].text.ptr, len};
      read_every_way(&reply, cases[i].kind, cut, HADM_E_TRUNCATED);
      hadm_reply_free(&reply);
    }
  }
}

static void a_text_ends_with_a_line(void **state) {
  (void)state;
  struct hadm_reply reply;
  read_every_way(&reply, HADM_REPLY_TEXT, TEXT("no line end"),
                 HADM_E_TRUNCATED);
  hadm_reply_free(&reply);
  read_every_way(&reply, HADM_REPLY_LIST, TEXT("one line\n"), HADM_E_TRUNCATED);
  hadm_reply_free(&reply);
}

static void nothing_at_all(void **state) {
  (void)state;
  for (int kind = 0; kind < KINDS; kind++) {
    struct hadm_reply reply;
    read_every_way(&reply, (enum hadm_reply_kind)kind, TEXT(""), HADM_E_CLOSED);
    hadm_reply_free(&reply);
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
    for (int kind = HADM_REPLY_INFO; kind < KINDS; kind++) {
      struct hadm_slice bytes = guarded(text_of(cases[i].bytes));
      for (size_t cut = 1; cut <= bytes.len; cut++) {
        struct hadm_reply reply;
        hadm_reply_init(&reply, (enum hadm_reply_kind)kind, 1000);
        hadm_reply_feed(&reply, bytes.ptr, cut);
        hadm_reply_feed(&reply, bytes.ptr + cut, bytes.len - cut);
        assert_int_equal(hadm_reply_end(&reply), HADM_OK);
        assert_false(reply.shaped);
        assert_slice(hadm_reply_text(&reply), cases[i].text);
        hadm_reply_free(&reply);
      }
    }
  }
}

static void words_instead_of_the_second_part(void **state) {
  (void)state;
  struct hadm_reply reply;
  read_every_way(&reply, HADM_REPLY_READING,
                 TEXT("Name: HAProxy\n\nNo such thing\n\n"), HADM_OK);
  assert_false(reply.shaped);
  hadm_reply_free(&reply);
}

static void bytes_behind_the_end(void **state) {
  (void)state;
  struct hadm_reply reply;
  char bytes[256];
  snprintf(bytes, sizeof(bytes), "%smore", STAT);
  assert_int_equal(read_at_once(&reply, HADM_REPLY_STAT, text_of(bytes)),
                   HADM_E_FOREIGN);
  hadm_reply_free(&reply);
  snprintf(bytes, sizeof(bytes), "%smore", INFO);
  assert_int_equal(read_at_once(&reply, HADM_REPLY_INFO, text_of(bytes)),
                   HADM_E_FOREIGN);
  hadm_reply_free(&reply);
}

static void short_rows(void **state) {
  (void)state;
  struct hadm_reply reply;
  read_every_way(&reply, HADM_REPLY_STAT,
                 TEXT("# pxname,svname,\nwww,\napp,one,\n\n"),
                 HADM_E_TRUNCATED);
  hadm_reply_free(&reply);
}

static void the_largest_size(void **state) {
  (void)state;
  for (int kind = 0; kind < KINDS; kind++) {
    const char *text = kind == HADM_REPLY_STAT ? STAT
                       : kind == HADM_REPLY_TEXT || kind == HADM_REPLY_LIST
                           ? "line\n\n"
                           : INFO;
    struct hadm_reply reply;
    size_t len = strlen(text);
    for (size_t max = 0; max < len; max++) {
      hadm_reply_init(&reply, (enum hadm_reply_kind)kind, max);
      assert_int_equal(hadm_reply_feed(&reply, text, len), HADM_E_TOO_BIG);
      assert_int_equal(hadm_reply_feed(&reply, text, len), HADM_E_TOO_BIG);
      assert_int_equal(hadm_reply_commit(&reply, 0), HADM_E_TOO_BIG);
      assert_int_equal(hadm_reply_end(&reply), HADM_E_TOO_BIG);
      hadm_reply_free(&reply);
    }
    hadm_reply_init(&reply, (enum hadm_reply_kind)kind, len);
    assert_true(hadm_reply_feed(&reply, text, len) >= HADM_OK);
    hadm_reply_free(&reply);
  }
}

static void space_and_commit(void **state) {
  (void)state;
  struct hadm_reply reply;
  char *at;
  size_t len;
  hadm_reply_init(&reply, HADM_REPLY_LIST, 1 << 20);
  for (int i = 0; i < 20000; i++) {
    assert_int_equal(hadm_reply_space(&reply, &at, &len), HADM_OK);
    assert_true(len >= 4096);
    memcpy(at, "0123456789\n", 11);
    assert_int_equal(hadm_reply_commit(&reply, 11), HADM_MORE);
    assert_int_equal(hadm_reply_commit(&reply, 0), HADM_MORE);
  }
  assert_int_equal(reply.buffer.len, 220000);
  assert_int_equal(hadm_reply_feed(&reply, "\n", 1), HADM_MORE);
  assert_int_equal(hadm_reply_end(&reply), HADM_OK);
  hadm_reply_free(&reply);
}

static void recorded_replies(void **state) {
  (void)state;
  static const struct {
    const char *name;
    enum hadm_reply_kind kind;
    bool shaped;
  } files[] = {{"show-info", HADM_REPLY_INFO, true},
               {"show-stat", HADM_REPLY_STAT, true},
               {"show-stat-backend", HADM_REPLY_STAT, true},
               {"reading", HADM_REPLY_READING, true},
               {"no-such-proxy-stat", HADM_REPLY_STAT, false},
               {"unknown-command", HADM_REPLY_READING, false},
               {"no-such-map", HADM_REPLY_LIST, true},
               {"address-changed", HADM_REPLY_TEXT, true},
               {"frontend-disabled", HADM_REPLY_TEXT, true},
               {"show-errors", HADM_REPLY_TEXT, true}};
  for (int i = 0; versions[i] != NULL; i++) {
    for (size_t j = 0; j < sizeof(files) / sizeof(files[0]); j++) {
      char name[64];
      struct hadm_reply reply;
      snprintf(name, sizeof(name), "%s/%s.txt", versions[i], files[j].name);
      read_every_way(&reply, files[j].kind, recorded(name), HADM_OK);
      assert_int_equal(reply.shaped, files[j].shaped);
      hadm_reply_free(&reply);
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
      struct hadm_reply reply;
      read_every_way(&reply, (enum hadm_reply_kind)kind, text_of(cases[i]),
                     HADM_E_FOREIGN);
      hadm_reply_free(&reply);
    }
  }
}

static void answers_to_several_commands(void **state) {
  (void)state;
  struct hadm_slice rest = HADM_LITERAL("\nNo such server.\n\na\nb\n\n\n");
  struct hadm_slice answer;
  const char *const expected[] = {"", "No such server.", "a\nb", ""};
  for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
    assert_true(hadm_reply_next(&rest, &answer));
    assert_slice(answer, expected[i]);
  }
  assert_false(hadm_reply_next(&rest, &answer));
  assert_int_equal(rest.len, 0);
  const char *const unended[] = {"a", "a\n", "a\nb\n"};
  for (size_t i = 0; i < sizeof(unended) / sizeof(unended[0]); i++) {
    rest = (struct hadm_slice){unended[i], strlen(unended[i])};
    assert_false(hadm_reply_next(&rest, &answer));
    assert_true(rest.len > 0);
  }
}

static void survives_a_lack_of_memory(void **state) {
  (void)state;
  struct hadm_slice text = recorded("3.4/reading.txt");
  for (begin_failing(); next_failing();) {
    struct hadm_reply reply;
    enum hadm_status status = HADM_MORE;
    hadm_reply_init(&reply, HADM_REPLY_READING, 1 << 20);
    for (size_t at = 0; at < text.len && status == HADM_MORE; at++)
      status = hadm_reply_feed(&reply, text.ptr + at, 1);
    bool failed = has_failed();
    assert_int_equal(status, failed ? HADM_E_NOMEM : HADM_OK);
    assert_int_equal(hadm_reply_end(&reply), status);
    hadm_reply_free(&reply);
    assert_int_equal(blocks_held(), 0);
  }
  for (begin_failing(); next_failing();) {
    struct hadm_reply reply;
    char *at;
    size_t len;
    hadm_reply_init(&reply, HADM_REPLY_TEXT, 1 << 20);
    enum hadm_status status = hadm_reply_space(&reply, &at, &len);
    assert_int_equal(status, has_failed() ? HADM_E_NOMEM : HADM_OK);
    hadm_reply_free(&reply);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whole_replies),
      cmocka_unit_test(a_reading),
      cmocka_unit_test(cut_replies),
      cmocka_unit_test(a_text_ends_with_a_line),
      cmocka_unit_test(nothing_at_all),
      cmocka_unit_test(words_instead),
      cmocka_unit_test(words_instead_of_the_second_part),
      cmocka_unit_test(bytes_behind_the_end),
      cmocka_unit_test(short_rows),
      cmocka_unit_test(the_largest_size),
      cmocka_unit_test(space_and_commit),
      cmocka_unit_test(recorded_replies),
      cmocka_unit_test(greetings),
      cmocka_unit_test(answers_to_several_commands),
      cmocka_unit_test(survives_a_lack_of_memory),
  };
  return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
