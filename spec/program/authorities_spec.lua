-- haproxyadmin ca, crl and ocsp, files that are saved, and what dry runs of TLS say. What was done is read from
-- HAProxy's sockets, and by a TLS client.

local certificates = require "spec.support.certificates"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local installed = require "spec.support.installed"

local config = [[
frontend tls
  bind unix@{dir}/tls{n}.sock ssl crt CERTS/site.pem ca-file CERTS/ca.pem crl-file CERTS/old.crl verify optional
  http-request return status 200
]]

describe("haproxyadmin", function()
  local folder, farm, hap, authority, site, client

  local function read(path)
    local file = assert(io.open(path, "rb"))
    local text = file:read "*a"
    file:close()
    return text
  end

  setup(function()
    folder = haproxy.temporary_folder()
    authority = certificates.authority(folder, "authority")
    certificates.authority(folder, "other")
    site = authority:issue("own", "/CN=a.test", "DNS:a.test")
    client = authority:issue("client", "/CN=client.test")
    haproxy.shell(("cat %s %s >%s/site.pem"):format(site.both, authority.cafile, folder))
    haproxy.shell(("cp %s %s/ca.pem"):format(authority.cafile, folder))
    haproxy.write(folder .. "/site.pem.ocsp", authority:ocsp_response("first", site, 3))
    haproxy.write(folder .. "/second.der", authority:ocsp_response("second", site, 5))
    authority:revocation_list "old"
    authority:revocation_list("new", client)
    farm = haproxy.start { processes = 2, origin = false, config = (config:gsub("CERTS", folder)) }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
  end)

  teardown(function()
    hap:close()
    farm:stop()
    haproxy.shell("rm -r " .. folder)
  end)

  local function at(...)
    return installed.run("-D", farm:folder(), ...)
  end

  -- What each process says of a file.
  local function answers(command)
    local found = {}
    for i, process in ipairs(hap:processes()) do
      found[i] = table.concat(process:command(command), "\n")
    end
    return found
  end

  -- What a process says to a client that has a certificate.
  local function seen(n)
    local line = "echo | openssl s_client -unix %s/tls%d.sock -servername a.test -cert %s -key %s -ign_eof 2>&1 | "
      .. "grep -c 'alert certificate revoked'"
    local _, text = haproxy.shell(line:format(farm.dir, n, client.certificate, client.key))
    return tonumber(text:match "%d+")
  end

  it("ca replaces authorities, in every process, and adds and deletes some", function()
    local ca = folder .. "/ca.pem"
    local status, out = at("ca", "list", "--columns", "name,processes,entries", "-H")
    assert.equal(0, status)
    assert.matches(ca .. "\t1,2\t1\n", out, 1, true)
    haproxy.shell(("cat %s/authority.pem %s/other.pem >%s/two.pem"):format(folder, folder, folder))
    local err
    status, out, err = at("ca", "update", ca, folder .. "/two.pem", "--dry-run", "-H")
    assert.same({
      0,
      ("%s\t1,2\t\t\tset ssl ca-file %s <<\n%s\t1,2\t\t\tcommit ssl ca-file %s\n"):format(ca, ca, ca, ca),
    }, { status, out }, err)
    assert.equal("dry run: 1 of 1 file of authorities would change; nothing was sent\n", err)
    assert.equal(2, (at("ca", "update", ca, folder .. "/two.pem")))
    for _, answer in ipairs(answers("show ssl ca-file " .. ca)) do
      assert.is_nil(answer:find("CN=other", 1, true))
    end
    status, out = at("ca", "update", ca, folder .. "/two.pem", "--yes")
    assert.same({ 0, ca .. " was replaced (2 of 2 processes)\n" }, { status, out })
    for _, answer in ipairs(answers("show ssl ca-file " .. ca)) do
      assert.is_truthy(answer:find("CN=other", 1, true))
    end
    assert.equal(0, (at("ca", "add", "more.pem", folder .. "/other.pem")))
    for _, answer in ipairs(answers "show ssl ca-file") do
      assert.matches("more.pem %- 1 certificate", answer)
    end
    assert.equal(0, (at("ca", "del", "more.pem", "--yes")))
    for _, answer in ipairs(answers "show ssl ca-file") do
      assert.is_nil(answer:find("more.pem", 1, true))
    end
    assert.equal(4, (at("ca", "show", "nope.pem")))
  end)

  it("crl replaces revocation lists: who is revoked is let in no more", function()
    local name = folder .. "/old.crl"
    assert.same({ 0, 0 }, { seen(1), seen(2) })
    local status, out = at("crl", "update", name, folder .. "/new.crl", "--yes", "--save", name)
    assert.same({ 0, name .. " was replaced (2 of 2 processes)\n" }, { status, out })
    assert.same({ 1, 1 }, { seen(1), seen(2) })
    assert.equal(read(folder .. "/new.crl"), read(name))
    status, out = at("crl", "list", "--columns", "name,processes", "-H")
    assert.same({ 0, name .. "\t1,2\n" }, { status, out })
    assert.equal(1, (at("crl", "del", name, "--yes")))
  end)

  it("ocsp replaces the response of a certificate, in every process", function()
    local status, out, err = at("ocsp", "list", "--columns", "processes,cert_status,next_update", "-H")
    assert.same({ 0, "1,2\tgood" }, { status, out:match "^[^\t]*\t[^\t]*" }, err)
    local before = out:match "Z\n$" and out:match "\t([^\t]*)\n$"
    assert.equal(4, (at("ocsp", "update", "nope.pem", folder .. "/second.der")))
    status, out = at("ocsp", "update", folder .. "/site.pem", folder .. "/second.der")
    assert.same({ 0, folder .. "/site.pem has a new OCSP response (2 of 2 processes)\n" }, { status, out })
    out = select(2, at("ocsp", "list", "--columns", "next_update", "-H"))
    assert.is_true(out > before)
    local line = "echo | openssl s_client -status -unix %s/tls2.sock -servername a.test 2>/dev/null"
    local _, text = haproxy.shell(line:format(farm.dir))
    local from, to = text:match "This Update: (%a+ +%d+)", text:match "Next Update: (%a+ +%d+)"
    assert.is_true(from ~= nil and from ~= to, text)
  end)

  it("cert saves what every process has, with its key and its OCSP response", function()
    local name = folder .. "/site.pem"
    local before = read(name)
    local status, out = at("cert", "update", name, site.both, "--dry-run", "--save", name, "-H")
    assert.equal(0, status)
    assert.matches("set ssl cert [^\n]* <<\n[^\n]*commit ssl cert [^\n]*\n$", out)
    assert.is_nil(out:find("PRIVATE", 1, true))
    assert.equal(before, read(name))
    assert.equal(0, (at("cert", "update", name, site.both, "--yes", "--save", name)))
    assert.equal(read(site.both):match "%-%-%-%-%-BEGIN.*$", read(name):match "%-%-%-%-%-BEGIN.*$")
    assert.is_true(before ~= read(name))
    -- A file that cannot be written is found out before anything is sent.
    status, out = at("cert", "update", name, before and site.both, "--yes", "--save", folder .. "/none/site.pem")
    assert.same({ 4, "" }, { status, out })
    -- A transaction that somebody left open.
    hap:processes()[1]:command(("set ssl cert %s <<\n%s\n"):format(name, read(site.both):gsub("\n+", "\n")))
    assert.is_truthy(answers("show ssl cert")[1]:find("*" .. name, 1, true))
    assert.equal(0, (at("cert", "abort", name, "-p", "1")))
    assert.is_nil(answers("show ssl cert")[1]:find("*" .. name, 1, true))
  end)
end)
