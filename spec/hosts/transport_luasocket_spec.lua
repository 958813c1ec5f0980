local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local farms = require "spec.support.transport_farms"
local haproxyadmin = require "haproxyadmin"
local suite = require "spec.support.transport_suite"

describe("transport luasocket", function()
  local farm, address

  setup(function()
    address = haproxy.own_address()
    farm = haproxy.start {
      processes = 3,
      global = ("  stats socket ipv4@%s:900{n} level admin\n"):format(address),
    }
  end)

  teardown(function()
    farm:stop()
  end)

  local function open(options)
    local all = { transport = "luasocket", retry = false, die = false }
    for key, value in pairs(options) do
      all[key] = value
    end
    return haproxyadmin.HAProxy(all)
  end

  local function tcp(n)
    return ("tcp@%s:900%d"):format(address, n)
  end

  it("reads and commands over unix sockets", function()
    local hap = open { socket_dir = farm:folder() }
    assert.equal(3, #hap.processids)
    assert.equal(0, hap:backend("app").requests)
    assert.is_true(hap:setmaxconn(123))
    assert.equal(369, hap.maxconn)
    assert.equal("ValueError", select(2, hap:frontend "none").name)
  end)

  it("reads over TCP, by address and by name", function()
    local hap = open { sockets = { tcp(1), tcp(2), tcp(3) } }
    assert.equal(3, #hap:snapshot():processes())
    local named = open { sockets = { tcp(1), "tcp@no.name.invalid:9001" } }
    local failed = named:snapshot({ partial = true }).failed
    assert.equal("not_found", failed[1][2].code)
  end)

  it("tells what fails", function()
    local function failure(other)
      return open({ sockets = { farm.sockets[1], other } }):snapshot({ partial = true }).failed[1][2]
    end
    assert.equal("refused", failure(("tcp@%s:9099"):format(address)).code)
    assert.equal("not_found", failure(farm.dir .. "/none.sock").code)
    assert.truthy(failure("abns@none").message:find("no abstract sockets", 1, true))
  end)

  it("keeps one deadline for all", function()
    local hap = open { sockets = { tcp(1), tcp(2), farm.sockets[3] }, timeout = 0.5 }
    farm:signal(2, "STOP")
    farm:signal(3, "STOP")
    local before = core.now()
    local snapshot = hap:snapshot { partial = true }
    local took = core.now() - before
    farm:signal(2, "CONT")
    farm:signal(3, "CONT")
    assert.equal(2, #snapshot.failed)
    assert.equal("SocketTimeout", snapshot.failed[1][2].name)
    assert.equal("SocketTimeout", snapshot.failed[2][2].name)
    assert.is_true(took >= 0.5 and took < 10)
  end)
end)

describe("a transport whose library is missing", function()
  local libraries = {
    { "copas", "copas", "lua-copas" },
    { "cqueues", "cqueues", "lua-cqueues" },
    { "luasocket", "socket", "lua-socket" },
    { "luv", "luv", "lua-luv" },
  }

  for _, entry in ipairs(libraries) do
    local name, library, package_name = entry[1], entry[2], entry[3]

    it("names the package: " .. name, function()
      local module = "haproxyadmin.transport." .. name
      local saved = {}
      for _, loaded in ipairs { module, library } do
        saved[loaded] = package.loaded[loaded]
        package.loaded[loaded] = nil
      end
      package.preload[library] = function()
        error "not here"
      end
      local errs = {}
      -- Twice: a failed attempt must not spoil the next.
      for i = 1, 2 do
        local _, err = haproxyadmin.HAProxy { socket_file = "/none", transport = name, die = false }
        errs[i] = err
      end
      package.preload[library] = nil
      for loaded, value in pairs(saved) do
        package.loaded[loaded] = value
      end
      for i = 1, 2 do
        assert.equal("ValueError", errs[i].name)
        assert.equal("unsupported", errs[i].code)
        assert.truthy(errs[i].message:find(package_name, 1, true), errs[i].message)
      end
    end)
  end
end)

describe("a pollset", function()
  it("is ready when a member is, or its time has come", function()
    local socket = require "socket"
    local server = assert(socket.bind("127.0.0.1", 0))
    local host, port = server:getsockname()
    local client = socket.tcp()
    assert(client:connect(host, port))
    local peer = assert(server:accept())
    local function ready(seconds, events)
      local set = assert(core.pollset(60))
      assert(set:add(client:getfd(), events))
      local found = socket.select({
        {
          getfd = function()
            return set:fd()
          end,
        },
      }, nil, seconds)
      set:close()
      assert.equal(-1, set:fd())
      return #found == 1
    end
    assert.is_true(ready(10, "w"))
    assert.is_false(ready(0, "r"))
    peer:send "x"
    assert.is_true(ready(10, "r"))
    local set = assert(core.pollset(0.01))
    local timed = socket.select({
      {
        getfd = function()
          return set:fd()
        end,
      },
    }, nil, 10)
    assert.equal(1, #timed)
    assert.is_nil((set:add(9999, "r")))
    set:close()
    assert.is_nil((set:add(client:getfd(), "r")))
    for _, open in ipairs { server, client, peer } do
      open:close()
    end
  end)

  it("passes what every transport must pass", function()
    local started = farms.start()
    finally(function()
      started:stop()
    end)
    started.env.transport = "luasocket"
    started.env.now = core.now
    for _, result in ipairs(suite.run(started.env)) do
      assert.is_true(result[2], result[1] .. ": " .. tostring(result[3]))
    end
  end)
end)
