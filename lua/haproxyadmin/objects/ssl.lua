--- Certificates and what belongs to them.
-- @classmod haproxyadmin.HAProxy

local ca_file = require "haproxyadmin.objects.ca_file"
local certificate = require "haproxyadmin.objects.certificate"
local crl_file = require "haproxyadmin.objects.crl_file"
local crt_list = require "haproxyadmin.objects.crt_list"
local replace = require "haproxyadmin.runtime.replace"

return {
  --- The certificates in HAProxy's memory: `show ssl cert` (management guide 9.3; level
  -- operator; HAProxy 2.2 and later). One that several processes have is one object.
  -- @function HAProxy:certificates
  -- @treturn List of `Certificate`
  -- @raise `CommandFailed` (`permission`), `MultipleCommandResults`, `HAProxySocketError`
  certificates = { call = certificate.all },
  --- One certificate.
  -- @function HAProxy:certificate
  -- @tparam string file its name, as `show ssl cert` prints it
  -- @treturn Certificate
  -- @raise `ValueError` (`not_found`), and as `HAProxy:certificates`
  certificate = { arguments = 1, call = certificate.one },
  --- Makes a certificate in the memory of every process, or of none: `new ssl cert`, and
  -- with `pem` also `set ssl cert` and `commit ssl cert` (9.3; level admin; HAProxy 2.2 and
  -- later). It is used once it stands in a crt-list: `CrtList:add`.
  -- @function HAProxy:new_certificate
  -- @tparam string file its name; no such file is written
  -- @tparam[opt] string pem as `Certificate:update` takes it; nil: it stays empty
  -- @tparam[opt] table options as for `Certificate:update`
  -- @treturn Certificate
  -- @raise `CommandFailed` (`exists`), and as `Certificate:update`
  new_certificate = { arguments = 2, call = certificate.new, options = replace.waiting },
  --- The files of authorities in HAProxy's memory: `show ssl ca-file` (management guide
  -- 9.3; level operator; HAProxy 2.5 and later).
  -- @function HAProxy:ca_files
  -- @treturn List of `CaFile`
  -- @raise `CommandFailed` (`permission`, `unsupported`), `MultipleCommandResults`,
  -- `HAProxySocketError`
  ca_files = { call = ca_file.all },
  --- One file of authorities.
  -- @function HAProxy:ca_file
  -- @tparam string file its name, as `show ssl ca-file` prints it
  -- @treturn CaFile
  -- @raise `ValueError` (`not_found`), and as `HAProxy:ca_files`
  ca_file = { arguments = 1, call = ca_file.one },
  --- Makes a file of authorities in the memory of every process, or of none: `new ssl
  -- ca-file`, and with `pem` also as `CaFile:update` (9.3; level admin; HAProxy 2.5 and
  -- later).
  -- @function HAProxy:new_ca_file
  -- @tparam string file its name; no such file is written
  -- @tparam[opt] string pem the authorities' certificates; nil: it stays empty
  -- @tparam[opt] table options as for `Certificate:update`
  -- @treturn CaFile
  -- @raise `CommandFailed` (`exists`), and as `Certificate:update`
  new_ca_file = { arguments = 2, call = ca_file.new, options = replace.waiting },
  --- The files of revocation lists in HAProxy's memory: `show ssl crl-file` (management guide
  -- 9.3; level operator; HAProxy 2.5 and later).
  -- @function HAProxy:crl_files
  -- @treturn List of `CrlFile`
  -- @raise `CommandFailed` (`permission`, `unsupported`), `MultipleCommandResults`,
  -- `HAProxySocketError`
  crl_files = { call = crl_file.all },
  --- One file of revocation lists.
  -- @function HAProxy:crl_file
  -- @tparam string file its name, as `show ssl crl-file` prints it
  -- @treturn CrlFile
  -- @raise `ValueError` (`not_found`), and as `HAProxy:crl_files`
  crl_file = { arguments = 1, call = crl_file.one },
  --- Makes a file of revocation lists in the memory of every process, or of none: `new ssl
  -- crl-file`, and with `pem` also as `CrlFile:update` (9.3; level admin; HAProxy 2.5 and
  -- later).
  -- @function HAProxy:new_crl_file
  -- @tparam string file its name; no such file is written
  -- @tparam[opt] string pem the revocation lists; nil: it stays empty
  -- @tparam[opt] table options as for `Certificate:update`
  -- @treturn CrlFile
  -- @raise `CommandFailed` (`exists`), and as `Certificate:update`
  new_crl_file = { arguments = 2, call = crl_file.new, options = replace.waiting },
  --- The lists of certificates in HAProxy's memory: `show ssl crt-list` (management guide
  -- 9.3; level admin; HAProxy 2.2 and later). One that several processes have is one object.
  -- @function HAProxy:crt_lists
  -- @treturn List of `CrtList`
  -- @raise `CommandFailed` (`permission`), `MultipleCommandResults`, `HAProxySocketError`
  crt_lists = { call = crt_list.all },
  --- One list of certificates.
  -- @function HAProxy:crt_list
  -- @tparam string file its name, as `show ssl crt-list` prints it
  -- @treturn CrtList
  -- @raise `ValueError` (`not_found`), and as `HAProxy:crt_lists`
  crt_list = { arguments = 1, call = crt_list.one },
}
