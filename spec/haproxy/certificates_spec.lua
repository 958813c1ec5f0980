-- Certificates in the memory of several processes: listed, replaced in all or in none,
-- and seen by a TLS client.

local assertions = require "spec.support.assertions"
local certificates = require "spec.support.certificates"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local program = require "spec.support.program"

local config = [[
frontend www
  bind unix@{dir}/tls{n}.sock ssl crt-list %s/list.txt
  http-request return status 200
]]

describe("Certificates", function()
  local dir, authority, first, second, farm, hap, site

  local function read(path)
    local file = assert(io.open(path))
    local text = file:read "*a"
    file:close()
    return text
  end

  -- What openssl says of a file's certificate.
  local function openssl(issued, what)
    local _, text = haproxy.shell(("openssl x509 -noout -%s -in %s"):format(what, issued.certificate))
    return text:gsub("\n$", "")
  end

  local function fingerprint_of(issued)
    return (openssl(issued, "fingerprint"):match("=(.*)$"):gsub(":", ""))
  end

  -- The fingerprint of what a TLS client gets from a process.
  local function seen(n, name)
    local client = "openssl s_client -unix %s/tls%d.sock -servername %s </dev/null 2>/dev/null"
    local command = (client .. " | openssl x509 -noout -fingerprint"):format(farm.dir, n, name or "a.test")
    local _, text = haproxy.shell(command)
    return (text:match("=([%x:]+)") or text):gsub(":", "")
  end

  setup(function()
    dir = haproxy.temporary_folder()
    authority = certificates.authority(dir, "authority")
    first = authority:issue("first", "/O=x, y/CN=a.test", "DNS:a.test,DNS:www.a.test,IP:127.0.0.1")
    second = authority:issue("second", "/CN=a.test", "DNS:a.test")
    site = dir .. "/site.pem"
    haproxy.shell(("cat %s %s >%s"):format(first.both, authority.cafile, site))
    haproxy.write(dir .. "/list.txt", site .. " [alpn h2,http/1.1] a.test *.b.test !no.b.test\n")
    farm = haproxy.start { processes = 2, origin = false, global = "  nbthread 1\n", config = config:format(dir) }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10, retry = false }
  end)

  teardown(function()
    farm:stop()
    haproxy.shell("rm -rf " .. dir)
  end)

  it("are listed, and tell what is in them", function()
    local list = hap:certificates()
    assert.equal(1, #list)
    local certificate = list:get(site)
    assert.equal(certificate, hap:certificate(site))
    assert.same({ 1, 2 }, certificate.process_nb)
    assert.equal("haproxyadmin.Certificate (" .. site .. ")", tostring(certificate))
    assert.equal("Used", certificate.status)
    assert.equal(fingerprint_of(first), certificate.fingerprint)
    assert.equal(openssl(first, "serial"):match "=(.*)$", certificate.serial)
    assert.same({ "a.test", "www.a.test" }, certificate.names)
    assert.equal("/O=x, y/CN=a.test", certificate.subject)
    assert.equal("/CN=authority", certificate.issuer)
    assert.same({ { subject = "/CN=authority", issuer = "/CN=authority" } }, certificate.chain)
    assert.equal("EC256", certificate.algorithm)
    local _, text = haproxy.shell(("date -u +%%s -d '%s'"):format(openssl(first, "enddate"):match "=(.*)$"))
    assert.equal(tonumber(text), certificate.not_after)
    assert.equal(2 * 86400, certificate.not_after - certificate.not_before)
    local details = certificate:details()
    assert.same({ 1, 2 }, { details[1].process_nb, details[2].process_nb })
    assert.equal(certificate.serial, details[2].serial)
  end)

  it("are replaced in every process", function()
    assert.equal(fingerprint_of(first), seen(1))
    local certificate = hap:certificate(site)
    local text = "some words\n\n" .. read(second.both):gsub("\n", "\r\n") .. "\n\n" .. read(authority.cafile)
    assert.is_true(certificate:update(text))
    for n = 1, 2 do
      assert.equal(fingerprint_of(second), seen(n))
    end
    assert.equal(fingerprint_of(second), certificate.fingerprint)
    assert.is_true(certificate:update(read(first.both)))
    assert.equal(fingerprint_of(first), seen(2))
  end)

  it("are replaced in no process when one refuses", function()
    local certificate = hap:certificate(site)
    local _, err = certificate:update(read(second.certificate) .. read(first.key), { die = false })
    assert.equal("bad_argument", err.code, tostring(err))
    assert.matches("undone in process 1, 2", err.message, 1, true)
    for n = 1, 2 do
      assert.equal(fingerprint_of(first), seen(n))
    end
  end)

  -- HAProxy 2.2 to 2.5 blame the next one, unless a TLS client came between.
  it("are replaced after one that was refused", function()
    local certificate = hap:certificate(site)
    assert.is_nil((certificate:update(read(second.certificate) .. read(first.key), { die = false })))
    assert.is_true(certificate:update(read(second.both)))
    assert.is_true(certificate:update(read(first.both)))
    assert.equal(fingerprint_of(first), seen(1))
  end)

  -- A HAProxy object of one of the processes alone.
  local function alone(n)
    return haproxyadmin.HAProxy { socket_file = farm.sockets[n], timeout = 10, retry = false }
  end

  it("come and go, and stand in lists", function()
    local file = dir .. "/new.pem"
    local list = hap:crt_list(dir .. "/list.txt")
    assert.same({ list }, { hap:crt_lists()[1] })
    assert.same({ 1, 2 }, list.process_nb)
    assert.same({
      { file = site, line = 1, options = "alpn h2,http/1.1", filters = { "a.test", "*.b.test", "!no.b.test" } },
    }, list:entries())
    local certificate = hap:new_certificate(file, read(second.both))
    assert.equal("Unused", certificate.status)
    assert.equal(fingerprint_of(second), certificate.fingerprint)
    assert.equal("exists", select(2, hap:new_certificate(file, { die = false })).code)
    assert.is_true(list:add(file, { options = "ssl-min-ver TLSv1.2", filters = { "n.test", "!x.n.test" } }))
    assert.is_true(list:add(file))
    assert.same({
      { file = file, line = 2, options = "ssl-min-ver TLSv1.2", filters = { "n.test", "!x.n.test" } },
      { file = file, line = 3, filters = {} },
    }, { list:entries()[2], list:entries()[3] })
    assert.equal(fingerprint_of(second), seen(2, "n.test"))
    assert.equal("in_use", select(2, certificate:del { die = false }).code)
    assert.equal("bad_argument", select(2, list:del(file, { die = false })).code)
    -- The lines of the processes have other numbers by now.
    alone(1):crt_list(list.name):del(list:entries()[3])
    alone(1):crt_list(list.name):add(file)
    assert.is_true(list:del(list:entries()[3]))
    assert.is_true(list:del(file))
    assert.equal(1, #list:entries())
    assert.equal("not_found", select(2, list:del(file, { die = false })).code)
    assert.is_true(certificate:del())
    assert.equal("not_found", select(2, hap:certificate(file, { die = false })).code)
    assert.is_true(hap:new_certificate(file):del())
  end)

  it("may have any name, which is never a command", function()
    for _, name in ipairs { "a b.pem", "a;show info", "a\\b", "<<", "a <<", "-f", "@1", "#1", "$HOME", "\195\169" } do
      local certificate = hap:new_certificate(name)
      assert.equal(name, hap:certificate(name).name)
      assert.equal("Empty", certificate.status)
      assert.is_true(certificate:update(read(second.both)))
      assert.equal(fingerprint_of(second), certificate.fingerprint)
      assert.is_true(certificate:del())
    end
    for _, name in ipairs { "", "a\nb", "a\rb", "a\0b", "*a", ("x"):rep(20000) } do
      assert.equal("ValueError", select(2, hap:new_certificate(name, { die = false })).name)
    end
    assert.equal(1, #hap:certificates())
  end)

  it("are added to a list in no process when one refuses", function()
    local file = dir .. "/one.pem"
    local list = hap:crt_list(dir .. "/list.txt")
    local own = alone(1):new_certificate(file, read(second.both))
    local _, err = list:add(file, { die = false })
    assert.equal("inconsistent", err.code, tostring(err))
    assert.matches("undone in process 1", err.message, 1, true)
    local results = err.results
    assert.same({ true, true, false }, { results[1].ok, results[1].undone, results[2].ok })
    assert.is_nil(results[2].undone)
    assert.equal(1, #list:entries())
    assert.same({ 1 }, hap:certificate(file).process_nb)
    assert.is_true(hap:certificate(file):update(read(first.both)))
    assert.equal(fingerprint_of(first), own.fingerprint)
    assert.equal("MultipleCommandResults", select(2, hap:new_certificate(file, { die = false })).name)
    assert.same({ 1 }, hap:certificate(file).process_nb)
    own:del()
  end)

  it("are not taken from another's transaction, and wait for its end", function()
    local certificate = hap:certificate(site)
    local text = read(second.both):gsub("\n$", "")
    assert.matches("ransaction created", alone(2):command(("set ssl cert %s <<\n%s\n"):format(site, text))[1][2][1])
    local err = assertions.in_limit(function(seconds)
      local _, found = certificate:update(read(first.both), { die = false, timeout = seconds })
      return found.name == "WaitTimeout" and found
    end)
    assert.matches("process 2 has one open on", err.message, 1, true)
    assert.equal(fingerprint_of(first), seen(1))
    assert.matches("Filename: %*", alone(2):command("show ssl cert *" .. site)[1][2][1])
    -- Of the same certificate, it was left behind by a call like this one.
    assert.is_true(certificate:update(text))
    assert.equal(fingerprint_of(second), seen(2))
    alone(2):command(("set ssl cert %s <<\n%s\n"):format(site, text))
    assert.is_true(certificate:abort())
    assert.is_true(certificate:abort())
    assert.is_true(certificate:update(read(first.both)))
  end)

  it("are saved where HAProxy reads them when it starts", function()
    local certificate = hap:certificate(site)
    local own = dir .. "/own.pem"
    local _, err = certificate:update(read(second.both), { save = own, die = false })
    assert.same({ "FileError", "not_found" }, { err.name, err.code })
    assert.equal(fingerprint_of(first), certificate.fingerprint)
    haproxy.write(own, read(first.certificate))
    _, err = certificate:update(read(second.both), { save = own, die = false })
    assert.matches("it has no private key, and is to get one", err.message, 1, true)
    assert.equal(fingerprint_of(first), certificate.fingerprint)
    haproxy.write(own, read(first.key))
    haproxy.shell("chmod 600 " .. own)
    _, err = certificate:update(read(second.certificate) .. read(first.key), { save = own, die = false })
    assert.equal("bad_argument", err.code)
    assert.equal(read(first.key), read(own))
    assert.is_true(certificate:update("words\n" .. read(second.both), { save = own }))
    assert.equal(read(second.both), read(own))
    assert.matches("^600", select(2, haproxy.shell("stat -c %a " .. own)))
    assert.is_true(certificate:update(read(first.both)))
  end)

  it("are renewed by the example", function()
    local lua, version = program.current()
    local script = "doc/examples/renew_certificate.lua"
    local ok, text = program.run(lua, version, script, farm:folder(), dir, "site", second.certificate, second.key)
    assert.is_true(ok, text)
    assert.equal(("%s: serial %s in process 1, 2\n"):format(site, openssl(second, "serial"):match "=(.*)$"), text)
    assert.equal(fingerprint_of(second), seen(1))
    assert.equal(read(second.certificate) .. read(second.key), read(site))
    ok, text = program.run(lua, version, script, farm:folder(), dir, "site", first.certificate, second.key)
    assert.is_false(ok)
    assert.matches("inconsistencies between private key and certificate", text, 1, true)
    assert.equal(fingerprint_of(second), seen(2))
    ok, text = program.run(lua, version, script)
    assert.is_false(ok)
    assert.matches("^usage: ", text)
  end)

  it("are PEM of a certificate and its key", function()
    local certificate = hap:certificate(site)
    local key = read(first.key)
    local function refuses(text, words, code)
      local _, err = certificate:update(text, { die = false })
      assert.equal("ValueError", err.name)
      assert.equal(code or "bad_argument", err.code)
      assert.matches(words, err.message, 1, true)
      assert.is_nil(err.message:find(key:match "\n([^\n]+)", 1, true))
      assert.is_nil(err.command)
    end
    refuses(nil, "PEM text expected, got nil")
    refuses("hello", "PEM with a certificate expected")
    refuses(read(first.certificate), "PEM with a private key expected")
    refuses(key, "PEM with a certificate expected")
    refuses(read(first.both) .. key, "one private key expected, there are 2")
    refuses(key:sub(1, 60), "has no end")
    local request = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"
    refuses(read(first.both) .. request, "does not belong there")
    refuses(read(first.both):gsub("\nM", "\n!"), "is not base64")
    refuses(read(first.certificate):rep(200) .. key, "at most", "too_big")
    assert.equal("ValueError", select(2, hap:certificate("*" .. site, { die = false })).name)
  end)
end)

local trusting = [[
frontend www
  bind unix@{dir}/tls{n}.sock ssl crt %s/site.pem ca-file %s/authorities.pem crl-file %s/none.crl verify required
  http-request return status 200
]]

-- HAProxy has them from 2.5 on; before, each call is refused and nothing is sent.
if haproxy.version() < 205 then
  it("CA files are in later versions", function()
    local farm = haproxy.start { processes = 1, origin = false }
    local hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10, die = false }
    for _, name in ipairs { "ca_files", "crl_files" } do
      local _, err = hap[name](hap)
      assert.equal("unsupported", err.code)
    end
    hap:close()
    farm:stop()
  end)
else
  describe("Authorities and revocation lists", function()
    local dir, one, two, client, farm, hap

    local function read(path)
      local file = assert(io.open(path))
      local text = file:read "*a"
      file:close()
      return text
    end

    -- Does each process let the client in?
    local function is_let_in()
      local results = {}
      for n = 1, 2 do
        local command = "curl -s -k --max-time 30 --cert %s --key %s --unix-socket %s/tls%d.sock https://a.test/"
        command = command:format(client.certificate, client.key, farm.dir, n)
        results[n] = haproxy.shell(command .. " -w '%{http_code}' | grep -q 200")
      end
      assert.equal(results[1], results[2])
      return results[1]
    end

    setup(function()
      dir = haproxy.temporary_folder()
      one, two = certificates.authority(dir, "one"), certificates.authority(dir, "two")
      client = one:issue("client", "/CN=client")
      haproxy.shell(("cat %s >%s/site.pem"):format(two:issue("site", "/CN=a.test").both, dir))
      haproxy.shell(("cat %s >%s/authorities.pem"):format(two.cafile, dir))
      two:revocation_list("none")
      one:revocation_list("one_none")
      one:revocation_list("one_client", client)
      farm = haproxy.start { processes = 2, origin = false, config = trusting:format(dir, dir, dir) }
      hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10, retry = false }
    end)

    teardown(function()
      farm:stop()
      haproxy.shell("rm -rf " .. dir)
    end)

    it("are replaced in every process", function()
      local authorities = hap:ca_file(dir .. "/authorities.pem")
      local lists = hap:crl_file(dir .. "/none.crl")
      assert.equal(authorities, hap:ca_files():get(authorities.name))
      assert.equal(lists, hap:crl_files()[1])
      assert.same({ { 1, 2 }, { 1, 2 } }, { authorities.process_nb, lists.process_nb })
      assert.is_false(is_let_in())
      assert.equal("/CN=two", authorities.entries[1].subject)
      assert.is_true(lists:update(read(dir .. "/none.crl") .. read(dir .. "/one_none.crl")))
      assert.is_true(authorities:update(read(two.cafile) .. read(one.cafile)))
      assert.is_true(is_let_in())
      assert.equal("Used", authorities.status)
      assert.equal("/CN=one", authorities.entries[2].subject)
      assert.is_true(lists:update(read(dir .. "/none.crl") .. read(dir .. "/one_client.crl")))
      assert.is_false(is_let_in())
      local revoked = lists.entries[2].revoked
      local _, serial = haproxy.shell("openssl x509 -noout -serial -in " .. client.certificate)
      assert.equal(serial:match "=(%x+)", revoked[1].serial)
      assert.equal(5 * 86400, lists.entries[1].next_update - lists.entries[1].last_update)
      assert.same({ 1, 2 }, { lists:details()[1].process_nb, lists:details()[2].process_nb })
    end)

    it("come and go, and are PEM of their kind", function()
      local file = hap:new_ca_file(dir .. "/new.pem", read(one.cafile))
      assert.equal("Unused", file.status)
      assert.is_true(file:abort())
      assert.is_true(file:del())
      assert.equal("not_found", select(2, hap:ca_file(dir .. "/new.pem", { die = false })).code)
      local list = hap:new_crl_file(dir .. "/new.crl")
      assert.equal(0, #list.entries)
      assert.is_true(list:del())
      local _, err = hap:ca_file(dir .. "/authorities.pem"):update(read(client.key), { die = false })
      assert.matches("does not belong there", err.message, 1, true)
      _, err = hap:crl_file(dir .. "/none.crl"):update(read(one.cafile), { die = false })
      assert.matches("does not belong there", err.message, 1, true)
      _, err = hap:crl_file(dir .. "/none.crl"):update("", { die = false })
      assert.matches("PEM with a revocation list expected", err.message, 1, true)
    end)

    it("go in pieces where they are larger than a buffer", function()
      local file = hap:new_ca_file(dir .. "/large.pem")
      local many = read(one.cafile):rep(60)
      if haproxy.version() < 207 then
        assert.equal("too_big", select(2, file:update(many, { die = false })).code)
      else
        assert.is_true(file:update(many .. read(two.cafile)))
        assert.equal("/CN=two", file.entries[#file.entries].subject)
      end
      assert.is_true(file:del())
    end)
  end)
end
