local core = require "haproxyadmin.core"
local farms = require "spec.support.transport_farms"
local suite = require "spec.support.transport_suite"

-- Holds a transport of one's own against what every transport must pass:
-- TRANSPORT=mine.lua spec/run spec/transport_own_spec.lua
local file = os.getenv "TRANSPORT" or "doc/examples/transport.lua"

describe("the transport of " .. file, function()
  local started

  setup(function()
    started = farms.start()
  end)

  teardown(function()
    started:stop()
  end)

  it("passes what every transport must pass", function()
    started.env.transport = dofile(file)
    started.env.now = core.now
    for _, result in ipairs(suite.run(started.env)) do
      assert.is_true(result[2], result[1] .. ": " .. tostring(result[3]))
    end
  end)
end)
