-- Commands of a master process: they are its own, no worker has them.
-- doc/contributing.md says what a row is.

return {
  ["show proc"] = {
    since = "1.9",
    level = { "user", ["3.2"] = "operator" },
    answer = "list",
    success = { "^#<PID>" },
  },
  -- Up to HAProxy 2.6 it answers nothing; the connection breaks off.
  reload = { changes = true, since = "1.9", level = "operator", success = { "^Success=%d" } },
  ["hard-reload"] = { changes = true, since = "2.9", level = "operator", success = { "^Success=%d" } },
  ["master startup-logs"] = { line = "show startup-logs", since = "2.7", level = "user", success = { "" } },
}
