-- Which sockets of a folder are used, which are passed over and looked at again, and
-- when two sockets are one process.

local assertions = require "spec.support.assertions"
local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"
local program = require "spec.support.program"

local raises = assertions.raises
local HAProxy = haproxyadmin.HAProxy

describe("discovery", function()
  local farm

  before_each(function()
    farm = haproxy.start { processes = 3, origin = false }
  end)

  after_each(function()
    farm:stop()
  end)

  local function object(options)
    options = options or {}
    options.socket_dir, options.timeout, options.retry = farm:folder(), options.timeout or 10, false
    return HAProxy(options)
  end

  -- One that was made while process 2 stood still, which goes on doing so.
  local function without_second()
    farm:signal(2, "STOP")
    return assertions.in_limit(function(seconds)
      local hap = object { timeout = seconds + 1 }
      return #hap:processes() == 2 and hap
    end)
  end

  -- Lets process 2 go on, and waits until an object has it.
  local function rejoin(hap)
    farm:signal(2, "CONT")
    assertions.eventually(function()
      return hap:rescan() == 1
    end)
  end

  it("tells which sockets it did without, and looks at them again", function()
    local hap = without_second()
    assert.equal(2, #hap:processes())
    local passed_over = hap.passed_over
    assert.equal(1, #passed_over)
    assert.equal(farm.sockets[2], passed_over[1][1])
    assert.is_true(passed_over[1][2]:is "SocketTimeout")
    local server = hap:backend("app"):server "app1"
    rejoin(hap)
    assert.same({}, hap.passed_over)
    assert.equal(3, #hap:processes())
    assert.equal(0, hap:rescan())
    -- An object that was got before takes part.
    assert.is_true(server:setweight(77))
    assert.equal(77, server.weight)
    assert.equal(3, #server.process_nb)
    assert.same({ 77, 77, 77 }, assertions.column(hap, "app", "app1", "weight"))
  end)

  it("reads only the processes that are named, and sends to them alone", function()
    local hap = object { process_nb = { 3, 1 } }
    local numbers = {}
    for i, process in ipairs(hap:processes()) do
      numbers[i] = process.process_nb
    end
    assert.same({ 1, 3 }, numbers)
    assert.is_true(hap:backend("app"):server("app1"):setweight(55))
    assert.same({ 55, 10, 55 }, assertions.column(object(), "app", "app1", "weight"))
    assert.equal(0, hap:rescan())
    local err = raises("ValueError", "not_found", object, { process_nb = { 1, 4 } })
    assert.matches("no process 4 %(there are: 1, 2, 3%)", err.message)
    for _, numbers_given in ipairs { {}, { 0 }, { "1" }, { 1.5 } } do
      raises("ValueError", "bad_argument", object, { process_nb = numbers_given })
    end
  end)

  it("numbers a process that joins behind the others", function()
    local hap = without_second()
    rejoin(hap)
    local numbers = {}
    for i, process in ipairs(hap:processes()) do
      numbers[i] = { process.process_nb, process.address }
    end
    assert.same({ { 1, farm.sockets[1] }, { 2, farm.sockets[3] }, { 3, farm.sockets[2] } }, numbers)
  end)

  it("looks again by itself when nobody listens at a socket", function()
    local hap = without_second()
    farm:signal(2, "CONT")
    farm:kill(3)
    raises("SocketConnectionError", "refused", hap.info, hap)
    raises("SocketConnectionError", "refused", hap.info, hap)
    assert.equal(2, #hap:snapshot({ partial = true }):processes())
    assert.same({}, hap.passed_over)
  end)

  it("lets a process go whose socket is gone", function()
    local hap = object()
    farm:kill(3)
    assert.is_true(os.remove(farm.sockets[3]))
    raises("SocketConnectionError", "not_found", hap.info, hap)
    assert.equal(0, hap:rescan())
    assert.equal(2, #hap:info())
    assert.same({ 1, 2 }, hap:frontend("www").process_nb)
  end)

  it("does not go on without a process whose socket may not be opened", function()
    haproxy.shell(("chmod 755 %s %s; chmod 666 %s; chmod 600 %s"):format(
      farm.dir,
      farm:folder(),
      table.concat(farm.sockets, " "),
      farm.sockets[2]
    ))
    local file = farm.dir .. "/permission.lua"
    haproxy.write(
      file,
      ([[
        local ok, err = pcall(require("haproxyadmin").HAProxy, { socket_dir = %q })
        print(ok, err.name, err.code, err.socket_file)
      ]]):format(farm:folder())
    )
    local _, text = program.as_nobody(file)
    assert.equal(("false\tSocketPermissionError\tpermission\t%s\n"):format(farm.sockets[2]), text)
    haproxy.shell("chmod 700 " .. farm:folder())
    _, text = program.as_nobody(file)
    assert.matches("^false\tValueError\tpermission\t", text)
  end)

  it("does not go on without those that no descriptor is left for", function()
    local file = farm.dir .. "/descriptors.lua"
    haproxy.write(
      file,
      ([[
        local haproxyadmin = require "haproxyadmin"
        local open, file = {}, nil
        repeat
          file = io.open "/dev/null"
          open[#open + 1] = file
        until not file
        open[1]:close()
        local ok, err = pcall(haproxyadmin.HAProxy, { socket_dir = %q })
        print(ok, err.name, err.code, #open)
      ]]):format(farm:folder())
    )
    local ok, text = haproxy.shell(
      ("ulimit -n 30; LUA_PATH='%s' LUA_CPATH='%s' %s %s"):format(
        package.path,
        package.cpath,
        haproxy.interpreter(),
        file
      )
    )
    assert.is_true(ok, text)
    assert.matches("^false\tSocketTransportError\tfailed\t", text)
  end)

  it("refuses a sequence with a gap", function()
    raises("ValueError", "bad_argument", HAProxy, { sockets = { farm.sockets[1], nil, farm.sockets[2] } })
  end)
end)

describe("two sockets of one process", function()
  local farm

  setup(function()
    farm = haproxy.start {
      processes = 2,
      origin = false,
      global = "  stats socket {dir}/user{n}.sock level user\n  stats socket {dir}/admin{n}.sock level admin\n",
    }
  end)

  teardown(function()
    farm:stop()
  end)

  local function addresses(hap)
    local found = {}
    for i, process in ipairs(hap:processes()) do
      found[i] = process.address
    end
    return found
  end

  it("are one process, by the socket of the higher level", function()
    local user, admin = farm.dir .. "/user1.sock", farm.dir .. "/admin1.sock"
    for _, sockets in ipairs { { user, admin }, { admin, user } } do
      local hap = HAProxy { sockets = sockets, timeout = 10 }
      assert.same({ admin }, addresses(hap))
      assert.equal(1, #hap.passed_over)
      assert.equal(user, hap.passed_over[1][1])
      assert.equal("exists", hap.passed_over[1][2].code)
      assert.same({ 1 }, hap:frontend("www").process_nb)
    end
    local hap = HAProxy { sockets = { user, farm.dir .. "/user2.sock", admin }, timeout = 10 }
    assert.equal(2, #hap:processes())
  end)

  it("are one process when one is a link to the other", function()
    local link = farm.dir .. "/link.sock"
    assert.is_true((haproxy.shell(("ln -s %s %s"):format(farm.sockets[1], link))))
    local hap = HAProxy { sockets = { farm.sockets[1], link, farm.sockets[2] }, timeout = 10 }
    assert.same({ farm.sockets[1], farm.sockets[2] }, addresses(hap))
    assert.is_true(hap:setmaxconn(100))
    assert.equal(200, hap.maxconn)
  end)

  it("are two where a process does not tell of one of them", function()
    local relay = require("haproxyadmin.testing").start {
      replies = {
        ["show info"] = assert(core.path(farm.sockets[1])) and table.concat(
          HAProxy({ socket_file = farm.sockets[1], timeout = 10 }):processes()[1]:command "show info",
          "\n"
        ),
        ["show cli sockets"] = "# socket lvl processes\nunix@/elsewhere/admin.sock admin all",
      },
    }
    finally(function()
      relay:stop()
    end)
    local hap = HAProxy { sockets = { farm.sockets[1], relay.address }, timeout = 10 }
    assert.equal(2, #hap:info())
    assert.same({}, hap.passed_over)
  end)
end)
