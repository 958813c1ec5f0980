-- What HAProxy says of certificates and what belongs to them, as it says it.

local certificates = require "haproxyadmin.replies.certificates"
local crt_lists = require "haproxyadmin.replies.crt_lists"
local ocsp = require "haproxyadmin.replies.ocsp"
local sni = require "haproxyadmin.replies.sni"
local tls_keys = require "haproxyadmin.replies.tls_keys"

-- A ~ is a blank at a line's end.
local function lines_of(text)
  local lines = {}
  for line in (text:gsub("~", " ") .. "\n"):gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

local details = [[
Filename: /etc/site.pem
Crt filename: /etc/site.pem
Option: ocsp-update off
Option: jwt off
Status: Used
Serial: 284DFC
notBefore: Nov  1 19:01:31 2026 GMT
notAfter: Dec 11 19:01:31 2026 GMT
Subject Alternative Name: DNS:a.test, DNS:*.a.test,~
Algorithm: RSA2048
SHA1 FingerPrint: 090C
Subject: /O=x: y, z/CN=a.test
Issuer: /C=DE/CN=ca one
Chain Subject: /C=DE/CN=ca one
Chain Issuer: /C=DE/CN=root
Chain Subject: /C=DE/CN=root
Chain Issuer: /C=DE/CN=root
OCSP Response Key:~]]

local authorities = [[
Filename: *ca.pem
Status: Unused
~
Certificate #1:
Serial: 01
Subject Alternative Name:~
SHA1 FingerPrint: BB
Subject: /CN=one
~
Certificate #2:
Serial: 02
SHA1 FingerPrint: AA
Subject: /CN=two]]

local revoked = [[
Filename: x.crl
Status: Used
~
Certificate Revocation List #1:
Version 2
Signature Algorithm: ecdsa-with-SHA256
Issuer: /CN=ca
Last Update: Nov 21 19:12:35 2026 GMT
Next Update: Nov 26 19:12:35 2026 GMT
Revoked Certificates:
    Serial Number: 0A
        Revocation Date: Nov 21 19:00:00 2026 GMT
    Serial Number: 0B
        Revocation Date: Nov 21 20:00:00 2026 GMT
~
Certificate Revocation List #2:
Version 2
Issuer: /CN=other
No Revoked Certificates.]]

describe("a store's list", function()
  it("has names, and the transaction that is open", function()
    local names, open = certificates.list(lines_of "# transaction\n*/a b.pem\n# filename\n/a b.pem\n/b.pem")
    assert.same({ { "/a b.pem", "/b.pem" }, "/a b.pem" }, { names, open })
    names, open = certificates.list(lines_of "# filename\n/ca.pem - 12 certificate(s)\n@system-ca - 144 certificate(s)")
    assert.same({ { "/ca.pem", "@system-ca" } }, { names, open })
    names, open = certificates.list(lines_of "# transaction\n*x - 1 certificate(s)\n# filename")
    assert.same({ {}, "x" }, { names, open })
    assert.same({ {} }, { certificates.list {} })
  end)
end)

describe("details", function()
  it("of a certificate", function()
    assert.same({
      file = "/etc/site.pem",
      crt_file = "/etc/site.pem",
      options = { ["ocsp-update"] = "off", jwt = "off" },
      status = "Used",
      serial = "284DFC",
      not_before = 1793559691,
      not_after = 1797015691,
      names = { "a.test", "*.a.test" },
      algorithm = "RSA2048",
      fingerprint = "090C",
      subject = "/O=x: y, z/CN=a.test",
      issuer = "/C=DE/CN=ca one",
      chain = {
        { subject = "/C=DE/CN=ca one", issuer = "/C=DE/CN=root" },
        { subject = "/C=DE/CN=root", issuer = "/C=DE/CN=root" },
      },
    }, certificates.details(lines_of(details)))
    assert.equal("090C", certificates.fingerprint(lines_of(details)))
  end)

  it("of authorities and of revocation lists", function()
    local record = certificates.entries(lines_of(authorities), "Certificate")
    assert.equal("Unused", record.status)
    assert.same({
      { serial = "01", names = {}, fingerprint = "BB", subject = "/CN=one" },
      { serial = "02", fingerprint = "AA", subject = "/CN=two" },
    }, record.entries)
    assert.equal("AA BB", certificates.fingerprint(lines_of(authorities)))
    record = certificates.entries(lines_of(revoked), "Certificate Revocation List")
    assert.same({
      {
        algorithm = "ecdsa-with-SHA256",
        issuer = "/CN=ca",
        last_update = 1795288355,
        next_update = 1795720355,
        revoked = { { serial = "0A", date = 1795287600 }, { serial = "0B", date = 1795291200 } },
      },
      { issuer = "/CN=other" },
    }, record.entries)
    assert.is_nil(certificates.fingerprint(lines_of(revoked)))
  end)
end)

