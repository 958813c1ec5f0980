-- One screen as text, what top needs, and what it costs.

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"
local installed = require "spec.support.installed"
local terminals = require "spec.support.terminal"
local usage = require "spec.support.usage"

describe("haproxyadmin top", function()
  local farm

  setup(function()
    farm = haproxy.start { processes = 2, origin = false }
  end)

  teardown(function()
    farm:stop()
  end)

  it("prints one screen without escapes where stdout is no terminal", function()
    local status, out, err = installed.run("top", "-D", farm:folder(), "-d", "0.2")
    assert.same({ 0, "" }, { status, err })
    assert.matches("^haproxyadmin top  2/2 processes  HAProxy %d", out)
    assert.matches("\n  api_servers +v6 +", out)
    assert.is_nil(out:find "[^\n\32-\126]")
  end)

  it("tells of a process that does not answer", function()
    farm:signal(2, "STOP")
    local status, out, err = installed.run("top", "-D", farm:folder(), "--once", "-d", "0.2", "-t", "1")
    farm:signal(2, "CONT")
    assert.equal(3, status)
    assert.matches("1/2 processes, admin2%.sock away", out)
    assert.matches("^haproxyadmin: .*" .. farm.sockets[2]:gsub("%W", "%%%0"), err)
  end)

  it("says what is missing, and which delays there are", function()
    local line = [[%s -e 'package.preload.luv = function() error("none here", 0) end' %s top -D %s]]
    local status, out, err = installed.shell(line:format(haproxy.interpreter(), os.getenv "PROGRAM", farm:folder()))
    assert.same({ 1, "" }, { status, out })
    assert.equal("haproxyadmin: top needs luv: apt-get install lua-luv, or luarocks install luv\n", err)
    status, out, err = installed.run("top", "-d", "0")
    assert.same({ 2, "" }, { status, out })
    assert.matches("a number of seconds from 0.1 to 3600 expected, got '0'", err)
    -- As every other command does.
    assert.same({ installed.run("server", "list", "-s", "/nobody/there.sock") }, {
      installed.run("top", "-s", "/nobody/there.sock"),
    })
  end)

  it("draws in ASCII where the locale knows no more, and without colours where none are wanted", function()
    local terminal = terminals.open(100, 20, "C")
    terminal:type(("NO_COLOR=1 haproxyadmin top -D %s -d 0.2"):format(farm:folder()))
    terminal:shows("2/2 processes", "SESSv", "MAINT")
    local text = terminal:screen(true)
    terminal:close()
    assert.is_nil(text:find "[\128-\255]")
    assert.is_nil(text:find "\27%[[%d;]*3[0-7]m")
  end)

  it("takes little of a processor for 2,500 servers in four processes", function()
    local many = {}
    for i = 1, 250 do
      many[#many + 1] = ("backend b%d\n"):format(i)
      for j = 1, 10 do
        many[#many + 1] = ("  server s%d 127.0.0.1:%d\n"):format(j, 8000 + j)
      end
    end
    local large = haproxy.start {
      processes = 4,
      origin = false,
      config = table.concat(many),
      global = "  maxconn 100\n",
    }
    local terminal = terminals.open(160, 50)
    terminal:type(("haproxyadmin top -D %s"):format(large:folder()))
    terminal:shows("4/4 processes", "2500 of 2500 servers")
    local pid = terminal:child()
    local before, began = usage.processor(pid), core.now()
    core.sleep(6)
    local share = (usage.processor(pid) - before) / (core.now() - began)
    terminal:close()
    large:stop()
    assert.is_true(share < 0.1, ("%.1f %% of one core"):format(100 * share))
  end)
end)
