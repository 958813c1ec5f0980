-- Commands on certificates, authorities, revocation lists, lists of certificates, OCSP
-- responses and ticket keys. doc/contributing.md says what a row is.

-- What stands behind "Can't ..." names the file and differs between commands; the end of
-- the sentence is the same.
local refusals = {
  { "Operations on certificates are currently locked!$", "in_use" },
  { "^Can't allocate memory!", "permission" },
  { "^Can't display ", "not_found" },
  { "^didn't find the specified filename", "not_found" },
  { "^'[%w -]+' unable to locate referenced filename", "not_found" },
  { "^Unknown certificate!", "not_found" },
  { "^Certificate ID does not match any certificate", "not_found" },
  { "^OCSP single response: Certificate ID does not match", "not_found" },
  { "which is not referenced by the configuration!", "not_found" },
  { "^Can't [^\n]* does not exist!", "not_found" },
  { "^Can't [^\n]* doesn't exist!", "not_found" },
  { "^Can't [^\n]* can't be found in crt%-list", "not_found" },
  -- Somebody else ended it before it was committed.
  { "^No ongoing transaction! !", "in_use" },
  { "^No ongoing transaction!", "not_found" },
  { "^The ongoing transaction is about ", "in_use" },
  { "^Can't [^\n]* in use, can't be deleted!", "in_use" },
  { "^Can't [^\n]* it is used as default certificate ", "in_use" },
  { "^Can't delete the entry: found ", "bad_argument" },
  { "^Can't edit the crt%-list: ", "bad_argument" },
  { "^unable to load ", "bad_argument" },
  { "^inconsistencies between private key and certificate ", "bad_argument" },
  { "^The transaction must contain ", "bad_argument" },
  { "\nFailed!$", "bad_argument" },
  { "^'[%w -]+' received ", "bad_argument" },
  { "^OCSP ", "bad_argument" },
  { "^'update ssl ocsp%-response' only works ", "bad_argument" },
}

-- A process that commits, lists or edits does one such command at a time. What HAProxy 3.4
-- does with `set ssl cert` and `new ssl cert` then may leave it locked: there one program at a
-- time has to change certificates, which nobody here can know of another.
local BUSY = "Operations on certificates are currently locked!$"

-- Up to 2.5 a process takes what a certificate that it refused before has left behind in the
-- thread for a fault of this one's chain, and forgets it with that.
local STALE = "^unable to load certificate chain from file '[^\n]*'%.\n"

local file = { file = "value" }

-- HAProxy's buffer with its reserve, up to 3.3; from 3.4 on less than what
-- `tune.cli.max-payload-size` allows by default, near which it may stall.
local payload_max = { 15360, ["3.4"] = 122880 }

local function reads(line, more)
  local row = { line = line, since = "2.2", level = "operator", answer = "list", refusals = refusals, busy = BUSY }
  for key, value in pairs(more) do
    row[key] = value
  end
  return row
end

local function changes(line, more)
  local row = { line = line, changes = true, since = "2.2", level = "admin", refusals = refusals, busy = BUSY }
  for key, value in pairs(more) do
    row[key] = value
  end
  return row
end

-- Behind these words come a dot for each place where the file is used, and warnings.
local COMMITTING = "^Committing [^\n]*\n"
local committed = { COMMITTING .. "Success!$", COMMITTING .. ".*\nSuccess!$" }
-- Where nothing is left to abort, that is what was wanted: a commit that failed may have
-- ended the transaction.
local aborted = { "^Transaction aborted for ", "^No ongoing transaction!" }

-- HAProxy's stores of certificates, of authorities and of revocation lists are changed
-- in the same way.
local rows = {}