it("a crt-list's entries have options, filters, and names with blanks and colons", function()
  local found = crt_lists.entries(lines_of(table.concat({
    "# /etc/list.txt",
    "/a b.pem:1 [alpn h2,http/1.1\0 ssl-min-ver TLSv1.2] a.test *.b.test !no.b.test",
    "/c:8:2",
    "/d:8:3 d.test",
    "/e.pem:4 [ocsp-update on]",
  }, "\n")))
  assert.same({
    {
      file = "/a b.pem",
      line = 1,
      options = "alpn h2,http/1.1 ssl-min-ver TLSv1.2",
      filters = { "a.test", "*.b.test", "!no.b.test" },
    },
    { file = "/c:8", line = 2, filters = {} },
    { file = "/d:8", line = 3, filters = { "d.test" } },
    { file = "/e.pem", line = 4, options = "ocsp-update on", filters = {} },
  }, found)
  assert.equal("/e.pem [ocsp-update on]", crt_lists.line_of(found[4]))
  assert.equal("/d:8 d.test", crt_lists.line_of(found[3]))
end)

it("OCSP responses have ids, and updates", function()
  assert.same(
    { { id = "304d", file = "/o.pem", issuer_name_hash = "4F", issuer_key_hash = "31", serial = "28" } },
    ocsp.list(lines_of [[
# Certificate IDs
Certificate ID key : 304d
Certificate path : /o.pem
 Certificate ID:
   Issuer Name Hash: 4F
   Issuer Key Hash: 31
   Serial Number: 28]])
  )
  local header = "OCSP Certid | Path | Next Update | Last Update | Successes | Failures | Last Update Status"
    .. " | Last Update Status (str)"
  assert.same({
    {
      id = "304d",
      file = "/o.pem",
      next_update = 1795287691,
      successes = 2,
      failures = 1,
      status = 3,
      status_text = "HTTP error",
    },
  }, ocsp.updates { header, "304d | /o.pem | 21/Nov/2026:19:01:31 +0000 | - | 2 | 1 | 3 | HTTP error" })
end)

it("names have filters and dates, whatever the columns' order", function()
  local header = "# Later\tFilename\tSNI\tNegative Filter\tFrontend/Bind"
  assert.same({
    { frontend = "f", bind = "/etc/h.cfg:11", name = "*.a.test", filters = { "!x", "!y" }, file = "/a.pem" },
  }, sni.rows { header, "?\t/a.pem\t*.a.test\t!x !y \tf//etc/h.cfg:11" })
end)

it("ticket keys have files", function()
  assert.same({ "/a (b).keys", "/c" }, tls_keys.files { "# id (file)", "0 (/a (b).keys)", "1 (/c)", "junk" })
end)

it("what is cut or garbage raises nothing", function()
  local functions = {
    certificates.list,
    certificates.details,
    certificates.fingerprint,
    crt_lists.entries,
    ocsp.list,
    ocsp.details,
    ocsp.updates,
    sni.rows,
    tls_keys.files,
    function(lines)
      return certificates.entries(lines, "Certificate"), certificates.entries(lines, "Certificate Revocation List")
    end,
  }
  for _, text in ipairs { details, authorities, revoked, ":\n: \n\0:\0\n[\n]\n*\n#\n \t\n- 1 certificate(s)" } do
    for cut = 0, #text do
      local lines = lines_of(text:sub(cut))
      for _, fn in ipairs(functions) do
        fn(lines)
        fn(lines_of(text:sub(1, cut)))
      end
    end
  end
end)
