#include "../../csrc/core/exposition/hadm_listing.h"
#include "reader.h"

#include <stdio.h>

#define HEADER                                                                 \
  "# pxname,svname,type,status,weight,scur,stot,slim,qtime,check_status,"      \
  "last_chk,addr,\n"
#define INFO "Name: HAProxy\nVersion: 3.2.1\nNbproc: 1\nProcess_num: 1\n\n"

static void take(struct hadm_snapshot *snapshot, unsigned nb,
                 struct hadm_slice text) {
  struct hadm_session session;
  assert_int_equal(read_at_once(&session, ASK_READING, text), HADM_OK);
  assert_int_equal(hadm_snapshot_take(snapshot, nb, nb, &session.reading),
                   HADM_OK);
  hadm_session_free(&session);
}

/* The second process lacks a server, a column and an opinion; its last server
 * is its own. */
static struct hadm_snapshot *two(void) {
  struct hadm_snapshot *snapshot = hadm_snapshot_new(2);
  assert_non_null(snapshot);
  take(snapshot, 1,
       TEXT(INFO HEADER
            "app,one,2,UP,10,1,9007199254740993,100,4,* L7OK,\"a, \"\"b\"\"\","
            "10.0.0.1:80,\n"
            "app,two,2,no check,1,2,5,,,,tab\there\\\x1b,10.0.0.2:80,\n"
            "app,lone,2,DOWN,1,0,0,,,L4CON,,10.0.0.3:80,\n"
            "app,BACKEND,1,UP,11,3,9,50,8,,,,\n\n"));
  take(snapshot, 2,
       TEXT(INFO "# pxname,svname,type,status,weight,scur,stot,slim,qtime,"
                 "check_status,last_chk,\n"
                 "app,one,2,UP,10,2,1,100,7,L7OK,\"a, \"\"b\"\"\",\n"
                 "app,two,2,DRAIN,,2,5,,,,tab\there\\\x1b,\n"
                 "app,new,2,,1,0,0,,,,,\n"
                 "app,BACKEND,1,UP,11,3,9,50,9,,,\n\n"));
  return snapshot;
}

static struct hadm_cell_column metric(const char *name, enum hadm_rule rule) {
  struct hadm_cell_column column = {.what = HADM_LISTED_METRIC};
  column.metric = hadm_metric_find(text_of(name), HADM_OF(HADM_SERVER));
  assert_non_null(column.metric);
  column.rule =
      rule != HADM_RULE_NONE ? (unsigned char)rule : column.metric->rule;
  return column;
}

enum { MOST = 8 };

static const struct hadm_slice letters[MOST] = {
    HADM_STATIC("a"), HADM_STATIC("b"), HADM_STATIC("c"), HADM_STATIC("d"),
    HADM_STATIC("e"), HADM_STATIC("f"), HADM_STATIC("g"), HADM_STATIC("h")};

/* An object as a line, or as a record whose members are called a, b, ... */
static void assert_listed(const struct hadm_snapshot *snapshot,
                          enum hadm_kind kind, const char *name,
                          const struct hadm_cell_column *columns, size_t count,
                          struct hadm_listing listing, const char *expected) {
  struct hadm_cells cells;
  struct hadm_buffer piece = HADM_BUFFER_EMPTY;
  uint32_t object =
      hadm_snapshot_find(snapshot, kind, TEXT("app"), text_of(name));
  assert_int_not_equal(object, HADM_NONE);
  assert_int_equal(hadm_cells_init(&cells, snapshot, kind, columns, count),
                   HADM_OK);
  listing.cells = &cells;
  listing.names = letters;
  assert_int_equal(hadm_listing_put(&listing, &piece, object), HADM_OK);
  assert_slice(((struct hadm_slice){piece.data, piece.len}), expected);
  hadm_buffer_free(&piece);
  hadm_cells_free(&cells);
}

static const struct hadm_listing TSV = {.form = HADM_LISTING_TSV};
static const struct hadm_listing SEEN = {.form = HADM_LISTING_TSV,
                                         .plain = true};
static const struct hadm_listing CSV = {.form = HADM_LISTING_CSV};
static const struct hadm_listing JSON = {.form = HADM_LISTING_JSON};