local function add_store(kind, since, more)
  rows["new ssl " .. kind] = changes(("new ssl %s <file>"):format(kind), {
    arguments = file,
    since = since,
    success = { "^New .* created '.*'!$", "^New empty certificate store '.*'!$" },
  })
  rows["set ssl " .. kind] = changes(("set ssl %s <file>"):format(kind), {
    arguments = file,
    payload = "pem",
    payload_max = payload_max,
    since = since,
    success = { "^[Tt]ransaction created for ", "^[Tt]ransaction updated for " },
    stale = STALE,
  })
  rows["commit ssl " .. kind] = changes(("commit ssl %s <file>"):format(kind), {
    arguments = file,
    since = since,
    success = committed,
    heading = COMMITTING,
  })
  rows["abort ssl " .. kind] = changes(("abort ssl %s <file>"):format(kind), {
    arguments = file,
    since = since,
    success = aborted,
    avoid = more.avoid_abort,
  })
  rows["del ssl " .. kind] = changes(("del ssl %s <file>"):format(kind), {
    arguments = file,
    since = since,
    success = { "' deleted!$" },
  })
  rows["show ssl " .. kind] = reads("show ssl " .. kind, { since = since, success = { "^$", "^# " } })
  rows[("show ssl %s entry"):format(kind)] = reads(("show ssl %s <file>"):format(kind), {
    arguments = file,
    since = since,
    success = { "^Filename: " },
  })
end

local WHY = "HAProxy would take the certificate out of service that is in use"

add_store("cert", "2.2", {
  avoid_abort = { { from = "2.2.0", to = "2.2.8", why = WHY }, { from = "2.3.0", to = "2.3.4", why = WHY } },
})
add_store("ca-file", "2.5", {})
add_store("crl-file", "2.5", {})
rows["add ssl ca-file"] = changes("add ssl ca-file <file>", {
  arguments = file,
  payload = "pem",
  payload_max = payload_max,
  since = "2.7",
  success = { "^transaction created for ", "^transaction updated for " },
})

local INSERTING = "^Inserting certificate '[^\n]*\n"
local inserted = { INSERTING .. "Success!$", INSERTING .. ".*\nSuccess!$" }

-- Nothing but names.
rows["show ssl crt-list"] = reads("show ssl crt-list", { level = "admin", success = { any = true } })
rows["show ssl crt-list entries"] = reads("show ssl crt-list -n <file>", {
  arguments = file,
  level = "admin",
  success = { "^# " },
})
rows["add ssl crt-list"] = changes("add ssl crt-list <list> <file>", {
  arguments = { list = "value", file = "value" },
  success = inserted,
  heading = INSERTING,
})
rows["add ssl crt-list entry"] = changes("add ssl crt-list <list>", {
  arguments = { list = "value" },
  payload = "entry",
  success = inserted,
  heading = INSERTING,
})
rows["del ssl crt-list"] = changes("del ssl crt-list <list> <entry>", {
  arguments = { list = "value", entry = "value" },
  success = { "^Entry '.*' deleted in crtlist '" },
})

rows["show ssl sni"] = reads("show ssl sni", { since = "3.2", level = "user", success = { "^# Frontend/Bind\t" } })

-- Up to HAProxy 3.3 every socket may do this, from 3.4 on only level admin.
local lately_guarded = { "user", ["3.4"] = "admin" }

rows["show ssl ocsp-response"] = reads("show ssl ocsp-response", {
  since = "2.5",
  level = lately_guarded,
  success = { "^$", "^# Certificate IDs" },
})
rows["show ssl ocsp-updates"] = reads("show ssl ocsp-updates", {
  since = "2.8",
  level = lately_guarded,
  success = { "^OCSP Certid | " },
})
rows["show ssl ocsp-response entry"] = reads("show ssl ocsp-response <id>", {
  arguments = { id = "value" },
  since = "2.5",
  level = lately_guarded,
  success = { "^OCSP Response Data:" },
})
rows["set ssl ocsp-response"] = changes("set ssl ocsp-response", {
  payload = "response",
  level = lately_guarded,
  success = { "^OCSP Response updated!$" },
})
rows["update ssl ocsp-response"] = changes("update ssl ocsp-response <file>", {
  arguments = file,
  since = "2.8",
  level = lately_guarded,
})
rows["show tls-keys"] = reads("show tls-keys", {
  level = lately_guarded,
  success = { "^$", "^# id %(file%)" },
})
rows["set ssl tls-key"] = changes("set ssl tls-key <id> <key>", {
  arguments = { id = "identifier", key = "value" },
  secret = true,
  level = lately_guarded,
  success = { "^TLS ticket key updated!$" },
})

return rows
