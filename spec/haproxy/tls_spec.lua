-- What belongs to certificates: the names they are served for, OCSP responses, ticket keys.

local base64 = require "haproxyadmin.base.base64"
local certificates = require "spec.support.certificates"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local config = [[
frontend www
  bind unix@{dir}/tls{n}.sock ssl crt-list %s/list.txt tls-ticket-keys %s/tickets
  http-request return status 200
frontend other
  bind unix@{dir}/other{n}.sock ssl crt %s/site.pem
]]

describe("TLS", function()
  local dir, authority, site, plain, farm, hap
  local version = haproxy.version()

  local function key(letter, size)
    return letter:rep(size or 48)
  end

  setup(function()
    dir = haproxy.temporary_folder()
    authority = certificates.authority(dir, "authority")
    site = authority:issue("own", "/CN=a.test", "DNS:a.test,DNS:b.test")
    plain = authority:issue("plain", "/CN=c.test", "DNS:c.test")
    for name, issued in pairs { site = site, plain = plain } do
      haproxy.shell(("cat %s %s >%s/%s.pem"):format(issued.both, authority.cafile, dir, name))
    end
    haproxy.write(dir .. "/site.pem.ocsp", authority:ocsp_response("old", site, 3))
    haproxy.write(dir .. "/list.txt", ("%s/site.pem *.a.test !no.a.test\n%s/plain.pem\n"):format(dir, dir))
    local keys = {}
    for i, letter in ipairs { "a", "b", "c" } do
      keys[i] = base64.encode(key(letter)) .. "\n"
    end
    haproxy.write(dir .. "/tickets", table.concat(keys))
    farm = haproxy.start { processes = 2, origin = false, config = config:format(dir, dir, dir) }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10, retry = false }
  end)

  teardown(function()
    farm:stop()
    haproxy.shell("rm -rf " .. dir)
  end)

  it("names are served, and tell from when until when", function()
    if version < 302 then
      assert.equal("unsupported", select(2, hap:sni { die = false }).code)
      return
    end
    local by_name = {}
    for _, row in ipairs(hap:sni "www") do
      assert.equal("www", row.frontend)
      -- Each process has a configuration of its own here.
      assert.equal(("p%d.cfg"):format(row.process_nb[1]), row.bind:match "([^/]*):%d+$")
      by_name[row.name] = by_name[row.name] or row
    end
    assert.equal(dir .. "/plain.pem", by_name["c.test"].file)
    assert.equal(hap:certificate(dir .. "/plain.pem").not_after, by_name["c.test"].not_after)
    assert.equal(2 * 86400, by_name["c.test"].not_after - by_name["c.test"].not_before)
    assert.same({ "!no.a.test" }, by_name["*.a.test"].filters)
    assert.same({}, by_name["c.test"].filters)
    assert.equal("ecdsa", by_name["c.test"].type)
    assert.is_true(#hap:sni() > #hap:sni "www")
    assert.same({}, hap:sni "nowhere")
  end)

  it("responses are listed, read and replaced in every process", function()
    if version < 205 then
      assert.equal("unsupported", select(2, hap:ocsp_responses { die = false }).code)
      return
    end
    local response = hap:ocsp_responses()[1]
    assert.equal(1, #hap:ocsp_responses())
    assert.same({ 1, 2 }, response.process_nb)
    local certificate = hap:certificate(dir .. "/site.pem")
    assert.equal(certificate.ocsp_key, response.name)
    assert.equal(certificate.serial, response.serial)
    assert.equal(version >= 208 and dir .. "/site.pem" or nil, response.file)
    assert.equal(40, #response.issuer_key_hash)
    assert.equal("good", response.cert_status)
    assert.equal("successful (0x0)", response.response_status)
    assert.equal(3 * 86400, response.next_update - response.this_update)
    assert.is_true(response:update(authority:ocsp_response("new", site, 5)))
    assert.equal(5 * 86400, response.next_update - response.this_update)
    assert.equal(2, response:details()[2].process_nb)
    assert.is_true(response.produced_at >= response.this_update)
  end)

  it("responses of other certificates, and other texts, are not sent", function()
    local response = version >= 205 and hap:ocsp_responses()[1]
    for _, der in ipairs { authority:ocsp_response("another", plain, 5), "\48", "text", "" } do
      if response then
        local _, err = response:update(der, { die = false })
        assert.same({ "ValueError", "bad_argument" }, { err.name, err.code })
      end
    end
    assert.equal(version >= 205, response and response.cert_status == "good")
  end)

  it("responses come with a new certificate", function()
    local certificate = hap:certificate(dir .. "/site.pem")
    local renewed = authority:issue("renewed", "/CN=a.test", "DNS:a.test")
    local file = assert(io.open(renewed.both))
    local pem = file:read "*a"
    file:close()
    file = assert(io.open(authority.cafile))
    pem = pem .. file:read "*a"
    file:close()
    assert.is_true(certificate:update(pem, { ocsp = authority:ocsp_response("renewed", renewed, 6) }))
    for n = 1, 2 do
      local client = "openssl s_client -status -unix %s/tls%d.sock -servername a.test </dev/null 2>/dev/null"
      local _, text = haproxy.shell(client:format(farm.dir, n))
      assert.matches("OCSP Response Status: successful", text, 1, true)
      assert.equal(certificate.serial, text:match "Serial Number: (%x+)")
    end
    for _, wrong in ipairs { authority:ocsp_response("wrong", plain, 6), "text", "" } do
      local _, err = certificate:update(pem, { ocsp = wrong, die = false })
      assert.equal("ValueError", err.name)
      assert.matches("argument 'ocsp': an OCSP response (DER) for this certificate expected", err.message, 1, true)
    end
  end)

  it("responses are updated by HAProxy itself", function()
    local certificate = hap:certificate(dir .. "/plain.pem")
    local _, err = certificate:update_ocsp { die = false }
    if version < 208 then
      assert.equal("unsupported", err.code)
      assert.equal("unsupported", select(2, hap:ocsp_updates { die = false }).code)
    else
      assert.equal("bad_argument", err.code)
      assert.same({}, hap:ocsp_updates())
    end
  end)

  it("ticket keys are rotated in every process", function()
    local file = hap:tls_keys()[1]
    assert.equal(dir .. "/tickets", file.name)
    assert.same({ 1, 2 }, file.process_nb)
    assert.is_true(file:rotate(key "d"))
    assert.is_true(file:rotate(base64.encode(key "e")))
    for _, entry in ipairs(hap:command "show tls-keys *") do
      local shown = {}
      for _, line in ipairs(entry[2]) do
        shown[#shown + 1] = line:match "^0%.%d (%S+)$"
      end
      assert.same({ base64.encode(key "c"), base64.encode(key "d"), base64.encode(key "e") }, shown)
    end
  end)

  it("ticket keys stand in no error", function()
    local file = hap:tls_keys()[1]
    local _, err = file:rotate(key("s", 80), { die = false })
    assert.equal("bad_argument", err.code)
    assert.equal("set ssl tls-key <id> <key>", err.command)
    assert.is_nil(tostring(err):find("c3Nz", 1, true))
    for _, wrong in ipairs { "", key("s", 47), base64.encode(key("s", 49)) } do
      _, err = file:rotate(wrong, { die = false })
      assert.equal("argument 'key': 48 or 80 bytes, or their base64, expected, got another string", err.message)
    end
    farm:kill(2)
    _, err = file:rotate(key "s", { die = false })
    assert.equal("SocketConnectionError", err.name)
    assert.equal("set ssl tls-key <id> <key>", err.command)
    for _, result in ipairs(err.results) do
      assert.is_nil(tostring(result[2]):find("ssss", 1, true))
    end
  end)
end)