static void made_one(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  const struct hadm_cell_column columns[] = {
      {.what = HADM_LISTED_PROXY},      {.what = HADM_LISTED_NAME},
      metric("status", HADM_RULE_NONE), {.what = HADM_LISTED_PROCESSES},
      metric("weight", HADM_RULE_SAME), metric("stot", HADM_RULE_NONE),
      metric("qtime", HADM_RULE_NONE),  metric("check_status", HADM_RULE_NONE)};
  assert_listed(snapshot, HADM_SERVER, "one", columns, MOST, TSV,
                "app\tone\tUP\t1,2\t10\t9007199254740994\t5\tL7OK");
  assert_listed(snapshot, HADM_SERVER, "one", columns, MOST, CSV,
                "app,one,UP,\"1,2\",10,9007199254740994,5,L7OK");
  assert_listed(snapshot, HADM_SERVER, "one", columns, MOST, JSON,
                "{\"a\":\"app\",\"b\":\"one\",\"c\":\"UP\",\"d\":[1,2],"
                "\"e\":10,\"f\":9007199254740994,\"g\":5,\"h\":\"L7OK\"}");
  assert_listed(snapshot, HADM_SERVER, "lone", columns, MOST, JSON,
                "{\"a\":\"app\",\"b\":\"lone\",\"c\":\"DOWN\",\"d\":[1],"
                "\"e\":1,\"f\":0,\"g\":0,\"h\":\"L4CON\"}");
  assert_listed(snapshot, HADM_SERVER, "new", columns, MOST, JSON,
                "{\"a\":\"app\",\"b\":\"new\",\"c\":null,\"d\":[2],"
                "\"e\":1,\"f\":0,\"g\":0,\"h\":null}");
  hadm_snapshot_unref(snapshot);
}

/* Values on which processes should agree and do not stand side by side. */
static void differing(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  const struct hadm_cell_column columns[] = {metric("status", HADM_RULE_NONE),
                                             metric("weight", HADM_RULE_SAME),
                                             metric("scur", HADM_RULE_NONE)};
  assert_listed(snapshot, HADM_SERVER, "two", columns, 3, TSV,
                "no check|DRAIN\t1|\t4");
  assert_listed(snapshot, HADM_SERVER, "two", columns, 3, CSV,
                "no check|DRAIN,1|,4");
  assert_listed(snapshot, HADM_SERVER, "two", columns, 3, JSON,
                "{\"a\":null,\"b\":null,\"c\":4,"
                "\"differs\":{\"a\":[\"no check\",\"DRAIN\"],\"b\":[1,\"\"]}}");
  /* An old worker has no say, but in sums. */
  hadm_snapshot_age(snapshot);
  assert_listed(snapshot, HADM_SERVER, "two", columns, 3, TSV,
                "no check\t1\t4");
  const struct hadm_cell_column limit = metric("slim", HADM_RULE_SUM);
  assert_listed(snapshot, HADM_SERVER, "one", &limit, 1, TSV, "100");
  hadm_snapshot_unref(snapshot);
}

static void escaped(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  const struct hadm_cell_column columns[] = {metric("last_chk", HADM_RULE_NONE),
                                             metric("addr", HADM_RULE_NONE),
                                             metric("addr", HADM_RULE_PORT)};
  assert_listed(snapshot, HADM_SERVER, "one", columns, 3, TSV,
                "a, \"b\"\t10.0.0.1:80\t80");
  assert_listed(snapshot, HADM_SERVER, "one", columns, 3, CSV,
                "\"a, \"\"b\"\"\",10.0.0.1:80,80");
  assert_listed(snapshot, HADM_SERVER, "one", columns, 3, JSON,
                "{\"a\":\"a, \\\"b\\\"\",\"b\":\"10.0.0.1:80\",\"c\":80}");
  assert_listed(snapshot, HADM_SERVER, "two", columns, 1, TSV,
                "tab\\there\\\\\x1b");
  assert_listed(snapshot, HADM_SERVER, "two", columns, 1, SEEN,
                "tab\\there\\\\\\x1b");
  assert_listed(snapshot, HADM_SERVER, "two", columns, 1, JSON,
                "{\"a\":\"tab\\u0009here\\\\\\u001b\"}");
  assert_listed(snapshot, HADM_SERVER, "two", columns, 0, JSON, "{}");
  hadm_snapshot_unref(snapshot);
}

