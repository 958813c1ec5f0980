#include "hadm_script.h"

#include "../base/hadm_word.h"

void hadm_script_init(struct hadm_script *script,
                      const struct hadm_entries *wanted,
                      const struct hadm_diff *diff) {
  *script = (struct hadm_script){.wanted = wanted, .diff = diff};
  hadm_command_init(&script->command);
}

void hadm_script_free(struct hadm_script *script) {
  hadm_command_free(&script->command);
  hadm_buffer_free(&script->lines);
}

static size_t adds(const struct hadm_script *script) {
  return script->diff != NULL ? script->diff->added : script->wanted->count;
}

size_t hadm_script_steps(const struct hadm_script *script) {
  const struct hadm_diff *diff = script->diff;
  return adds(script) + (diff != NULL ? diff->changed + diff->deleted : 0);
}

/* The wanted entry that this step, one of the first, adds. */
static uint32_t added(const struct hadm_script *script, size_t step) {
  return script->diff != NULL ? script->diff->adds[step] : (uint32_t)step;
}

/* Around a payload's lines: " <<", a pattern and an LF before them, a pattern
 * and an LF behind. */
enum { AROUND = 3 + HADM_COMMAND_PATTERN + 1 + HADM_COMMAND_PATTERN + 1 };

static size_t room(const struct hadm_script *script) {
  size_t used = script->add.len + AROUND;
  return used < HADM_COMMAND_PAYLOAD_MAX ? HADM_COMMAND_PAYLOAD_MAX - used : 0;
}

bool hadm_script_fits(const struct hadm_script *script) {
  size_t longest =
      script->add.len > script->set.len ? script->add.len : script->set.len;
  size_t word = 3; /* blanks, and what stands before a reference */
  return script->wanted->longest + 1 <= room(script) &&
         longest + script->wanted->longest + word <= HADM_SESSION_WINDOW;
}

/* ---- payloads ---- */

static bool is_plain(const struct hadm_script *script, size_t step) {
  return step < adds(script) &&
         hadm_entries_plain(script->wanted, added(script, step));
}

/* Where all entries are added, and any can be a line, the lines are there
 * already: as many whole ones as fit. */
static struct hadm_slice whole_lines(const struct hadm_script *script,
                                     size_t most, size_t *count) {
  struct hadm_slice lines =
      hadm_entries_from(script->wanted, (uint32_t)script->next);
  if (lines.len > most)
    lines.len = most;
  while (lines.len > 0 && lines.ptr[lines.len - 1] != '\n')
    lines.len--;
  size_t blocks = lines.len / HADM_BLOCK;
  *count = hadm_block_count(lines.ptr, blocks, '\n');
  for (size_t i = blocks * HADM_BLOCK; i < lines.len; i++)
    *count += lines.ptr[i] == '\n';
  return lines;
}

/* As many lines as fit, of those of the entries that can be one. */
static enum hadm_status gather_lines(struct hadm_script *script, size_t most,
                                     size_t *count) {
  size_t step = script->next;
  enum hadm_status status = HADM_OK;
  script->lines.len = 0;
  for (; status == HADM_OK && is_plain(script, step); step++) {
    struct hadm_slice text =
        hadm_entries_text(script->wanted, added(script, step));
    if (script->lines.len + text.len + 1 > most)
      break;
    /* An LF stands behind each text. */
    status = hadm_buffer_append(&script->lines, text.ptr, text.len + 1);
  }
  *count = step - script->next;
  return status;
}

/* One payload of as many entries as it takes. */
static enum hadm_status ask_payload(struct hadm_script *script,
                                    struct hadm_session *session) {
  struct hadm_slice lines;
  size_t count;
  if (script->diff == NULL && script->wanted->all_plain) {
    lines = whole_lines(script, room(script), &count);
  } else {
    enum hadm_status gathered = gather_lines(script, room(script), &count);
    if (gathered != HADM_OK)
      return gathered;
    lines = (struct hadm_slice){script->lines.data, script->lines.len};
  }
  struct hadm_command *command = &script->command;
  hadm_command_reset(command);
  enum hadm_status status = hadm_command_words(command, script->add);
  if (status == HADM_OK)
    status =
        hadm_command_payload(command, lines, script->named,
                             script->seed + (uint32_t)(script->next + count));
  if (status == HADM_OK)
    status = hadm_session_ask_payload(
        session, (struct hadm_slice){command->line.data, command->line.len});
  script->asked = count;
  return status;
}

