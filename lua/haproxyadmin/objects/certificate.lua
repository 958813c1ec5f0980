--- A certificate, as HAProxy keeps it in its memory under the name of a file: in every
-- process that has it. Files are neither read nor written.
--
-- Made by `HAProxy:certificates` and `HAProxy:certificate`. Each property asks those
-- processes (`show ssl cert <file>`, management guide 9.3; level operator; HAProxy 2.2
-- and later), and they must agree.
-- @classmod haproxyadmin.Certificate

local certificates = require "haproxyadmin.replies.certificates"
local class = require "haproxyadmin.objects.class"
local replace = require "haproxyadmin.runtime.replace"
local store = require "haproxyadmin.objects.store"

local files = store.of("cert", {
  certificate = { 1, math.huge },
  key = { 1, 1 },
  parameters = { 0, math.huge },
}, certificates.details)

local field = files.field

files.make = class.of_tables {
  name = "Certificate",
  describe = store.name,
  methods = class.methods({}, {
    --- What each process says of it: `show ssl cert <file>`.
    -- @function Certificate:details
    -- @treturn {table,...} one a process: `process_nb` and the fields that are properties
    -- of this class
    -- @raise `CommandFailed` (`not_found`, `permission`), `MultipleCommandResults`,
    -- `HAProxySocketError`
    details = { call = files.details },
    --- Replaces certificate, chain and key in every process that has it, or in none:
    -- `set ssl cert`, then `commit ssl cert` (9.3; level admin; HAProxy 2.2 and later). New
    -- connections get the new one at once. Where a process refuses it, the others abort it
    -- (`abort ssl cert`, which HAProxy 2.2.0 to 2.2.8 and 2.3.0 to 2.3.4 do badly: there the
    -- transaction stays open until the next update). What fails while it is committed is
    -- told; the same call then completes it.
    --
    -- HAProxy has one transaction at a time. While one is open that is another's, the call
    -- waits, and changes nothing when it is still there in the end.
    -- @function Certificate:update
    -- @tparam string pem the certificate, its chain and its private key as PEM; what is
    -- between the blocks is left out. At most 15,359 bytes with the command, 122,880 from
    -- HAProxy 3.4 on
    -- @tparam[opt] table options `timeout`: seconds to wait for another's transaction (the
    -- object's `timeout`); `interval`: between two looks (0.1); `save`: the path of a file,
    -- with a key in it, that is replaced by the PEM when all processes have it: HAProxy reads it
    -- when it is reloaded; `ocsp`: the OCSP response (DER) to staple to it, which is nowhere
    -- saved
    -- @treturn boolean true
    -- @raise `ValueError` (no PEM, no certificate, no key or an encrypted one; `too_big`;
    -- `not_found`), `WaitTimeout` (another's transaction stayed open), `CommandFailed`
    -- (`bad_argument`: key and certificate do not belong together; `permission`),
    -- `FileError` (`save`), `MultipleCommandResults`, `HAProxySocketError`
    update = { arguments = 1, call = files.update, options = replace.certificate_options },
    --- Ends a transaction that is open on it, whoever opened it: `abort ssl cert` (9.3; level
    -- admin; HAProxy 2.2.9 and later). Where there is none, nothing happens.
    -- @function Certificate:abort
    -- @treturn boolean true
    -- @raise `CommandFailed` (`in_use`: the open transaction is on another file; `unsupported`;
    -- `permission`), `MultipleCommandResults`, `HAProxySocketError`
    abort = { call = files.command "abort ssl cert" },
    --- Deletes it from HAProxy's memory, once nothing uses it: `del ssl cert` (9.3; level
    -- admin; HAProxy 2.2 and later).
    -- @function Certificate:del
    -- @treturn boolean true
    -- @raise `CommandFailed` (`in_use`: take it out of the crt-lists first; `not_found`,
    -- `permission`), `MultipleCommandResults`, `HAProxySocketError`
    del = { call = files.command "del ssl cert" },
    --- Lets HAProxy ask the responder for a new OCSP response now: `update ssl ocsp-response`
    -- (9.3; level admin from HAProxy 3.4 on; HAProxy 2.8 and later). It is asked later, by each
    -- process; `HAProxy:ocsp_updates` says what came of it.
    -- @function Certificate:update_ocsp
    -- @treturn boolean true
    -- @raise `CommandFailed` (`bad_argument`: it has no response; `not_found`, `permission`,
    -- `unsupported`), `MultipleCommandResults`, `HAProxySocketError`
    update_ocsp = { call = files.command "update ssl ocsp-response" },
  }),
  --- Reads a property without raising.
  -- @function Certificate:get
  -- @tparam string property
  -- @return its value (which may be nil), or nil and the error
  properties = {
    --- The file's name, as HAProxy's configuration has it. Asks nobody.
    -- @field Certificate.name
    name = store.name,
    --- The processes that had it when it was listed, a sequence of numbers. Asks nobody.
    -- @field Certificate.process_nb
    process_nb = store.process_nb,
    --- `Used`, `Unused` or `Empty`.
    -- @field Certificate.status
    status = field "status",
    --- The serial number in hexadecimal.
    -- @field Certificate.serial
    serial = field "serial",
    --- From when on it is valid, in seconds since the epoch ("notBefore").
    -- @field Certificate.not_before
    not_before = field "not_before",
    --- Until when it is valid, in seconds since the epoch ("notAfter").
    -- @field Certificate.not_after
    not_after = field "not_after",
    --- The DNS names of "Subject Alternative Name", a sequence. HAProxy prints no others.
    -- @field Certificate.names
    names = field "names",
    --- The key's algorithm and size, such as `EC256`.
    -- @field Certificate.algorithm
    algorithm = field "algorithm",
    --- The SHA-1 of the certificate in hexadecimal.
    -- @field Certificate.fingerprint
    fingerprint = field "fingerprint",
    --- The subject, such as `/CN=www.example.com`.
    -- @field Certificate.subject
    subject = field "subject",
    --- Who issued it.
    -- @field Certificate.issuer
    issuer = field "issuer",
    --- The certificates behind it, a sequence of `{subject =, issuer =}`; nil without one.
    -- @field Certificate.chain
    chain = field "chain",
    --- The file that the chain was taken from, where it is another (`issuers-chain-path`).
    -- @field Certificate.chain_file
    chain_file = field "chain_file",
    --- The id of its OCSP response (HAProxy 2.6 and later); nil without one.
    -- @field Certificate.ocsp_key
    ocsp_key = field "ocsp_key",
    --- HAProxy's options of it, such as `{["ocsp-update"] = "off"}` (HAProxy 3.4 and later).
    -- @field Certificate.options
    options = field "options",
    --- The file of the certificate, where HAProxy tells it (3.2 and later).
    -- @field Certificate.crt_file
    crt_file = field "crt_file",
    --- The file of the key, where it has one of its own (HAProxy 3.2 and later).
    -- @field Certificate.key_file
    key_file = field "key_file",
  },
}

return files
