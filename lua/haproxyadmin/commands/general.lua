-- Commands on a whole process. doc/contributing.md says what a row is.

-- A limit for the whole process.
local function limit(line, more)
  local row = {
    line = line .. " <n>",
    arguments = { n = "number" },
    changes = true,
    since = "1.5",
    level = "admin",
  }
  for key, value in pairs(more or {}) do
    row[key] = value
  end
  return row
end

return {
  ["show info"] = { since = "1.3", level = "user", answer = "info" },
  -- By number, or by name: an argument of either class fits.
  ["show stat"] = {
    line = "show stat [<iid> <type> <sid>]",
    arguments = { iid = { "number", "proxy" }, type = "number", sid = "number" },
    since = "1.3",
    level = "user",
    answer = "stat",
  },
  ["show errors"] = {
    line = "show errors [<iid>]",
    arguments = { iid = "number" },
    since = "1.4",
    level = "operator",
    answer = "list",
    success = { "^Total events captured on " },
  },
  ["show cli level"] = { since = "1.9", level = "user", success = { "^%l+$" } },
  ["show cli sockets"] = {
    since = "1.8",
    level = "user",
    answer = "list",
    success = { "^# socket lvl processes" },
  },
  ["clear counters"] = { changes = true, since = "1.3", level = "operator" },
  ["clear counters all"] = {
    changes = true,
    since = "1.5",
    level = "admin",
    avoid = {
      { from = "3.4.0", to = "3.4.0", why = "HAProxy 3.4.0 ends with a fault some requests later" },
    },
  },
  ["set maxconn global"] = limit "set maxconn global",
  ["set rate-limit connections global"] = limit "set rate-limit connections global",
  ["set rate-limit sessions global"] = limit "set rate-limit sessions global",
  ["set rate-limit ssl-sessions global"] = limit "set rate-limit ssl-sessions global",
}
