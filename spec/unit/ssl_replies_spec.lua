-- What HAProxy says of certificates and what belongs to them, as it says it.

local certificates = require "haproxyadmin.replies.certificates"
local commands = require "haproxyadmin.commands"
local crt_lists = require "haproxyadmin.replies.crt_lists"
local ocsp = require "haproxyadmin.replies.ocsp"
local sni = require "haproxyadmin.replies.sni"
local success = require "haproxyadmin.replies.success"
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

describe("an answer to a command on certificates", function()
  -- By command: what HAProxy 2.2 to 3.4 say, and what it means; "" where all is well.
  local texts = {
    ["set ssl cert"] = {
      [""] = { "Transaction created for certificate /a.pem!", "Transaction updated for certificate /a.pem!" },
      not_found = { "Can't replace a certificate which is not referenced by the configuration!\nCan't update /a.pem!" },
      in_use = {
        "The ongoing transaction is about '/b' but you are trying to set '/a'\nCan't update /a!",
        "Can't update the certificate!\nOperations on certificates are currently locked!",
      },
      bad_argument = {
        "unable to load certificate from file '/a.pem'.\nCan't load the payload\nCan't update /a.pem!",
        "unable to load certificate from file '/a.pem': no start line.\nCan't load the payload\nCan't update /a.pem!",
      },
      permission = { "Permission denied" },
    },
    ["set ssl ca-file"] = { [""] = { "transaction created for CA /a!" } },
    ["add ssl ca-file"] = { [""] = { "transaction updated for CA /a!" } },
    ["commit ssl cert"] = {
      [""] = {
        "Committing /a.pem\nSuccess!",
        "Committing /a.pem...\nSuccess!",
        "Committing /a.pem.\nwarning of some kind\nSuccess!",
      },
      in_use = {
        "No ongoing transaction! !\nCan't commit /a.pem!",
        "Can't commit the certificate!\nOperations on certificates are currently locked!",
      },
      bad_argument = {
        "inconsistencies between private key and certificate loaded '/a.pem'.\nCan't commit /a.pem!",
        "The transaction must contain at least a certificate and a private key!\nCan't commit /a.pem!",
        "Committing /a.pem\nunable to load SSL private key into SSL Context '/a.pem': some reason.\nFailed!",
        "unable to load SSL private key into SSL Context '/a.pem': some reason.\nFailed!",
      },
    },
    ["abort ssl cert"] = {
      [""] = { "Transaction aborted for certificate '/a.pem'!", "No ongoing transaction!" },
      in_use = { "The ongoing transaction is about '/b' but you are trying to abort a transaction for '/a'" },
    },
    ["new ssl cert"] = {
      [""] = { "New empty certificate store '/a.pem'!" },
      exists = { "Certificate '/a.pem' already exists!" },
    },
    ["new ssl crl-file"] = { [""] = { "New CRL file created '/a'!" }, exists = { "CRL file '/a' already exists!" } },
    ["del ssl cert"] = {
      [""] = { "Certificate '/a.pem' deleted!" },
      in_use = { "Can't remove the certificate: certificate '/a.pem' in use, can't be deleted!\n" },
      not_found = { "Can't remove the certificate: certificate '/a.pem' doesn't exist!\n" },
    },
    ["show ssl cert"] = {
      [""] = { "", "# filename\n/a.pem", "# transaction\n*/a.pem\n# filename\n/a.pem" },
      permission = { "Can't allocate memory!" },
    },
    ["show ssl cert entry"] = {
      [""] = { "Filename: /a.pem\nStatus: Used" },
      not_found = { "Can't display the certificate: Not found or the certificate is a bundle!" },
    },
    ["show ssl ca-file entry"] = { not_found = { "Can't display the CA file : Not found!" } },
    ["show ssl crt-list"] = { [""] = { "", "/list.txt", "list" }, permission = { "Permission denied" } },
    ["show ssl crt-list entries"] = { not_found = { "didn't find the specified filename" } },
    ["add ssl crt-list"] = {
      [""] = { "Inserting certificate '/a' in crt-list '/l'.\nSuccess!" },
      not_found = {
        "Can't edit the crt-list: certificate '/a' does not exist!",
        "Can't edit the crt-list: crt-list '/l' does not exist!",
      },
      bad_argument = {
        "Can't edit the crt-list: certificate '/a' is empty!",
        "Can't edit the crt-list: parsing [CLI:1]: unknown ssl keyword nonsense",
      },
    },
    ["del ssl crt-list"] = {
      [""] = { "Entry '/a' deleted in crtlist '/l'!" },
      not_found = { "Can't delete the entry: certificate '/a' can't be found in crt-list '/l'!" },
      in_use = {
        "Can't delete the entry: certificate '/a' cannot be deleted, it is used as default certificate by the following"
          .. " frontends:\n\t- /h.cfg:11\n",
      },
      bad_argument = {
        "Can't delete the entry: found the certificate '/a' in several entries, please specify a line number",
      },
    },
    ["set ssl ocsp-response"] = {
      [""] = { "OCSP Response updated!" },
      bad_argument = {
        "'set ssl ocsp-response' received invalid base64 encoded response.",
        "OCSP single response: no longer valid. Must be valid during at least 0s. Due to 'nextupdate' field.",
      },
      not_found = { "OCSP single response: Certificate ID does not match any certificate or issuer." },
    },
    ["set ssl tls-key"] = {
      [""] = { "TLS ticket key updated!" },
      not_found = { "'set ssl tls-key' unable to locate referenced filename" },
      bad_argument = { "'set ssl tls-key' received a key of wrong size." },
    },
    ["update ssl ocsp-response"] = {
      [""] = { "" },
      not_found = { "Unknown certificate! 'update ssl ocsp-response' expects an already known certificate file name." },
      bad_argument = { "'update ssl ocsp-response' only works on certificates that already have a known OCSP" },
    },
  }

  it("means success, or why not", function()
    for name, by_code in pairs(texts) do
      local row = commands.find(name)
      for code, list in pairs(by_code) do
        for _, text in ipairs(list) do
          local shown = name .. ": " .. text
          assert.equal(shown .. tostring(code == ""), shown .. tostring(success.of(row, text)))
          if code ~= "" then
            assert.equal(shown .. code, shown .. success.refusal(row, text))
          end
        end
      end
    end
  end)
end)
