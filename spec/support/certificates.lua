-- Authorities and certificates for specs, made by the openssl program.

local haproxy = require "spec.support.haproxy"

local certificates = {}

local Authority = {}
Authority.__index = Authority

local function run(command)
  local ok, text = haproxy.shell(command)
  if not ok then
    error(command .. ": " .. text, 2)
  end
end

local NEW_KEY = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"

--- A new authority, its files in `dir`: `.cafile`.
function certificates.authority(dir, name)
  local base = dir .. "/" .. name
  run(("%s -x509 -days 2 -keyout %s.key -out %s.pem -subj '/CN=%s'"):format(NEW_KEY, base, base, name))
  return setmetatable({ dir = dir, base = base, cafile = base .. ".pem" }, Authority)
end

--- A certificate that the authority signs. `subject`: "/CN=name"; `names`:
-- "DNS:a.test,IP:127.0.0.1", or nil. Returns {certificate =, key =, both =}.
function Authority:issue(name, subject, names)
  local base = self.dir .. "/" .. name
  run(("%s -keyout %s.key -out %s.csr -subj '%s'"):format(NEW_KEY, base, base, subject))
  haproxy.write(base .. ".ext", names and ("subjectAltName=%s\n"):format(names) or "basicConstraints=CA:FALSE\n")
  local authority = ("-CA %s.pem -CAkey %s.key -CAcreateserial"):format(self.base, self.base)
  run(("openssl x509 -req -days 2 -in %s.csr %s -extfile %s.ext -out %s.pem"):format(base, authority, base, base))
  run(("cat %s.pem %s.key >%s.both"):format(base, base, base))
  return { certificate = base .. ".pem", key = base .. ".key", both = base .. ".both" }
end

--- A list of what the authority has revoked: `revoked`, one of its certificates, or
-- nothing. Its file is `name`.crl.
function Authority:revocation_list(name, revoked)
  local base = self.dir .. "/" .. name
  local config = "[ca]\ndefault_ca=own\n[own]\ndatabase=%s.db\ndefault_md=sha256\ndefault_crl_days=5\n"
  haproxy.write(base .. ".cnf", config:format(base))
  haproxy.write(base .. ".db", "")
  local authority = ("openssl ca -config %s.cnf -keyfile %s.key -cert %s.pem"):format(base, self.base, self.base)
  if revoked then
    run(("%s -revoke %s"):format(authority, revoked.certificate))
  end
  run(("%s -gencrl -out %s.crl"):format(authority, base))
end

--- The authority's OCSP response for one of its certificates, in DER: good, for so many days.
function Authority:ocsp_response(name, issued, days)
  local base = self.dir .. "/" .. name
  local function print_of(what)
    local _, text = haproxy.shell(("openssl x509 -noout -%s -in %s"):format(what, issued.certificate))
    return text:match "=([^\n]*)"
  end
  haproxy.write(base .. ".index", ("V\t351231235959Z\t\t%s\tunknown\t/CN=any\n"):format(print_of "serial"))
  run(("openssl ocsp -issuer %s.pem -cert %s -no_nonce -reqout %s.req"):format(self.base, issued.certificate, base))
  local authority = ("-rsigner %s.pem -rkey %s.key -CA %s.pem"):format(self.base, self.base, self.base)
  local files = ("-index %s.index -reqin %s.req -respout %s.der -ndays %d"):format(base, base, base, days)
  run(("openssl ocsp %s %s"):format(authority, files))
  local file = assert(io.open(base .. ".der", "rb"))
  local der = file:read "*a"
  file:close()
  return der
end

--- A certificate for example.com that signs itself, with its key: `name`.pem in `dir`.
function certificates.site(dir, name)
  local base = dir .. "/" .. name
  local names = "-addext subjectAltName=DNS:example.com,DNS:www.example.com"
  run(("%s -x509 -days 2 -keyout %s.key -out %s.crt -subj '/CN=example.com' %s"):format(NEW_KEY, base, base, names))
  run(("cat %s.crt %s.key >%s.pem"):format(base, base, base))
end

return certificates
