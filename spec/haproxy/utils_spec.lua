local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local haproxyadmin = require "haproxyadmin"

local utils = haproxyadmin.utils

local function raises(name, fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  assert.is_true(haproxyadmin.is_error(err, name), tostring(err))
  return err
end

describe("utils", function()
  it("converter", function()
    assert.equal(0, utils.converter "0")
    assert.equal(13, utils.converter "13.5")
    assert.equal(-1, utils.converter "-1")
    assert.equal(7, utils.converter(7))
    for text, number in pairs {
      ["+5"] = 5,
      ["5."] = 5,
      [".5"] = 0,
      ["-.5"] = 0,
      ["1e3"] = 1000,
      ["1.5E3"] = 1500,
      ["-1.5e+2"] = -150,
      ["1234e-2"] = 12,
      ["1e19"] = 1e19,
      ["99999999999999999999"] = 1e20,
    } do
      assert.equal(number, utils.converter(text), text)
    end
    for _, text in ipairs { "1e", "e3", "1e5.5", "1.5.2", "--5", "+", ".", "0x10" } do
      assert.equal(text, utils.converter(text))
    end
    for _, text in ipairs { "inf", "nan", "1e400", "1e99999999999999999999" } do
      assert.equal(text, utils.converter(text))
    end
    assert.equal("13.5f", utils.converter "13.5f")
    assert.equal("UP 1/2", utils.converter " UP 1/2 ")
    assert.is_nil(utils.converter "")
    assert.is_nil(utils.converter " ")
    assert.is_nil(utils.converter(nil))
    assert.is_nil(utils.converter {})
  end)

  it("calculate", function()
    assert.equal(6, utils.calculate("bin", { 1, 2, 3 }))
    assert.equal(1, utils.calculate("weight", { 1, 2 }))
    assert.equal(-1, utils.calculate("lastsess", { -1, -2 }))
    assert.equal(4, utils.calculate("Process_num", { 1, 4, 2 }))
    assert.equal(0, utils.calculate("bin", {}))
    assert.matches("'name'", raises("ValueError", utils.calculate, "nosuch", { 1 }).message)
    raises("ValueError", utils.calculate, "bin", 5)
  end)

  it("compare_values and elements_of_list_same", function()
    assert.is_true(utils.elements_of_list_same { 22, 22, 22 })
    assert.is_false(utils.elements_of_list_same { "OK", "ok" })
    assert.is_false(utils.elements_of_list_same {})
    assert.equal("UP", utils.compare_values { { 1, "UP" }, { 2, "UP" } })
    local values = { { 1, "UP" }, { 2, "DOWN" } }
    local err = raises("InconsistentData", utils.compare_values, values)
    assert.equal(values, err.results)
  end)

  it("isint", function()
    for _, value in ipairs { "5", "-5", " 7 ", 5, 5.5 } do
      assert.is_true(utils.isint(value))
    end
    for _, value in ipairs { "", "5.5", "x", "/etc/x", 0 / 0, {} } do
      assert.is_false(utils.isint(value))
    end
  end)

  it("check_output", function()
    assert.is_true(utils.check_output { "0x1 a b" })
    assert.is_true(utils.check_output {})
    assert.is_true(utils.check_output { "", "No such server." })
    -- Of versions and commands that the HAProxy of this spec does not have.
    assert.is_true(utils.check_output { "Done." })
    assert.is_true(utils.check_output { "OCSP Response updated!" })
    for _, words in ipairs {
      "'add' only supports 'map'.",
      "'set ssl ocsp-response' received invalid base64 encoded response.",
      "Agent was not configured on this server, cannot enable.",
      "Frontend was already shut down.",
      "Session pointer expected (use 'show sess').",
      "This ACL is shared with a map containing samples. ",
    } do
      assert.is_false(utils.check_output { words }, words)
    end
    assert.is_false(utils.check_output { "Unknown map identifier. Please use #<id> or <file>." })
    assert.is_false(utils.check_output { "Permission denied" })
  end)

  it("check_command", function()
    assert.is_true(utils.check_command { { 1, "" }, { 2, "Done." } })
    local err = raises("CommandFailed", utils.check_command, { { 1, "No such server." }, { 2, "No such server." } })
    assert.equal("not_found", err.code)
    raises("MultipleCommandResults", utils.check_command, { { 1, "" }, { 2, "No such server." } })
  end)

  it("check_command_addr_port", function()
    assert.is_true(utils.check_command_addr_port("addr", {
      { 1, "IP changed from '127.0.0.1' to '127.0.0.3' by 'stats socket command'" },
      { 2, "no need to change the addr by 'stats socket command'" },
      { 3, "nothing changed" },
    }))
    assert.is_true(utils.check_command_addr_port("port", {
      { 1, "no need to change the addr, port changed from '1' to '2' by 'stats socket command'" },
    }))
    raises("CommandFailed", utils.check_command_addr_port, "port", {
      { 1, "no need to change the addr, problem converting port 'x' to an int by 'stats socket command'" },
    })
    raises("ValueError", utils.check_command_addr_port, "name", {})
  end)

  describe("with a HAProxy", function()
    local farm

    setup(function()
      farm = haproxy.start { processes = 1 }
    end)

    teardown(function()
      farm:stop()
    end)

    it("is_unix_socket and connected_socket", function()
      assert.is_true(utils.is_unix_socket(farm.sockets[1]))
      assert.is_false(utils.is_unix_socket(farm.dir))
      assert.is_false(utils.is_unix_socket(farm.dir .. "/nosuch"))
      assert.is_true(utils.connected_socket(farm.sockets[1]))
      assert.is_true(utils.connected_socket("unix@" .. farm.sockets[1], 2))
      assert.is_false(utils.connected_socket(farm.dir .. "/www1.sock"))
      assert.is_false(utils.connected_socket(farm.dir .. "/nosuch"))
    end)

    it("connected_socket waits no longer than it is told", function()
      farm:signal(1, "STOP")
      local before = core.now()
      local answer = utils.connected_socket(farm.sockets[1], 0.1)
      local took = core.now() - before
      farm:signal(1, "CONT")
      assert.is_false(answer)
      assert.is_true(took >= 0.1 and took < 60, took)
      raises("ValueError", utils.connected_socket, farm.sockets[1], "1")
      raises("ValueError", utils.connected_socket, "")
    end)

    it("check_output tells HAProxy's refusals from its answers", function()
      local hap = haproxyadmin.HAProxy { socket_file = farm.sockets[1], timeout = 10 }
      local wrong = {}
      for _, command in ipairs {
        "nosuch",
        "add map #99 k v",
        "add acl #99",
        "add map",
        "del acl",
        "get map",
        "clear map",
        "set map x",
        "show table nosuch",
        "show errors nosuch",
        "set table",
        "clear table",
        "disable frontend",
        "disable frontend nosuch",
        "enable agent app/app1",
        "set maxconn frontend",
        "set maxconn global",
        "set rate-limit connections x",
        "set rate-limit nosuch",
        "set server app/nosuch weight 1",
        "set server nosuch weight 1",
        "set server app/app1 weight 1000",
        "set server app/app1 state x",
        "set server app/app1 health x",
        "set server app/app1 agent x",
        "set server app/app1 nosuch",
        "set timeout nosuch",
        "set timeout cli x",
        "set weight app/nosuch 1",
        "shutdown session",
        "shutdown session 0x1",
        "shutdown sessions server app/nosuch",
      } do
        local lines = hap:command(command)[1][2]
        if utils.check_output(lines) then
          wrong[#wrong + 1] = command .. ": " .. tostring(lines[1])
        end
      end
      for _, command in ipairs {
        "show map",
        "show map " .. farm.dir .. "/sites.map",
        "show acl",
        "show acl " .. farm.dir .. "/blocked.acl",
        "get map " .. farm.dir .. "/sites.map /one",
        "show info",
        "show stat",
        "show errors",
        "show sess",
        "show servers state",
        "show backend",
        "show pools",
        "show cli sockets",
        "get weight app/app1",
        "set weight app/app1 10",
      } do
        local lines = hap:command(command)[1][2]
        if not utils.check_output(lines) then
          wrong[#wrong + 1] = command .. ": " .. tostring(lines[1])
        end
      end
      assert.same({}, wrong)
    end)

    it("info2dict and stat2dict", function()
      local hap = haproxyadmin.HAProxy { socket_file = farm.sockets[1], timeout = 10 }
      local info = utils.info2dict(hap:command("show info")[1][2])
      assert.equal("HAProxy", info.Name)
      assert.equal("number", type(info.Pid))
      local indented = {}
      for i, line in ipairs(hap:command("show info")[1][2]) do
        indented[i] = "\t " .. line
      end
      assert.same(utils.info2dict(hap:command("show info")[1][2]).Pid, utils.info2dict(indented).Pid)
      assert.equal("HAProxy", utils.info2dict(indented).Name)
      local dict = utils.stat2dict(hap:command("show stat")[1][2])
      assert.equal("number", type(dict.frontends.www.stot))
      assert.equal("app", dict.backends.app.stats.pxname)
      assert.equal("MAINT", dict.backends.app.servers.app3.status)
      raises("ValueError", utils.stat2dict, { "no", "table" })
    end)
  end)
end)
