--- Certificates and what belongs to them.
-- @classmod haproxyadmin.HAProxy

local ca_file = require "haproxyadmin.objects.ca_file"
local certificate = require "haproxyadmin.objects.certificate"
local check = require "haproxyadmin.base.check"
local crl_file = require "haproxyadmin.objects.crl_file"
local crt_list = require "haproxyadmin.objects.crt_list"
local ocsp_response = require "haproxyadmin.objects.ocsp_response"
local replace = require "haproxyadmin.runtime.replace"

local run = require "haproxyadmin.runtime.run"
local sni = require "haproxyadmin.replies.sni"
local tls_keys = require "haproxyadmin.objects.tls_keys"

-- The names of all processes, each with the processes that have it.
local function show_sni(_, context, _, frontend)
  local ok, err = true, nil
  if frontend ~= nil then
    ok, err = check.text("frontend", frontend)
  end
  local requests
  if ok then
    requests, err = run.read(context, "show ssl sni", {})
  end
  if not requests then
    return nil, err
  end
  local found, by_row = {}, {}
  for _, request in ipairs(requests) do
    local lines = request.reply:lines(1)
    for i, record in ipairs(sni.rows(lines)) do
      local row = lines[i + 1]
      if not by_row[row] and (frontend == nil or record.frontend == frontend) then
        by_row[row], record.process_nb = record, {}
        found[#found + 1] = record
      end
      local numbers = by_row[row] and by_row[row].process_nb
      if numbers and numbers[#numbers] ~= request.process.nb then
        numbers[#numbers + 1] = request.process.nb
      end
    end
  end
  return found
end

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
  --- The names for which HAProxy has certificates: `show ssl sni` (9.3; level user; HAProxy 3.2
  -- and later).
  -- @function HAProxy:sni
  -- @tparam[opt] string frontend only those of this frontend
  -- @treturn {table,...} one for each name of a `bind` line: `frontend`, `bind` (its place in
  -- HAProxy's configuration), `name` (`*`: what is served to others), `filters` (names that
  -- it is not for, with a `!` before them), `type` (of the key), `file`, `not_before` and `not_after`
  -- (seconds since the epoch), and `process_nb`, the processes that say the same of it
  -- @raise `ValueError`, `CommandFailed` (`unsupported`), `HAProxySocketError`
  sni = { arguments = 1, call = show_sni },
  --- The OCSP responses that HAProxy staples: `show ssl ocsp-response` (9.3; level admin from
  -- HAProxy 3.4 on, before at every level; HAProxy 2.5 and later).
  -- @function HAProxy:ocsp_responses
  -- @treturn List of `OcspResponse`
  -- @raise `CommandFailed` (`permission`, `unsupported`), `MultipleCommandResults`,
  -- `HAProxySocketError`
  ocsp_responses = { call = ocsp_response.all },
  --- What HAProxy's own updates of OCSP responses (`ocsp-update on`) came to: `show ssl
  -- ocsp-updates` (9.3; level as `HAProxy:ocsp_responses`; HAProxy 2.8 and later).
  -- @function HAProxy:ocsp_updates
  -- @treturn {table,...} one for each response of each process: `id`, `file`, `next_update` and
  -- `last_update` (seconds since the epoch; nil where HAProxy has none), `successes`, `failures`,
  -- `status`, `status_text`, `process_nb`
  -- @raise `CommandFailed` (`permission`, `unsupported`), `MultipleCommandResults`,
  -- `HAProxySocketError`
  ocsp_updates = { call = ocsp_response.updates },
  --- The files of TLS ticket keys: `show tls-keys` (9.3; level admin from HAProxy 3.4 on, before
  -- at every level; HAProxy 2.2 and later).
  -- @function HAProxy:tls_keys
  -- @treturn List of `TlsKeys`
  -- @raise `CommandFailed` (`permission`), `MultipleCommandResults`, `HAProxySocketError`
  tls_keys = { call = tls_keys.all },
}
