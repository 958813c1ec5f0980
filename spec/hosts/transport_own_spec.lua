local haproxy = require "spec.support.haproxy"
local program = require "spec.support.program"
local suite = require "spec.support.transport_suite"

-- Holds a transport of one's own against what every transport must pass:
-- TRANSPORT=mine.lua spec/run spec/hosts/transport_own_spec.lua
local file = os.getenv "TRANSPORT" or "doc/examples/transport.lua"

-- All processes but the first are said to fail.
local wrong = [[
local native = require "haproxyadmin.transport.native"
local wrong = setmetatable({}, { __index = native })
function wrong:exchange(requests, deadline)
  native:exchange(requests, deadline)
  for i = 2, #requests do
    requests[i].code = "closed"
  end
end
return wrong
]]

describe("the transport of " .. file, function()
  local function run(path)
    local lua, version = program.current()
    return program.run(lua, version, "spec/support/own_transport.lua", path)
  end

  it("passes what every transport must pass", function()
    program.passed(2 * suite.count() + 1, run(file))
  end)

  it("would not pass if it told too much", function()
    local dir = haproxy.temporary_folder()
    haproxy.write(dir .. "/wrong.lua", wrong)
    local ok, text = run(dir .. "/wrong.lua")
    haproxy.shell("rm -rf " .. dir)
    assert.is_false(ok)
    assert.matches("not ok tells a process that is stalled", text)
  end)
end)
