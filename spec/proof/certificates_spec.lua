-- A certificate is replaced in every process or in none: with a fault at each step, beside
-- another program that does the same, and as large as it may be.

local certificates = require "spec.support.certificates"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local master = require "spec.support.master"
local native = require "haproxyadmin.transport.native"
local program = require "spec.support.program"

local config = [[
frontend www
  bind unix@{dir}/tls{n}.sock ssl crt %s/site.pem
  http-request return status 200
]]

-- The native transport, which calls `before(n)` before exchange n.
local function interrupted(before)
  local count = 0
  return {
    now = native.now,
    sleep = native.sleep,
    open = native.open,
    exchange = function(self, requests, deadline)
      count = count + 1
      local now = native:now()
      before(count)
      return native.exchange(self, requests, deadline + native:now() - now)
    end,
  }
end

-- The exchanges of an update, in order.
local SET, COMMIT = 2, 3

describe("A certificate", function()
  local dir, authority, issued, farm, site

  local function read(path)
    local file = assert(io.open(path))
    local text = file:read "*a"
    file:close()
    return text
  end

  local function text_of(n)
    return read(issued[n].both) .. read(authority.cafile)
  end

  local function fingerprint_of(n)
    local _, text = haproxy.shell("openssl x509 -noout -fingerprint -in " .. issued[n].certificate)
    return (text:match("=([%x:]+)"):gsub(":", ""))
  end

  -- The fingerprint of what a TLS client gets from a process.
  local function seen(n)
    local client = "openssl s_client -unix %s/tls%d.sock -servername a.test </dev/null 2>/dev/null"
    local _, text = haproxy.shell((client .. " | openssl x509 -noout -fingerprint"):format(farm.dir, n))
    return ((text:match("=([%x:]+)") or text):gsub(":", ""))
  end

  local function new(options)
    options = options or {}
    options.retry, options.timeout = false, options.timeout or 10
    if not options.sockets then
      options.socket_dir = farm:folder()
    end
    return haproxyadmin.HAProxy(options)
  end

  -- No transaction is open, and all processes serve this one.
  local function assert_all_have(n)
    local hap = new()
    for _, entry in ipairs(hap:command "show ssl cert") do
      assert.equal("# filename", entry[2][1])
    end
    assert.equal(fingerprint_of(n), hap:certificate(site).fingerprint)
    for process = 1, 3 do
      assert.equal(fingerprint_of(n), seen(process))
    end
    hap:close()
  end

  setup(function()
    dir = haproxy.temporary_folder()
    authority = certificates.authority(dir, "authority")
    issued = { authority:issue("one", "/CN=a.test", "DNS:a.test"), authority:issue("two", "/CN=a.test", "DNS:a.test") }
    site = dir .. "/site.pem"
  end)

  teardown(function()
    haproxy.shell("rm -rf " .. dir)
  end)

  before_each(function()
    haproxy.write(site, text_of(1))
    farm = haproxy.start {
      processes = 3,
      origin = false,
      config = config:format(dir),
      global = "  stats socket {dir}/operator{n}.sock level operator\n",
    }
  end)

  after_each(function()
    farm:stop()
  end)

  it("is replaced in no process when one may not set it", function()
    local hap = new { sockets = { farm.sockets[1], farm.dir .. "/operator2.sock", farm.sockets[3] } }
    local _, err = hap:certificate(site):update(text_of(2), { die = false })
    assert.equal("MultipleCommandResults", err.name)
    assert.equal("permission", err.results[2].code)
    assert.matches("undone in process 1, 3", err.message, 1, true)
    assert_all_have(1)
    hap:close()
  end)

  -- A HAProxy object whose next update meets a fault before its exchange `step`; behind a
  -- first call, so that all versions are known.
  local function with_fault(step, fault)
    local armed = false
    local base = 0
    local hap
    hap = new {
      timeout = 3,
      transport = interrupted(function(count)
        if armed and count == base + step then
          fault()
        elseif not armed then
          base = count
        end
      end),
    }
    local certificate = hap:certificate(site)
    armed = true
    return hap, certificate
  end

  it("is replaced in no process when one stalls before it is set", function()
    local hap, certificate = with_fault(SET, function()
      farm:signal(2, "STOP")
    end)
    local _, err = certificate:update(text_of(2), { die = false })
    assert.equal("SocketTimeout", err.name)
    assert.matches("taken by process 1, 3", err.message, 1, true)
    assert.matches("undone in process 1, 3; not undone: process 2: ", err.message, 1, true)
    for _, process in ipairs { 1, 3 } do
      assert.equal(fingerprint_of(1), seen(process))
    end
    farm:signal(2, "CONT")
    -- What it got meanwhile it may still do; the same call takes it on.
    assert.is_true(new():certificate(site):update(text_of(2), { timeout = 20 }))
    assert_all_have(2)
    hap:close()
  end)

  it("is completed by the same call when one stalls before it is committed", function()
    local hap, certificate = with_fault(COMMIT, function()
      farm:signal(2, "STOP")
    end)
    local _, err = certificate:update(text_of(2), { die = false })
    assert.equal("SocketTimeout", err.name)
    assert.same({ true, false, true }, { err.results[1].ok, err.results[2].ok, err.results[3].ok })
    assert.matches("not undone: process 2: ", err.message, 1, true)
    assert.equal(fingerprint_of(2), seen(1))
    assert.equal(fingerprint_of(2), seen(3))
    farm:signal(2, "CONT")
    assert.is_true(new():certificate(site):update(text_of(2), { timeout = 20 }))
    assert_all_have(2)
    hap:close()
  end)

  for name, step in pairs { set = SET, committed = COMMIT } do
    it(("tells who has it when a process dies before it is %s"):format(name), function()
      local hap, certificate = with_fault(step, function()
        farm:kill(2)
      end)
      local _, err = certificate:update(text_of(2), { die = false })
      assert.equal("SocketConnectionError", err.name, tostring(err))
      assert.is_false(err.results[2].ok)
      local expected = fingerprint_of(step == SET and 1 or 2)
      assert.equal(expected, seen(1))
      assert.equal(expected, seen(3))
      local others = new { sockets = { farm.sockets[1], farm.sockets[3] } }
      for _, entry in ipairs(others:command "show ssl cert") do
        assert.equal("# filename", entry[2][1])
      end
      assert.is_true(others:certificate(site):update(text_of(2)))
      assert.equal(fingerprint_of(2), seen(1))
      others:close()
      hap:close()
    end)
  end

  -- From HAProxy 3.4 on programs must take turns (doc/guide.md).
  local turn = haproxy.version() >= 304 and "flock %s/turn " or ""

  it("is one of two that two programs put there at the same time, in all processes the same", function()
    local script = dir .. "/rounds.lua"
    haproxy.write(
      script,
      [[
        local sockets, file, text, rounds = ...
        local hap = require("haproxyadmin").HAProxy { socket_dir = sockets, timeout = 10, retry = false }
        local pem = io.open(text):read "*a"
        local certificate = hap:certificate(file)
        for _ = 1, tonumber(rounds) do
          certificate:update(pem, { timeout = 60, interval = 0.01 })
        end
        print "done"
      ]]
    )
    local lua, version = program.current()
    local path = program.build(version)
    local command = {}
    for n = 1, 2 do
      haproxy.write(("%s/%d.both"):format(dir, n), text_of(n))
      local call = ("%s %s %s %s %s/%d.both 8"):format(lua, script, farm:folder(), site, dir, n)
      command[n] = ("export LUA_PATH='./lua/?.lua;./lua/?/init.lua;;' LUA_CPATH='./%s;;'; "):format(path)
      command[n] = command[n] .. turn:format(dir) .. call
    end
    local _, text = haproxy.shell(("(%s) & (%s); wait"):format(command[1], command[2]))
    assert.equal("done\ndone\n", text)
    local last = seen(1) == fingerprint_of(1) and 1 or 2
    assert_all_have(last)
  end)

  it("is replaced on kept connections", function()
    local hap = new { keep = true }
    local certificate = hap:certificate(site)
    for round = 1, 4 do
      assert.is_true(certificate:update(text_of(round % 2 + 1)))
      assert.equal(fingerprint_of(round % 2 + 1), certificate.fingerprint)
    end
    local _, err = certificate:update(read(issued[1].certificate) .. read(issued[2].key), { die = false })
    assert.equal("bad_argument", err.code)
    assert_all_have(1)
    hap:close()
  end)

  it("is replaced in a master's worker", function()
    local workers = master.start { config = config:gsub("{n}", ""):format(dir) }
    local hap = haproxyadmin.HAProxy { master = workers.socket, timeout = 10 }
    local certificate = hap:certificate(site)
    assert.is_true(certificate:update(text_of(2)))
    assert.equal(fingerprint_of(2), certificate.fingerprint)
    local _, err = certificate:update(read(issued[1].certificate) .. read(issued[2].key), { die = false })
    assert.equal("bad_argument", err.code)
    assert.is_true(certificate:update(text_of(1)))
    assert.equal(fingerprint_of(1), certificate.fingerprint)
    hap:close()
    workers:stop()
  end)

  it("is added to a list in no process when one dies before it is", function()
    local file = dir .. "/new.pem"
    haproxy.write(dir .. "/list.txt", site .. "\n")
    local own = config:format(dir):gsub("crt " .. dir .. "/site.pem", "crt-list " .. dir .. "/list.txt")
    local listed = haproxy.start { processes = 3, origin = false, config = own }
    local count, armed = 0, false
    local hap = haproxyadmin.HAProxy {
      socket_dir = listed:folder(),
      retry = false,
      timeout = 10,
      transport = interrupted(function()
        count = count + (armed and 1 or 0)
        if count == 1 then
          listed:kill(2)
        end
      end),
    }
    hap:new_certificate(file, text_of(2))
    local list = hap:crt_list(dir .. "/list.txt")
    armed = true
    local _, err = list:add(file, { filters = { "n.test" }, die = false })
    assert.equal("SocketConnectionError", err.name)
    assert.matches("undone in process 1, 3", err.message, 1, true)
    local others = haproxyadmin.HAProxy { sockets = { listed.sockets[1], listed.sockets[3] }, timeout = 10 }
    assert.equal(1, #others:crt_list(list.name):entries())
    hap:close()
    others:close()
    listed:stop()
  end)

  it("is as large as its version allows", function()
    local hap = new()
    local certificate = hap:certificate(site)
    local chain, most = read(authority.cafile), haproxy.version() >= 304 and 122880 or 15360
    local text = read(issued[2].both)
    local room = most - #("set ssl cert " .. site .. " <<%123456\n\n%123456\n")
    text = text .. chain:rep(math.floor((room - #text) / #chain))
    assert.is_true(certificate:update(text))
    assert_all_have(2)
    local _, err = certificate:update(text .. chain, { die = false })
    assert.equal("too_big", err.code)
    hap:close()
  end)
end)
