#include "../../csrc/core/wire/hadm_script.h"
#include "support.h"

#include <stdio.h>

static struct hadm_entries wanted;
static struct hadm_diff diff;
static struct hadm_script script;
static struct hadm_session session;

static void begin(bool map, const char *dump) {
  hadm_entries_init(&wanted, map, 3);
  if (map) {
    assert_int_equal(hadm_entries_add(&wanted, TEXT("a"), TEXT("1;x")),
                     HADM_OK);
    assert_int_equal(hadm_entries_add(&wanted, TEXT("b"), TEXT("2")), HADM_OK);
    assert_int_equal(hadm_entries_add(&wanted, TEXT("c c"), TEXT("3")),
                     HADM_OK);
  } else {
    assert_int_equal(hadm_entries_add(&wanted, TEXT("a b"), TEXT("")), HADM_OK);
    assert_int_equal(hadm_entries_add(&wanted, TEXT("c;d"), TEXT("")), HADM_OK);
  }
  if (dump != NULL)
    assert_int_equal(hadm_diff_make(&diff, &wanted, text_of(dump)), HADM_OK);
  else
    diff = (struct hadm_diff){.adds = NULL};
  hadm_script_init(&script, &wanted, dump != NULL ? &diff : NULL);
  script.add = TEXT("add map @1 /m");
  script.set = TEXT("set map /m");
  script.del = TEXT("del map /m");
  hadm_session_init(&session, HADM_PROMPT, 1000, true);
}

static void end(void) {
  hadm_session_free(&session);
  hadm_script_free(&script);
  hadm_diff_free(&diff);
  hadm_entries_free(&wanted);
  assert_int_equal(blocks_held(), 0);
}

static void assert_asks(enum hadm_mode mode, const char *line) {
  hadm_session_reset(&session, mode, 1000, false);
  assert_int_equal(hadm_script_ask(&script, &session), HADM_OK);
  assert_slice(hadm_session_line(&session), line);
  hadm_script_done(&script);
}

static void assert_done(void) {
  hadm_session_reset(&session, HADM_PROMPT, 1000, false);
  assert_int_equal(hadm_script_ask(&script, &session), HADM_MORE);
  assert_int_equal(script.next, hadm_script_steps(&script));
}

static void fills(void **state) {
  (void)state;
  begin(true, NULL);
  assert_true(hadm_script_fits(&script));
  assert_int_equal(hadm_script_steps(&script), 3);
  assert_asks(HADM_PROMPT, "add map @1 /m <<\na 1;x\nb 2\n\n");
  assert_asks(HADM_PROMPT, "add map @1 /m c\\ c 3\n");
  assert_done();
  end();
  begin(true, NULL);
  script.named = true;
  script.seed = 0;
  assert_asks(HADM_ONCE, "add map @1 /m <<%200000\na 1;x\nb 2\n%200000\n");
  end();
  begin(false, NULL);
  assert_asks(HADM_ONCE, "add map @1 /m a\\ b;add map @1 /m c\\;d\n");
  assert_done();
  end();
}

static void makes_equal(void **state) {
  (void)state;
  begin(true, "0x1 b 9\n0x2 z 1\n0x3 z 2\n0x4 c c 4\n0x5 y; 5\n");
  assert_int_equal(hadm_script_steps(&script), 6);
  assert_asks(HADM_PROMPT, "add map @1 /m <<\na 1;x\n\n");
  assert_asks(HADM_PROMPT, "set map /m b 2\n"
                           "set map /m #0x4 3\n"
                           "del map /m #0x2\n"
                           "del map /m #0x3\n"
                           "del map /m y\\;\n");
  assert_done();
  end();
}

/* The answer has what HAProxy prints for the lines of a payload, in any way. */
static void what_is_printed_for_a_payload_is_no_answer(void **state) {
  (void)state;
  const char *const silent[] = {"\n> ", "+ \n> ", "+ + + + \n> "};
  for (size_t i = 0; i < 3; i++) {
    begin(true, NULL);
    assert_int_equal(hadm_script_ask(&script, &session), HADM_OK);
    assert_int_equal(hadm_session_feed(&session, "\n> ", 3), HADM_MORE);
    struct hadm_slice answer = text_of(silent[i]);
    for (size_t k = 0; k + 1 < answer.len; k++)
      assert_int_equal(hadm_session_feed(&session, answer.ptr + k, 1),
                       HADM_MORE);
    assert_int_equal(
        hadm_session_feed(&session, answer.ptr + answer.len - 1, 1), HADM_OK);
    assert_slice(hadm_session_text(&session, 0), "");
    end();
  }
  begin(true, NULL);
  assert_int_equal(hadm_script_ask(&script, &session), HADM_OK);
  struct hadm_slice words = TEXT("\n> + + Missing value.\n\n> ");
  assert_int_equal(hadm_session_feed(&session, words.ptr, words.len), HADM_OK);
  assert_slice(hadm_session_text(&session, 0), "Missing value.");
  assert_int_equal(
      hadm_session_ask_payload(&session, TEXT("add map /m <<\na b\n")),
      HADM_E_ARG);
  end();
}

