--- A file of revocation lists, as HAProxy keeps it in its memory (`crl-file`): in
-- every process that has it. Files are neither read nor written.
--
-- Made by `HAProxy:crl_files` and `HAProxy:crl_file`. Each property that is no name asks those
-- processes (`show ssl crl-file <file>`, management guide 9.3; level operator; HAProxy 2.5
-- and later), and they must agree.
-- @classmod haproxyadmin.CrlFile

local certificates = require "haproxyadmin.replies.certificates"
local class = require "haproxyadmin.objects.class"
local replace = require "haproxyadmin.runtime.replace"
local store = require "haproxyadmin.objects.store"

local files = store.of("crl-file", { crl = { 1, math.huge } }, function(lines)
  return certificates.entries(lines, "Certificate Revocation List")
end)

files.make = class.of_tables {
  name = "CrlFile",
  describe = store.name,
  methods = class.methods({}, {
    --- What each process says of it: `show ssl crl-file <file>`.
    -- @function CrlFile:details
    -- @treturn {table,...} one a process: `process_nb`, `status` and `entries`
    -- @raise `CommandFailed` (`not_found`, `permission`), `MultipleCommandResults`,
    -- `HAProxySocketError`
    details = { call = files.details },
    --- Replaces the lists in every process that has the file, or in none: `set ssl
    -- crl-file`, then `commit ssl crl-file` (9.3; level admin; HAProxy 2.5 and later). It
    -- fails and waits as `Certificate:update`; a transaction that it left behind, since a
    -- process did not answer, has to be ended by `abort` before the same call completes it.
    -- @function CrlFile:update
    -- @tparam string pem the revocation lists
    -- @tparam[opt] table options as for `Certificate:update`
    -- @treturn boolean true
    -- @raise as `Certificate:update`
    update = { arguments = 1, call = files.update, options = replace.options },
    --- Ends a transaction that is open on it, whoever opened it: `abort ssl crl-file` (9.3;
    -- level admin; HAProxy 2.5 and later). Where there is none, nothing happens.
    -- @function CrlFile:abort
    -- @treturn boolean true
    -- @raise as `Certificate:abort`
    abort = { call = files.command "abort ssl crl-file" },
    --- Deletes it from HAProxy's memory, once nothing uses it: `del ssl crl-file` (9.3; level
    -- admin; HAProxy 2.5 and later).
    -- @function CrlFile:del
    -- @treturn boolean true
    -- @raise `CommandFailed` (`in_use`, `not_found`, `permission`), `MultipleCommandResults`,
    -- `HAProxySocketError`
    del = { call = files.command "del ssl crl-file" },
  }),
  --- Reads a property without raising.
  -- @function CrlFile:get
  -- @tparam string property
  -- @return its value (which may be nil), or nil and the error
  properties = {
    --- The file's name, as HAProxy's configuration has it. Asks nobody.
    -- @field CrlFile.name
    name = store.name,
    --- The processes that had it when it was listed, a sequence of numbers. Asks nobody.
    -- @field CrlFile.process_nb
    process_nb = store.process_nb,
    --- `Used` or `Unused`.
    -- @field CrlFile.status
    status = files.field "status",
    --- The lists, a sequence of `{issuer =, algorithm =, last_update =, next_update =,
    -- revoked = {{serial =, date =}, ...}}`; dates in seconds since the epoch.
    -- @field CrlFile.entries
    entries = files.field "entries",
  },
}

return files
