--- A file of certificate authorities, as HAProxy keeps it in its memory (`ca-file`): in
-- every process that has it. Files are neither read nor written.
--
-- Made by `HAProxy:ca_files` and `HAProxy:ca_file`. Each property that is no name asks those
-- processes (`show ssl ca-file <file>`, management guide 9.3; level operator; HAProxy 2.5
-- and later), and they must agree.
-- @classmod haproxyadmin.CaFile

local certificates = require "haproxyadmin.replies.certificates"
local class = require "haproxyadmin.objects.class"
local replace = require "haproxyadmin.runtime.replace"
local store = require "haproxyadmin.objects.store"

local files = store.of("ca-file", { certificate = { 1, math.huge } }, function(lines)
  return certificates.entries(lines, "Certificate")
end)

files.make = class.of_tables {
  name = "CaFile",
  describe = store.name,
  methods = class.methods({}, {
    --- What each process says of it: `show ssl ca-file <file>`.
    -- @function CaFile:details
    -- @treturn {table,...} one a process: `process_nb`, `status` and `entries`
    -- @raise `CommandFailed` (`not_found`, `permission`), `MultipleCommandResults`,
    -- `HAProxySocketError`
    details = { call = files.details },
    --- Replaces the authorities in every process that has the file, or in none: `set ssl
    -- ca-file`, then `commit ssl ca-file` (9.3; level admin; HAProxy 2.5 and later). What is
    -- larger than HAProxy's buffer goes in pieces (`add ssl ca-file`) from 2.7 on. It fails,
    -- waits and is completed as `Certificate:update`.
    -- @function CaFile:update
    -- @tparam string pem the authorities' certificates
    -- @tparam[opt] table options as for `Certificate:update`
    -- @treturn boolean true
    -- @raise as `Certificate:update`
    update = { arguments = 1, call = files.update, options = replace.options },
    --- Ends a transaction that is open on it, whoever opened it: `abort ssl ca-file` (9.3;
    -- level admin; HAProxy 2.5 and later). Where there is none, nothing happens.
    -- @function CaFile:abort
    -- @treturn boolean true
    -- @raise as `Certificate:abort`
    abort = { call = files.command "abort ssl ca-file" },
    --- Deletes it from HAProxy's memory, once nothing uses it: `del ssl ca-file` (9.3; level
    -- admin; HAProxy 2.5 and later).
    -- @function CaFile:del
    -- @treturn boolean true
    -- @raise `CommandFailed` (`in_use`, `not_found`, `permission`), `MultipleCommandResults`,
    -- `HAProxySocketError`
    del = { call = files.command "del ssl ca-file" },
  }),
  --- Reads a property without raising.
  -- @function CaFile:get
  -- @tparam string property
  -- @return its value (which may be nil), or nil and the error
  properties = {
    --- The file's name, as HAProxy's configuration has it; `@system-ca` are the system's
    -- authorities. Asks nobody.
    -- @field CaFile.name
    name = store.name,
    --- The processes that had it when it was listed, a sequence of numbers. Asks nobody.
    -- @field CaFile.process_nb
    process_nb = store.process_nb,
    --- `Used` or `Unused`.
    -- @field CaFile.status
    status = files.field "status",
    --- The authorities, a sequence of `{subject =, issuer =, serial =, not_before =,
    -- not_after =, names =, algorithm =, fingerprint =}`, read as those of `Certificate`.
    -- @field CaFile.entries
    entries = files.field "entries",
  },
}

return files
