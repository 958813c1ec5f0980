-- Commands on stick tables. doc/contributing.md says what a row is.

-- A socket of level user gets the header and this, or, up to HAProxy 3.1, silence where
-- it would clear.
local refusals = {
  { "^No such table", "not_found" },
  { "\n# contents not dumped due to insufficient privileges", "permission" },
  { "Data type not stored in this table", "bad_argument" },
  { "Unknown data type", "unsupported" },
  { "index out of range in this data array", "bad_argument" },
  { "^Invalid key", "bad_argument" },
  { "not supported$", "unsupported" },
}

-- The header alone, or an entry behind it.
local entries = { "^# table: [^\n]*$", "^# table: [^\n]*\n0x%x+: " }

local function reads(line, arguments, more)
  local row = {
    line = line,
    arguments = arguments,
    since = "1.5",
    level = "operator",
    answer = "list",
    success = entries,
    refusals = refusals,
  }
  for key, value in pairs(more or {}) do
    row[key] = value
  end
  return row
end

local function changes(line, arguments, more)
  local row = {
    line = line,
    arguments = arguments,
    changes = true,
    since = "1.7",
    level = "operator",
    refusals = refusals,
  }
  for key, value in pairs(more or {}) do
    row[key] = value
  end
  return row
end

return {
  ["show table"] = {
    since = "1.5",
    level = "user",
    answer = "list",
    success = { "^$", "^# table: " },
  },
  ["show table entries"] = reads("show table <table>", { table = "value" }),
  -- Filters of several conditions; 2.0 finds no data type at all.
  ["show table filter"] = reads("show table <table> <filter>", { table = "value", filter = "conditions" }, {
    since = "2.2",
  }),
  ["show table key"] = reads("show table <table> key <key>", { table = "value", key = "value" }, {
    success = { "^$", entries[2] },
  }),
  -- Without a key this would clear the table: the row has none without.
  ["set table"] = changes("set table <table> key <key> <data>", { table = "value", key = "value", data = "data" }),
  ["clear table"] = changes("clear table <table>", { table = "value" }),
  ["clear table filter"] = changes("clear table <table> <filter>", { table = "value", filter = "conditions" }, {
    since = "2.2",
  }),
  ["clear table key"] = changes("clear table <table> key <key>", { table = "value", key = "value" }),
}