/* One of the four: another has no status that all have, and two are down or
 * unknown. */
static void servers_that_serve(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  const struct hadm_cell_column columns[] = {{.what = HADM_LISTED_NAME},
                                             {.what = HADM_LISTED_UP}};
  assert_listed(snapshot, HADM_BACKEND, "app", columns, 2, TSV, "app\t1");
  hadm_snapshot_unref(snapshot);
}

/* Whatever cannot be allocated: an error, and nothing is left. */
static void out_of_memory(void **state) {
  (void)state;
  struct hadm_snapshot *snapshot = two();
  const struct hadm_cell_column columns[] = {metric("status", HADM_RULE_NONE),
                                             metric("last_chk", HADM_RULE_NONE),
                                             {.what = HADM_LISTED_PROCESSES},
                                             metric("scur", HADM_RULE_NONE)};
  long before = blocks_held();
  for (int form = HADM_LISTING_TSV; form <= HADM_LISTING_JSON; form++)
    for (begin_failing(); next_failing();) {
      struct hadm_cells cells;
      struct hadm_buffer piece = HADM_BUFFER_EMPTY;
      const struct hadm_listing listing = {.cells = &cells,
                                           .names = letters,
                                           .form =
                                               (enum hadm_listing_form)form};
      enum hadm_status status =
          hadm_cells_init(&cells, snapshot, HADM_SERVER, columns, 4);
      for (uint32_t i = 0; status == HADM_OK && i < snapshot->count; i++)
        if (snapshot->objects[i].kind == HADM_SERVER)
          status = hadm_listing_put(&listing, &piece, i);
      int failed = has_failed();
      assert_int_equal(status, failed ? HADM_E_NOMEM : HADM_OK);
      hadm_buffer_free(&piece);
      hadm_cells_free(&cells);
      assert_int_equal(blocks_held(), before);
    }
  hadm_snapshot_unref(snapshot);
}

/* Every field of the recorded answers says what the snapshot says of it. */
static void recorded_answers(void **state) {
  (void)state;
  for (size_t version = 0; versions[version] != NULL; version++) {
    char name[64];
    snprintf(name, sizeof(name), "%s/reading.txt", versions[version]);
    struct hadm_snapshot *snapshot = hadm_snapshot_new(1);
    take(snapshot, 1, recorded(name));
    for (size_t i = 0; i < hadm_metric_count(); i++) {
      const struct hadm_metric *field = hadm_metric_at(i);
      if ((field->kinds & HADM_OF(HADM_SERVER)) == 0)
        continue;
      const struct hadm_cell_column column = {
          .what = HADM_LISTED_METRIC, .rule = HADM_RULE_SAME, .metric = field};
      struct hadm_cells cells;
      assert_int_equal(
          hadm_cells_init(&cells, snapshot, HADM_SERVER, &column, 1), HADM_OK);
      for (uint32_t object = 0; object < snapshot->count; object++) {
        if (snapshot->objects[object].kind != HADM_SERVER)
          continue;
        struct hadm_field there;
        hadm_cells_read(&cells, object);
        const struct hadm_cell *cell = &cells.values[0];
        if (hadm_snapshot_field(snapshot, object, 0, field, &there)) {
          assert_true(cell->type == HADM_CELL_NUMBER ||
                      cell->type == HADM_CELL_TEXT);
          assert_true(hadm_slice_ends(there.text, cell->text.text));
        } else {
          assert_int_equal(cell->type, field->kind == HADM_METRIC_NUMBER
                                           ? HADM_CELL_NUMBER
                                           : HADM_CELL_NONE);
        }
      }
      hadm_cells_free(&cells);
    }
    hadm_snapshot_unref(snapshot);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(made_one),
      cmocka_unit_test(differing),
      cmocka_unit_test(escaped),
      cmocka_unit_test(out_of_memory),
      cmocka_unit_test(servers_that_serve),
      cmocka_unit_test(recorded_answers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
