-- haproxyadmin cert update where a process refuses a step of it, and where Ctrl-C comes between its steps. What there
-- is then is read from HAProxy's sockets.

local assertions = require "spec.support.assertions"
local certificates = require "spec.support.certificates"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local installed = require "spec.support.installed"

-- Two processes with the certificate. Through the third what is said to the second; what begins with a command for
-- certificates goes through the fourth, which a spec stops.
local server = [[
frontend tls
  bind unix@{dir}/tls{n}.sock ssl crt CERTS/first.both
  http-request return status 200
]]
local relay = [[
listen all
  mode tcp
  bind unix@{dir}/second.sock
  timeout connect 1m
  timeout client 1m
  timeout server 1m
  tcp-request inspect-delay 1m
  tcp-request content accept if { req.len gt 0 }
  use_backend held if { req.payload(0,0) -m beg "COMMAND " }
  server second unix@{dir}/stats/admin2.sock
backend held
  mode tcp
  timeout connect 1m
  timeout server 1m
  server hold unix@{dir}/hold.sock
]]
local hold = [[
listen hold
  mode tcp
  bind unix@{dir}/hold.sock
  timeout connect 1m
  timeout client 1m
  timeout server 1m
  server second unix@{dir}/stats/admin2.sock
]]

-- A HAProxy of which the first process takes weaker keys than the second.
local with_levels = [[#!/bin/sh
case "$*" in
  */p1.cfg*) level=0 ;;
  *) level=2 ;;
esac
OPENSSL_CONF=FOLDER/level$level exec HAPROXY "$@"
]]
local level = "openssl_conf = all\n[all]\nssl_conf = tls\n[tls]\nsystem_default = own\n"
  .. "[own]\nCipherString = DEFAULT@SECLEVEL=%d\n"

describe("haproxyadmin cert update", function()
  local folder, first, second, farm, hap

  setup(function()
    folder = haproxy.temporary_folder()
    local authority = certificates.authority(folder, "authority")
    first = authority:issue("first", "/CN=first.test", "DNS:first.test").both
    second = authority:issue("second", "/CN=second.test", "DNS:second.test").both
  end)

  teardown(function()
    haproxy.shell("rm -r " .. folder)
  end)

  -- Starts HAProxy; `command`: what is held on its way to the second process.
  local function start(command, program)
    local configs = { server, server, relay, hold }
    farm = haproxy.start {
      processes = command and 4 or 2,
      origin = false,
      program = program,
      global = "  stats socket {dir}/operator{n}.sock level operator\n",
      config = function(n)
        return (configs[n]:gsub("CERTS", folder):gsub("COMMAND", command or ""))
      end,
    }
    hap = haproxyadmin.HAProxy { sockets = { farm.sockets[1], farm.sockets[2] }, timeout = 20 }
  end

  after_each(function()
    hap:close()
    farm:stop()
  end)

  -- No transaction is open, and these are the names in the certificates of the processes.
  local function assert_served(...)
    for n, name in ipairs { ... } do
      local process = hap:processes()[n]
      assert.is_nil(table.concat(process:command "show ssl cert", "\n"):find("*", 1, true))
      assert.matches("Subject: /CN=" .. name, table.concat(process:command("show ssl cert " .. first), "\n"), 1, true)
    end
  end

  it("changes nothing where a process refuses it", function()
    start()
    local function update(...)
      local operator = farm.dir .. "/operator2.sock"
      return installed.run("cert", "update", first, second, "--yes", "-s", farm.sockets[1], "-s", operator, ...)
    end
    local status, out, err = update()
    assert.same({ 1, "" }, { status, out })
    assert.matches("process 1: took it, process 2: 'Permission denied", err, 1, true)
    assert.matches("; undone in process 1\n", err, 1, true)
    assert_served("first.test", "first.test")
    err = select(3, update "--json")
    assert.matches('"process":1,"ok":true,"code":null,"reply":"[^"]*","undone":true', err)
    assert_served("first.test", "first.test")
  end)

  -- HAProxy 2.2 dies of it.
  if haproxy.version() > 202 then
    it("says who has it where one process does not commit it", function()
      local script = with_levels:gsub("FOLDER", folder):gsub("HAPROXY", haproxy.program())
      haproxy.write(folder .. "/haproxy", script)
      haproxy.write(folder .. "/level0", level:format(0))
      haproxy.write(folder .. "/level2", level:format(2))
      local weak = folder .. "/weak.pem"
      local key = "cd %s && chmod +x haproxy && openssl req -x509 -newkey rsa:1024 -nodes -days 2 -subj /CN=weak.test "
        .. "-keyout key -out crt && cat crt key >%s"
      local made, words = haproxy.shell(key:format(folder, weak))
      assert.is_true(made, words)
      start(nil, folder .. "/haproxy")
      local status, out, err = installed.run("-D", farm:folder(), "cert", "update", first, weak, "--yes")
      assert.same({ 3, first .. " was replaced (1 of 2 processes)\n" }, { status, out })
      local why = "unable to load SSL certificate into SSL Context '" .. first .. "'"
      assert.matches(("haproxyadmin: %s: process 2: %s"):format(first, why), err, 1, true)
      assert_served("weak.test", "first.test")
      -- Where no process commits it, nothing is changed.
      status, out, err = installed.run("-s", farm.sockets[2], "cert", "update", first, weak, "--yes")
      assert.same({ 2, "" }, { status, out })
      assert.matches(("HAProxy refused 'commit ssl cert %s': %s"):format(first, why), err, 1, true)
      assert.matches("; undone in process 1\n", err, 1, true)
      assert_served("weak.test", "first.test")
    end)
  end

  -- Starts it while the second process does not get this command, waits until the first one has done its own, and
  -- presses Ctrl-C.
  local function interrupted(command, shown, done)
    start(command)
    farm:signal(4, "STOP")
    local words = { "cert", "update", first, second, "--yes", "-s", farm.sockets[1], "-s", farm.dir .. "/second.sock" }
    words[#words + 1] = "--timeout=50s"
    local running = installed.start((table.unpack or unpack)(words)) -- luacheck: ignore
    assertions.eventually(function()
      return table.concat(hap:processes()[1]:command(shown), "\n"):find(done, 1, true) or running:has_ended()
    end)
    running:interrupt()
    assert.is_false(running:has_ended())
    return running
  end

  local function goes_on(command, shown, done)
    local running = interrupted(command, shown, done)
    farm:signal(4, "CONT")
    local status, out, err = running:finish()
    assert.same({ 130, first .. " was replaced (2 of 2 processes)\n" }, { status, out }, err)
    assert.equal("haproxyadmin: interrupted; what was being changed was not left half-way\n", err)
    assert_served("second.test", "second.test")
  end

  it("is done to its end where Ctrl-C comes while it is set", function()
    goes_on("set ssl cert", "show ssl cert", "*" .. first)
  end)

  it("is done to its end where Ctrl-C comes while it is committed", function()
    goes_on("commit ssl cert", "show ssl cert " .. first, "/CN=second.test")
  end)

  it("is taken back where Ctrl-C comes while a process does not take it", function()
    local running = interrupted("set ssl cert", "show ssl cert", "*" .. first)
    farm:kill(4)
    local status, out, err = running:finish()
    assert.same({ 130, "" }, { status, out })
    assert.matches("/second.sock was closed before it answered; the command may have run; taken by ", err, 1, true)
    assert.matches("; undone in process 1, 2\n", err, 1, true)
    assert.matches("\nhaproxyadmin: interrupted; what was being changed was not left half-way\n", err, 1, true)
    assert_served("first.test", "first.test")
  end)
end)
