-- Commands on maps and ACLs. doc/contributing.md says what a row is.

-- Up to HAProxy 3.3 every socket may do all of this, from 3.4 on only level admin,
-- readers too.
local level = { "user", ["3.4"] = "admin" }

local function reads(line, more)
  local row = { line = line, since = "1.5", level = level, answer = "list" }
  for key, value in pairs(more) do
    row[key] = value
  end
  return row
end

local function changes(line, arguments, more)
  local row = { line = line, arguments = arguments, changes = true, since = "1.5", level = level }
  for key, value in pairs(more or {}) do
    row[key] = value
  end
  return row
end

-- What the first line of an answer is; an empty list is nothing at all.
local lists = { "^$", "^# id " }
local entries = { "^$", "^0x%x+ " }
local prepared = { "^New version created: %d+$" }
local match = { "^type=" }

local id = { id = "identifier" }
local value = { id = "identifier", value = "value" }
local pattern = { id = "identifier", pattern = "value" }
local entry = { id = "identifier", key = "value", value = "value" }
-- A key that is looked for, or the reference of one entry in one process.
local key = { id = "identifier", key = { "key", "reference" } }
local change = { id = "identifier", key = { "key", "reference" }, value = "value" }

-- Versions of a map or an ACL, one of which is prepared while another one is in use.
local versioned = { version = "version", id = "identifier" }

return {
  ["show acl"] = reads("show acl", { success = lists }),
  ["show map"] = reads("show map", { success = lists }),
  ["show acl entries"] = reads("show acl <id>", { arguments = id, success = entries }),
  ["show map entries"] = reads("show map <id>", { arguments = id, success = entries }),
  ["get acl"] = reads("get acl <id> <value>", { arguments = value, success = match, since = "1.8" }),
  ["get map"] = reads("get map <id> <value>", { arguments = value, success = match, since = "1.8" }),
  ["add acl"] = changes("add acl <id> <pattern>", pattern),
  ["add map"] = changes("add map <id> <key> <value>", entry),
  -- Several entries of one key: this release changes the first and says nothing.
  ["set map"] = changes("set map <id> <key> <value>", change, {
    first_only = { from = "3.4.0", to = "3.4.0" },
  }),
  -- Several entries of one key: up to 3.2 all go at once.
  ["del acl"] = changes("del acl <id> <key>", key, { repeats = "3.3" }),
  ["del map"] = changes("del map <id> <key>", key, { repeats = "3.3" }),
  ["clear acl"] = changes("clear acl <id>", id),
  ["clear map"] = changes("clear map <id>", id),
  -- The words that runtime/fill.lua puts entries behind, one command each, or, of a map,
  -- in a payload of lines.
  ["add acl entries"] = changes("add acl <id>", id),
  ["add acl version"] = changes("add acl <version> <id>", versioned, { since = "2.4" }),
  ["set map entries"] = changes("set map <id>", id),
  ["del acl entries"] = changes("del acl <id>", id),
  ["del map entries"] = changes("del map <id>", id),
  ["add map entries"] = changes("add map <id>", id, { payload = "entries", since = "1.9" }),
  ["prepare acl"] = changes("prepare acl <id>", id, { since = "2.4", success = prepared }),
  ["prepare map"] = changes("prepare map <id>", id, { since = "2.4", success = prepared }),
  ["add map version"] = changes("add map <version> <id>", versioned, { payload = "entries", since = "2.4" }),
  ["commit acl"] = changes("commit acl <version> <id>", versioned, { since = "2.4" }),
  ["commit map"] = changes("commit map <version> <id>", versioned, { since = "2.4" }),
  -- From 3.3 on this does nothing, and a version that nobody commits stays until the
  -- next one is.
  ["clear acl version"] = changes("clear acl <version> <id>", versioned, { since = "2.4", drops_until = "3.3" }),
  ["clear map version"] = changes("clear map <version> <id>", versioned, { since = "2.4", drops_until = "3.3" }),
  ["show acl version"] = reads("show acl <version> <id>", { arguments = versioned, success = entries, since = "2.4" }),
  ["show map version"] = reads("show map <version> <id>", { arguments = versioned, success = entries, since = "2.4" }),
}