/* ---- lines ---- */

static enum hadm_status word(struct hadm_command *command,
                             enum hadm_token class, struct hadm_slice text) {
  return hadm_command_token(command, class, text);
}

static enum hadm_status write_add(struct hadm_script *script, uint32_t i) {
  struct hadm_command *command = &script->command;
  enum hadm_status status = hadm_command_words(command, script->add);
  if (status == HADM_OK)
    status =
        word(command, HADM_TOKEN_VALUE, hadm_entries_key(script->wanted, i));
  if (status == HADM_OK && script->wanted->map)
    status =
        word(command, HADM_TOKEN_VALUE, hadm_entries_value(script->wanted, i));
  return status;
}

static enum hadm_status write_change(struct hadm_script *script,
                                     const struct hadm_change *change) {
  struct hadm_command *command = &script->command;
  bool deletes = change->wanted == HADM_ENTRY_NONE;
  struct hadm_slice key =
      hadm_dump_key(change->entry.text, script->wanted->map);
  enum hadm_status status =
      hadm_command_words(command, deletes ? script->del : script->set);
  if (status == HADM_OK)
    status = change->by_key
                 ? word(command, HADM_TOKEN_KEY, key)
                 : word(command, HADM_TOKEN_REFERENCE, change->entry.reference);
  if (status == HADM_OK && !deletes)
    status = word(command, HADM_TOKEN_VALUE,
                  hadm_entries_value(script->wanted, change->wanted));
  return status;
}

static enum hadm_status write(struct hadm_script *script, size_t step) {
  hadm_command_reset(&script->command);
  size_t first = adds(script);
  if (step < first)
    return write_add(script, added(script, step));
  return write_change(script, &script->diff->changes[step - first]);
}

/* As many lines as the session takes. */
static enum hadm_status ask_lines(struct hadm_script *script,
                                  struct hadm_session *session) {
  size_t steps = hadm_script_steps(script);
  size_t step = script->next;
  enum hadm_status status = HADM_OK;
  while (step < steps && !is_plain(script, step)) {
    status = write(script, step);
    if (status != HADM_OK)
      break;
    struct hadm_slice line = {script->command.line.data,
                              script->command.line.len};
    status = hadm_session_ask(session, line, HADM_FRAME_TEXT);
    if (status != HADM_OK)
      break;
    step++;
  }
  script->asked = step - script->next;
  return status == HADM_E_TOO_BIG && script->asked > 0 ? HADM_OK : status;
}

enum hadm_status hadm_script_ask(struct hadm_script *script,
                                 struct hadm_session *session) {
  script->asked = 0;
  if (script->next >= hadm_script_steps(script))
    return HADM_MORE;
  return is_plain(script, script->next) ? ask_payload(script, session)
                                        : ask_lines(script, session);
}

void hadm_script_done(struct hadm_script *script) {
  script->next += script->asked;
  script->asked = 0;
}

static bool is_silent(const struct hadm_session *session) {
  for (size_t i = 0; i < session->count; i++)
    if (hadm_session_text(session, i).len > 0)
      return false;
  return true;
}

static enum hadm_status answered(struct hadm_follower *follower,
                                 struct hadm_session *session) {
  /* It is the script's first member. */
  struct hadm_script *script = (struct hadm_script *)(void *)follower;
  if (script->windows == 0 || !is_silent(session))
    return HADM_OK;
  script->windows--;
  hadm_script_done(script);
  if (script->next >= hadm_script_steps(script))
    return HADM_OK;
  hadm_session_reset(session, session->mode, session->max, false);
  enum hadm_status status = hadm_script_ask(script, session);
  session->follower = follower;
  return status == HADM_OK ? HADM_MORE : status;
}

enum hadm_status hadm_script_follow(struct hadm_script *script,
                                    struct hadm_session *session,
                                    size_t windows) {
  enum hadm_status status = hadm_script_ask(script, session);
  script->follower.answered = answered;
  script->windows = session->mode == HADM_ONCE ? 0 : windows;
  if (status == HADM_OK)
    session->follower = &script->follower;
  return status;
}
