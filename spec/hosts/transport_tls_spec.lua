local certificates = require "spec.support.certificates"
local errors = require "haproxyadmin.errors"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local luasocket = require "haproxyadmin.transport.luasocket"
local tls_name = require "haproxyadmin.transport.tls_name"

describe("LuaSocket with TLS", function()
  local dir, ours, theirs, client, farm

  -- HAProxy 2.6 to 3.4 takes `ssl` on a `stats socket` line and speaks plain
  -- text there all the same: a proxy in mode tcp does TLS before the socket.
  local front = [[
frontend www
  bind unix@{dir}/www{n}.sock
listen stats
  mode tcp
  bind ipv4@{origin}:900{n} ssl crt %s ca-file %s verify required
  server stats unix@{socket}
]]

  local function start(server, processes)
    return haproxy.start {
      processes = processes or 1,
      origin = false,
      config = front:format(server.both, ours.cafile),
    }
  end

  local function address(n)
    return ("tcp@%s:900%d"):format(farm.origin, n or 1)
  end

  local function options(change)
    local tls = {
      cafile = ours.cafile,
      certificate = client.certificate,
      key = client.key,
      server_name = "stats.haproxy.test",
    }
    for key, value in pairs(change or {}) do
      if value == "none" then
        value = nil
      end
      tls[key] = value
    end
    return { tls = tls }
  end

  local function open(change, other)
    local all = { transport = luasocket.new(options(change)), retry = false, die = false, timeout = 10 }
    for key, value in pairs(other or { socket_file = address() }) do
      all[key] = value
    end
    return haproxyadmin.HAProxy(all)
  end

  local function refused(words, change)
    local hap, err = open(change)
    assert.is_nil(hap)
    assert.equal("ValueError", err.name)
    assert.truthy(err.message:find(words, 1, true), err.message)
  end

  setup(function()
    dir = haproxy.temporary_folder()
    ours = certificates.authority(dir, "ours")
    theirs = certificates.authority(dir, "theirs")
    client = ours:issue("client", "/CN=operator")
    farm = start(ours:issue("server", "/CN=other.test", "DNS:stats.haproxy.test,DNS:*.wild.test"), 3)
  end)

  teardown(function()
    farm:stop()
    haproxy.shell("rm -rf " .. dir)
  end)

  it("reads and commands several processes", function()
    local hap = open(nil, { sockets = { address(1), address(2), address(3) } })
    assert.equal(3, #hap.processids)
    assert.is_true(hap:frontends():contains "www")
    assert.is_true(hap:setmaxconn(321))
    for _, entry in ipairs(hap:info()) do
      assert.equal(321, entry.Maxconn)
    end
  end)

  it("is mixed with TCP without it and local sockets, each by its name", function()
    local plain = haproxy.start {
      processes = 1,
      origin = false,
      config = "frontend www\n  bind unix@{dir}/www{n}.sock\n",
      global = "  stats socket ipv4@{origin}:9009 level admin\n",
    }
    local there = ("tcp@%s:9009"):format(plain.origin)
    local list = { edge1 = address(1), edge2 = there, here = farm.sockets[2], secret = address(3) }
    local all = options()
    all.plain = { there }
    local transport = luasocket.new(all)
    local hap = haproxyadmin.HAProxy { sockets = list, transport = transport, retry = false, timeout = 10 }
    local found = {}
    for i, process in ipairs(hap:processes()) do
      found[i] = process.name
      assert.equal(list[process.name], process.address)
    end
    assert.same({ "edge1", "edge2", "here", "secret" }, found)
    assert.is_true(hap:setmaxconn(654))
    assert.equal(4 * 654, hap.maxconn)
    assert.equal(654, haproxyadmin.HAProxy({ socket_file = farm.sockets[3], timeout = 10 }).maxconn)
    assert.is_true(hap:frontends():contains "www")
    -- One that is away is named, and the others have done it.
    plain:stop()
    local ok, err = hap:setmaxconn(655, { die = false })
    assert.is_nil(ok)
    assert.truthy(err.message:find(("socket edge2 (%s)"):format(there), 1, true), err.message)
    assert.truthy(err.message:find("taken by process 1 (edge1), 3 (here), 4 (secret)", 1, true), err.message)
    local snapshot = hap:snapshot { partial = true }
    assert.equal(3, #snapshot:processes())
    assert.equal("edge2", snapshot.failed[1][2].message:match "socket (%S+)")
    assert.equal(3 * 655, snapshot:metric "Maxconn")
  end)

  it("takes a name that a wildcard covers", function()
    assert.truthy(open { server_name = "a.wild.test" })
  end)

  it("refuses a server of another name", function()
    refused("not for other.test", { server_name = "other.test" })
    refused("its certificate is for stats.haproxy.test, *.wild.test", { server_name = "a.b.wild.test" })
  end)

  it("takes the address's host for the name", function()
    refused("not for " .. farm.origin, { server_name = "none" })
  end)

  it("refuses a server that another authority signed", function()
    refused("certificate verify failed", { cafile = theirs.cafile })
  end)

  it("trusts anybody where it is told to", function()
    assert.truthy(open { verify = false, cafile = "none" })
  end)

  it("is refused without a client certificate, or with another's", function()
    refused("certificate required", { certificate = "none", key = "none" })
    local stranger = theirs:issue("stranger", "/CN=operator")
    refused("alert", { certificate = stranger.certificate, key = stranger.key })
  end)

  it("is refused by a server that speaks no TLS", function()
    local plain = haproxy.start {
      processes = 1,
      origin = false,
      config = "frontend www\n  bind unix@{dir}/www{n}.sock\n",
      global = "  stats socket ipv4@{origin}:9009 level admin\n",
    }
    local hap, err = open(nil, { socket_file = ("tcp@%s:9009"):format(plain.origin) })
    plain:stop()
    assert.is_nil(hap)
    assert.truthy(err.message:find("TLS: ", 1, true), err.message)
  end)

  it("keeps its deadline in a handshake that stalls", function()
    farm:signal(2, "STOP")
    local hap, err = open(nil, { socket_file = address(2), timeout = 0.5 })
    farm:signal(2, "CONT")
    assert.is_nil(hap)
    assert.equal("timeout", err.code)
  end)

  it("checks IP addresses", function()
    local named = start(ours:issue("by_address", "/CN=stats", ("IP:%s,IP:::1"):format(farm.origin)))
    local there = { socket_file = ("tcp@%s:9001"):format(named.origin) }
    local hap = open({ server_name = farm.origin }, there)
    local again = open({ server_name = "0:0:0:0:0:0:0:1" }, there)
    local other, err = open({ server_name = "127.0.0.1" }, there)
    named:stop()
    assert.truthy(hap)
    assert.truthy(again)
    assert.is_nil(other)
    assert.truthy(err.message:find("not for 127.0.0.1", 1, true), err.message)
  end)

  describe("options", function()
    local function wrong(words, value)
      local ok, err = pcall(luasocket.new, value)
      assert.is_false(ok)
      assert.is_true(errors.is_error(err, "ValueError"))
      assert.truthy(err.message:find(words, 1, true), err.message)
    end

    it("are checked", function()
      wrong("table expected", nil)
      wrong("unknown option 'tsl'", { tsl = {} })
      wrong("'tls': table expected", {})
      wrong("'plain[1]': address of TCP", { tls = options().tls, plain = { "/run/stats.sock" } })
      wrong("unknown option 'ca_file'", { tls = { ca_file = "x" } })
      wrong("'cafile': string expected", { tls = { cafile = 1 } })
      wrong("cafile or capath expected", { tls = {} })
      wrong("cafile cannot be read", { tls = { cafile = dir .. "/none" } })
      wrong("certificate and key expected together", options { key = "none" })
      wrong("'tls': ", options { key = theirs.base .. ".key" })
      wrong("'tls': ", options { cafile = client.key })
    end)
  end)
end)

describe("tls_name", function()
  local function certificate(subject, dns, ip)
    return {
      subject = function()
        return { { oid = "2.5.4.10", value = "Organisation" }, { oid = "2.5.4.3", value = subject } }
      end,
      extensions = function()
        return (dns or ip) and { ["2.5.29.17"] = { dNSName = dns, iPAddress = ip } } or {}
      end,
    }
  end

  local function check(...)
    return (tls_name.check(certificate(...), "www.example.org"))
  end

  it("compares names", function()
    assert.is_true(check("x", { "a.test", "WWW.Example.ORG" }))
    assert.is_true((tls_name.check(certificate("x", { "a.test" }), "a.test.")))
    assert.is_false(check("x", { "example.org" }))
    assert.is_false(check("x", { "www.example.org.evil.test", "www.example.org\0.evil.test" }))
  end)

  it("lets a star stand for one whole label", function()
    assert.is_true(check("x", { "*.example.org" }))
    assert.is_false(check("x", { "*.org" }))
    assert.is_false(check("x", { "*" }))
    assert.is_false(check("x", { "w*.example.org" }))
    assert.is_false(check("x", { "*.www.example.org" }))
    assert.is_false(check("x", { "www.*.org" }))
    assert.is_false((tls_name.check(certificate("x", { "*.example.org" }), ".example.org")))
  end)

  it("looks at the common name only where there is no other", function()
    assert.is_true(check "www.example.org")
    assert.is_false(check("www.example.org", { "a.test" }))
    assert.is_false(check("www.example.org", nil, { "127.0.0.1" }))
    assert.is_false((tls_name.check(certificate "127.0.0.1", "127.0.0.1")))
  end)

  it("compares IP addresses with IP addresses", function()
    assert.is_true((tls_name.check(certificate("x", nil, { "127.0.0.1" }), "127.0.0.1")))
    assert.is_false((tls_name.check(certificate("x", { "127.0.0.1", "*.0.0.1" }), "127.0.0.1")))
  end)
end)
