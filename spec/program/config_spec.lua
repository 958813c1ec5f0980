-- Where sockets are found: flags, environment, configuration.

local haproxy = require "spec.support.haproxy"
local installed = require "spec.support.installed"

describe("haproxyadmin finds sockets", function()
  local farm

  setup(function()
    farm = haproxy.start { processes = 3, origin = false }
  end)

  teardown(function()
    farm:stop()
  end)

  -- The addresses of the processes that a line of the shell sees.
  local function seen(line)
    local status, out, err = installed.shell(line)
    assert.same({ 0, "" }, { status, err }, line)
    local numbers = {}
    for number in out:gmatch "admin(%d)%.sock" do
      numbers[#numbers + 1] = number
    end
    return table.concat(numbers)
  end

  local LIST = "haproxyadmin process list -H --columns address "

  -- A shell line with a configuration.
  local function with(text, line)
    return ([[
mkdir "$XDG_CONFIG_HOME/haproxyadmin"
cat >"$XDG_CONFIG_HOME/haproxyadmin/config" <<'END'
%s
END
%s]]):format(text, line)
  end

  local function context(sockets, more)
    return ("timeout = 2s\n[context one]\n# the first\nsockets = %s\n%s"):format(sockets, more or "")
  end

  it("by flags", function()
    assert.equal("123", seen(LIST .. "-D " .. farm:folder()))
    assert.equal("13", seen(LIST .. ("-s %s --socket=unix@%s"):format(farm.sockets[1], farm.sockets[3])))
    assert.equal("2", seen(LIST .. "-F " .. farm.sockets[2]))
  end)

  it("in the environment", function()
    assert.equal("12", seen(("HAPROXYADMIN_SOCKETS='%s %s' %s"):format(farm.sockets[1], farm.sockets[2], LIST)))
    assert.equal("123", seen(("HAPROXYADMIN_SOCKETS='%s' %s"):format(farm:folder(), LIST)))
    assert.equal("23", seen(("HAPROXY_CLI='unix@%s;unix@%s' %s"):format(farm.sockets[2], farm.sockets[3], LIST)))
    -- A flag stands above it.
    assert.equal("1", seen(("HAPROXYADMIN_SOCKETS='%s' %s -s %s"):format(farm:folder(), LIST, farm.sockets[1])))
  end)

  it("in a context", function()
    local one = context(farm.sockets[1])
    assert.equal("1", seen(with(one, LIST .. "-c one")))
    assert.equal("1", seen(with(one, "HAPROXYADMIN_CONTEXT=one " .. LIST)))
    assert.equal("1", seen(with("context = one\n" .. one, LIST)))
    assert.equal("123", seen(with("sockets = " .. farm:folder(), LIST)))
    local second = ("HAPROXYADMIN_SOCKETS=%s %s"):format(farm.sockets[2], LIST)
    assert.equal("2", seen(with("context = one\n" .. one, second)))
    -- The flag is nearer than the environment.
    assert.equal("1", seen(with(one, second .. " -c one")))
  end)

  it("and says what is wrong with a configuration", function()
    for text, pattern in pairs {
      ["[context one]\nsocket = /x"] = ":2: there is no key 'socket'; did you mean 'sockets'?",
      ["nonsense"] = ":1: 'key = value' or",
      ["\n\ntimeout = soon"] = ":3: timeout: a duration",
      ["read_only = perhaps"] = "yes or no expected",
    } do
      local status, out, err = installed.shell(with(text, LIST))
      assert.same({ 2, "" }, { status, out })
      assert.is_truthy(err:find(pattern, 1, true), err)
    end
    local status, _, err = installed.shell(with(context "/x", LIST .. "-c oen"))
    assert.equal(2, status)
    assert.matches("there is no context 'oen'; did you mean 'one'", err)
  end)

  it("and changes nothing where it is read-only", function()
    local text = context(farm:folder(), "read_only = yes")
    local status, out, err = installed.shell(with(text, "haproxyadmin -c one raw set weight app/app1 3"))
    assert.same({ 7, "" }, { status, out })
    assert.matches("read%-only", err)
    status, out = installed.shell(with(text, "haproxyadmin -c one raw -p 1 get weight app/app1"))
    assert.equal(0, status)
    assert.matches("^10 %(initial 10%)", out)
  end)

  it("and asks before every change where it says so", function()
    local text = context(farm:folder(), "confirm = always")
    local status, out, err = installed.shell(with(text, "haproxyadmin -c one server weight 3 app/app1"))
    assert.same({ 2, "" }, { status, out })
    assert.matches("Nobody can be asked\n  %-%-yes does it without a question", err)
    local get = "haproxyadmin -c one raw -p 1 get weight app/app1"
    assert.matches("^10 ", (select(2, installed.shell(with(text, get)))))
    assert.equal(0, (installed.shell(with(text, "haproxyadmin -c one server weight 3 app/app1 --yes"))))
    assert.matches("^3 ", (select(2, installed.shell(with(text, get)))))
    -- What would be sent may be seen without a question.
    assert.equal(0, (installed.shell(with(text, "haproxyadmin -c one server weight 4 app/app1 --dry-run"))))
  end)
end)
