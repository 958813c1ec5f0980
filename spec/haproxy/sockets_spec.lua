local assertions = require "spec.support.assertions"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local number = require "haproxyadmin.runtime.number"
local program = require "spec.support.program"

local raises = assertions.raises
local HAProxy = haproxyadmin.HAProxy

describe("sockets", function()
  local farm

  setup(function()
    local config = [[
frontend tcp
  mode tcp
  bind unix@{dir}/tcp{n}.sock
  default_backend nobody
backend nobody
  mode tcp
  server nobody 127.0.0.1:1
frontend www
  bind unix@{dir}/www{n}.sock
]]
    farm = haproxy.start {
      processes = 12,
      origin = false,
      config = config,
      global = "  stats socket ipv4@{origin}:99{n} level admin\n  stats socket abns@{dir}/abns{n} level admin\n",
    }
  end)

  teardown(function()
    farm:stop()
  end)

  local function build(options)
    return raises("ValueError", nil, HAProxy, options)
  end

  it("sorts numbers as numbers", function()
    assert.same(
      { "a", "a1", "a2b1", "a2b10", "a10", "b" },
      number.sort { "b", "a10", "a2b10", "a2b1", "a1", "a" }
    )
  end)

  it("finds every live HAProxy of a folder, in natural order", function()
    local hap = HAProxy { socket_dir = farm:folder(), timeout = 10 }
    local addresses = {}
    for i, process in ipairs(hap:processes()) do
      addresses[i] = process.address
    end
    assert.same(farm.sockets, addresses)
  end)

  it("passes over what is no stats socket and what is dead", function()
    haproxy.write(farm.dir .. "/stats/notes.txt", "no socket")
    local hap = HAProxy { socket_dir = farm.dir .. "/stats/", timeout = 10 }
    assert.equal(12, #hap:processes())
    farm:kill(11)
    hap = HAProxy { socket_dir = farm:folder(), timeout = 10 }
    assert.equal(11, #hap:processes())
  end)

  it("passes over sockets that belong to something else", function()
    local dir = haproxy.temporary_folder()
    local function link(from, to)
      assert.is_true((haproxy.shell(("ln -s %s %s/%s"):format(from, dir, to))))
    end
    link(farm.sockets[1], "stats.sock")
    link(farm.dir .. "/www1.sock", "http.sock")
    link(farm.dir .. "/tcp1.sock", "tcp.sock")
    assertions.in_limit(function(seconds)
      return #HAProxy({ socket_dir = dir, timeout = seconds }):processes() == 1
    end)
    haproxy.shell("rm " .. dir .. "/stats.sock")
    local err = build { socket_dir = dir, timeout = 0.3 }
    assert.matches("http.sock", err.message, 1, true)
    assert.matches("tcp.sock", err.message, 1, true)
    haproxy.shell("rm -r " .. dir)
  end)

  it("takes every form of address", function()
    for _, address in ipairs {
      farm.sockets[1],
      "unix@" .. farm.sockets[1],
      "unix:" .. farm.sockets[1],
      "abns@" .. farm.dir .. "/abns1",
      "tcp@" .. farm.origin .. ":991",
      "ipv4@" .. farm.origin .. ":991",
    } do
      local hap = HAProxy { socket_file = address, timeout = 10 }
      assert.equal("tcp", hap:frontend("tcp").name, address)
    end
    local hap = HAProxy { sockets = { farm.sockets[1], "tcp@" .. farm.origin .. ":992" }, timeout = 10 }
    assert.same({ 1, 2 }, hap:frontend("tcp").process_nb)
  end)

  it("resolves host names and takes IPv6", function()
    local config = "backend be\n  server s 127.0.0.1:1\n"
    local port = haproxy.free_port()
    local other = haproxy.start {
      processes = 1,
      origin = false,
      config = config,
      global = ("  stats socket ipv4@127.0.0.1:%d\n  stats socket ipv6@[::1]:%d\n"):format(port, port),
    }
    local named = HAProxy({ socket_file = "tcp@localhost:" .. port, die = false, timeout = 10 })
    local v6 = HAProxy({ socket_file = "ipv6@[::1]:" .. port, die = false, timeout = 10 })
    local unknown = build { socket_file = "tcp@nosuch.invalid:" .. port, timeout = 5 }
    local name = named and named:backend("be").name
    local name6 = v6 and v6:backend("be").name
    other:stop()
    assert.equal("be", name)
    assert.equal("be", name6)
    assert.matches("host name", unknown.message)
  end)

  it("asks for exactly one option", function()
    assert.matches("exactly one of", build({}).message)
    assert.matches("exactly one of", build({ socket_dir = "/tmp", socket_file = "/tmp/x" }).message)
    assert.matches("'options'", build("/run/haproxy").message)
  end)

  it("refuses wrong options", function()
    local file = farm.sockets[1]
    for _, wrong in ipairs {
      { socket_fil = file },
      { socket_file = file, timeout = "1" },
      { socket_file = file, timeout = 0 },
      { socket_file = file, timeout = -1 },
      { socket_file = file, timeout = 0 / 0 },
      { socket_file = file, retry = -1 },
      { socket_file = file, retry = true },
      { socket_file = file, retry = 1.5 },
      { socket_file = file, retry_interval = -1 },
      { socket_file = file, die = 1 },
      { socket_file = file, max_reply = 0 },
      { socket_file = file, transport = "carrier pigeon" },
      { socket_file = file, transport = {} },
      { socket_file = 5 },
      { socket_file = "" },
      { socket_dir = "" },
      { sockets = {} },
      { sockets = { 5 } },
      { sockets = { file, file } },
      { sockets = file },
      { socket_file = "tcp@host" },
      { socket_file = "tcp@host:0" },
      { socket_file = "tcp@host:65536" },
      { socket_file = "ipv4@::1:80" },
      { socket_file = "ipv6@1.2.3.4:80" },
      { socket_file = "/" .. ("x"):rep(108) },
      { socket_file = "/tmp/a\0b" },
    } do
      build(wrong)
    end
    assert.matches("socket_fil", build({ socket_fil = file }).message)
  end)

  it("says why a socket cannot be used", function()
    assert.matches("is not there", build({ socket_file = farm.dir .. "/nosuch" }).message)
    assert.matches("is a file", build({ socket_file = farm.dir .. "/p1.cfg" }).message)
    assert.matches("is a folder", build({ socket_file = farm.dir }).message)
    assert.matches("no process behind", build({ socket_file = farm.sockets[11] }).message)
    assert.matches("something else than HAProxy", build({ socket_file = farm.dir .. "/www1.sock" }).message)
    assert.matches("in time", build({ socket_file = farm.dir .. "/tcp1.sock", timeout = 0.2 }).message)
    assert.matches("cannot be read", build({ socket_dir = farm.dir .. "/nosuch" }).message)
    assert.matches("no socket there", build({ socket_dir = "/proc/self/ns" }).message)
    local value, err = HAProxy { socket_file = farm.dir .. "/nosuch", die = false }
    assert.is_nil(value)
    assert.equal("not_found", err.code)
    assert.equal(farm.dir .. "/nosuch", err.socket_file)
  end)

  it("keeps a dead socket that was asked for, as long as one lives", function()
    local hap = HAProxy { sockets = { farm.sockets[1], farm.sockets[11] }, retry = false, timeout = 10 }
    local err = raises("SocketConnectionError", "refused", hap.frontends, hap)
    assert.equal(farm.sockets[11], err.socket_file)
    assert.equal(1, #hap:snapshot({ partial = true }).failed)
  end)

  it("refuses another program behind a socket that was asked for", function()
    build { sockets = { farm.sockets[1], farm.dir .. "/www1.sock" } }
    build { sockets = { farm.sockets[1], farm.dir .. "/p1.cfg" } }
  end)

  it("says whose a socket is that may not be opened", function()
    haproxy.shell("chmod 755 " .. farm.dir .. " " .. farm:folder())
    local script = ([[
      local ok, err = pcall(require("haproxyadmin").HAProxy, { socket_file = %q })
      print(ok, err.name, err.code, err.message)
    ]]):format(farm.sockets[1])
    local file = farm.dir .. "/permission.lua"
    haproxy.write(file, script)
    local _, text = program.as_nobody(file)
    assert.matches("^false\tValueError\tpermission\t", text)
    assert.matches("owner %d+, group %d+, mode 0600; the caller is user 65534, group 65534", text)
  end)
end)
