-- The verbs of haproxyadmin frontend and haproxyadmin process that change something. What they did is read
-- from HAProxy's sockets.

local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local installed = require "spec.support.installed"
local master = require "spec.support.master"
local native = require "haproxyadmin.transport.native"

describe("haproxyadmin frontend and process", function()
  local farm, hap

  setup(function()
    farm = haproxy.start { processes = 2, origin = false }
    hap = haproxyadmin.HAProxy { socket_dir = farm:folder(), timeout = 10 }
  end)

  teardown(function()
    hap:close()
    farm:stop()
  end)

  local function at(...)
    return installed.run("-D", farm:folder(), ...)
  end

  local function accepts(n, name)
    local line = "curl -s -o /dev/null --max-time 5 --unix-socket %s/%s%d.sock http://site/"
    return (haproxy.shell(line:format(farm.dir, name, n)))
  end

  -- A column of `show stat` of a frontend, in each process.
  local function column(name, title)
    return table.concat(assertions.column(hap, name, "FRONTEND", title), " ")
  end

  it("sets limits, in every process, where they differ", function()
    local status, out = at("frontend", "set", "maxconn", "50", "www", "api", "--yes")
    assert.same({ 0, "www has the maxconn 50 (2 of 2 processes)\napi has the maxconn 50 (2 of 2 processes)\n" }, {
      status,
      out,
    })
    assert.same({ "50 50", "50 50" }, { column("www", "slim"), column("api", "slim") })
    status, out = at("frontend", "set", "maxconn", "51", "api", "--dry-run", "-H")
    assert.same({ 0, "api\t1,2\t50\t51\tset maxconn frontend api 51\n" }, { status, out })
    status, out = at("process", "set", "rate-sess", "77", "-p", "2")
    assert.same({ 0, "rate-sess is 77 (1 of 1 processes)\n" }, { status, out })
    local first, second = hap:processes()[1]:info(), hap:processes()[2]:info()
    assert.same({ 0, 77 }, { first.SessRateLimit, second.SessRateLimit })
    local err
    status, out, err = at("process", "set", "speed", "7")
    assert.same({ 2, "" }, { status, out })
    assert.matches("maxconn, rate%-conn, rate%-sess and rate%-ssl, not 'speed'", err)
    assert.equal(4, (at("frontend", "set", "maxconn", "50", "nope")))
  end)

  it("takes frontends out and in again", function()
    local status, out, err = at("frontend", "disable", "www")
    assert.same({ 0, "www is disabled (2 of 2 processes)\n" }, { status, out })
    assert.equal("Back with: haproxyadmin frontend enable www\n", err)
    assert.equal(0, (at("frontend", "enable", "www")))
    assert.is_true(accepts(1, "www"))
    status, out, err = at("frontend", "shutdown", "api")
    assert.same({ 2, "" }, { status, out })
    assert.matches("api will be shut down until HAProxy is reloaded. Nobody can be asked", err)
    assert.is_true(accepts(2, "api"))
    assert.equal(0, (at("frontend", "shutdown", "api", "--yes")))
    assert.is_false(accepts(2, "api"))
  end)

  it("clears counters when somebody says so", function()
    farm:traffic(2, "www", 3)
    assert.equal("0 3", (column("www", "req_tot"):gsub("^%d+", "0")))
    assert.equal(2, (at("process", "clear", "--all")))
    local status, out = at("process", "clear", "--all", "--yes")
    assert.same({ 0, "counters are cleared (2 of 2 processes)\n" }, { status, out })
    assert.equal("0 0", column("www", "req_tot"))
  end)

  it("lets a master reload HAProxy, and tells where that fails", function()
    local own = master.start()
    local ok, problem = pcall(function()
      local function of_master(...)
        return installed.run("process", select(1, ...), "--master", own.socket, select(2, ...))
      end
      local status, out, err = of_master("reload")
      assert.same({ 2, "" }, { status, out })
      assert.matches("HAProxy will be reloaded", err)
      status, out, err = of_master("reload", "--dry-run", "--columns", "object,processes,command", "-H")
      assert.same({ 0, "HAProxy\t1\treload\n" }, { status, out }, err)
      assert.equal("dry run: 1 of 1 master would change; nothing was sent\n", err)
      assert.equal(10, (of_master("reload", "--dry-run", "--exit-code")))
      status, out, err = of_master("reload", "--hard", "--dry-run", "--columns", "command", "-H")
      if haproxy.version() >= 209 then
        assert.same({ 0, "hard-reload\n" }, { status, out })
      else
        assert.same({ 1, "" }, { status, out })
        assert.matches("'hard%-reload' is in HAProxy 2.9 and later", err)
      end
      status, out = of_master("workers", "--columns", "generation,current", "-H")
      assert.same({ 0, "0\ttrue\n" }, { status, out })
      status, out, err = of_master("reload", "--yes")
      assert.equal(0, status, err)
      assert.equal("HAProxy was reloaded (1 of 1 processes)\n", out)
      status, out = of_master("workers", "--columns", "generation,current", "-H")
      assert.equal(0, status)
      assert.matches("1\ttrue\n", out)
      own:configure(function(text)
        return text .. "\nnonsense\n"
      end)
      status, out, err = of_master("reload", "--yes")
      assert.same({ 1, "" }, { status, out })
      assert.matches("HAProxy: process 1: its configuration cannot be loaded", err)
    end)
    own:stop()
    assert.is_true(ok, tostring(problem))
    local status, _, err = at("process", "workers")
    assert.equal(2, status)
    assert.matches("%-%-master ADDRESS", err)
  end)

  describe("with a session that stays,", function()
    local own, client

    before_each(function()
      own = master.start {
        config = [[
frontend hold
  bind unix@{dir}/hold.sock
  timeout http-request 2m
frontend door
  mode tcp
  timeout client 2m
  bind unix@{dir}/door.sock
  default_backend app
backend app
  mode tcp
  timeout server 2m
  server s1 unix@{dir}/hold.sock
]],
      }
      client = assert(native:open(own.dir .. "/door.sock", native:now() + 20))
      assertions.eventually(function()
        return master.ask(own.stats, "show stat\n"):match "\ndoor,FRONTEND,,,1,"
      end)
    end)

    after_each(function()
      client:close()
      own:stop()
    end)

    local function reload(...)
      return installed.start("process", "reload", "--yes", "--master", own.socket, ...)
    end

    -- Waits until HAProxy was reloaded and the program waits for the old worker.
    local function until_it_waits(running)
      assertions.eventually(function()
        return running:printed():find("HAProxy was reloaded", 1, true) ~= nil or running:has_ended()
      end)
      assert.is_false(running:has_ended())
    end

    it("waits until no old worker is left", function()
      local running = reload "--wait-old=60s"
      until_it_waits(running)
      local _, out = installed.run("process", "workers", "--master", own.socket, "--columns", "current", "-H")
      assert.equal("true\nfalse\n", out)
      client:close()
      local status, _, err = running:finish()
      assert.equal(0, status, err)
      assert.matches("no old worker is left after ", err)
      _, out = installed.run("process", "workers", "--master", own.socket, "--columns", "current", "-H")
      assert.equal("true\n", out)
    end)

    it("says what goes on when it is interrupted, and when the time is up", function()
      local running = reload "--wait-old=60s"
      until_it_waits(running)
      running:interrupt()
      local status, out, err = running:finish()
      assert.same({ 130, "HAProxy was reloaded (1 of 1 processes)\n" }, { status, out })
      local told = "haproxyadmin: interrupted\nhaproxyadmin: HAProxy was reloaded; its old workers end by themselves\n"
      assert.is_truthy(err:find(told, 1, true), err)
      status = reload("--wait-old=200ms"):finish()
      assert.equal(5, status)
    end)

    it("ends old workers at once where that is asked for, and HAProxy can", function()
      local status, out, err = reload("--hard", "--wait-old=60s"):finish()
      if haproxy.version() >= 209 then
        assert.same({ 0, "HAProxy was reloaded (1 of 1 processes)\n" }, { status, out }, err)
        assert.equal("closed", select(2, client:receive(native:now() + 20)))
      else
        assert.same({ 1, "" }, { status, out })
        assert.matches("'hard%-reload' is in HAProxy 2.9 and later", err)
        assert.matches("\ndoor,FRONTEND,,,1,", (master.ask(own.stats, "show stat\n")))
      end
    end)
  end)
end)
