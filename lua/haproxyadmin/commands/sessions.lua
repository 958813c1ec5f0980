-- Commands on sessions, which HAProxy calls streams since they may be many on one
-- connection. doc/contributing.md says what a row is.

-- A frontend, backend or server that a process does not have has no session there.
local rows = { "^$", "^0x%x+: ", "^No such frontend%.$", "^No such backend%.$", "^No such server%.$" }

local function lists(line, arguments, since)
  return {
    line = line,
    arguments = arguments,
    since = since,
    level = "operator",
    answer = "list",
    success = rows,
  }
end

return {
  ["show sess"] = lists("show sess", nil, "1.5"),
  ["show sess frontend"] = lists("show sess frontend <frontend>", { frontend = "proxy" }, "3.2"),
  ["show sess backend"] = lists("show sess backend <backend>", { backend = "proxy" }, "3.2"),
  ["show sess server"] = lists("show sess server <server>", { server = "server" }, "3.2"),
  ["show sess detail"] = {
    line = "show sess <session>",
    arguments = { session = "session" },
    since = "1.5",
    level = "operator",
    answer = "list",
    success = { "^0x%x+: %[" },
    refusals = { { "^Session not found", "not_found" } },
  },
  -- 2.4.0 says nothing of a session that is not there.
  ["shutdown session"] = {
    line = "shutdown session <session>",
    arguments = { session = "session" },
    changes = true,
    since = "1.5",
    level = "admin",
    refusals = { { "^No such session", "not_found" } },
  },
}
