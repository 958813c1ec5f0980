-- Is a descriptor a terminal, and how large is it?

local core = require "haproxyadmin.core"
local haproxy = require "spec.support.haproxy"

describe("A terminal", function()
  it("tells its columns and rows", function()
    local folder = haproxy.temporary_folder()
    local script = folder .. "/terminal.lua"
    haproxy.write(
      script,
      ("package.cpath = %q\nprint(require('haproxyadmin.core').terminal(0))\n"):format(package.cpath)
    )
    local line = "script -qec 'stty cols 91 rows 17; %s %s' /dev/null </dev/null"
    local ok, text = haproxy.shell(line:format(haproxy.interpreter(), script))
    haproxy.shell("rm -r " .. folder)
    assert.is_true(ok, text)
    assert.matches("91\t17", text)
  end)

  it("is no file, and nothing that is not open", function()
    local file = assert(io.open "/dev/null")
    for descriptor = 3, 20 do
      assert.is_nil(core.terminal(descriptor))
    end
    assert.is_nil(core.terminal(-1))
    file:close()
  end)
end)