/* However many there are, no payload is too long, none is lost. */
static void windows_have_a_limit(void **state) {
  (void)state;
  static const enum hadm_mode modes[] = {HADM_ONCE, HADM_PROMPT};
  for (int i = 0; i < 4; i++) {
    bool map = i < 2;
    enum hadm_mode mode = modes[i % 2];
    char key[32];
    hadm_entries_init(&wanted, map, 3);
    for (int k = 0; k < 5000; k++) {
      sprintf(key, "key%d.example.com", k);
      assert_int_equal(hadm_entries_add(&wanted, text_of(key), TEXT("value")),
                       HADM_OK);
    }
    hadm_script_init(&script, &wanted, NULL);
    diff = (struct hadm_diff){.adds = NULL};
    script.add = TEXT("add acl /m");
    hadm_session_init(&session, mode, 1000, true);
    size_t asked = 0;
    int windows = 0;
    enum hadm_status status;
    while ((status = hadm_script_ask(&script, &session)) == HADM_OK) {
      assert_true(script.asked > 0);
      asked += script.asked;
      windows++;
      assert_true(hadm_session_line(&session).len <= 15360);
      assert_true(hadm_session_line(&session).len <= HADM_COMMAND_PAYLOAD_MAX ||
                  (!map && mode == HADM_ONCE));
      hadm_script_done(&script);
      hadm_session_reset(&session, mode, 1000, false);
    }
    assert_int_equal(status, HADM_MORE);
    assert_int_equal(asked, 5000);
    assert_true(windows < 20);
    end();
  }
}

/* An entry that fits in a payload alone does; one byte more does not. */
static void the_longest_entry_fits(void **state) {
  (void)state;
  static char bytes[HADM_ENTRY_MAX];
  memset(bytes, 'v', sizeof(bytes));
  bool fitted = false;
  for (size_t len = HADM_ENTRY_MAX - 60; len < HADM_ENTRY_MAX - 1; len++) {
    hadm_entries_init(&wanted, true, 3);
    struct hadm_slice value = {bytes, len};
    assert_int_equal(hadm_entries_add(&wanted, TEXT("k"), value), HADM_OK);
    hadm_script_init(&script, &wanted, NULL);
    diff = (struct hadm_diff){.adds = NULL};
    script.add = TEXT("add map @1 /m");
    script.named = true;
    hadm_session_init(&session, HADM_PROMPT, 1000, false);
    enum hadm_status status = hadm_script_ask(&script, &session);
    assert_int_equal(status == HADM_OK, hadm_script_fits(&script));
    fitted = fitted || status == HADM_OK;
    end();
  }
  assert_true(fitted);
}

static void survives_a_lack_of_memory(void **state) {
  (void)state;
  for (begin_failing(); next_failing();) {
    hadm_entries_init(&wanted, true, 3);
    hadm_script_init(&script, &wanted, NULL);
    hadm_session_init(&session, HADM_PROMPT, 1000, true);
    script.add = TEXT("add map /m");
    diff = (struct hadm_diff){.adds = NULL};
    enum hadm_status status = hadm_entries_add(&wanted, TEXT("a"), TEXT("b"));
    if (status == HADM_OK)
      status = hadm_script_ask(&script, &session);
    assert_int_equal(status, has_failed() ? HADM_E_NOMEM : HADM_OK);
    end();
  }
}

/* In one exchange: window by window, as long as all is silent. */
static void goes_on_by_itself(void **state) {
  (void)state;
  begin(true, "0x1 b 9\n0x2 z 1\n0x3 z 2\n0x4 c c 4\n0x5 y; 5\n");
  hadm_session_reset(&session, HADM_PROMPT, 1000, false);
  assert_int_equal(hadm_script_follow(&script, &session, 5), HADM_OK);
  assert_slice(hadm_session_line(&session), "add map @1 /m <<\na 1;x\n\n");
  assert_int_equal(hadm_session_feed(&session, "+ \n> ", 5), HADM_MORE);
  assert_int_equal(session.turns, 1);
  assert_int_equal(script.next, 1);
  assert_true(hadm_slice_starts(hadm_session_line(&session),
                                TEXT("set map /m b 2\nset map")));
  assert_int_equal(hadm_session_feed(&session, "\n> \n> \n> \n> ", 12),
                   HADM_MORE);
  assert_int_equal(hadm_session_feed(&session, "\n> ", 3), HADM_OK);
  assert_int_equal(session.turns, 1);
  assert_int_equal(script.next, 6);
  hadm_script_done(&script);
  assert_done();
  end();
  /* Words are somebody else's to judge: what was asked is not done. */
  begin(true, NULL);
  hadm_session_reset(&session, HADM_PROMPT, 1000, false);
  assert_int_equal(hadm_script_follow(&script, &session, 5), HADM_OK);
  struct hadm_slice words = TEXT("Unknown map.\n\n> ");
  assert_int_equal(hadm_session_feed(&session, words.ptr, words.len), HADM_OK);
  assert_int_equal(session.turns, 0);
  assert_int_equal(script.next, 0);
  /* Not more often than it may, and not where each window has a connection. */
  for (int i = 0; i < 2; i++) {
    hadm_session_reset(&session, i == 0 ? HADM_PROMPT : HADM_ONCE, 1000, false);
    assert_int_equal(hadm_script_follow(&script, &session, i == 0 ? 0 : 5),
                     HADM_OK);
    if (i == 0) {
      assert_int_equal(hadm_session_feed(&session, "\n> ", 3), HADM_OK);
    } else {
      assert_int_equal(hadm_session_feed(&session, "\n", 1), HADM_MORE);
      assert_int_equal(hadm_session_end(&session), HADM_OK);
    }
    assert_int_equal(session.turns, 0);
    assert_int_equal(script.next, 0);
  }
  end();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fills),
      cmocka_unit_test(makes_equal),
      cmocka_unit_test(what_is_printed_for_a_payload_is_no_answer),
      cmocka_unit_test(goes_on_by_itself),
      cmocka_unit_test(windows_have_a_limit),
      cmocka_unit_test(the_longest_entry_fits),
      cmocka_unit_test(survives_a_lack_of_memory),
  };
  return cmocka_run_group_tests_name("script", tests, NULL, NULL);
}
